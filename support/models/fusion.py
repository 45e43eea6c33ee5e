"""A scorer of applications: competencies, face and text in, one number out."""

import torch
from torch import Tensor, nn

__all__ = ["FusionRegressor"]


class FusionRegressor(nn.Module):
    """Numbers and a text branch, fused; the testbed's network.

    Concatenation, Linear 40 with ReLU (the layer that is probed later), dropout
    .3, Linear 20 with ReLU, Linear 1 with a sigmoid.

    Args:
        structured: numbers a sample (competencies, face), at least 1.
        vocabulary: words; 0 for a scorer without text.
        text: ``"bag"``, word counts through Linear 16 and ReLU, or ``"bilstm"``,
            word numbers (0 is padding) through an embedding and a bidirectional
            LSTM of 32 units, whose last states are kept.
        embedding: width of the word vectors of ``"bilstm"``.

    Raises:
        ValueError: a size is out of range or the kind of text unknown.

    Source: FairCVtest's released script (2023); the bag of words and the trained
    word vectors in place of downloaded ones are ours.

    >>> score, hidden = FusionRegressor(27, 60)(torch.zeros(4, 27), torch.zeros(4, 60))
    >>> score.shape, hidden.shape
    (torch.Size([4]), torch.Size([4, 40]))
    """

    def __init__(
        self,
        structured: int,
        vocabulary: int = 0,
        *,
        text: str = "bag",
        embedding: int = 64,
    ) -> None:
        super().__init__()
        if structured < 1 or vocabulary < 0 or embedding < 1:
            raise ValueError(
                f"structured, vocabulary, embedding: got {structured}, {vocabulary}, "
                f"{embedding}; give at least 1, 0 and 1"
            )
        if text not in ("bag", "bilstm"):
            raise ValueError(f"text: got {text!r}; give 'bag' or 'bilstm'")
        self.kind = text if vocabulary else "none"
        width = 0
        if self.kind == "bag":
            self.words: nn.Module = nn.Sequential(nn.Linear(vocabulary, 16), nn.ReLU())
            width = 16
        elif self.kind == "bilstm":
            self.words = nn.Embedding(vocabulary, embedding, padding_idx=0)
            self.reader = nn.LSTM(embedding, 32, batch_first=True, bidirectional=True)
            width = 64
        self.hidden = nn.Sequential(nn.Linear(structured + width, 40), nn.ReLU())
        self.head = nn.Sequential(
            nn.Dropout(0.3), nn.Linear(40, 20), nn.ReLU(), nn.Linear(20, 1)
        )

    def forward(
        self, structured: Tensor, text: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Score and hidden layer.

        Args:
            structured: (B, structured).
            text: (B, vocabulary) counts, or (B, T) word numbers.

        Returns:
            (B,) in (0, 1), and (B, 40).

        Raises:
            ValueError: the network reads text and got none.
        """
        parts = [structured]
        if self.kind != "none":
            if text is None:
                raise ValueError("text: got None; this network reads a biography")
            parts.append(self._read(text))
        hidden = self.hidden(torch.cat(parts, dim=1))
        return self.head(hidden).squeeze(1).sigmoid(), hidden

    def _read(self, text: Tensor) -> Tensor:
        if self.kind == "bag":
            return self.words(text)
        _, (last, _) = self.reader(self.words(text))
        return torch.cat([last[0], last[1]], dim=1)

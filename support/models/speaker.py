"""Networks that turn an utterance into a vector of its speaker and phrase."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, pad

from support.models.pooling import alignment_pool, mean_pool, statistics_pool

__all__ = ["POOLINGS", "TARGETS", "FrameEncoder", "Pooling", "SpeakerNetwork"]

Pooling = Callable[[Tensor, Tensor, Tensor], Tensor]
"""(N, T, D) features, (N, T, Q) alignment, (N, T) mask -> (N, E)."""

POOLINGS: dict[str, Pooling] = {
    "mean": lambda y, A, mask: mean_pool(y, mask),
    "statistics": lambda y, A, mask: statistics_pool(y, mask),
    "alignment": lambda y, A, mask: alignment_pool(y, A),
}
TARGETS = ("joint", "two_heads", "speaker")


class FrameEncoder(nn.Module):
    """Convolutions over time, as many frames out as in.

    Kernels of three frames, batch normalisation and ReLU between them; three layers
    see seven frames.  Padding is zeroed after every layer, and batch normalisation
    counts real frames alone: what lies behind an utterance's end changes nothing.

    Args:
        features: F of a frame.
        width: channels between.
        dimension: D, channels out.
        layers: convolutions, at least 1.

    Raises:
        ValueError: a size is below 1.

    Source: ours; Mingote et al., arXiv 1812.09484, have a convolutional front-end
    whose sizes were not found.

    >>> mask = torch.ones(2, 9).bool()
    >>> FrameEncoder()(torch.zeros(2, 9, 20), mask).shape
    torch.Size([2, 9, 24])
    """

    def __init__(
        self,
        features: int = 20,
        width: int = 48,
        dimension: int = 24,
        layers: int = 3,
    ) -> None:
        super().__init__()
        if min(features, width, dimension, layers) < 1:
            raise ValueError(
                f"features, width, dimension, layers: got {features}, {width}, "
                f"{dimension}, {layers}; give at least 1 each"
            )
        self.features, self.dimension = features, dimension
        sizes = [features, *[width] * (layers - 1), dimension]
        self.convolutions = nn.ModuleList(
            nn.Linear(3 * before, after) for before, after in pairwise(sizes)
        )
        self.norms = nn.ModuleList(nn.BatchNorm1d(size) for size in sizes[1:-1])

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        """(N, T, F) features and (N, T) mask -> (N, T, D), 0 on padding.

        Raises:
            ValueError: shapes disagree.
        """
        if x.ndim != 3 or x.shape[2] != self.features or mask.shape != x.shape[:2]:
            raise ValueError(
                f"x, mask: got shapes {tuple(x.shape)} and {tuple(mask.shape)}; give "
                f"(N, T, {self.features}) and (N, T)"
            )
        # Real frames are the rows of one matrix: a neighbour is the row before or
        # behind, or zeros where that frame is padding.
        follows = pad(mask, (1, 0))[:, :-1][mask][:, None]
        precedes = pad(mask, (0, 1))[:, 1:][mask][:, None]
        rows = x[mask]
        for place, layer in enumerate(self.convolutions):
            before = pad(rows, (0, 0, 1, 0))[:-1] * follows
            behind = pad(rows, (0, 0, 0, 1))[1:] * precedes
            rows = layer(torch.cat([before, rows, behind], dim=1))
            if place < len(self.norms):
                rows = self.norms[place](rows).relu()
        out = x.new_zeros(*mask.shape, self.dimension)
        out[mask] = rows
        return out


class SpeakerNetwork(nn.Module):
    """Encoder, pooling, centring, and a classifier that training alone needs.

    The embedding is the pooled vector after a batch normalisation without weights:
    what all utterances have in common would else dominate every cosine.

    Args:
        encoder: of frames.
        pooling: ``mean``, ``statistics``, ``alignment``, or a function
            (features, alignment, mask) -> (N, E) of one's own.
        states: Q of the alignment; 1 where there is none.
        speakers: classes of speakers.
        phrases: classes of phrases.
        target: ``joint`` (a class a speaker and phrase), ``two_heads`` (one
            classifier for each) or ``speaker``.

    Raises:
        ValueError: a word is unknown, a size is below 1, or a pooling of one's own does
            not give (N, E) finite numbers.

    Source: Mingote et al., arXiv 1812.09484; classifier and sizes are ours.

    >>> network = SpeakerNetwork(FrameEncoder(), "mean", 1, 4, 2)
    >>> embedding, logits = network(torch.zeros(3, 9, 20), torch.ones(3, 9).bool())
    >>> embedding.shape, logits.shape
    (torch.Size([3, 24]), torch.Size([3, 8]))
    """

    def __init__(
        self,
        encoder: FrameEncoder,
        pooling: str | Pooling,
        states: int,
        speakers: int,
        phrases: int,
        target: str = "joint",
    ) -> None:
        super().__init__()
        if isinstance(pooling, str) and pooling not in POOLINGS:
            raise ValueError(
                f"pooling: got {pooling!r}; give one of {', '.join(POOLINGS)}, or a "
                "function"
            )
        if target not in TARGETS:
            raise ValueError(
                f"target: got {target!r}; give one of {', '.join(TARGETS)}"
            )
        if min(states, speakers, phrases) < 1:
            raise ValueError(
                f"states, speakers, phrases: got {states}, {speakers}, {phrases}; give "
                "at least 1 each"
            )
        self.encoder, self.pooling = encoder, pooling
        size = self._size(states)
        self.speakers, self.phrases, self.target = speakers, phrases, target
        self.centring = nn.BatchNorm1d(size, affine=False)
        self.dropout = nn.Dropout(0.3)
        classes = {
            "joint": speakers * phrases,
            "two_heads": speakers + phrases,
            "speaker": speakers,
        }
        self.classifier = nn.Linear(size, classes[target])

    def embed(self, x: Tensor, mask: Tensor, A: Tensor | None = None) -> Tensor:
        """Turn utterances into vectors; compare them by their cosine.

        Args:
            x: (N, T, F) features.
            mask: (N, T) true on real frames.
            A: (N, T, Q) alignment; may be left out for ``mean`` and
                ``statistics``.

        Returns:
            (N, E).

        Raises:
            ValueError: shapes disagree, or the alignment is missing.
        """
        return self.pool(self.encoder(x, mask), mask, A)

    def pool(self, frames: Tensor, mask: Tensor, A: Tensor | None = None) -> Tensor:
        """What `embed` does with the encoder's frames (N, T, D)."""
        if self.pooling == "alignment" and A is None:
            raise ValueError("A: this network pools by an alignment; give one")
        if A is None:
            A = frames.new_zeros(*mask.shape, 0)
        return self.centring(self._pool(frames, A, mask))

    def forward(
        self, x: Tensor, mask: Tensor, A: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Embeddings (N, E) and logits of the classes; arguments as `embed`."""
        embedding = self.embed(x, mask, A)
        return embedding, self.classifier(self.dropout(embedding))

    def loss(self, logits: Tensor, speaker: Tensor, phrase: Tensor) -> Tensor:
        """Cross-entropy of what the network is to name.

        Args:
            logits: of `forward`.
            speaker: (N,) classes.
            phrase: (N,) classes.

        Returns:
            Scalar; with two heads the sum of both.
        """
        if self.target == "speaker":
            return cross_entropy(logits, speaker)
        if self.target == "joint":
            return cross_entropy(logits, speaker * self.phrases + phrase)
        who, what = logits.split([self.speakers, self.phrases], dim=1)
        return cross_entropy(who, speaker) + cross_entropy(what, phrase)

    @property
    def _pool(self) -> Pooling:
        return POOLINGS[self.pooling] if isinstance(self.pooling, str) else self.pooling

    def _size(self, states: int) -> int:
        """Try the pooling on two short utterances, to see what it makes of them."""
        A = torch.eye(states).expand(2, -1, -1)
        y = torch.ones(2, states, self.encoder.dimension)
        made = self._pool(y, A, torch.ones(2, states, dtype=torch.bool))
        good = isinstance(made, Tensor) and made.ndim == 2 and len(made) == 2
        if not good or not torch.isfinite(made).all():
            got = tuple(made.shape) if isinstance(made, Tensor) else type(made).__name__
            raise ValueError(
                f"pooling: of features {tuple(y.shape)} and an alignment "
                f"{tuple(A.shape)} it made {got}; it is to make (2, E) finite numbers"
            )
        return made.shape[1]

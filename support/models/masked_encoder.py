"""An encoder of spectrograms that learns without labels: it fills in what is hidden."""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss

from support.arrays import real
from support.generators import random_source
from support.scalars import whole

__all__ = ["MaskedEncoder", "span_mask"]

_SPREAD = 0.02  # of places and of what stands for a hidden frame, at the start


def span_mask(
    n: int, frames: int, generator: torch.Generator, spans: int = 4, length: int = 6
) -> Tensor:
    """Hide spans of frames at random places, which may overlap.

    Args:
        n: samples, at least 1.
        frames: of each, at least ``length``.
        generator: draws where each span begins, on the CPU.
        spans: of a sample, at least 1.
        length: of a span in frames, at least 1.

    Returns:
        (n, frames) bool, true where a frame is hidden: from ``length`` to
        ``spans * length`` a sample.

    Raises:
        ValueError: a count is no integer or out of range, or no generator.

    >>> int(span_mask(1, 9, torch.Generator().manual_seed(0), 1, 3).sum())
    3
    """
    n, spans, length = whole("n", n), whole("spans", spans), whole("length", length)
    frames = whole("frames", frames, least=length)
    draw = random_source("generator", generator)
    start = torch.randint(frames - length + 1, (n, spans, 1), generator=draw)
    place = torch.arange(frames)
    return ((place >= start) & (place < start + length)).any(1)


class MaskedEncoder(nn.Module):
    r"""A small transformer over the frames of a spectrogram.

    A frame becomes $h_t=W x_t+p_t$, its place $p_t$ learnt; then come pre-norm layers
    of attention and a perceptron, and a head that says every frame again.  Trained by
    `masked_loss`, as models of speech are; there is no dropout.

    Args:
        bins: values of a frame.
        frames: of a sample, T.
        width: of the hidden states, a multiple of ``heads``; the perceptron has twice
            as many.
        layers: at least 1.
        heads: of attention.

    Raises:
        ValueError: a count is no integer or below 1, or the width is no multiple.

    >>> model = MaskedEncoder(8, 5, 16, layers=2, heads=4)
    >>> [tuple(h.shape) for h in model.hidden(torch.zeros(3, 5, 8))]
    [(3, 5, 16), (3, 5, 16), (3, 5, 16)]
    """

    def __init__(
        self, bins: int, frames: int, width: int, layers: int, heads: int
    ) -> None:
        super().__init__()
        self.bins, self.frames = whole("bins", bins), whole("frames", frames)
        width, heads = whole("width", width), whole("heads", heads)
        if width % heads:
            raise ValueError(
                f"width: got {width} for {heads} heads; give a multiple of the heads"
            )
        self.entry = nn.Linear(self.bins, width)
        self.places = nn.Parameter(_SPREAD * torch.randn(self.frames, width))
        self.hidden_frame = nn.Parameter(_SPREAD * torch.randn(width))
        self.layers = nn.ModuleList(
            nn.TransformerEncoderLayer(
                width,
                heads,
                2 * width,
                dropout=0.0,
                activation="gelu",
                batch_first=True,
                norm_first=True,
            )
            for _ in range(whole("layers", layers))
        )
        self.head = nn.Linear(width, self.bins)

    def hidden(self, x: Any) -> list[Tensor]:
        """Spectrograms (n, T, bins) -> (n, T, width) each: the entry, then every layer.

        Raises:
            ValueError: another shape, or an undefined number.
        """
        return self._states(self._spectrograms(x))

    def forward(self, x: Any) -> Tensor:
        """Spectrograms (n, T, bins) -> what the head says of every frame, alike."""
        said: Tensor = self.head(self.hidden(x)[-1])
        return said

    def masked_loss(
        self, x: Any, generator: torch.Generator, spans: int = 4, length: int = 6
    ) -> Tensor:
        """Mean squared error in frames that the encoder did not see.

        Args:
            x: (n, T, bins), n at least 1.
            generator: draws what is hidden, see `span_mask`.
            spans: of a sample.
            length: of a span in frames, at most T.

        Returns:
            One number; of spectrograms of variance 1 whoever says the mean has 1.

        Raises:
            ValueError: as `hidden` and `span_mask`.
        """
        x = self._spectrograms(x)
        unseen = span_mask(len(x), self.frames, generator, spans, length).to(x.device)
        return mse_loss(self.head(self._states(x, unseen)[-1])[unseen], x[unseen])

    def _states(self, x: Tensor, unseen: Tensor | None = None) -> list[Tensor]:
        frames = self.entry(x)
        if unseen is not None:
            frames = torch.where(unseen[..., None], self.hidden_frame, frames)
        states = [frames + self.places]
        for layer in self.layers:
            states.append(layer(states[-1]))
        return states

    def _spectrograms(self, x: Any) -> Tensor:
        x = real("x", x, like=self.places).to(self.places)
        if x.ndim != 3 or x.shape[1:] != (self.frames, self.bins):
            raise ValueError(
                f"x: got shape {tuple(x.shape)}; give (n, {self.frames}, {self.bins})"
            )
        return x

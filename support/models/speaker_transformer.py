"""A transformer that turns an utterance into a vector: by average, or by tokens."""

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import normalize, pad

from support.arrays import flags, real
from support.models.attention import EncoderLayer
from support.models.pooling import mean_pool
from support.models.tokens import Token
from support.scalars import number, whole

__all__ = ["SpeakerTransformer", "Spoken", "sinusoids"]


class Spoken(NamedTuple):
    """What a `SpeakerTransformer` makes of a batch.

    Args:
        embedding: (N, E).
        logits: (N, heads, classes), a classifier each token, or one of the average.
    """

    embedding: Tensor
    logits: Tensor


def sinusoids(length: int, width: int) -> Tensor:
    r"""Positions: $\sin(t\omega_k)$ and $\cos(t\omega_k)$, $\omega_k=10^{-8k/d}$.

    Args:
        length: places, at least 0.
        width: d, even.

    Returns:
        (length, width) float32 in [-1, 1]; no two rows are equal.

    Raises:
        ValueError: a count is no integer, out of range, or the width is odd.

    Source: Vaswani et al. 2017.

    >>> sinusoids(1, 4)
    tensor([[0., 0., 1., 1.]])
    """
    length, width = whole("length", length, least=0), whole("width", width, least=2)
    if width % 2:
        raise ValueError(f"width: got {width}; give an even number")
    rate = 1e-4 ** (torch.arange(width // 2) * 2 / width)
    angle = torch.arange(length)[:, None] * rate
    return torch.cat([angle.sin(), angle.cos()], dim=1)


class SpeakerTransformer(nn.Module):
    r"""Front-end, tokens, attention with memory, and a vector of the utterance.

    $$Z^0=[c;\ \delta;\ x_1+\pi_1;\dots;x_{T'}+\pi_{T'}],\qquad T'=\lceil T/s\rceil$$

    Windows of ``kernel`` frames, every ``stride``-th, become $x_t$ by one linear map,
    batch normalisation of real frames and ReLU; tokens have no position.  After the
    layers a vector is the average of the real frames, or the state of each token; it
    is centred by a batch normalisation without weights.  Two tokens are normalised to
    length 1 each and stand side by side.

    Args:
        features: F of a frame.
        speakers: to be named in training.
        phrases: likewise; a class is a speaker and a phrase.
        tokens: 0 (average), 1 (class token) or 2 (with a distillation token).
        vectors: R of the class token, see `Token`.
        width: d, even and a multiple of ``heads``.
        layers: of `EncoderLayer`.
        heads: of attention.
        slots: of memory.
        feed_forward: in place of the memory, see `EncoderLayer`.
        stride: s.
        kernel: odd.
        positions: add `sinusoids` to the frames.
        dropout: in the layers and before the classifier.

    Raises:
        ValueError: a number is out of range.

    Source: Mingote et al., arXiv 2111.03842, for tokens and memory; its sizes were not
    found, those here are ours.

    >>> network = SpeakerTransformer(20, 4, 2)
    >>> network(torch.zeros(3, 9, 20), torch.ones(3, 9).bool()).logits.shape
    torch.Size([3, 1, 8])
    """

    def __init__(
        self,
        features: int,
        speakers: int,
        phrases: int,
        *,
        tokens: int = 1,
        vectors: int = 1,
        width: int = 32,
        layers: int = 2,
        heads: int = 4,
        slots: int = 64,
        feed_forward: int = 0,
        stride: int = 4,
        kernel: int = 5,
        positions: bool = True,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.features = whole("features", features)
        count = whole("speakers", speakers) * whole("phrases", phrases)
        self.stride, self.kernel = whole("stride", stride), whole("kernel", kernel)
        if not self.kernel % 2:
            raise ValueError(f"kernel: got {kernel}; give an odd number")
        self.positions = positions
        self.window = nn.Linear(self.features * self.kernel, len(sinusoids(0, width).T))
        self.norm = nn.BatchNorm1d(width)
        self.layers = nn.ModuleList(
            EncoderLayer(
                width, heads, slots=slots, feed_forward=feed_forward, dropout=dropout
            )
            for _ in range(whole("layers", layers))
        )
        self.last = nn.LayerNorm(width)
        self.classifiers = nn.ModuleList([nn.Linear(width, count)])
        # After all that an average has too: a seed gives both the same first weights.
        several = [vectors, 1][: whole("tokens", tokens, least=0, most=2)]
        self.tokens = nn.ModuleList(Token(width, each) for each in several)
        self.classifiers.extend(nn.Linear(width, count) for _ in several[1:])
        self.centres = nn.ModuleList(
            nn.BatchNorm1d(width, affine=False) for _ in self.classifiers
        )
        self.dropout = nn.Dropout(number("dropout", dropout, least=0, most=1))

    def forward(self, x: Any, mask: Any) -> Spoken:
        """Embeddings and logits of (N, T, F) features with (N, T) real frames.

        Raises:
            ValueError: shapes disagree, a number of a real frame is undefined, or an
                utterance has no real frame.
        """
        parts = self.parts(x, mask)
        pairs = zip(self.classifiers, self.dropout(parts).unbind(1), strict=True)
        return Spoken(
            _beside(parts), torch.stack([say(part) for say, part in pairs], 1)
        )

    def embed(self, x: Any, mask: Any) -> Tensor:
        """Vectors (N, d), or (N, 2 d) of two tokens."""
        return _beside(self.parts(x, mask))

    def parts(self, x: Any, mask: Any) -> Tensor:
        """Centred vectors (N, heads, d): the average, or one a token."""
        z, seen = self._start(x, mask)
        count = len(self.tokens)
        *before, end = self.layers
        for layer in before:
            z = layer(z, seen)
        z = self.last(end(z, seen, count or None))  # who is read asks last
        ends = z[:, :count].unbind(1) if count else [mean_pool(z, seen)]
        pairs = zip(self.centres, ends, strict=True)
        return torch.stack([centre(end) for centre, end in pairs], 1)

    def attention(self, x: Any, mask: Any) -> Tensor:
        """Whom each token looks at: (N, layers, tokens, heads, tokens + T')."""
        z, seen = self._start(x, mask)
        found = []
        layer: Any
        for layer in self.layers:
            found.append(layer.weights(z, seen)[:, :, : len(self.tokens)])
            z = layer(z, seen)
        return torch.stack(found, 1).transpose(2, 3)

    def _start(self, x: Any, mask: Any) -> tuple[Tensor, Tensor]:
        """Tokens and frames before the first layer, and which of them are real."""
        x = real("x", x, finite=False, like=self.window.weight).to(self.window.weight)
        mask = flags("mask", mask, like=x)
        if x.ndim != 3 or x.shape[2] != self.features or mask.shape != x.shape[:2]:
            raise ValueError(
                f"x, mask: got shapes {tuple(x.shape)} and {tuple(mask.shape)}; give "
                f"(N, T, {self.features}) and (N, T)"
            )
        # the same places that the windows are centred on
        seen = mask[:, :: self.stride]
        if not bool(seen.any(1).all()):
            row = int((~seen.any(1)).nonzero()[0, 0])
            raise ValueError(f"mask: utterance {row} has no real frame; leave it out")
        side = self.kernel // 2
        x = real("x", torch.where(mask[..., None], x, 0))
        windows = pad(x, (0, 0, side, side)).unfold(1, self.kernel, self.stride)
        rows = self.norm(self.window(windows[seen].flatten(1))).relu()
        frames = x.new_zeros(*seen.shape, rows.shape[1])
        frames[seen] = rows
        if self.positions:
            frames = frames + sinusoids(frames.shape[1], frames.shape[2]).to(frames)
        before = [token(len(x)) for token in self.tokens]
        real_tokens = seen.new_ones(len(x), len(before))
        return torch.cat([*before, frames], 1), torch.cat([real_tokens, seen], 1)


def _beside(parts: Tensor) -> Tensor:
    """(N, heads, d): one vector as it is; two of length 1 each, side by side."""
    if parts.shape[1] == 1:
        return parts[:, 0]
    return normalize(parts, dim=2).flatten(1)

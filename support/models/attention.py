"""Self-attention over frames, and layers whose memory is learned."""

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import scaled_dot_product_attention

from support.arrays import flags, real
from support.scalars import number, whole

__all__ = ["EncoderLayer", "MemoryLayer", "SelfAttention"]


class SelfAttention(nn.Module):
    r"""Every place of a sequence asks all others, in several heads.

    $$\mathrm{MSA}(Z)=\big\Vert_{i=1}^{h}\Big[\mathrm{softmax}\Big(
    \tfrac{Q_iK_i^\top}{\sqrt{d/h}}+M\Big)V_i\Big]W_O,\qquad
    M_{\cdot j}=-\infty\text{ where key }j\text{ is padding, else }0$$

    with $Q,K,V=ZW_Q,ZW_K,ZW_V$ cut into $h$ heads of $d/h$ numbers.  Nothing here
    knows the order of the places: permuted keys change no answer.

    Args:
        width: d, a multiple of ``heads``.
        heads: h.

    Raises:
        ValueError: a count is no integer or below 1, or the width is no multiple.

    Source: Vaswani et al., Attention is all you need, 2017.

    >>> SelfAttention(8, 2)(torch.zeros(1, 3, 8), torch.ones(1, 3).bool()).shape
    torch.Size([1, 3, 8])
    """

    def __init__(self, width: int, heads: int = 4) -> None:
        super().__init__()
        self.width, self.heads = whole("width", width), whole("heads", heads)
        if self.width % self.heads:
            raise ValueError(
                f"width: got {width} for {heads} heads; give a multiple of the heads"
            )
        self.inputs = nn.Linear(self.width, 3 * self.width)
        self.output = nn.Linear(self.width, self.width)

    def forward(self, z: Any, mask: Any, first: int | None = None) -> Tensor:
        """Answers of the real places to those that ask.

        Args:
            z: (N, L, d).
            mask: (N, L) true where a place is real; one at least a row.
            first: so many places from the beginning ask; None lets all of them ask.

        Returns:
            (N, first, d), or (N, L, d); of padding, too, which nobody should read.

        Raises:
            ValueError: another shape, an undefined number, a row of padding alone, or
                ``first`` is no integer in [1, L].
        """
        z, mask = self._checked(z, mask)
        query, key, value = self._heads(z)
        query = query[:, :, : _asking(first, z)]
        # the softmax above, fused
        answer = scaled_dot_product_attention(
            query, key, value, attn_mask=_added(mask, query.dtype)
        )
        out: Tensor = self.output(answer.transpose(1, 2).flatten(2))
        return out

    def weights(self, z: Any, mask: Any) -> Tensor:
        """Who looks at whom: (N, h, L, L), each row sums to 1; arguments as above."""
        z, mask = self._checked(z, mask)
        query, key, _ = self._heads(z)
        scores = query @ key.mT / math.sqrt(query.shape[3])
        return (scores + _added(mask, scores.dtype)).softmax(3)

    def _heads(self, z: Tensor) -> tuple[Tensor, ...]:
        """Queries, keys and values, (N, h, L, d / h) each."""
        parts: Tensor = self.inputs(z).unflatten(2, (3, self.heads, -1))
        return tuple(parts.permute(2, 0, 3, 1, 4))

    def _checked(self, z: Any, mask: Any) -> tuple[Tensor, Tensor]:
        z = _sequence(z, self.width, self.output.weight)
        mask = flags("mask", mask, like=z)
        if mask.shape != z.shape[:2]:
            raise ValueError(
                f"mask: got shape {tuple(mask.shape)} for z of {tuple(z.shape)}; give "
                f"{tuple(z.shape[:2])}"
            )
        if not bool(mask.any(1).all()):
            row = int((~mask.any(1)).nonzero()[0, 0])
            raise ValueError(f"mask: row {row} is padding alone; leave it out")
        return z, mask


class MemoryLayer(nn.Module):
    r"""What a place remembers of learned slots, each by itself.

    $$\mathrm{Mem}(\mathbf z)=\mathrm{softmax}\big(\mathbf zK_m^\top/\sqrt d\big)V_m,
    \qquad K_m,V_m\in\mathbb R^{M\times d}$$

    A two-layer perceptron whose non-linearity is a softmax over its M hidden units.

    Args:
        width: d.
        slots: M; keys and values start as standard normal draws.

    Raises:
        ValueError: a count is no integer or below 1.

    Source: Sukhbaatar et al., Augmenting self-attention with persistent memory, 2019,
    for the idea; the form is ours.

    >>> layer = MemoryLayer(4, slots=1)  # one slot is always remembered
    >>> bool((layer(torch.randn(2, 3, 4)) == layer.values).all())
    True
    """

    def __init__(self, width: int, slots: int = 64) -> None:
        super().__init__()
        self.width, slots = whole("width", width), whole("slots", slots)
        self.keys = nn.Parameter(torch.randn(slots, self.width))
        self.values = nn.Parameter(torch.randn(slots, self.width))

    def forward(self, z: Any) -> Tensor:
        """(N, L, d) -> (N, L, d).

        Raises:
            ValueError: another width, or an undefined number.
        """
        z = _sequence(z, self.width, self.keys)
        return (z @ self.keys.T / math.sqrt(self.width)).softmax(-1) @ self.values


class EncoderLayer(nn.Module):
    r"""Attention and memory, each behind a normalisation and beside a way past it.

    $$Z'=Z+\mathrm{MSA}(\mathrm{LN}(Z)),\qquad Z^{+}=Z'+\mathrm{Mem}(\mathrm{LN}(Z'))$$

    Args:
        width: d.
        heads: of `SelfAttention`.
        slots: M of `MemoryLayer`.
        feed_forward: hidden units of a perceptron (GELU) in place of the memory; 0
            keeps the memory.
        dropout: of what either part adds, in [0, 1].

    Raises:
        ValueError: as the parts, or a number is out of range.

    >>> layer = EncoderLayer(8, 2, slots=3)
    >>> layer(torch.zeros(1, 3, 8), torch.ones(1, 3).bool()).shape
    torch.Size([1, 3, 8])
    """

    def __init__(
        self,
        width: int,
        heads: int = 4,
        *,
        slots: int = 64,
        feed_forward: int = 0,
        dropout: float = 0.1,
    ) -> None:
        super().__init__()
        self.attention = SelfAttention(width, heads)
        hidden = whole("feed_forward", feed_forward, least=0)
        self.memory: nn.Module = MemoryLayer(width, slots)
        if hidden:
            self.memory = nn.Sequential(
                nn.Linear(width, hidden), nn.GELU(), nn.Linear(hidden, width)
            )
        self.norms = nn.ModuleList([nn.LayerNorm(width), nn.LayerNorm(width)])
        self.dropout = nn.Dropout(number("dropout", dropout, least=0, most=1))

    def forward(self, z: Any, mask: Any, first: int | None = None) -> Tensor:
        """(N, L, d) and (N, L) real places -> (N, L, d), or (N, first, d).

        A last layer of which only the tokens are read need not work for the frames:
        ``first`` places then ask all of them, with the same answers.

        Raises:
            ValueError: as `SelfAttention`.
        """
        z = _sequence(z, self.attention.width, self.attention.output.weight)
        heard = self.attention(self.norms[0](z), mask, first)
        z = z[:, : heard.shape[1]] + self.dropout(heard)
        out: Tensor = z + self.dropout(self.memory(self.norms[1](z)))
        return out

    def weights(self, z: Any, mask: Any) -> Tensor:
        """The attention's weights, (N, h, L, L); arguments as above."""
        z = _sequence(z, self.attention.width, self.attention.output.weight)
        return self.attention.weights(self.norms[0](z), mask)


def _added(mask: Tensor, dtype: torch.dtype) -> Tensor:
    """(N, L) real keys -> (N, 1, 1, L), what is added to a logit."""
    zero = torch.zeros((), dtype=dtype, device=mask.device)
    return torch.where(mask, zero, -math.inf)[:, None, None]


def _asking(first: int | None, z: Tensor) -> int:
    if first is None:
        return z.shape[1]
    return whole("first", first, most=z.shape[1])


def _sequence(z: Any, width: int, like: Tensor) -> Tensor:
    z = real("z", z, like=like).to(like)
    if z.ndim != 3 or z.shape[2] != width:
        raise ValueError(f"z: got shape {tuple(z.shape)}; give (N, L, {width})")
    return z

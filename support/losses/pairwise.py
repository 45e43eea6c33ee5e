"""Losses over all pairs of a positive and a negative score, for two classes.

The area under the ROC curve counts how often a sample of the class scores higher
than a sample outside it.  Counting is a step function of the difference of two
scores; a smooth surrogate in its place can be trained.  Every ranking loss of the
package, for frames or for trials, stands on this module.
"""

import math
from collections.abc import Callable
from typing import Any, Literal

import torch
from torch import Tensor
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from support.arrays import real

__all__ = [
    "LARGEST_BLOCK",
    "check_delta",
    "largest_block",
    "pairwise_loss",
    "pairwise_sigmoid",
    "sum_blocks",
    "surrogate",
]

LARGEST_BLOCK = 2**24  # entries of the pair matrix that are held at one time
CACHED_BLOCK = 2**18  # 1 MB of float32: four times as fast on a processor as 2**24

Kind = Literal["step", "sigmoid", "logistic", "hinge", "squared"]


def surrogate(difference: Tensor, kind: Kind = "sigmoid", delta: float = 1.0) -> Tensor:
    r"""Loss of one pair by the difference of its scores, positive minus negative.

    ``step`` is what the AUC counts, $1-u(\Delta)$ with $u(0)=1/2$; ``sigmoid`` is
    $\sigma(-\delta\Delta)$, bounded and symmetric: $\ell(z)+\ell(-z)=1$;
    ``logistic`` $\log(1+e^{-\delta\Delta})$, ``hinge`` $\max(0,1-\delta\Delta)$ and
    ``squared`` $(1-\delta\Delta)^2$ have no bound.

    Args:
        difference: any shape.
        kind: the name of the surrogate.
        delta: steepness, above 0.

    Returns:
        The losses, same shape, at least 0; lower is better.  In at least float32.

    Raises:
        ValueError: the kind is unknown, delta is not above 0 or a difference is not
            finite.

    >>> surrogate(torch.tensor([0.0]))
    tensor([0.5000])
    """
    check_delta(delta)
    return _of_gap(real("difference", difference) * -delta, kind)


def pairwise_loss(
    pos: Tensor,
    neg: Tensor,
    delta: float = 1.0,
    *,
    kind: Kind = "sigmoid",
    block: int | None = None,
) -> Tensor:
    r"""Mean loss over all pairs of a positive and a negative score.

    $$\mathcal L=\frac1{PQ}\sum_{i\le P}\sum_{j\le Q}\ell(p_i-q_j)$$

    Sums are accumulated in at least float32.  The pair matrix is formed in
    blocks of rows of at most ``block`` entries, and no block outlives its turn:
    the gradient of $p_i$ is a sum along row i, that of $q_j$ along column j, so
    P + Q numbers are all that backward needs.  A second derivative forms the
    whole matrix.

    Args:
        pos: scores of the positive samples, shape (P,).
        neg: scores of the negative samples, shape (Q,).
        delta: steepness, above 0.
        kind: see :func:`surrogate`.
        block: entries of the pair matrix held at one time; what a processor's
            cache holds, or ``LARGEST_BLOCK`` on other devices, when left out.

    Returns:
        A scalar; lower is better.

    Raises:
        ValueError: an input is empty, not one-dimensional or not finite, or delta is
            not above 0.

    >>> pairwise_loss(torch.tensor([1.0]), torch.tensor([1.0]))
    tensor(0.5000)
    """
    pos, neg = _scores(pos, neg, delta)
    return _mean_pair(pos, neg, delta, kind, block)


def _mean_pair(
    pos: Tensor, neg: Tensor, delta: float, kind: Kind, block: int | None
) -> Tensor:
    rows = max(1, (block or largest_block(pos)) // len(neg))
    if rows >= len(pos) and not (pos.requires_grad or neg.requires_grad):
        return _of_gap((neg - pos[:, None]).mul_(delta), kind).mean()
    total = _PairSum.apply(pos, neg, delta, kind, rows)
    return total / (len(pos) * len(neg))


def largest_block(like: Tensor) -> int:
    """Entries of the pair matrix to hold at one time on a tensor's device."""
    return CACHED_BLOCK if like.device.type == "cpu" else LARGEST_BLOCK


def pairwise_sigmoid(
    pos: Tensor, neg: Tensor, delta: float = 1.0, *, block: int | None = None
) -> Tensor:
    r"""Smooth area under the ROC curve of two classes, aAUC.

    $$\mathrm{aAUC}_\delta=\frac1{PQ}\sum_{i,j}\sigma\big(\delta[p_i-q_j]\big)$$

    Its limit for $\delta\to\infty$ is the AUC, ties counted one half.  The loss is
    one minus it.

    Args:
        pos, neg, delta, block: as :func:`pairwise_loss`; 10 is a usual delta, with
            scores in [0, 1].

    Returns:
        A scalar in [0, 1]; higher is better.

    Raises:
        ValueError: an input is empty, or delta is not above 0.

    >>> pairwise_sigmoid(torch.tensor([2.0]), torch.tensor([-2.0]), delta=10.0)
    tensor(1.)
    """
    pos, neg = _scores(pos, neg, delta)
    # 1 - loss would lose small differences from 0; the loss with both sides changed
    # about is the same sum
    return _mean_pair(neg, pos, delta, "sigmoid", block)


def sum_blocks(rows: Callable[[Tensor], Tensor], size: int, items: Tensor) -> Tensor:
    """Sum a function over blocks of items, in bounded memory.

    Args:
        rows: the sum over one block of items.
        size: items of a block; where there is more than one block, backward
            computes each again instead of keeping it.
        items: split along the first axis.

    Returns:
        The sum; it does not depend on the size but for rounding.
    """
    parts = items.split(max(1, size))
    if len(parts) == 1:
        return rows(items)
    total = checkpoint(rows, parts[0], use_reentrant=False)
    for part in parts[1:]:
        total = total + checkpoint(rows, part, use_reentrant=False)
    return total


class _PairSum(torch.autograd.Function):
    """Sum over pairs whose backward pass never meets the pairs again.

    Autograd would keep the pair matrix and walk over it several times more.
    """

    @staticmethod
    def forward(
        ctx: Any, pos: Tensor, neg: Tensor, delta: float, kind: Kind, rows: int
    ) -> Tensor:
        total, of_pos = pos.new_zeros(()), torch.zeros_like(pos)
        of_neg = torch.zeros_like(neg)
        learns = any(ctx.needs_input_grad)
        for part, slopes in zip(pos.split(rows), of_pos.split(rows), strict=True):
            gap = (neg - part[:, None]).mul_(delta)
            value = _of_gap(gap, kind)
            total += value.sum()
            if learns:
                slope = _slope(gap, value, kind)
                slopes -= slope.sum(1)
                of_neg += slope.sum(0)
        ctx.save_for_backward(pos, neg, of_pos.mul_(delta), of_neg.mul_(delta))
        ctx.delta, ctx.kind = delta, kind
        return total

    @staticmethod
    def backward(ctx: Any, upstream: Tensor) -> tuple[Tensor | None, ...]:
        *scores, of_pos, of_neg = ctx.saved_tensors
        found = [upstream * of_pos, upstream * of_neg]
        if torch.is_grad_enabled():  # a second derivative: through the whole matrix
            pos, neg = scores
            total = _of_gap((neg - pos[:, None]) * ctx.delta, ctx.kind).sum()
            learned = [part for part in scores if part.requires_grad]
            found = list(
                torch.autograd.grad(total, learned, upstream, create_graph=True)
            )
            found = [found.pop(0) if part.requires_grad else None for part in scores]
        return *found, None, None, None


def _of_gap(gap: Tensor, kind: Kind) -> Tensor:
    """The surrogate of minus the margin, which it may overwrite: pairs are many."""
    if kind == "step":
        return 0.5 * (1 + torch.sign(gap))
    if kind == "sigmoid":
        return gap.sigmoid_()
    if kind == "logistic":
        return functional.softplus(gap)
    if kind == "hinge":
        return (1 + gap).clamp_min(0)
    if kind == "squared":
        return (1 + gap).square()
    raise ValueError(
        f"kind: got {kind!r}; give step, sigmoid, logistic, hinge or squared"
    )


def _slope(gap: Tensor, value: Tensor, kind: Kind) -> Tensor:
    """Derivative of `_of_gap` by the gap, from both; it may overwrite them."""
    if kind == "step":
        return torch.zeros_like(value)
    if kind == "sigmoid":
        return value.addcmul_(value, value, value=-1)
    if kind == "logistic":
        return gap.sigmoid_()
    if kind == "hinge":
        return (gap > -1).to(gap.dtype)
    return (1 + gap).mul_(2)


def _scores(pos: Tensor, neg: Tensor, delta: float) -> tuple[Tensor, Tensor]:
    check_delta(delta)
    pos = real("pos", pos)
    neg = real("neg", neg, like=pos)
    for name, values in (("pos", pos), ("neg", neg)):
        if values.ndim != 1 or not len(values):
            raise ValueError(
                f"{name}: got shape {tuple(values.shape)}; give one score a sample, "
                "shape (P,), and at least one"
            )
    kind = torch.promote_types(pos.dtype, neg.dtype)
    return pos.to(kind), neg.to(kind)


def check_delta(delta: float) -> None:
    """Refuse a steepness that is not above 0, or infinite, with a ValueError."""
    if not 0 < delta < math.inf:
        raise ValueError(
            f"delta: got {delta}; the steepness must be above 0, and finite"
        )

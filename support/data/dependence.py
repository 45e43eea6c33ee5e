r"""Factors that depend on each other: joint laws on a grid, and draws from them.

A law is a weight for each cell of a grid of factors, so it can be sampled, and
it can enter a score exactly as the weights of the cells.
"""

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from support.arrays import classes, real

__all__ = ["dependence_weights", "draw_rows", "factor_grid", "spread"]


def factor_grid(sizes: Sequence[int]) -> Tensor:
    """Every combination of factors once, the last factor varying fastest.

    Args:
        sizes: number of values of each factor, each at least 1.

    Returns:
        (product of the sizes, len(sizes)) int64.

    Raises:
        ValueError: no factor, or a size below 1.

    >>> factor_grid([2, 3]).T
    tensor([[0, 0, 0, 1, 1, 1],
            [0, 1, 2, 0, 1, 2]])
    """
    if not sizes or min(sizes) < 1:
        raise ValueError(f"sizes: got {list(sizes)}; give one number above 0 a factor")
    ranges = [torch.arange(size) for size in sizes]
    return torch.cartesian_prod(*ranges).reshape(-1, len(sizes))


def spread(factors: Tensor, sizes: Sequence[int]) -> Tensor:
    """Put the values of each factor at equal steps from 0 to 1.

    Args:
        factors: (N, n) integers, column i from 0 to ``sizes[i] - 1``.
        sizes: number of values of each factor; a single value is put at 0.

    Returns:
        (N, n) float32 in [0, 1].

    Raises:
        ValueError: the number of columns is another, or a value is out of range.

    >>> spread(torch.tensor([[0], [1], [2]]), [3]).flatten()
    tensor([0.0000, 0.5000, 1.0000])
    """
    factors = classes("factors", factors)
    if factors.ndim != 2 or factors.shape[1] != len(sizes):
        raise ValueError(
            f"factors: got shape {tuple(factors.shape)}; give (N, {len(sizes)}), a "
            "column a size"
        )
    top = torch.tensor(sizes, device=factors.device)
    if factors.numel() and bool(((factors < 0) | (factors >= top)).any()):
        raise ValueError(
            f"factors: values run from {factors.amin(0).tolist()} to "
            f"{factors.amax(0).tolist()}; the sizes are {list(sizes)}"
        )
    return factors.float() / (top - 1).clamp(min=1)


def dependence_weights(
    values: Tensor, pairs: Sequence[tuple[int, int]], sigma: float
) -> Tensor:
    r"""Weights under which chosen pairs of factors are near each other.

    $$w\propto\prod_{(a,b)}\exp\Big(-\frac{(c_a-c_b)^2}{2\sigma^2}\Big)$$
    The smaller the width, the stronger the dependence; ``math.inf`` leaves the
    rows as they are.

    Args:
        values: (G, n) factors scaled to [0, 1], one row a cell or a sample.
        pairs: columns that depend on each other.
        sigma: the width, above 0.

    Returns:
        (G,) float64, summing to 1.

    Raises:
        ValueError: a width of 0 or less, no row, a value that is not finite, or a pair
            that is none.

    Source: the scheme of Träuble et al., On Disentangled Representations Learned
    From Correlated Data, ICML 2021, as the authors' code applies it.

    >>> dependence_weights(torch.tensor([[0., 0.], [0., 1.]]), [(0, 1)], math.inf)
    tensor([0.5000, 0.5000], dtype=torch.float64)
    """
    if not sigma > 0:
        raise ValueError(f"sigma: got {sigma}; give a width above 0, or math.inf")
    values = real("values", values)
    if values.ndim != 2 or not len(values):
        raise ValueError(f"values: got shape {tuple(values.shape)}; give (G, n)")
    columns = range(values.shape[1])
    wrong = [
        pair
        for pair in pairs
        if len(set(pair)) != 2 or any(column not in columns for column in pair)
    ]
    if wrong:
        raise ValueError(
            f"pairs: got {wrong[0]}; give two different columns of 0 to "
            f"{values.shape[1] - 1}"
        )
    logits = values.new_zeros(len(values), dtype=torch.float64)
    if not math.isinf(sigma):
        for one, other in pairs:
            gap = (values[:, one] - values[:, other]).double()
            logits = logits - gap.square() / (2 * sigma**2)
    # the largest is taken off inside, so that the weights cannot all vanish
    return logits.softmax(0)


def draw_rows(weights: Tensor, count: int, generator: torch.Generator) -> Tensor:
    """Draw row numbers with replacement.

    Args:
        weights: (G,) not negative, with a positive sum.
        count: how many, at least 1.
        generator: on the CPU.

    Returns:
        (count,) int64 on the device of the weights.

    Raises:
        ValueError: fewer than one row is asked for, or the weights are no weights.

    >>> draw_rows(torch.tensor([0.0, 1.0]), 3, torch.Generator().manual_seed(0))
    tensor([1, 1, 1])
    """
    if count < 1:
        raise ValueError(f"count: got {count}; give at least 1")
    weights = real("weights", weights)
    usable = weights.ndim == 1 and bool((weights >= 0).all())
    if not usable or not 0 < float(weights.double().sum()) < math.inf:
        raise ValueError(
            f"weights: got shape {tuple(weights.shape)}; give (G,) numbers of at "
            "least 0 with a finite sum above 0"
        )
    # By the inverse of the distribution function: multinomial stops at 2^24 rows.
    steps = weights.double().cpu().cumsum(0)
    places = torch.rand(count, generator=generator, dtype=torch.float64) * steps[-1]
    rows = torch.searchsorted(steps, places, right=True)
    return rows.clamp(max=len(weights) - 1).to(weights.device)

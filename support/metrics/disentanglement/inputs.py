"""What every score of disentanglement asks of its input, checked once."""

import math
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes, real, tensor
from support.metrics.information import (
    PairwiseInformation,
    discretise,
    pairwise_information,
)

__all__ = [
    "Sample",
    "active_latents",
    "check_choice",
    "check_sample",
    "code_values",
    "histogram_information",
    "rescale",
    "rounding_of",
    "spread",
]


class Sample(NamedTuple):
    """Checked input: factors (N, n) int64, codes (N, m) float64, weights (N,)."""

    factors: Tensor
    codes: Tensor
    weights: Tensor | None


def check_sample(
    factors: Tensor,
    codes: Tensor,
    weights: Tensor | None = None,
    *,
    least_factors: int = 1,
) -> Sample:
    """Refuse what no score can be computed from.

    Args:
        factors: (N, n) integers from 0; no column constant.
        codes: (N, m) finite numbers.
        weights: (N,) probabilities of the rows, or None; rows of weight 0 go.
        least_factors: how many factors the score needs.

    Returns:
        A `Sample` on the devices of the input.

    Raises:
        ValueError: names the argument, what was given and what to give.

    >>> check_sample(torch.tensor([[0], [1]]), torch.tensor([[0.0], [1.0]])).codes.dtype
    torch.float64
    """
    codes = real("codes", codes, finite=False).detach()
    factors = tensor("factors", factors, codes).detach()
    for name, side in (("factors", factors), ("codes", codes)):
        if side.ndim != 2 or not side.numel():
            raise ValueError(
                f"{name}: got shape {tuple(side.shape)}; give (N, columns), at least "
                "one row and one column"
            )
    if len(factors) != len(codes):
        raise ValueError(
            f"factors has {len(factors)} rows and codes has {len(codes)}; give the "
            "same samples in the same order"
        )
    if factors.device != codes.device:
        raise ValueError(
            f"factors is on {factors.device} and codes on {codes.device}; give both on "
            "one device"
        )
    if factors.is_floating_point():
        raise ValueError(
            f"factors: got {factors.dtype}; give integers, the number of each value "
            "in its order"
        )
    # a finite sum has finite terms; one that is not may be of finite terms too
    if not math.isfinite(float(codes.sum())) and not bool(codes.isfinite().all()):
        row, column = (~codes.isfinite()).nonzero()[0].tolist()
        raise ValueError(
            f"codes: row {row}, column {column} is {float(codes[row, column])}; give "
            "finite numbers"
        )
    if factors.shape[1] < least_factors:
        raise ValueError(
            f"factors: got {factors.shape[1]} column; this score tells factors apart, "
            f"give at least {least_factors}"
        )
    factors, codes = classes("factors", factors), codes.double()
    if weights is not None:
        factors, codes, weights = _weighted(factors, codes, weights)
    low, high = factors.amin(0), factors.amax(0)
    constant = (low == high).nonzero().flatten().tolist()
    if constant:
        raise ValueError(
            f"factors: column {constant[0]} is {int(low[constant[0]])} in every row; "
            "drop it, there is nothing to encode"
        )
    return Sample(factors, codes, weights)


def check_choice(name: str, given: str, known: Sequence[str]) -> None:
    """Refuse an option that is not among the known ones."""
    if given not in known:
        raise ValueError(f"{name}: got {given!r}; give one of {', '.join(known)}")


def active_latents(
    codes: Tensor, active_std: float = 0.0, weights: Tensor | None = None
) -> Tensor:
    """Which latents move at all: standard deviation above a threshold.

    Args:
        codes: (N, m).
        active_std: what a latent's standard deviation must exceed; at 0 only
            constant latents (up to rounding) count as collapsed.
        weights: (N,) probabilities of the rows, or None.

    Returns:
        (m,) bool.

    Raises:
        ValueError: a negative threshold.

    >>> active_latents(torch.tensor([[0.0, 5.0], [1.0, 5.0]]))
    tensor([ True, False])
    """
    if not active_std >= 0:
        raise ValueError(f"active_std: got {active_std}; give at least 0")
    codes = real("codes", codes).double()
    if codes.ndim != 2 or not len(codes):
        raise ValueError(
            f"codes: got shape {tuple(codes.shape)}; give (N, m), N above 0"
        )
    return spread(codes, weights) > rounding_of(codes).clamp(min=active_std)


def rounding_of(codes: Tensor) -> Tensor:
    """(m,) spread of columns of (N, m) float64 that rounding alone may explain."""
    return 2 * torch.finfo(torch.float64).eps * codes.abs().amax(0)


def spread(codes: Tensor, weights: Tensor | None = None) -> Tensor:
    """Standard deviation (m,) of the columns of (N, m), over N, not N - 1.

    Of differences from the first row: a constant column has exactly none.
    """
    away = codes - codes[0]
    if weights is None:
        return away.std(0, correction=0)
    away = away - weights @ away
    return (weights @ away.square()).sqrt()


def code_values(
    sample: Sample, bins: int | None, binning: str, weights: Tensor | None
) -> Tensor:
    """Codes as integers (N, m): bins, or with ``bins=None`` their distinct values."""
    check_choice("binning", binning, ("uniform", "quantile"))
    if bins is None:
        columns = sample.codes.unbind(1)
        return torch.stack([c.unique(return_inverse=True)[1] for c in columns], 1)
    if weights is not None and binning == "quantile":
        raise ValueError("binning: 'quantile' counts rows, so it takes no weights")
    if weights is None or len(sample.codes) >= bins:
        return discretise(sample.codes, bins, binning).values
    # a table may have fewer cells than bins: its rows are no sample
    low, high = sample.codes.amin(0), sample.codes.amax(0)
    steps = torch.linspace(0, 1, bins + 1, dtype=low.dtype, device=low.device)
    edges = torch.lerp(low[:, None], high[:, None], steps)
    return discretise(sample.codes, edges=edges).values


def histogram_information(
    factors: Tensor,
    codes: Tensor,
    *,
    bins: int | None,
    binning: str = "uniform",
    correction: str | None = None,
    weights: Tensor | None = None,
    least_factors: int = 1,
) -> PairwiseInformation:
    """Check the input, cut the codes into bins, inform every pair: all in bits.

    Args:
        factors: (N, n) integers from 0.
        codes: (N, m) numbers.
        bins: number of bins; None when the codes are discrete already, each
            distinct value then being a cell.
        binning: ``"uniform"`` or ``"quantile"``, see `discretise`.
        correction: None or ``"miller-madow"``, see `entropy`.
        weights: (N,) probabilities: the rows are the cells of a joint table.
        least_factors: see `check_sample`.

    Returns:
        `PairwiseInformation`: rows are factors, columns latents.

    Raises:
        ValueError: see `check_sample`, `discretise` and `entropy`.

    >>> y = torch.tensor([[0], [1], [0], [1]])
    >>> float(histogram_information(y, y.double(), bins=2).mutual)
    1.0
    """
    sample = check_sample(factors, codes, weights, least_factors=least_factors)
    values = code_values(sample, bins, binning, sample.weights)
    return pairwise_information(
        sample.factors,
        values,
        correction=correction,
        weights=sample.weights,
        values=bins,
    )


def rescale(accuracy: float, choices: int) -> float:
    r"""Accuracy above chance: $(a-1/n)/(1-1/n)$, 0 at chance and 1 when perfect."""
    return (accuracy - 1 / choices) / (1 - 1 / choices)


def _weighted(
    factors: Tensor, codes: Tensor, weights: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Drop the rows that cannot occur and let the others sum to 1."""
    weights = real("weights", weights, like=codes).detach()
    if weights.shape != (len(codes),):
        raise ValueError(
            f"weights: got {tuple(weights.shape)}; give ({len(codes)},), one a row"
        )
    total = float(weights.double().sum())
    if not bool((weights >= 0).all()) or not 0 < total < math.inf:
        raise ValueError(
            f"weights: the smallest is {float(weights.min())}, the sum {total}; give "
            "finite numbers of at least 0, not all 0"
        )
    kept = weights > 0
    return factors[kept], codes[kept], weights[kept].to(codes) / total

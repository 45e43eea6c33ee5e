r"""Confidence intervals and tests over seeds, of one theory: subset means, sign flips.

Were the errors of the values symmetric, the mean of every non-empty subset would be a
*typical value* of the true mean: it is as likely to lie between any two neighbours of
the $2^n-1$ sorted subset means as between any other two.  So an interval between two
of them has a known coverage, whatever the law of the errors, and never leaves the
data.  It is the inverse of the sign-flip test: flipping signs about the true mean and
taking means of subsets are the same thing.

Several tests made together are corrected by Holm's step-down, which holds the chance of
even one false alarm at the level, however the tests depend on one another.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "array_of",
    "holm",
    "mean_interval",
    "sample_of",
    "sign_flip_test",
    "smallest_p",
]

_EXACT = 20  # up to so many values every subset is taken
_DRAWN = 20_000
_HANDFUL = 8


def mean_interval(
    values: Sequence[float] | NDArray[np.float64],
    *,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    r"""Interval of the mean between two of its typical values.

    From the $k$-th smallest to the $k$-th largest of the $2^n-1$ means of non-empty
    subsets, $k=\lfloor\frac{1-\text{level}}2\,2^n\rfloor$: at 0.95 the 25th with ten
    values.  Exact for symmetric errors; with skewed ones, a little below the level.
    Beyond 20 values, 20 000 drawn subsets stand for all.

    **Few values.**  With fewer than six values $k$ is 0 at 0.95: nothing finite has
    that coverage.  What is given then is the widest that the data allow, from the
    smallest to the largest value, and that covers $1-2^{1-n}$ only: 50 % of the time
    with two values, 75 with three, 87.5 with four, 93.8 with five.

    **Many equal values.**  The interval is never without width for unequal values and
    never wider than the data.  Where most values are equal, as with nine successes of
    ten, it says little about rarer ones that were not seen.

    Args:
        values: (n,) finite numbers, n of at least 2; pass differences for a
            paired comparison.
        level: the coverage wanted, in (0, 1).
        seed: of the drawn subsets, so that the same values give the same interval;
            up to 20 values nothing is drawn.

    Returns:
        The lower and the upper end, in the unit of the values.  Equal values
        give an interval of width zero.

    Raises:
        ValueError: fewer than two values, a value that is not finite, or a
            level outside (0, 1).

    Source: J. A. Hartigan, Using subsample values as typical values, Journal of the
    American Statistical Association 64, 1969.

    >>> mean_interval([1.0, 2.0, 3.0, 4.0])
    (1.0, 4.0)
    >>> low, high = mean_interval([0.2] * 9 + [0.0])
    >>> round(low, 4), high
    (0.1333, 0.2)
    """
    sample = sample_of("values", values, 2)
    if not 0 < level < 1:
        raise ValueError(f"level: got {level}; give a number between 0 and 1")
    lowest, highest = float(sample.min()), float(sample.max())
    if lowest == highest:
        return lowest, highest
    # sorted, so that rounding does not know the order; small, so that sums are finite
    size = float(np.abs(sample).max())
    centre = lowest / size
    means = _subset_means(np.sort(sample) / size - centre, seed)
    # the empty subset, infinitely far off, would be the 2^n-th
    place = max(1, math.floor((1 - level) / 2 * (len(means) + 1) + 1e-9)) - 1
    ends = np.partition(means, [place, len(means) - 1 - place])
    low, high = ((float(ends[at]) + centre) * size for at in (place, -1 - place))
    # a mean of equal values may lie beside them by rounding
    return min(max(low, lowest), highest), min(max(high, lowest), highest)


def sign_flip_test(
    differences: Sequence[float] | NDArray[np.float64],
    *,
    alternative: Literal["two-sided", "greater", "less"] = "two-sided",
    seed: int = 0,
) -> float:
    r"""p-value of the mean of paired differences, by flipping signs.

    $$p=\frac1{2^n}\#\Big\{s\in\{-1,1\}^n:\;\Big|\sum_is_id_i\Big|\ge
    \Big|\sum_id_i\Big|\Big\}$$

    and without the bars for ``greater``.  Every pattern is tried up to 20 differences;
    beyond, 20 000 drawn ones, the observed one counted among them, so that the p-value
    is never 0.

    Args:
        differences: (n,) one a seed, n of at least 2, finite; for a test against a
            margin, the values minus the margin.
        alternative: what the mean is if not 0: another number, a greater one, a
            lesser one.
        seed: of the drawn patterns.

    Returns:
        A number in (0, 1]; 1 where all differences are 0.

    Raises:
        ValueError: fewer than two differences, one that is not finite, or another
            alternative.

    Source: R. A. Fisher, The Design of Experiments, 1935, section 21.

    >>> sign_flip_test([1.0, 2.0, 1.5, 0.5, 1.0])
    0.0625
    >>> sign_flip_test([1.0, 2.0, 1.5, 0.5, 1.0], alternative="greater")
    0.03125
    """
    sample = sample_of("differences", differences, 2)
    if alternative not in ("two-sided", "greater", "less"):
        raise ValueError(
            f"alternative: got {alternative!r}; give two-sided, greater or less"
        )
    count, largest = len(sample), np.abs(sample).max()
    if largest == 0:
        return 1.0
    sample = sample / largest  # so that no sum overflows
    if alternative == "less" or (alternative == "two-sided" and sample.sum() < 0):
        sample = -sample
    sample = np.sort(sample)  # so that rounding does not know the order
    # a pattern's mean is as large as the observed one where what it flips sums to no
    # more than 0
    if count <= _EXACT:
        flipped = _subset_sums(sample)
    else:
        drawn = np.random.default_rng(seed).integers(2, size=(_DRAWN, count))
        flipped = np.append(drawn @ sample, 0.0)
    # sums that differ by the rounding of n additions alone are ties
    slack = count / 2 * np.finfo(np.float64).eps * np.abs(sample).sum()
    p = float(np.mean(flipped <= slack))
    return min(1.0, 2 * p) if alternative == "two-sided" else p


def smallest_p(seeds: int) -> float:
    """The smallest two-sided p-value that :func:`sign_flip_test` can give.

    >>> smallest_p(5)
    0.0625
    """
    return 2.0 ** (1 - seeds) if seeds <= _EXACT else 2 / (_DRAWN + 1)


def holm(p_values: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    r"""Adjust p-values so that one level holds for all of them together.

    Sorted, $\tilde p_{(i)}=\max_{j\le i}\min(1,(m-j+1)\,p_{(j)})$.

    Args:
        p_values: (m,) in [0, 1].

    Returns:
        (m,) in the order given; reject where it is at most the level.

    Raises:
        ValueError: a value lies outside [0, 1].

    Source: S. Holm, A simple sequentially rejective multiple test procedure,
    Scandinavian Journal of Statistics 6, 1979.

    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    given = array_of(p_values)
    if given.ndim != 1 or not ((given >= 0) & (given <= 1)).all():
        raise ValueError(f"p_values: got {p_values}; give a list of numbers in [0, 1]")
    order = np.argsort(given, kind="stable")
    steps = np.minimum(1, np.arange(len(given), 0, -1) * given[order])
    adjusted = np.empty_like(given)
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted


def sample_of(name: str, values: Any, least: int) -> NDArray[np.float64]:
    """Finite numbers in a row, (n,) float64.

    Args:
        name: of the argument, for the message.
        values: a list, an array or a tensor.
        least: the fewest that are allowed.

    Raises:
        ValueError: another shape, fewer values, or one that is not finite.
    """
    sample = array_of(values)
    if sample.ndim != 1 or len(sample) < least:
        raise ValueError(
            f"{name}: got shape {sample.shape}; give a list of at least {least} numbers"
        )
    if not np.isfinite(sample).all():
        raise ValueError(
            f"{name}: got {sample[~np.isfinite(sample)][0]}, not finite; leave its "
            "seed out, or find out why"
        )
    return sample


def array_of(values: Any) -> NDArray[np.float64]:
    """A list, an array or a tensor of whatever type and device, as float64."""
    if hasattr(values, "detach"):  # a tensor, told without importing torch
        values = values.detach().double().cpu()
    return np.asarray(values, dtype=np.float64)


def _subset_means(values: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    count = len(values)
    if count <= _EXACT:
        return (_subset_sums(values) / _subset_sizes(count))[1:]
    # a drawn subset is one drawn subset of each handful of values
    rng = np.random.default_rng(seed)
    sums, sizes = np.zeros(_DRAWN), np.zeros(_DRAWN)
    for start in range(0, count, _HANDFUL):
        some = _subset_sums(values[start : start + _HANDFUL])
        drawn = rng.integers(len(some), size=_DRAWN)
        sums += some[drawn]
        sizes += _subset_sums(np.ones(min(_HANDFUL, count - start)))[drawn]
    return sums[sizes > 0] / sizes[sizes > 0]


def _subset_sums(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 2^n sums of all subsets: each value doubles them; the empty one is first."""
    sums = np.zeros(2 ** len(values))
    for place, value in enumerate(values):
        half = 2**place
        np.add(sums[:half], value, out=sums[half : 2 * half])
    return sums


@lru_cache(maxsize=_EXACT)
def _subset_sizes(count: int) -> NDArray[np.float64]:
    """How many values each subset holds, in the order of the sums; the empty one, 1."""
    return np.maximum(_subset_sums(np.ones(count)), 1)

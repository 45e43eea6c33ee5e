r"""Methods compared over seeds, and ranked over data sets.

Methods share their seeds, so they are compared pair by pair: the difference of two
methods on one seed is one number, and what is asked is whether its mean is zero.

**The test** flips the signs of the differences.  Were the two methods alike, a
difference of $+d$ would be as likely as $-d$; among all $2^n$ patterns of signs, the
share whose mean is at least as far from zero is the p-value.  It is exact at any
number of seeds, needs no normal law, and unlike Wilcoxon's it uses the sizes and not
only their ranks.  With ten seeds the smallest p-value is $2/2^{10}\approx0.002$, with
five it is 0.0625: five seeds cannot reach 0.05 whatever they show.

**Many comparisons** are corrected by Holm's step-down, which holds the chance of even
one false alarm at the level, however the tests depend on one another.
"""

import math
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from support.metrics.intervals import (
    holm,
    mean_interval,
    sample_of,
    sign_flip_test,
    smallest_p,
)

__all__ = [
    "Comparison",
    "Effect",
    "against",
    "hedges_g",
    "holm",
    "sign_flip_test",
    "smallest_p",
]

_LARGE_T = 30.0
_Numbers = Sequence[float] | NDArray[np.float64]


class Effect(NamedTuple):
    """Hedges' g of paired differences with its interval."""

    g: float
    low: float
    high: float


class Comparison(NamedTuple):
    """One method against the baseline, over the seeds that they share.

    Differences are method minus baseline; ``p`` is of one test alone, ``holm`` is
    corrected for all the comparisons made together.
    """

    method: str
    seeds: int
    difference: float
    low: float
    high: float
    p: float
    holm: float
    effect: Effect


def hedges_g(differences: _Numbers, *, level: float = 0.95) -> Effect:
    r"""Mean of paired differences in units of their standard deviation.

    $$g=J\,\frac{\bar d}{s_d},\qquad
    J=\frac{\Gamma(\nu/2)}{\sqrt{\nu/2}\,\Gamma((\nu-1)/2)},\quad\nu=n-1$$

    The interval inverts the noncentral *t* distribution, exact for normal
    differences.  As a rule 0.2 is small, 0.5 medium, 0.8 large; between methods that
    share their seeds it is often far larger, since the seeds' own spread cancels.

    Args:
        differences: (n,) one a seed, n of at least 3, finite.
        level: coverage of the interval, in (0, 1).

    Returns:
        g, and the ends of its interval; nan where all differences are equal, whose
        standard deviation is 0.

    Raises:
        ValueError: fewer than three differences, one that is not finite, or a level
            outside (0, 1).

    Source: L. V. Hedges, Distribution theory for Glass's estimator of effect size,
    Journal of Educational Statistics 6, 1981.

    >>> round(hedges_g([1.0, 2.0, 3.0, 4.0]).g, 3)
    1.401
    """
    sample = sample_of("differences", differences, 3)
    if not 0 < level < 1:
        raise ValueError(f"level: got {level}; give a number between 0 and 1")
    count, free = len(sample), len(sample) - 1
    largest = np.abs(sample).max()
    sample = sample / (largest or 1.0)
    deviation = sample.std(ddof=1)
    if deviation <= 1e-12 or np.ptp(sample) == 0:
        return Effect(math.nan, math.nan, math.nan)
    t = float(sample.mean() / deviation * math.sqrt(count))
    gap = math.lgamma(free / 2) - math.lgamma((free - 1) / 2)
    factor = math.exp(gap) / math.sqrt(free / 2)
    # mirrored, so that both signs of the effect give mirrored intervals
    ends = [
        _centre(abs(t), free, share) for share in ((1 - level) / 2, (1 + level) / 2)
    ]
    low, high = ends if t >= 0 else (-ends[1], -ends[0])
    unit = factor / math.sqrt(count)
    return Effect(unit * t, unit * low, unit * high)


def _centre(t: float, free: int, share: float) -> float:
    r"""The centre of the noncentral t law that puts this share above t, t not below 0.

    $T=(Z+c)/S$ with $S^2=\chi^2_\nu/\nu$.  Where t is large, Z adds little, and
    the quantiles of SciPy's law take minutes or fail: there $P(T>t)$ is the mean over
    Z of the chance that $S<(Z+c)/t$, by Gauss's rule.
    """
    from scipy.optimize import brentq
    from scipy.stats import chi2, nct

    if t <= _LARGE_T:
        reach = 8 + 2 * t
        return float(brentq(lambda c: nct.sf(t, free, c) - share, t - reach, t + reach))
    places, weights = np.polynomial.hermite_e.hermegauss(64)
    weights = weights / weights.sum()

    def above(ratio: float) -> float:
        scale = np.maximum(places / t + ratio, 0)
        return float(weights @ chi2.cdf(free * scale**2, free)) - share

    most = 2 + math.sqrt(chi2.isf(1e-3 * min(share, 1 - share), free) / free)
    return t * float(brentq(above, 0, most, xtol=1e-14))


def against(
    baseline: str, values: Mapping[str, Mapping[int, float]]
) -> list[Comparison]:
    """Compare every method with one baseline that was named beforehand.

    Args:
        baseline: its name.
        values: a number for each method and seed; a pair of methods is compared over
            the seeds that both have.

    Returns:
        One comparison for each other method that shares at least 3 seeds with the
        baseline, in the order given; Holm's correction is over these.

    Raises:
        ValueError: the baseline is none of the methods, or a value is not finite.

    >>> scores = {"old": {0: 1.0, 1: 2.0, 2: 1.5}, "new": {0: 2.0, 1: 3.5, 2: 2.0}}
    >>> against("old", scores)[0].difference
    1.0
    """
    if baseline not in values:
        raise ValueError(f"baseline: got {baseline!r}; the methods are {list(values)}")
    known = values[baseline]
    found = []
    for method, own in values.items():
        shared = sorted(set(own) & set(known))
        if method == baseline or len(shared) < 3:
            continue
        differences = _difference(own, known, shared)
        found.append((method, differences, sign_flip_test(differences)))
    adjusted = holm([p for _, _, p in found])
    return [
        Comparison(
            method,
            len(differences),
            float(differences.mean()),
            *mean_interval(differences),
            p,
            float(corrected),
            hedges_g(differences),
        )
        for (method, differences, p), corrected in zip(found, adjusted, strict=True)
    ]


def _difference(
    method: Mapping[int, float], baseline: Mapping[int, float], seeds: Sequence[int]
) -> NDArray[np.float64]:
    """Method minus baseline; what is equal but for rounding of the scores is equal.

    0.9 - 0.8 and 0.8 - 0.7 differ in the last digit, and so would sums that are ties.
    """
    first, second = (
        sample_of("values", [side[seed] for seed in seeds], 2)
        for side in (method, baseline)
    )
    # 2^-46 of the largest score, and a power of 2, by which dividing is exact
    exponent = int(np.frexp(np.abs([first, second]).max())[1])
    step = math.ldexp(1.0, max(exponent - 46, -1022))
    return np.round((first - second) / step) * step

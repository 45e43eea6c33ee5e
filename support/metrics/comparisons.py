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

from support.metrics.intervals import mean_interval

__all__ = [
    "Comparison",
    "Effect",
    "against",
    "hedges_g",
    "holm",
    "sign_flip_test",
    "smallest_p",
]

_EXACT = 16  # up to so many differences every pattern of signs is tried
_DRAWN = 20_000
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


def sign_flip_test(differences: _Numbers, *, seed: int = 0) -> float:
    r"""Two-sided p-value of the mean of paired differences, by flipping signs.

    $$p=\frac1{2^n}\#\Big\{s\in\{-1,1\}^n:\;\Big|\sum_is_id_i\Big|\ge
    \Big|\sum_id_i\Big|\Big\}$$

    Every pattern is tried up to 16 differences; beyond, 20 000 drawn ones, the
    observed one counted among them, so that the p-value is never 0.

    Args:
        differences: (n,) one a seed, n of at least 2, finite.
        seed: of the drawn patterns.

    Returns:
        A number in (0, 1]; 1 where all differences are 0.

    Raises:
        ValueError: fewer than two differences, or one that is not finite.

    Source: R. A. Fisher, The Design of Experiments, 1935, section 21.

    >>> sign_flip_test([1.0, 2.0, 1.5, 0.5, 1.0])
    0.0625
    """
    sample = _sample(differences)
    count = len(sample)
    if count <= _EXACT:
        patterns = np.arange(2 ** (count - 1))  # the other half mirrors it
        signs = 1 - 2 * ((patterns[:, None] >> np.arange(count)) & 1)
    else:
        drawn = np.random.default_rng(seed).integers(2, size=(_DRAWN, count))
        signs = np.vstack([np.ones(count), 1 - 2 * drawn])
    sums = np.abs(signs @ sample)
    # sums that differ by rounding alone are ties
    slack = 1e-12 * np.abs(sample).sum()
    return float(np.mean(sums >= sums[0] - slack))


def smallest_p(seeds: int) -> float:
    """The smallest p-value that :func:`sign_flip_test` can give.

    >>> smallest_p(5)
    0.0625
    """
    return 2.0 ** (1 - seeds) if seeds <= _EXACT else 1 / (_DRAWN + 1)


def holm(p_values: _Numbers) -> NDArray[np.float64]:
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
    given = np.asarray(p_values, dtype=np.float64)
    if given.ndim != 1 or not ((given >= 0) & (given <= 1)).all():
        raise ValueError(f"p_values: got {p_values}; give a list of numbers in [0, 1]")
    order = np.argsort(given, kind="stable")
    steps = np.minimum(1, np.arange(len(given), 0, -1) * given[order])
    adjusted = np.empty_like(given)
    adjusted[order] = np.maximum.accumulate(steps)
    return adjusted


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
    from scipy.optimize import brentq
    from scipy.stats import nct

    sample = _sample(differences, least=3)
    if not 0 < level < 1:
        raise ValueError(f"level: got {level}; give a number between 0 and 1")
    count, free = len(sample), len(sample) - 1
    deviation = sample.std(ddof=1)
    if deviation <= 1e-12 * np.abs(sample).max() or np.ptp(sample) == 0:
        return Effect(math.nan, math.nan, math.nan)
    t = float(sample.mean() / deviation * math.sqrt(count))
    gap = math.lgamma(free / 2) - math.lgamma((free - 1) / 2)
    factor = math.exp(gap) / math.sqrt(free / 2)

    def end(share: float) -> float:
        """The centre that puts this share of the law above the observed t."""
        reach = 8 + 2 * abs(t)
        found = brentq(lambda c: nct.sf(t, free, c) - share, t - reach, t + reach)
        return factor * float(found) / math.sqrt(count)

    return Effect(
        factor * t / math.sqrt(count), end((1 - level) / 2), end((1 + level) / 2)
    )


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
        differences = np.array([own[seed] - known[seed] for seed in shared])
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


def _sample(values: _Numbers, least: int = 2) -> NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or len(sample) < least:
        raise ValueError(
            f"differences: got shape {sample.shape}; give a list of at least {least} "
            "numbers"
        )
    if not np.isfinite(sample).all():
        raise ValueError(
            f"differences: got {sample[~np.isfinite(sample)][0]}, not finite"
        )
    return sample

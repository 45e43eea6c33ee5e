r"""Methods ranked over data sets: Friedman's test and Nemenyi's critical difference.

A mean over data sets is ruled by the data set with the largest numbers; ranks are
not.  What the ranking can say depends on how many data sets there are, and hardly on
how many seeds: seeds make each entry sharper, data sets are the sample.
"""

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from support.metrics.intervals import array_of

__all__ = ["Ranking", "critical_difference", "rank_methods"]

_EXACT = 50_000  # arrangements of ranks that are tried one by one
_DRAWN = 20_000


class Ranking(NamedTuple):
    """Mean ranks over data sets and what may be concluded from them.

    Args:
        mean_ranks: (k,), 1 is best; ties share their mean rank.
        p: of Friedman's test that all methods are alike.
        smallest_p: the smallest p-value this number of data sets can give.
        critical: two mean ranks that differ by less are not told apart; infinite
            where the test does not reject.
        groups: maximal sets of methods that are not told apart, best first.
    """

    mean_ranks: NDArray[np.float64]
    p: float
    smallest_p: float
    critical: float
    groups: list[tuple[int, ...]]


def rank_methods(
    scores: ArrayLike,
    *,
    higher_is_better: bool = True,
    level: float = 0.05,
    seed: int = 0,
) -> Ranking:
    r"""Rank methods over data sets.

    Friedman's statistic is $\sum_j(\bar r_j-\frac{k+1}2)^2$ up to a constant.  Its
    p-value is by permutation of the ranks within each data set, every arrangement
    where there are few, else 20 000 drawn: the usual $\chi^2$ is wrong for the
    handful of data sets that one has.  Only where it rejects are methods told apart,
    by Nemenyi's difference of mean ranks.

    Args:
        scores: (N, k) finite, a row a data set, a column a method, k of at least 2.
        higher_is_better: else lower is.
        level: of the test.
        seed: of the drawn arrangements.

    Returns:
        A `Ranking`.  With one data set the p-value is 1 and nobody is told apart.

    Raises:
        ValueError: the shape is wrong, a score is not finite, or the level is
            outside (0, 1).

    Source: J. Demšar, Statistical comparisons of classifiers over multiple data
    sets, Journal of Machine Learning Research 7, 2006, section 3.2.

    >>> rank_methods([[0.9, 0.8], [0.7, 0.6]]).mean_ranks.tolist()
    [1.0, 2.0]
    """
    from scipy.stats import rankdata

    table = array_of(scores)
    if table.ndim != 2 or table.shape[1] < 2 or not len(table):
        raise ValueError(
            f"scores: got shape {table.shape}; give (data sets, methods), at least 1 "
            "and 2"
        )
    if not np.isfinite(table).all():
        raise ValueError("scores: a value is not finite; leave its data set out")
    if not 0 < level < 1:
        raise ValueError(f"level: got {level}; give a number between 0 and 1")
    ranks = rankdata(-table if higher_is_better else table, axis=1)
    count, methods = ranks.shape
    means = ranks.mean(0)
    p = _friedman(ranks, seed)
    critical = critical_difference(methods, count, level) if p <= level else math.inf
    return Ranking(
        means,
        p,
        1 / math.factorial(methods) ** (count - 1),  # of integers of any size
        critical,
        _groups(means, critical),
    )


def critical_difference(methods: int, datasets: int, level: float = 0.05) -> float:
    r"""Nemenyi's critical difference, $q_\alpha\sqrt{k(k+1)/6N}$.

    Args:
        methods: k, at least 2.
        datasets: N, at least 1.
        level: of all comparisons together.

    Raises:
        ValueError: a number is out of range.

    >>> round(critical_difference(5, 30), 3)  # Demšar's table has q = 2.728
    1.114
    """
    from scipy.stats import studentized_range

    if methods < 2 or datasets < 1 or not 0 < level < 1:
        raise ValueError(
            f"methods, datasets, level: got {methods}, {datasets}, {level}; give at "
            "least 2, at least 1, and a number between 0 and 1"
        )
    q = studentized_range.ppf(1 - level, methods, np.inf) / math.sqrt(2)
    return float(q * math.sqrt(methods * (methods + 1) / (6 * datasets)))


def _friedman(ranks: NDArray[np.float64], seed: int) -> float:
    """P-value by permuting the ranks within data sets; the first may stay."""
    count, methods = ranks.shape
    if count < 2:
        return 1.0

    def spread(totals: NDArray[np.float64]) -> NDArray[np.float64]:
        return ((totals - count * (methods + 1) / 2) ** 2).sum(-1)

    observed = spread(ranks.sum(0)) * (1 - 1e-12)
    if math.factorial(methods) ** (count - 1) <= _EXACT:
        totals = ranks[:1]
        orders = np.array(list(itertools.permutations(range(methods))))
        for row in ranks[1:]:
            totals = (totals[:, None] + row[orders]).reshape(-1, methods)
        return float(np.mean(spread(totals) >= observed))
    rng = np.random.default_rng(seed)
    drawn = sum(
        rng.permuted(np.broadcast_to(row, (_DRAWN, methods)), axis=1) for row in ranks
    )
    return float((1 + np.sum(spread(np.asarray(drawn)) >= observed)) / (1 + _DRAWN))


def _groups(means: NDArray[np.float64], critical: float) -> list[tuple[int, ...]]:
    order = np.argsort(means, kind="stable")
    found: list[tuple[int, ...]] = []
    for place, start in enumerate(order):
        group = tuple(
            int(i) for i in order[place:] if means[i] - means[start] < critical
        )
        if not found or not set(group) <= set(found[-1]):
            found.append(group)
    return found

"""Statistics over seeds: intervals, paired tests, corrections, ranks."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from support.metrics.comparisons import holm, sign_flip_test
from support.metrics.intervals import mean_interval
from support.speed.harness import Comparison

__all__ = ["COMPARISONS"]

_Numbers = NDArray[np.float64]


def _families(size: int, seed: int, device: str) -> tuple[_Numbers]:
    return (np.random.default_rng(seed).normal(0.3, 1, (size, 10)),)


def _p_values(size: int, seed: int, device: str) -> tuple[_Numbers]:
    return (np.random.default_rng(seed).uniform(0, 0.2, size),)


def _subset_interval(values: _Numbers) -> tuple[float, float]:
    """Every subset as a row of bits; no library has the interval."""
    rows = np.arange(1, 2 ** len(values))
    chosen = (rows[:, None] >> np.arange(len(values))) & 1
    means = np.sort(chosen @ values / chosen.sum(1))
    place = int(0.025 * 2 ** len(values)) - 1
    return means[place], means[-1 - place]


def _scipy_flips(differences: _Numbers) -> float:
    from scipy.stats import permutation_test

    return permutation_test(
        (differences,),
        lambda x, axis: x.mean(axis),
        vectorized=True,
        permutation_type="samples",
        n_resamples=np.inf,
    ).pvalue


def _statsmodels_holm(p_values: _Numbers) -> Any:
    from statsmodels.stats.multitest import multipletests

    return multipletests(p_values, method="holm")[1]


COMPARISONS = [
    Comparison(
        name="interval of a mean, between means of subsets",
        kernel="support.metrics.intervals.mean_interval",
        peer="every subset as a row of bits in NumPy, written here",
        package="numpy",
        make=_families,
        ours=lambda table: [mean_interval(row) for row in table],
        theirs=lambda table: [_subset_interval(row) for row in table],
        sizes=(1, 4, 40),
        tolerance=1e-9,
        unit="rows of 10",
    ),
    Comparison(
        name="sign-flip test, every pattern",
        kernel="support.metrics.comparisons.sign_flip_test",
        peer="scipy.stats.permutation_test",
        package="scipy",
        make=_families,
        ours=lambda table: [sign_flip_test(row) for row in table],
        theirs=lambda table: [_scipy_flips(row) for row in table],
        sizes=(1, 4, 40),
        tolerance=1e-12,
        unit="tests",
        note="ten seeds each",
    ),
    Comparison(
        name="Holm's correction",
        kernel="support.metrics.comparisons.holm",
        peer="statsmodels.stats.multitest.multipletests",
        package="statsmodels",
        make=_p_values,
        ours=holm,
        theirs=_statsmodels_holm,
        sizes=(7, 100, 1_000),
        tolerance=1e-12,
        unit="tests",
        note="nearly all of theirs is a collection of garbage in every call",
    ),
]

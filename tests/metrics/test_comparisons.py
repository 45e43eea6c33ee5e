"""Comparisons of methods: known answers, levels under the null, independent checks."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests

from support.metrics.comparisons import (
    _centre,
    against,
    hedges_g,
    holm,
    sign_flip_test,
    smallest_p,
)
from support.metrics.intervals import mean_interval

SEEDS = 10
finite = st.floats(-1e3, 1e3, allow_nan=False).map(lambda x: round(x, 3))


def test_all_on_one_side_is_the_smallest_p_value() -> None:
    assert sign_flip_test(np.arange(1.0, SEEDS + 1)) == 2 / 2**SEEDS
    assert smallest_p(SEEDS) == 2 / 2**SEEDS
    assert smallest_p(5) > 0.05


def test_no_difference_has_p_value_one() -> None:
    assert sign_flip_test(np.zeros(SEEDS)) == 1
    assert sign_flip_test([1.0, -1.0]) == 1


@pytest.mark.parametrize("count", [5, 10, 13])
def test_the_test_is_scipys_permutation_test(count: int) -> None:
    differences = np.random.default_rng(count).normal(0.4, 1, count)
    wanted = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip_test(differences) == pytest.approx(wanted.pvalue, abs=1e-12)


def test_drawn_patterns_come_near_the_exact_test() -> None:
    differences = np.random.default_rng(2).normal(0.5, 1, 17)
    wanted = stats.permutation_test(
        (differences,), np.mean, permutation_type="samples", n_resamples=np.inf
    )
    assert sign_flip_test(differences) == pytest.approx(wanted.pvalue, abs=0.01)
    assert sign_flip_test(np.ones(40)) == pytest.approx(smallest_p(40))


@settings(max_examples=40, deadline=None)
@given(st.lists(finite, min_size=2, max_size=10), st.randoms())
def test_order_sign_and_unit_do_not_matter(
    differences: list[float], random: object
) -> None:
    p = sign_flip_test(differences)
    shuffled = list(differences)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert 0 < p <= 1
    assert sign_flip_test(shuffled) == pytest.approx(p)
    assert sign_flip_test([-8 * x for x in differences]) == pytest.approx(p)


def test_false_alarms_under_the_null_are_at_most_the_level() -> None:
    rng = np.random.default_rng(0)
    p = [sign_flip_test(rng.standard_t(3, SEEDS)) for _ in range(2000)]
    rate = np.mean(np.array(p) <= 0.05)
    assert 0.035 <= rate <= 0.065  # exact: 51 of 1024 patterns, 0.0498


def test_power_on_a_known_effect_is_that_of_the_t_test() -> None:
    rng = np.random.default_rng(1)
    samples = rng.normal(1.0, 1.0, (1000, SEEDS))
    ours = np.mean([sign_flip_test(row) <= 0.05 for row in samples])
    theirs = np.mean(stats.ttest_1samp(samples, 0, axis=1).pvalue <= 0.05)
    assert ours > 0.75
    assert ours == pytest.approx(theirs, abs=0.04)


def test_holm_holds_the_level_over_a_whole_family() -> None:
    rng = np.random.default_rng(3)
    alarms = []
    for _ in range(600):
        values = rng.normal(size=(8, SEEDS))  # a shared baseline: dependent tests
        p = holm([sign_flip_test(row - values[0]) for row in values[1:]])
        alarms.append((p <= 0.05).any())
    assert np.mean(alarms) <= 0.07


@settings(max_examples=8, deadline=None)  # each call of theirs collects garbage
@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_is_statsmodels(p_values: list[float]) -> None:
    wanted = multipletests(p_values, method="holm")[1]
    assert holm(p_values) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(
    ("law", "least", "most"),
    [("normal", 0.93, 0.97), ("uniform", 0.93, 0.98), ("exponential", 0.91, 0.97)],
)
def test_the_interval_of_the_mean_covers(law: str, least: float, most: float) -> None:
    rng = np.random.default_rng(4)
    draw = {
        "normal": lambda: rng.normal(0, 1, SEEDS),
        "uniform": lambda: rng.uniform(-1, 1, SEEDS),
        # a difference of two skewed scores: paired differences are symmetric
        "exponential": lambda: rng.exponential(1, SEEDS) - rng.exponential(1, SEEDS),
    }[law]
    held = 0
    for _ in range(1500):
        low, high = mean_interval(draw())
        held += low <= 0 <= high
    assert least <= held / 1500 <= most


def test_the_interval_of_the_effect_covers() -> None:
    rng = np.random.default_rng(5)
    held = 0
    for _ in range(400):
        effect = hedges_g(rng.normal(0.8, 1, SEEDS))
        held += effect.low <= 0.8 * _factor(SEEDS - 1) <= effect.high
    assert 0.92 <= held / 400 <= 0.98


def test_hedges_g_is_unbiased_where_cohens_d_is_not() -> None:
    rng = np.random.default_rng(6)
    samples = rng.normal(0.5, 1, (4000, SEEDS))
    d = samples.mean(1) / samples.std(1, ddof=1)
    g = d * hedges_g(samples[0]).g / d[0]
    assert g.mean() == pytest.approx(0.5, abs=0.02)
    assert d.mean() > 0.53


def test_effects_keep_sign_and_mirror() -> None:
    sample = np.random.default_rng(7).normal(1, 1, SEEDS)
    there, back = hedges_g(sample), hedges_g(-sample)
    assert there.low < there.g < there.high
    assert back == pytest.approx((-there.g, -there.high, -there.low), abs=1e-6)


def test_a_large_difference_does_not_swallow_the_others() -> None:
    for size in (1, 1e3, 1e12, 1e15):
        assert sign_flip_test([size, 1, 1, 1, 1]) == 0.0625
    assert sign_flip_test([1e308, 1e308, 1.5e308, 1e308, 1e308]) == 0.0625
    assert sign_flip_test([5e-324] * 5) == 0.0625


@pytest.mark.parametrize("spread", [1e-2, 1e-3, 1e-5, 1e-7, 1e-9, 1e-11])
@pytest.mark.parametrize("count", [3, 10, 31])
def test_the_effect_of_nearly_constant_differences_is_right_at_once(spread, count):
    free = count - 1
    sample = 1 + spread * np.random.default_rng(0).normal(size=count)
    effect = hedges_g(sample)
    # beside so large a mean only the deviation is uncertain
    expected = [
        effect.g * math.sqrt(stats.chi2.ppf(q, free) / free) for q in (0.025, 0.975)
    ]
    slack = 3 / (abs(effect.g) * math.sqrt(count)) + 1e-6
    assert (effect.low, effect.high) == pytest.approx(expected, rel=slack)


@pytest.mark.parametrize("free", [2, 9, 30])
def test_both_ways_to_the_noncentral_law_meet(free: int) -> None:
    for t in (30.5, 60.0):
        for share in (0.025, 0.975):
            centre = _centre(t, free, share)
            assert stats.nct.sf(t, free, centre) == pytest.approx(share, abs=1e-7)


def test_float32_scores_that_differ_by_a_constant_end_at_once() -> None:
    b = np.random.default_rng(0).random(10).astype(np.float32)
    effect = hedges_g((b + np.float32(0.25)).astype(float) - b.astype(float))
    assert 0 < effect.low < effect.g < effect.high


@pytest.mark.parametrize("unit", [1e-300, 1e-9, 1e9, 1e300])
def test_an_effect_has_no_unit(unit: float) -> None:
    sample = np.array([1.0, 2.0, 4.0, 3.0])
    assert hedges_g(sample * unit) == pytest.approx(hedges_g(sample), rel=1e-9)


def test_scores_equal_but_for_rounding_make_ties() -> None:
    # on paper the differences are -0.1, 0.1, 0.1: six of the eight sums are tied
    base = {0: 0.9, 1: 0.7, 2: 0.2}
    found = against("base", {"base": base, "new": {0: 0.8, 1: 0.8, 2: 0.3}})
    assert found[0].p == 1


def test_equal_differences_have_no_effect_size() -> None:
    assert all(math.isnan(value) for value in hedges_g(np.full(SEEDS, 0.1)))


def test_methods_are_paired_over_shared_seeds() -> None:
    values = {
        "base": {seed: float(seed) for seed in range(SEEDS)},
        "better": {seed: seed + 1.0 + 0.1 * (seed % 3) for seed in range(4, 20)},
        "lonely": {50: 1.0},
    }
    found = against("base", values)
    assert [item.method for item in found] == ["better"]
    assert found[0].seeds == 6
    assert found[0].p == found[0].holm == 2 / 2**6
    assert found[0].low < found[0].difference < found[0].high


def test_holm_is_over_the_comparisons_made() -> None:
    rng = np.random.default_rng(8)
    base = dict(enumerate(rng.normal(size=SEEDS)))
    values = {"base": base} | {
        name: {seed: value + 1 + 0.01 * seed for seed, value in base.items()}
        for name in "abc"
    }
    assert [item.holm for item in against("base", values)] == [6 / 2**SEEDS] * 3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sign_flip_test([1.0]), "at least 2"),
        (lambda: sign_flip_test([1.0, math.nan]), "not finite"),
        (lambda: hedges_g([1.0, 2.0]), "at least 3"),
        (lambda: hedges_g([1.0, 2.0, 4.0], level=1.0), "level"),
        (lambda: holm([0.5, 1.5]), r"in \[0, 1\]"),
        (lambda: against("none", {"a": {0: 1.0}}), "baseline"),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]


def _factor(free: int) -> float:
    return math.exp(math.lgamma(free / 2) - math.lgamma((free - 1) / 2)) / math.sqrt(
        free / 2
    )

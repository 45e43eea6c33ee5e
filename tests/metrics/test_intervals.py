"""The interval over seeds: level, symmetry, degenerate samples."""

import itertools
import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from support.metrics.intervals import mean_interval

samples = st.lists(
    st.floats(-1e3, 1e3).map(lambda value: round(value, 3)), min_size=2, max_size=12
)


LAWS = {  # a law, and its mean
    "normal": (lambda rng, shape: rng.normal(0.3, 2, shape), 0.3),
    "lognormal": (lambda rng, shape: rng.lognormal(0, 0.5, shape), math.exp(0.125)),
    "exponential": (lambda rng, shape: rng.exponential(1, shape), 1.0),
    "two heaps": (
        lambda rng, shape: (rng.random(shape) < 0.7) + _noise(rng, shape),
        0.7,
    ),
    "a coin": (lambda rng, shape: 1.0 * (rng.random(shape) < 0.5), 0.5),
    "a die": (lambda rng, shape: 1.0 * rng.integers(1, 7, shape), 3.5),
}


def _noise(rng, shape):  # it parts what would be tied
    return 1e-9 * rng.normal(size=shape)


def every_subset(values, level=0.95):
    """The definition, read out."""
    means = sorted(
        np.mean(chosen)
        for size in range(1, len(values) + 1)
        for chosen in itertools.combinations(values, size)
    )
    place = int((1 - level) / 2 * 2 ** len(values) + 1e-9)
    return means[place - 1], means[-place]


@pytest.mark.parametrize("count", [6, 9, 13])
@pytest.mark.parametrize("level", [0.5, 0.95])
def test_the_interval_lies_between_means_of_subsets(count, level):
    values = np.random.default_rng(count).normal(size=count)
    expected = every_subset(values, level)
    assert mean_interval(values, level=level) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(
    ("law", "least"),
    [
        ("normal", 0.93),
        ("lognormal", 0.90),
        ("exponential", 0.88),
        ("two heaps", 0.93),
        ("a coin", 0.95),
        ("a die", 0.94),
    ],
)
def test_coverage_with_ten_values(law, least):
    draw, mean = LAWS[law]
    rows = draw(np.random.default_rng(7), (1500, 10))
    ends = np.array([mean_interval(row) for row in rows])
    held = ((ends[:, 0] <= mean) & (mean <= ends[:, 1])).mean()
    assert least <= held <= 0.99


def test_the_width_on_two_heaps_is_a_few_deviations():
    rows = LAWS["two heaps"][0](np.random.default_rng(7), (500, 10))
    widths = np.ptp([mean_interval(row) for row in rows], axis=1)
    assert np.quantile(widths, 0.95) < 1.0001  # never wider than the data
    assert widths[rows.std(axis=1) > 1e-6].min() > 0.05


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_few_values_give_their_range_and_its_known_coverage(count):
    rows = np.random.default_rng(3).normal(size=(4000, count))
    ends = np.array([mean_interval(row) for row in rows])
    assert ends[:, 0] == pytest.approx(rows.min(1), rel=1e-12)
    assert ends[:, 1] == pytest.approx(rows.max(1), rel=1e-12)
    held = ((ends[:, 0] <= 0) & (ends[:, 1] >= 0)).mean()
    assert held == pytest.approx(1 - 2 ** (1 - count), abs=0.03)


def test_ties_and_near_ties_are_no_trap():
    assert mean_interval([1.0] * 9 + [-8.9]) == pytest.approx((-2.3, 1.0))
    noise = np.random.default_rng(0).standard_normal(9)
    for size in (0, 1e-12, 1e-9, 1e-6, 1e-4):
        values = [0.2 + size * a for a in noise] + [0.0]
        expected = (0.4 / 3, 0.2)
        assert mean_interval(values) == pytest.approx(expected, abs=1e-12 + 3 * size)
    low, high = mean_interval([1.0] * 9 + [0.0])  # nine successes of ten
    assert low < 0.8 < high
    assert mean_interval([0.0, 100.0]) == (0.0, 100.0)


@pytest.mark.parametrize("unit", [1e-320, 1e-300, 1e-9, 1.0, 1e9, 1e200, 1e306])
@pytest.mark.parametrize("count", [3, 10, 30])
def test_no_unit_is_too_small_or_too_large(unit, count):
    values = np.arange(1.0, count + 1)
    low, high = mean_interval(values * unit)
    expected = mean_interval(values)
    assert (low / unit, high / unit) == pytest.approx(expected, rel=1e-3)


def test_drawn_subsets_come_near_all_of_them():
    sample = np.random.default_rng(0).normal(size=400)
    error = sample.std(ddof=1) / 20
    expected = sample.mean() + student.ppf([0.025, 0.975], 399) * error
    assert mean_interval(sample) == pytest.approx(expected, abs=0.15 * error)
    rows = np.random.default_rng(1).normal(0.3, 2.0, size=(400, 25))
    ends = np.array([mean_interval(row) for row in rows])
    assert 0.92 <= ((ends[:, 0] <= 0.3) & (ends[:, 1] >= 0.3)).mean() <= 0.98


@given(samples, st.randoms())
def test_contains_the_mean_in_the_data_whatever_the_order(values, random):
    low, high = mean_interval(values)
    slack = 1e-9 * (1 + abs(np.mean(values)))
    assert min(values) <= low <= high <= max(values)
    assert low - slack <= np.mean(values) <= high + slack
    assert (low < high) == (min(values) < max(values))
    shuffled = random.sample(values, len(values))
    assert (low, high) == mean_interval(shuffled)


@given(samples, st.floats(0.1, 10), st.floats(-10, 10))
def test_follows_scale_and_shift(values, scale, shift):
    low, high = mean_interval(values)
    moved = mean_interval(np.array(values) * scale + shift)
    size = 1e-6 * (1 + np.abs(values).max() * scale + abs(shift) + (high - low) * scale)
    assert moved == pytest.approx((low * scale + shift, high * scale + shift), abs=size)


@pytest.mark.parametrize("kind", [torch.int64, torch.bool, torch.half, torch.bfloat16])
def test_a_tensor_of_any_type_is_a_sample(kind):
    values = torch.tensor([0, 1, 1, 0, 1, 1])
    assert mean_interval(values.to(kind)) == mean_interval([0, 1, 1, 0, 1, 1])


def test_equal_values_have_no_width():
    assert mean_interval([0.1, 0.1, 0.1]) == (0.1, 0.1)


def test_a_wider_level_is_wider():
    values = [0.1, 0.4, 0.2, 0.5, 0.3, 0.7, 0.25]
    narrow, wide = mean_interval(values, level=0.5), mean_interval(values, level=0.99)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]


@pytest.mark.parametrize(
    ("values", "level", "message"),
    [
        ([1.0], 0.95, "at least 2"),
        ([[1.0, 2.0]], 0.95, "shape"),
        ([1.0, np.nan], 0.95, "not finite"),
        ([1.0, 2.0], 1.0, "level"),
    ],
)
def test_bad_input_is_named(values, level, message):
    with pytest.raises(ValueError, match=message):
        mean_interval(values, level=level)

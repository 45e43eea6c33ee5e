"""The interval over seeds: level, symmetry, degenerate samples."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import t as student

from support.metrics.intervals import mean_interval

samples = st.lists(
    st.floats(-1e3, 1e3).map(lambda value: round(value, 3)), min_size=5, max_size=12
)


@pytest.mark.parametrize("count", [5, 10, 20])
def test_coverage_is_the_level(count):
    rng = np.random.default_rng(7)
    draws = rng.normal(0.3, 2.0, size=(1000, count))
    hits = 0
    for row in draws:
        low, high = mean_interval(row, resamples=1000)
        hits += low <= 0.3 <= high
    assert 0.93 <= hits / 1000 <= 0.97


def test_agrees_with_student_on_a_large_normal_sample():
    sample = np.random.default_rng(0).normal(size=400)
    error = sample.std(ddof=1) / 20
    expected = sample.mean() + student.ppf([0.025, 0.975], 399) * error
    assert mean_interval(sample) == pytest.approx(expected, abs=0.15 * error)


@given(samples)
def test_contains_the_mean_and_repeats_itself(values):
    low, high = mean_interval(values, resamples=500)
    slack = 1e-9 * (1 + abs(np.mean(values)))
    assert low - slack <= np.mean(values) <= high + slack
    assert (low, high) == mean_interval(values, resamples=500)


@given(samples, st.floats(0.1, 10), st.floats(-10, 10))
def test_follows_scale_and_shift(values, scale, shift):
    low, high = mean_interval(values, resamples=300)
    moved = mean_interval(np.array(values) * scale + shift, resamples=300)
    size = 1e-6 * (1 + np.abs(values).max() * scale + abs(shift) + (high - low) * scale)
    assert moved == pytest.approx((low * scale + shift, high * scale + shift), abs=size)


def test_equal_values_have_no_width():
    assert mean_interval([0.1, 0.1, 0.1]) == (0.1, 0.1)


def test_a_wider_level_is_wider():
    values = [0.1, 0.4, 0.2, 0.5, 0.3]
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

"""Ranking over data sets: known answers, the null, what few data sets can say."""

import math

import numpy as np
import pytest
from scipy import stats

from support.metrics.ranking import critical_difference, rank_methods


def test_a_method_that_always_wins_is_first() -> None:
    found = rank_methods([[3.0, 2.0, 1.0]] * 10)
    assert found.mean_ranks.tolist() == [1, 2, 3]
    assert found.p < 1e-3
    assert found.groups == [(0, 1), (1, 2)]  # 1 apart, the critical difference is 1.05
    assert rank_methods([[3.0, 2.0, 1.0]] * 10, higher_is_better=False).mean_ranks[
        2
    ] == pytest.approx(1)


def test_far_apart_methods_are_told_apart() -> None:
    found = rank_methods([[3.0, 2.0, 1.0]] * 14)
    assert found.critical < 1
    assert found.groups == [(0,), (1,), (2,)]


def test_equal_methods_are_one_group() -> None:
    found = rank_methods(np.ones((6, 4)))
    assert found.mean_ranks.tolist() == [2.5] * 4
    assert found.p == 1
    assert found.groups == [(0, 1, 2, 3)]


def test_few_data_sets_cannot_say_anything_and_say_so() -> None:
    one = rank_methods([[2.0, 1.0]])
    assert (one.p, one.smallest_p, one.critical) == (1, 1, math.inf)
    four = rank_methods([[2.0, 1.0]] * 4)
    assert four.p == four.smallest_p == 1 / 8
    assert four.groups == [(0, 1)]
    assert rank_methods([[3.0, 2.0, 1.0]] * 3).p == pytest.approx(1 / 36)


def test_with_many_data_sets_it_is_friedmans_test() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal((0, 0, 0.2, 0.4), size=(30, 4))
    wanted = stats.friedmanchisquare(*scores.T).pvalue
    assert rank_methods(scores).p == pytest.approx(wanted, abs=0.01)


def test_false_alarms_with_five_data_sets_are_at_most_the_level() -> None:
    rng = np.random.default_rng(1)
    p = [rank_methods(rng.normal(size=(5, 3))).p for _ in range(800)]
    assert np.mean(np.array(p) <= 0.05) <= 0.065


def test_exact_and_drawn_agree() -> None:
    rng = np.random.default_rng(2)
    scores = rng.normal((0, 0.3, 0.6, 0.9), size=(5, 4))
    drawn = rank_methods(scores).p  # 24^4 arrangements are too many
    chi2 = stats.friedmanchisquare(*scores.T).pvalue
    assert drawn == pytest.approx(chi2, abs=0.05)
    assert rank_methods(scores, seed=1).p == pytest.approx(drawn, abs=0.02)


@pytest.mark.parametrize(("methods", "q"), [(2, 1.960), (5, 2.728), (10, 3.164)])
def test_critical_differences_are_those_of_the_table(methods: int, q: float) -> None:
    unit = math.sqrt(methods * (methods + 1) / 6)
    assert critical_difference(methods, 1) / unit == pytest.approx(q, abs=1e-3)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: rank_methods([1.0, 2.0]), "shape"),
        (lambda: rank_methods([[1.0, math.nan]]), "finite"),
        (lambda: rank_methods([[1.0, 2.0]], level=0), "level"),
        (lambda: critical_difference(1, 5), "methods"),
    ],
)
def test_bad_input_is_named(call: object, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()  # type: ignore[operator]

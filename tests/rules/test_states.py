"""Tables, cuts and rule sets: what they hold and what they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.rules.rulesets import RuleSet
from support.rules.states import StateTable, discretise, quantile_cuts

TABLE = StateTable([[0, 2], [1, 0], [1, 0]], [0, 1, 0], names=["a", "b"])


def test_groups_keep_the_order_of_first_sight():
    table = StateTable([[2, 1], [0, 0], [2, 1], [1, 1]], [0, 1, 1, 0])
    assert table.distinct.tolist() == [[2, 1], [0, 0], [1, 1]]
    assert table.seen.tolist() == [[True, True], [False, True], [True, False]]


def test_wide_tables_group_like_narrow_ones():
    source = np.random.default_rng(0)
    states = np.tile(source.integers(0, 2, (50, 4)), 20)
    wide = StateTable(states, np.zeros(50, int), [100] * 80)
    narrow = StateTable(states[:, :4], np.zeros(50, int))
    assert (wide.distinct[:, :4] == narrow.distinct).all()


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (([[0.5]], [0]), {}, "states: got float64"),
        (([[-1]], [0]), {}, "states: got -1; codes start at 0"),
        (([[3]], [0]), {"domains": [3]}, "x0 holds 3; its domain is 0 to 2"),
        (([[0]], [0, 1]), {}, "labels: got 2 for 1 states"),
        (([[0]], [2]), {"heads": 2}, "labels: got 2; with heads=2"),
        (([[0]], [0]), {"names": ["a", "b"]}, "names: got 2 for 1 variables"),
        ((np.zeros((2, 0), int), [0, 0]), {}, "states: got no column"),
    ],
)
def test_bad_tables_are_named(arguments, options, message):
    with pytest.raises(ValueError, match=message):
        StateTable(*arguments, **options)


def test_rules_are_a_set_in_an_order_of_their_own():
    one = RuleSet(1, [[1, 0], [-1, 2], [1, 0]], TABLE)
    two = RuleSet(1, [[-1, 2], [1, 0]], TABLE)
    assert one == two
    assert hash(one) == hash(two)
    assert len(one) == 2
    assert one.lengths.tolist() == [1, 2]
    assert [1, 0] in one
    assert one.conditions(1) == {"a": 1, "b": 0}
    names = [["no", "yes"], ["low", "mid", "high"]]
    assert one.to_text(names) == "y(1) :- b(high).\ny(1) :- a(yes), b(low)."


def test_matching_and_subsumption_by_hand():
    rules = RuleSet(0, [[-1, -1], [1, -1], [1, 2]], TABLE)
    states = [[1, 2], [0, 2], [1, 0]]
    assert rules.matches(states).tolist() == [
        [True, True, True],
        [True, False, False],
        [True, True, False],
    ]
    assert rules.coverage(states).tolist() == [3, 2, 1]
    assert rules.subsumes(rules).tolist() == [
        [True, True, True],
        [False, True, True],
        [False, False, True],
    ]


def test_rule_sets_refuse_other_widths_and_values():
    with pytest.raises(ValueError, match=r"bodies: got shape \(1, 3\)"):
        RuleSet(0, [[0, 0, 0]], TABLE)
    with pytest.raises(ValueError, match="outside the domains"):
        RuleSet(0, [[0, 3]], TABLE)
    with pytest.raises(ValueError, match="states: got shape"):
        RuleSet(0, [[0, 0]], TABLE).matches([[0]])


@given(st.lists(st.integers(-50, 50), min_size=20, unique=True), st.integers(2, 5))
def test_quantile_bins_are_even(values, bins):
    numbers = discretise(values, quantile_cuts(values, bins))
    counts = np.bincount(numbers, minlength=bins)
    assert counts.max() - counts.min() <= 1
    order = np.argsort(values)
    assert (np.diff(numbers[order]) >= 0).all()


def test_cuts_refuse_ties_and_what_is_not_finite():
    with pytest.raises(ValueError, match="two cuts on one value"):
        quantile_cuts([1, 1, 1, 1, 2], 3)
    with pytest.raises(ValueError, match="values: got nan"):
        quantile_cuts([1.0, np.nan], 2)
    with pytest.raises(ValueError, match="bins: got 1"):
        quantile_cuts([1.0], 1)
    with pytest.raises(ValueError, match="strictly increasing"):
        discretise([1.0], [2.0, 2.0])

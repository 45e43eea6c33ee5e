"""The exercises' checks accept what is right and refuse what is not, in words."""

from itertools import combinations

import numpy as np
import pytest

from chapters.lfit import answers

RULES = {"q(1) :- p(1), r(1).", "q(0) :- p(0).", "q(0) :- r(0)."}


def minimal(rules):
    rules = np.unique(rules, axis=0)
    contained = (rules[:, None] == -1) | (rules[:, None] == rules[None])
    return rules[contained.all(2).sum(0) == 1]


def repeats_left(rules):
    contained = (rules[:, None] == -1) | (rules[:, None] == rules[None])
    return rules[contained.all(2).sum(0) == 1]


def longest(rules):
    rules = np.unique(rules, axis=0)
    contained = (rules[:, None] == -1) | (rules[:, None] == rules[None])
    return rules[contained.all(2).sum(1) == 1]


def smallest(differs):
    width = differs.shape[1]
    return next(
        size
        for size in range(width + 1)
        for columns in combinations(range(width), size)
        if differs[:, columns].any(1).all()
    )


def greedy(differs):
    left, count = differs, 0
    while len(left):
        left = left[~left[:, left[0].argmax()]]
        count += 1
    return count


def core(states, labels):
    found = np.zeros(states.shape[1], bool)
    for f in range(states.shape[1]):
        groups = {}
        for row, label in zip(np.delete(states, f, 1).tolist(), labels, strict=True):
            groups.setdefault(tuple(row), set()).add(int(label))
        found[f] = any(len(group) > 1 for group in groups.values())
    return found


def in_a_group_by_value(states, labels):
    """The classical mistake: a variable whose values go with different labels."""
    return np.array([len(set(labels)) > 1 for _ in states.T])


def nothing(*arguments):
    return None


def fails(*arguments):
    raise RuntimeError("not today")


def test_right_answers_pass(capsys):
    assert answers.try_hand(RULES)
    assert answers.try_minimal(minimal)
    assert answers.try_smallest(smallest)
    assert answers.try_core(core, (600, "first"))
    assert "to spare" in capsys.readouterr().out


@pytest.mark.parametrize(
    "given",
    [None, 3, set(), {"q(0) :- p(1)."}, RULES - {"q(0) :- r(0)."}, RULES | {"q(0)."}],
)
def test_other_rules_by_hand_are_refused(given):
    assert not answers.try_hand(given)


@pytest.mark.parametrize(
    "function",
    [nothing, fails, lambda rules: rules, lambda rules: 0, repeats_left, longest],
)
def test_rules_that_are_not_the_minimal_ones_are_refused(function):
    assert not answers.try_minimal(function)


@pytest.mark.parametrize("function", [nothing, fails, lambda differs: 2, greedy])
def test_wrong_sizes_are_refused(function):
    assert not answers.try_smallest(function)


@pytest.mark.parametrize(
    "function",
    [nothing, fails, lambda states, labels: np.ones(4, bool), in_a_group_by_value],
)
def test_wrong_cores_are_refused(function):
    assert not answers.try_core(function, (600, "first"))


@pytest.mark.parametrize(
    "choice", [None, (600, "last"), (0, "first"), (9999, "first"), (600, "middle"), 3]
)
def test_choices_that_are_no_counterexample_are_refused(choice):
    assert not answers.try_core(core, choice)


def test_an_example_of_no_applications_is_refused():
    with pytest.raises(ValueError, match="count: got 0"):
        answers.example_table(0)

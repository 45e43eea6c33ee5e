"""One variable, bools, bytes, far-flung codes, rules that cover nothing."""

import numpy as np
import pytest
import torch

from support.rules.attribution import attribute_frequency, core_attributes
from support.rules.gula import gula
from support.rules.pride import pride
from support.rules.rulesets import RuleSet
from support.rules.states import StateTable


def test_the_only_variable_is_indispensable():
    table = StateTable([[0], [1]], [0, 1])
    assert core_attributes(table).tolist() == [[True], [True]]
    for learner in (gula, pride):
        assert learner(table, 1).bodies.tolist() == [[1]]
    assert not core_attributes(StateTable([[0], [0], [1]], [0, 1, 0])).all()


def test_weights_of_rules_that_cover_nothing_are_refused():
    table = StateTable([[0, 1], [1, 0]], [0, 1])
    rules = RuleSet(1, [[0, 0]], table)
    assert attribute_frequency([rules]).tolist() == [1, 1]
    with pytest.raises(ValueError, match="table: no rule matches a positive"):
        attribute_frequency([rules], table)


@pytest.mark.parametrize("code", [2**20, 10**10, 2**63])
def test_far_flung_codes_are_refused_before_they_fill_the_memory(code):
    states = np.array([[0, 1], [1, code]], np.uint64)
    with pytest.raises(ValueError, match=rf"states: got {code}; codes number"):
        StateTable(states, [0, 1])
    with pytest.raises(ValueError, match=rf"labels: got {code}; codes number"):
        StateTable([[0, 1], [1, 0]], np.array([0, code], np.uint64))
    with pytest.raises(ValueError, match="domains: got"):
        StateTable([[0, 1], [1, 0]], [0, 1], domains=[2, code + 1])


@pytest.mark.parametrize("kind", [bool, np.uint8, np.int8, np.uint64])
def test_codes_of_every_type_are_the_same_codes(kind):
    states, labels = [[0, 1], [1, 0], [1, 1]], [0, 1, 1]
    wanted = StateTable(states, labels)
    found = StateTable(np.array(states, kind), torch.tensor(labels).to(torch.uint8))
    assert np.array_equal(found.states, wanted.states)
    assert pride(found, 1) == pride(wanted, 1)
    rows = np.array([[1, 0]], kind)
    assert pride(wanted, 1).matches(rows).any()


def test_order_of_rows_changes_no_complete_program():
    draw = np.random.default_rng(0)
    states, labels = draw.integers(0, 3, (40, 4)), draw.integers(0, 2, 40)
    places = draw.permutation(40)
    one, other = StateTable(states, labels), StateTable(states[places], labels[places])
    for head in (0, 1):
        assert gula(one, head) == gula(other, head)
    assert np.array_equal(core_attributes(one), core_attributes(other))

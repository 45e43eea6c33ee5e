"""Rules for readers: sorted tables, and reasons."""

import numpy as np
import pytest

from chapters.lfit.encodings import GRID, every_state, merit, scored, table_of
from chapters.lfit.rule_tables import explain, rule_rows
from chapters.lfit.scores import all_rules
from support.rules.gula import gula
from support.rules.programs import learn_program
from support.rules.rulesets import RuleSet
from support.rules.states import StateTable, quantile_cuts


def grid(scorer):
    states = every_state(GRID)
    cuts = quantile_cuts(merit(states, GRID), 4)
    return table_of(states, scored(states, GRID, scorer), cuts, GRID)


def test_rules_are_listed_by_how_much_they_match(capsys):
    table = grid("gender")
    rules = all_rules(table)
    rows = rule_rows(rules, table.states, 5)
    assert len(rows) == 5
    assert [row[3] for row in rows] == sorted((row[3] for row in rows), reverse=True)
    assert len(rule_rows(rules, table.states)) == sum(map(len, rules))
    asks = [row for row in rule_rows(rules, table.states) if "gender" in row[0]]
    assert {row[4] for row in asks} == {"gender"}
    empty = RuleSet(0, np.empty((0, 7), int), table)
    assert rule_rows([empty], table.states) == []


def test_an_answer_names_reasons_and_changes():
    program = learn_program(grid("gender"), gula)
    text = explain(program, [1, 1, 0, 0, 0, 0, 1])
    assert text.startswith("profile: education 1, experience 1")
    assert "because  score(0) :- " in text
    assert "score 1, fewest changes: " in text
    assert "gender" not in text.split("by merit alone: ")[1]
    top = explain(program, [4, 4, 1, 2, 2, 0, 0])
    assert "score: 3" in top
    assert "fewest changes" not in top


def test_rules_of_other_labels_are_no_reason():
    states = [[0, 0]] * 3 + [[1, 0], [1, 1]]
    table = StateTable(states, [0, 0, 1, 1, 0], [2, 2], ["merit", "gender"])
    program = learn_program(table)
    text = explain(program, [0, 0])
    label = int(program.predict([[0, 0]]).labels[0])
    reasons = [line for line in text.split("\n") if line.startswith("  because")]
    others = [line for line in text.split("\n") if "also possible" in line]
    assert reasons
    assert others
    assert all(f"y({label}) :- " in line for line in reasons)
    assert all(f"y({1 - label}) :- " in line for line in others)


def test_an_unseen_profile_is_answered_too():
    table = StateTable([[0, 0], [1, 1]], [0, 1], [3, 3], ["merit", "gender"])
    assert "no rule matches" in explain(learn_program(table), [2, 2])


@pytest.mark.parametrize(
    ("state", "message"),
    [
        ([0] * 6, "state: got int64 of shape"),
        ([0.0] * 7, "state: got float64"),
        ([9, 0, 0, 0, 0, 0, 0], "state: education is 9; its domain is 0 to 4"),
    ],
)
def test_a_profile_that_is_none_is_refused(state, message):
    with pytest.raises(ValueError, match=message):
        explain(learn_program(grid("gender")), state)
    with pytest.raises(ValueError, match="head: got 7"):
        explain(learn_program(grid("gender")), [0] * 7, wanted=7)

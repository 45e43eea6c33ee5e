"""What the chapter measures, on cases whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from chapters.lfit.encodings import (
    APPLICATION,
    GRID,
    encode,
    every_state,
    merit,
    orders,
    scored,
    table_of,
)
from chapters.lfit.experiments import (
    BOOLEAN,
    all_rules,
    boolean_network,
    differing_heads,
    droppable,
    excess,
    flip_rate,
    growth,
    hitting_set,
    random_system,
    rule_learners,
    shares,
)
from chapters.lfit.networks import NETWORK_GRID, ask, train_boxes
from chapters.lfit.rule_tables import explain, rule_rows, show_rules
from support.data.recruitment import make_recruitment
from support.recruitment.scorer import TESTBED
from support.rules.gula import gula
from support.rules.pride import pride
from support.rules.programs import learn_program
from support.rules.rulesets import RuleSet
from support.rules.states import StateTable, quantile_cuts


def grid(scorer):
    states = every_state(GRID)
    cuts = quantile_cuts(merit(states, GRID), 4)
    return table_of(states, scored(states, GRID, scorer), cuts, GRID)


def test_the_network_of_three_variables_has_its_seven_rules():
    found = {
        line
        for table in boolean_network().values()
        for rules in all_rules(table, gula)
        for line in rules.to_text().split("\n")
    }
    assert found == set(BOOLEAN)


def test_random_systems_agree_and_a_wrong_learner_would_not():
    source = np.random.default_rng(0)
    assert all(differing_heads(random_system(source)) == (0, 0) for _ in range(5))


def test_a_condition_that_can_go_is_counted():
    table = StateTable([[0, 0], [1, 0], [1, 1]], [1, 0, 0], [2, 2])
    negatives = table.negatives(1)
    assert droppable(RuleSet(1, [[0, 0]], table), negatives) == 1
    assert droppable(pride(table, 1), negatives) == 0


def test_the_search_is_prides_and_the_excess_is_known():
    table = grid("gender")
    for head in (0, 3):
        negatives = table.negatives(head)
        found = hitting_set(table.positives(head)[0], negatives)
        body = np.full(7, -1)
        body[found.kept] = table.positives(head)[0][found.kept]
        assert body in pride(table, head)
    # Rows {a, b}, {a, c}, {a, d}: the first row makes b come first, and so on.
    negatives = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]])
    found = hitting_set(np.zeros(4, int), negatives)
    assert found.kept == [0, 1, 2]
    assert excess(found) == 2


def test_flips_and_shares_see_a_bias_and_nothing_else():
    assert flip_rate(grid("blind").labels) == 0
    assert flip_rate(grid("gender").labels) > 0.3
    for order in orders(GRID).values():
        fair = shares(all_rules(grid("blind"), order=order))
        assert fair["gender"] == fair["ethnicity"] == 0
        assert fair["education"] > 0.5


def test_rules_of_gula_grow_and_those_of_pride_do_not():
    found = growth((3, 6), np.random.default_rng(0), rows=120)
    rules = {name: [row[0] for row in rows] for name, rows in found.items()}
    assert rules["GULA"][1] > 3 * rules["GULA"][0]
    assert rules["PRIDE"] == [3, 3]


def test_all_learners_repeat_what_they_saw():
    states, form = encode(make_recruitment(300, 100, version=1))
    cuts = quantile_cuts(merit(states, form), 4)
    labels = table_of(states, scored(states, form, "blind"), cuts, form).labels
    for learn in rule_learners().values():
        predict = learn(states, labels, APPLICATION.domains, 0)
        assert (np.asarray(predict(states)) == labels).all()


def test_networks_answer_for_the_whole_grid_and_see_what_they_are_given():
    data = make_recruitment(300, 100)
    names = ("gender-biased labels", "gender-biased labels, competencies alone")
    boxes = train_boxes(data, 0, names=names, recipe=replace(TESTBED, epochs=2))
    seeing, blind = (boxes[name] for name in names)
    assert seeing.scores.shape == (NETWORK_GRID.size,)
    assert flip_rate(blind.table.labels) == 0
    pairs = seeing.scores.reshape(-1, 2)
    assert (pairs[:, 0] != pairs[:, 1]).any()
    some = every_state(NETWORK_GRID)[:7]
    again = ask(seeing.scorer, data, some)
    assert torch.allclose(torch.tensor(again), torch.tensor(seeing.scores[:7]))


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
    with pytest.raises(ValueError, match="no rule to show"):
        show_rules([empty], table.states, caption="Nothing")


def test_a_rule_table_is_complete_without_the_script(monkeypatch):
    shown = []
    monkeypatch.setattr(
        "IPython.display.display", lambda bundle, raw: shown.append(bundle)
    )
    table = grid("gender")
    show_rules(all_rules(table), table.states, caption="Rules & more", most=3)
    (bundle,) = shown
    assert bundle["text/html"].count("<tr ") == 4
    assert "Rules &amp; more" in bundle["text/html"]
    assert bundle["text/plain"].count("score(") == 3


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

"""What the chapter measures, on cases whose answer is known."""

import numpy as np
import pytest

from chapters.lfit import scores
from chapters.lfit.coded import Coded
from chapters.lfit.data import load
from chapters.lfit.encodings import GRID, every_state, merit, scored, table_of
from support.rules.gula import gula
from support.rules.pride import pride
from support.rules.rulesets import RuleSet
from support.rules.states import StateTable, quantile_cuts


@pytest.fixture(scope="module")
def data():
    return load("embedded", "quick", 0)


def grid(scorer):
    states = every_state(GRID)
    cuts = quantile_cuts(merit(states, GRID), 4)
    return table_of(states, scored(states, GRID, scorer), cuts, GRID)


def test_the_network_of_three_variables_has_its_seven_rules():
    found = {
        line
        for table in scores.boolean_network().values()
        for rules in scores.all_rules(table, gula)
        for line in rules.to_text().split("\n")
    }
    assert found == set(scores.BOOLEAN)


def test_random_systems_agree_and_a_wrong_learner_would_not():
    source = np.random.default_rng(0)
    assert all(
        scores.differing_heads(scores.random_system(source)) == (0, 0) for _ in range(5)
    )


def test_a_condition_that_can_go_is_counted():
    table = StateTable([[0, 0], [1, 0], [1, 1]], [1, 0, 0], [2, 2])
    negatives = table.negatives(1)
    assert scores.droppable(RuleSet(1, [[0, 0]], table), negatives) == 1
    assert scores.droppable(pride(table, 1), negatives) == 0


def test_the_search_is_prides_and_the_columns_it_keeps_are_known():
    table = grid("gender")
    for head in (0, 3):
        negatives = table.negatives(head)
        found = scores.hitting_set(table.positives(head)[0], negatives)
        body = np.full(7, -1)
        body[found.kept] = table.positives(head)[0][found.kept]
        assert body in pride(table, head)
    # Rows {a, b}, {a, c}, {a, d}: the first row makes b come first, and so on.
    negatives = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1]])
    found = scores.hitting_set(np.zeros(4, int), negatives)
    assert found.kept == [0, 1, 2]


def test_flips_and_shares_see_a_bias_and_nothing_else():
    assert scores.flip_rate(grid("blind").labels) == 0
    assert scores.flip_rate(grid("gender").labels) > 0.3
    assert scores.shares(scores.all_rules(grid("blind")))["education"] > 0.5
    for fair in scores.by_order(grid("blind")).values():
        assert fair == {"gender": 0, "ethnicity": 0}
    biased = scores.by_order(grid("gender"))
    assert all(row["gender"] > 0.3 for row in biased.values())


def test_rules_of_gula_grow_and_those_of_pride_do_not():
    found = scores.growth((3, 6), np.random.default_rng(0), rows=120)
    assert found["GULA"][1] > 3 * found["GULA"][0]
    assert found["PRIDE"] == [3, 3]


def test_less_seen_more_blamed():
    source = np.random.default_rng(0)
    found = scores.observed_shares(grid("blind"), (0.1, 1.0), source)
    assert found["gender"][0] > 0.2
    assert found["gender"][1] == found["ethnicity"][1] == 0


def test_the_telling_search_names_its_steps():
    states = [[1, 0, 0, 1], [0, 1, 0, 1], [0, 0, 1, 1], [0, 0, 0, 0], [1, 1, 1, 0]]
    table = StateTable(states, [0, 0, 0, 1, 1])
    search = scores.telling_search(table, 1)
    spare = [
        len(s.chosen) - len(s.kept)
        for s in (
            scores.hitting_set(seed, table.negatives(1)) for seed in table.positives(1)
        )
    ]
    assert len(search.chosen) - len(search.kept) == max(spare)
    rows = scores.search_rows(scores.Search(search.differs, [2, 0], [0]), "abcd")
    assert rows == ["a: step 2, kept", "b", "c: step 1, dropped", "d"]


def test_rules_that_a_theory_lacks_are_counted():
    table = grid("gender")
    theory = scores.all_rules(table, gula)
    assert scores.strangers(table, theory) == 0
    nothing = [RuleSet(head, np.empty((0, 7), int), table) for head in range(4)]
    assert scores.strangers(table, nothing) == sum(
        len(rules) for rules in scores.all_rules(table)
    )


def test_the_work_is_rules_times_negatives():
    table = grid("gender")
    few = [len(one) * len(table.negatives(one.head)) for one in scores.all_rules(table)]
    assert scores.work(table) == sum(few)


def test_agreement_is_counted_on_the_rows_kept_apart(data):
    seen, coded = [], data.coded

    def oracle(states, labels, domains, seed):
        seen.append((states.shape, labels.shape, tuple(domains), seed))
        return lambda others: coded.other_labels

    def constant(states, labels, domains, seed):
        return lambda others: np.zeros(len(others), int)

    assert scores.agreement(oracle, coded, 500, 7) == 1
    assert seen == [((500, 8), (500,), data.form.domains, 7)]
    share = float((coded.other_labels == 0).mean())
    assert scores.agreement(constant, coded, 500, 7) == share
    with pytest.raises(ValueError, match="labels it predicted"):
        scores.agreement(lambda *_: lambda others: others, coded, 500, 7)


def test_the_worst_case_has_the_rules_of_the_formula():
    for count in (2, 3, 4):
        assert len(gula(scores.pairs(count), 1)) == 2**count + 2 * count**2
    assert scores.factor([1, 2, 3], [3, 9, 27]) == pytest.approx(3)


def test_a_variable_that_decides_nothing_is_misplaced_on_sparse_data(data):
    assert scores.misplaced(grid("ethnicity")) == 0
    assert scores.misplaced(data.tables["blind"]) > 0


def coded_grid(rule):
    """Every state of four ternary columns and a protected bit; half kept apart."""
    states = np.stack([axis.ravel() for axis in np.indices((3, 3, 3, 3, 2))], axis=1)
    order = np.random.default_rng(0).permutation(len(states))
    labels = rule(states)
    near, far = order[:120], order[120:]
    return Coded(
        (*"abcd", "protected"),
        (3, 3, 3, 3, 2),
        states[near],
        labels[near],
        states[far],
        labels[far],
        ("low", "middle", "high"),
        told=120,
    )


def test_an_audit_sees_the_bias_that_it_plants():
    found = scores.audit(coded_grid(lambda states: states[:, 0]), 0)
    fair, biased = found["true labels"], found["biased labels"]
    assert fair["names it"] == fair["turns"] == fair["wrong"] == biased["wrong"] == 0
    assert biased["names it"] > 0.3
    assert biased["turns"] > 0.5
    assert fair["told"] == 1
    assert fair["length"] == 3 / 120


def test_a_constant_network_leaves_nothing_to_tell():
    found = scores.audit(coded_grid(lambda states: 0 * states[:, 0]), 0)
    assert np.isnan(found["true labels"]["told"])


def test_the_order_of_columns_moves_the_share(data):
    found = scores.order_effect(data.coded.first(1000))
    assert found["protected last"] == 0
    assert found["protected first"] > 0.1

"""What the chapter measures, on cases whose answer is known."""

import numpy as np
import pytest

from chapters.lfit import scores
from chapters.lfit.data import CENSUS, load
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


def test_the_search_is_prides_and_the_excess_is_known():
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
    assert scores.excess(found) == 2


def test_flips_and_shares_see_a_bias_and_nothing_else():
    assert scores.flip_rate(grid("blind").labels) == 0
    assert scores.flip_rate(grid("gender").labels) > 0.3
    assert scores.shares(scores.all_rules(grid("blind")))["education"] > 0.5
    for fair in scores.by_order(grid("blind")).values():
        assert fair == {"gender": 0, "ethnicity": 0}
    biased = scores.by_order(grid("gender"))
    least, most = scores.extremes(biased, "gender")
    assert 0 < least <= most == max(row["gender"] for row in biased.values())


def test_rules_of_gula_grow_and_those_of_pride_do_not():
    found = scores.growth((3, 6), np.random.default_rng(0), rows=120)
    rules = {name: [row[0] for row in rows] for name, rows in found.items()}
    assert rules["GULA"][1] > 3 * rules["GULA"][0]
    assert rules["PRIDE"] == [3, 3]


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


def test_the_work_and_the_cost_are_of_the_same_rules():
    table = grid("gender")
    rules = scores.all_rules(table)
    found = scores.cost(table)
    assert found["states"] == GRID.size
    assert found["rules"] == sum(map(len, rules))
    assert found["gender"] == scores.shares(rules)["gender"] > 0
    assert found["seconds"] > 0
    few = [len(one) * len(table.negatives(one.head)) for one in rules]
    assert scores.work(table) == sum(few)


def test_agreement_is_counted_on_other_people(data):
    seen = []

    def oracle(states, labels, domains, seed):
        seen.append((states.shape, labels.shape, tuple(domains), seed))
        return lambda others: data.truth[8000:]

    def constant(states, labels, domains, seed):
        return lambda others: np.zeros(len(others), int)

    assert scores.agreement(oracle, data, 500, 7) == 1
    assert seen == [((500, 8), (500,), data.form.domains, 7)]
    share = float((data.truth[8000:] == 0).mean())
    assert scores.agreement(constant, data, 500, 7) == share
    with pytest.raises(ValueError, match="labels it predicted"):
        scores.agreement(lambda *_: lambda others: others, data, 500, 7)


def test_sex_is_found_where_it_decides_and_race_is_not():
    source = np.random.default_rng(1)
    states = np.stack([source.integers(0, d, 1500) for d in CENSUS.values()], axis=1)
    rich = (states[:, -1] == 0) & (states[:, 0] > 2)
    table = StateTable(states, rich.astype(int), list(CENSUS.values()), list(CENSUS), 2)
    rows = scores.compare_with_shuffled(table, seed=0, rounds=3)
    assert rows.loc["sex", "share"] > rows.loc["sex", "shuffled, 95 %"]
    assert rows.loc["sex", "in the core"]
    assert rows.loc["race", "share"] == 0
    assert not rows.loc["race", "in the core"]

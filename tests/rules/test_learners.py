"""GULA, PRIDE and brute force: the same theory, by three roads."""

import itertools

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sympy import symbols
from sympy.logic import SOPform
from sympy.logic.boolalg import And, Not, Or

from support.rules.gula import gula, optimal_rules_bruteforce
from support.rules.limits import RuleExplosionError
from support.rules.pride import pride
from support.rules.rulesets import RuleSet
from support.rules.states import StateTable, discretise, quantile_cuts


@st.composite
def systems(draw, most_variables=5, most_values=4):
    domains = draw(
        st.lists(st.integers(1, most_values), min_size=1, max_size=most_variables)
    )
    heads = draw(st.integers(1, 3))
    rows = draw(st.integers(0, 40))
    source = np.random.default_rng(draw(st.integers(0, 2**32)))
    states = np.stack([source.integers(0, d, rows) for d in domains], axis=1)
    return StateTable(states, source.integers(0, heads, rows), domains, heads=heads)


def slow_pride(table, head):
    """The definition, state by state."""
    remaining = [tuple(row) for row in table.positives(head)]
    negatives = [tuple(row) for row in table.negatives(head)]
    rules = []
    while remaining:
        seed, body = remaining[0], []

        def matches(state, conditions, seed=seed):
            return all(state[f] == seed[f] for f in conditions)

        for negative in negatives:
            if matches(negative, body):
                body.append(next(f for f in range(len(seed)) if seed[f] != negative[f]))
        for variable in tuple(body):
            fewer = [f for f in body if f != variable]
            if not any(matches(negative, fewer) for negative in negatives):
                body = fewer
        rules.append([seed[f] if f in body else -1 for f in range(len(seed))])
        remaining = [state for state in remaining if not matches(state, body)]
    return rules


def boolean_network():
    """p' = q, q' = p and r, r' = not p: the states and each next value."""
    states = np.array(list(itertools.product([0, 1], repeat=3)))
    p, q, r = states.T
    return states, {"p": q, "q": p & r, "r": 1 - p}


def test_the_boolean_network_has_exactly_seven_rules():
    states, nexts = boolean_network()
    found = []
    for name, labels in nexts.items():
        table = StateTable(states, labels, names=["p", "q", "r"], heads=2, target=name)
        found += gula(table, 0).to_text().split("\n")
        found += gula(table, 1).to_text().split("\n")
    assert sorted(found) == sorted(
        [
            "p(0) :- q(0).",
            "p(1) :- q(1).",
            "q(0) :- p(0).",
            "q(0) :- r(0).",
            "q(1) :- p(1), r(1).",
            "r(0) :- p(1).",
            "r(1) :- p(0).",
        ]
    )


@settings(deadline=None)
@given(systems())
def test_gula_is_brute_force(table):
    for head in range(table.heads):
        assert gula(table, head) == optimal_rules_bruteforce(table, head)


@settings(deadline=None)
@given(systems())
def test_pride_follows_its_definition_and_is_contained_in_gula(table):
    for head in range(table.heads):
        rules = pride(table, head)
        assert {tuple(body) for body in rules} == {
            tuple(body) for body in slow_pride(table, head)
        }
        complete = gula(table, head)
        assert all(body in complete for body in rules)
        assert rules.matches(table.positives(head)).any(1).all()
        assert not rules.matches(table.negatives(head)).any()


@settings(deadline=None, max_examples=30)
@given(systems(), st.integers(1, 7), st.booleans())
def test_a_batch_of_seeds_gives_the_same_rules(table, batch, impossible):
    for head in range(table.heads):
        alone = pride(table, head, impossible=impossible)
        together = pride(table, head, impossible=impossible, device="cpu", batch=batch)
        assert alone == together


def test_a_batch_on_the_device_gives_the_same_rules(device):
    source = np.random.default_rng(0)
    states = source.integers(0, 3, (300, 6))
    table = StateTable(states, (states[:, 0] + states[:, 1] > 2).astype(int))
    assert pride(table, 1, device=device) == pride(table, 1)


@settings(deadline=None, max_examples=30)
@given(systems(), st.randoms(use_true_random=False))
def test_gula_does_not_depend_on_any_order(table, random):
    rows = list(range(len(table.states)))
    columns = list(range(len(table.domains)))
    random.shuffle(rows)
    random.shuffle(columns)
    other = StateTable(
        table.states[rows][:, columns],
        table.labels[rows],
        [table.domains[f] for f in columns],
        heads=table.heads,
    )
    for head in range(table.heads):
        shuffled = {tuple(body) for body in gula(other, head)}
        straight = {tuple(body[columns]) for body in gula(table, head)}
        assert shuffled == straight


@settings(deadline=None)
@given(systems())
def test_rules_are_an_antichain(table):
    for head in range(table.heads):
        rules = gula(table, head)
        assert (rules.subsumes(rules) == np.eye(len(rules), dtype=bool)).all()


@pytest.mark.parametrize("seed", range(5))
def test_boolean_cases_agree_with_sympy(seed):
    source = np.random.default_rng(seed)
    states = np.array(list(itertools.product([0, 1], repeat=4)))
    labels = source.integers(0, 2, 16)
    table = StateTable(states, labels, heads=2)
    names = symbols("a b c d")
    minterms = states[labels == 1].tolist()
    minimal = SOPform(names, minterms)
    wanted = {frozenset(_literals(term)) for term in Or.make_args(minimal)}
    found = {
        frozenset(
            (str(names[f]), int(value)) for f, value in enumerate(body) if value >= 0
        )
        for body in gula(table, 1)
    }
    # SymPy picks a smallest cover among the prime implicants that GULA lists.
    assert wanted <= found


def _literals(term):
    for literal in And.make_args(term):
        if isinstance(literal, Not):
            yield str(literal.args[0]), 0
        else:
            yield str(literal), 1


def test_the_order_of_variables_decides_between_equals():
    """Two columns tell the same story: the first in the order is chosen."""
    table = StateTable([[0, 0], [1, 1]], [0, 1])
    assert pride(table, 1).to_text() == "y(1) :- x0(1)."
    assert pride(table, 1, order=[1, 0]).to_text() == "y(1) :- x1(1)."


def test_degenerate_tables():
    always = StateTable([[0], [1]], [0, 0], heads=2)
    assert gula(always, 0).to_text() == "y(0)." == pride(always, 0).to_text()
    assert len(pride(always, 1)) == 0
    unseen = StateTable([[0], [1]], [0, 0], domains=[3], heads=2)
    assert gula(unseen, 1).to_text() == "y(1) :- x0(2)."
    contradictory = StateTable([[0], [0], [1]], [0, 1, 1])
    assert contradictory.positives(0).tolist() == [[0]]
    assert contradictory.positives(1).tolist() == [[0], [1]]


def test_more_than_sixty_four_atoms():
    source = np.random.default_rng(1)
    states = source.integers(0, 40, (60, 3))
    table = StateTable(states, (states[:, 0] > 19).astype(int), [40, 40, 40])
    for head in (0, 1):
        assert gula(table, head) == optimal_rules_bruteforce(table, head)


def test_an_explosion_keeps_what_was_found():
    source = np.random.default_rng(0)
    states = source.integers(0, 3, (100, 8))
    table = StateTable(states, source.integers(0, 2, 100))
    with pytest.raises(RuleExplosionError, match="use pride") as caught:
        gula(table, 0, max_rules=500)
    assert len(caught.value.rules) > 500
    read = table.negatives(0)[: caught.value.negatives]
    assert not caught.value.rules.matches(read).any()
    with pytest.raises(RuleExplosionError, match="seconds"):
        gula(table, 0, max_seconds=1e-9)


@pytest.mark.parametrize("place", [None, "cpu"])
def test_pride_keeps_what_it_found_when_its_time_is_over(place):
    source = np.random.default_rng(0)
    states = source.integers(0, 3, (200, 8))
    table = StateTable(states, source.integers(0, 2, 200))
    with pytest.raises(RuleExplosionError, match="give more time") as caught:
        pride(table, 0, device=place, batch=4, max_seconds=1e-9)
    kept, whole = caught.value.rules, pride(table, 0, device=place)
    assert 0 < len(kept) < len(whole)
    assert all(rule in whole for rule in kept)
    assert not kept.matches(table.negatives(0)).any()
    assert pride(table, 0, device=place, max_seconds=60.0) == whole


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda table: pride(table, 0, max_seconds=0), "max_seconds: got 0"),
        (lambda table: gula(table, 0, max_seconds=0), "more than 0 seconds"),
        (lambda table: gula(table, 0, max_rules=0), "at least 1 rule"),
        (lambda table: pride(table, 0, order=[0.9, 1.7]), "order: got"),
        (lambda table: pride(table, 0, order=["x0", "x1"]), "order: got"),
        (lambda table: RuleSet(0, [[0.7, 1.4]], table), "give integers"),
        (lambda table: RuleSet(9, [[0, 1]], table), "head: got 9"),
        (lambda table: StateTable([[0, 0]], [0], names=["a", "a"]), "its own"),
        (lambda table: discretise([0.0, 1.0], [float("nan")]), "cuts: got"),
        (lambda table: quantile_cuts([], 4), "values: got none"),
        (lambda table: pride(table, 0, order=[0, 0]), r"order: got \[0, 0\]"),
        (lambda table: pride(table, 5), "head: got 5; give one of 0 to 1"),
        (lambda table: pride(table, 0, device="cpu", batch=0), "batch: got 0"),
        (
            lambda table: optimal_rules_bruteforce(
                StateTable(np.zeros((1, 13), int), [0], [4] * 13), 0
            ),
            "brute force takes at most 1000000",
        ),
    ],
)
def test_bad_requests_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(StateTable([[0, 0], [1, 1]], [0, 1]))


def test_torch_is_not_asked_for_nothing():
    """Without a device nothing of the search touches torch's state."""
    before = torch.get_rng_state()
    pride(StateTable([[0, 0], [1, 1]], [0, 1]), 0)
    assert torch.equal(before, torch.get_rng_state())

"""What the chapter measures: shares, controls, growth, agreement, hitting sets."""

import itertools
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from support.rules.attribution import attribute_frequency
from support.rules.gula import gula, optimal_rules_bruteforce
from support.rules.pride import pride
from support.rules.programs import Program, learn_program
from support.rules.rulesets import VOID, RuleSet
from support.rules.states import StateTable

__all__ = [
    "BOOLEAN",
    "Search",
    "all_rules",
    "boolean_network",
    "differing_heads",
    "droppable",
    "excess",
    "flip_rate",
    "growth",
    "hitting_set",
    "random_system",
    "rule_learners",
    "shares",
]

BOOLEAN = (
    "p(0) :- q(0).",
    "p(1) :- q(1).",
    "q(0) :- p(0).",
    "q(0) :- r(0).",
    "q(1) :- p(1), r(1).",
    "r(0) :- p(1).",
    "r(1) :- p(0).",
)
"""The seven rules of the network p' = q, q' = p and r, r' = not p."""


def boolean_network() -> dict[str, StateTable]:
    """Its eight transitions, one table for the next value of each variable.

    >>> list(boolean_network())
    ['p', 'q', 'r']
    """
    states = np.array(list(itertools.product([0, 1], repeat=3)))
    p, q, r = states.T
    return {
        name: StateTable(states, following, (2, 2, 2), ("p", "q", "r"), 2, name)
        for name, following in (("p", q), ("q", p & r), ("r", 1 - p))
    }


def random_system(source: np.random.Generator) -> StateTable:
    """Up to five variables of up to four values, up to 40 rows, up to three labels."""
    domains = source.integers(1, 5, source.integers(1, 6))
    rows, heads = source.integers(1, 41), source.integers(1, 4)
    states = np.stack([source.integers(0, size, rows) for size in domains], axis=1)
    return StateTable(states, source.integers(0, heads, rows), domains, heads=heads)


def all_rules(
    table: StateTable, learner: Callable[..., RuleSet] = pride, **options: object
) -> list[RuleSet]:
    """The rules of every head."""
    return [learner(table, head, **options) for head in range(table.heads)]


def shares(rule_sets: Sequence[RuleSet], table: StateTable | None = None) -> dict:
    """Share of the rules that ask for each variable, by name."""
    found = attribute_frequency(rule_sets, table)
    return dict(zip(rule_sets[0].names, found.tolist(), strict=True))


def flip_rate(labels: np.ndarray) -> float:
    """Share of a grid's states whose label changes when only gender is flipped.

    Args:
        labels: (n,) of all states, gender being the last variable, with 2 values.

    >>> flip_rate(np.array([0, 0, 1, 2]))
    0.5
    """
    pairs = labels.reshape(-1, 2)
    return float((pairs[:, 0] != pairs[:, 1]).mean())


def droppable(rules: RuleSet, negatives: np.ndarray) -> int:
    """Conditions that could be dropped without matching a negative."""
    count = 0
    for body in rules:
        for variable in np.flatnonzero(body != VOID):
            fewer = body.copy()
            fewer[variable] = VOID
            asked = fewer != VOID
            count += not (negatives[:, asked] == fewer[asked]).all(1).any()
    return count


class Search(NamedTuple):
    """How PRIDE finds the rule of one seed.

    Args:
        differs: (negatives, F) bool, the matrix D.
        chosen: variables in the order in which they were added.
        kept: those that are left after minimisation.
    """

    differs: np.ndarray
    chosen: list[int]
    kept: list[int]


def hitting_set(seed: np.ndarray, negatives: np.ndarray) -> Search:
    """Choose columns of $D=(N\\neq x)$ until each row is hit, then drop idle ones.

    Args:
        seed: (F,) a positive state.
        negatives: (n, F).

    >>> hitting_set(np.array([1, 1]), np.array([[0, 1], [0, 0]])).kept
    [0]
    """
    differs = negatives != seed
    unhit = np.ones(len(differs), bool)
    chosen: list[int] = []
    while unhit.any():
        variable = int(differs[unhit.argmax()].argmax())
        chosen.append(variable)
        unhit &= ~differs[:, variable]
    counts = differs[:, chosen].sum(1)
    kept = list(chosen)
    for variable in chosen:
        if (counts - differs[:, variable]).min(initial=1) >= 1:
            counts = counts - differs[:, variable]
            kept.remove(variable)
    return Search(differs, chosen, kept)


def excess(search: Search) -> int:
    """Conditions of PRIDE's rule beyond the shortest rule of the same seed.

    All subsets of the variables are tried, short ones first.
    """
    width = search.differs.shape[1]
    for size in range(len(search.kept)):
        for columns in itertools.combinations(range(width), size):
            if search.differs[:, columns].any(1).all():
                return len(search.kept) - size
    return 0


def growth(
    variables: Sequence[int], source: np.random.Generator, rows: int = 200
) -> dict[str, list[tuple[int, float]]]:
    """Rules and seconds of both learners as ternary variables are added.

    The label is 1 where the first two values sum to at least 3; every further
    variable is of no use.

    Args:
        variables: how many, at least 2 each.
        source: draws the states; the smaller tables are the larger ones' first
            columns.
        rows: states drawn.

    Returns:
        Learner to (rules, seconds) of the label 1, one for each entry.
    """
    states = source.integers(0, 3, (rows, max(variables)))
    labels = (states[:, 0] + states[:, 1] >= 3).astype(int)
    found: dict[str, list[tuple[int, float]]] = {"GULA": [], "PRIDE": []}
    for width in variables:
        # Without the other states a smaller table may hold one state twice, which
        # changes nothing: the label depends on the first two columns alone.
        table = StateTable(states[:, :width], labels, [3] * width)
        for name, learner in (("GULA", gula), ("PRIDE", pride)):
            started = time.perf_counter()
            rules = learner(table, 1)
            found[name].append((len(rules), time.perf_counter() - started))
    return found


Predictor = Callable[[np.ndarray], np.ndarray]


def rule_learners() -> dict[str, Callable[..., Predictor]]:
    """Entries of the chapter's comparison: learn from states, predict others.

    Each is called as ``learner(states, labels, domains, seed)`` and returns a
    function from (m, F) states to (m,) labels.
    """

    def program(**options: object) -> Callable[..., Predictor]:
        def learn(
            states: np.ndarray, labels: np.ndarray, domains: Sequence[int], seed: int
        ) -> Predictor:
            learned: Program = learn_program(
                StateTable(states, labels, domains), **options
            )
            return lambda others: learned.predict(others).labels

        return learn

    return {
        "PRIDE": program(),
        "PRIDE, weighted": program(weighted=True),
        "tree": _tree,
    }


def _tree(
    states: np.ndarray, labels: np.ndarray, domains: Sequence[int], seed: int
) -> Predictor:
    from sklearn.tree import DecisionTreeClassifier

    return DecisionTreeClassifier(random_state=seed).fit(states, labels).predict


def differing_heads(table: StateTable) -> tuple[int, int]:
    """Heads where GULA differs from brute force; rules of PRIDE that GULA lacks."""
    wrong = strangers = 0
    for head in range(table.heads):
        complete = gula(table, head)
        wrong += complete != optimal_rules_bruteforce(table, head)
        strangers += sum(body not in complete for body in pride(table, head))
    return wrong, strangers

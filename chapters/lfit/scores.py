"""What is measured of rules: shares, controls, growth, agreement, hitting sets."""

import itertools
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from tqdm.auto import tqdm

from chapters.lfit.data import Data
from chapters.lfit.encodings import LABELS, PROTECTED, orders
from support.rules.attribution import (
    attribute_frequency,
    core_attributes,
    permutation_control,
)
from support.rules.gula import gula, optimal_rules_bruteforce
from support.rules.pride import pride
from support.rules.rulesets import VOID, RuleSet
from support.rules.states import StateTable
from support.training import require_tensor

__all__ = [
    "BOOLEAN",
    "Search",
    "agreement",
    "all_rules",
    "boolean_network",
    "by_order",
    "compare_with_shuffled",
    "cost",
    "differing_heads",
    "droppable",
    "excess",
    "extremes",
    "flip_rate",
    "growth",
    "hitting_set",
    "observed_shares",
    "random_system",
    "search_rows",
    "shares",
    "strangers",
    "telling_search",
    "work",
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
    labels = source.integers(0, heads, rows)
    return StateTable(states, labels, domains.tolist(), heads=int(heads))


def all_rules(
    table: StateTable, learner: Callable[..., RuleSet] = pride, **options: object
) -> list[RuleSet]:
    """The rules of every head."""
    return [learner(table, head, **options) for head in range(table.heads)]


def shares(rule_sets: Sequence[RuleSet], table: StateTable | None = None) -> dict:
    """Share of the rules that ask for each variable, by name."""
    found = attribute_frequency(rule_sets, table)
    return dict(zip(rule_sets[0].names, found.tolist(), strict=True))


def by_order(table: StateTable) -> dict[str, dict[str, float]]:
    """Share of PRIDE's rules that ask for each protected attribute, in both orders.

    Args:
        table: gender its last variable, ethnicity the one before.
    """
    found = {}
    for place, order in orders(table).items():
        share = shares(all_rules(table, order=order))
        found[f"protected {place}"] = {name: share[name] for name in PROTECTED}
    return found


def extremes(found: dict[str, dict[str, float]], attribute: str) -> tuple[float, float]:
    """The smaller and the larger share of an attribute in `by_order`."""
    values = [row[attribute] for row in found.values()]
    return min(values), max(values)


def observed_shares(
    table: StateTable, fractions: Sequence[float], source: np.random.Generator
) -> dict[str, list[float]]:
    """Shares of the protected attributes, tried first, as less of a table is seen.

    Args:
        table: every state of a form.
        fractions: of its rows, each in (0, 1].
        source: draws one order of the rows; smaller parts are the larger ones'.
    """
    shuffled = source.permutation(len(table.states))
    found: dict[str, list[float]] = {name: [] for name in PROTECTED}
    for fraction in fractions:
        rows = shuffled[: round(fraction * len(shuffled))]
        part = StateTable(
            table.states[rows], table.labels[rows], table.domains, table.names, LABELS
        )
        share = shares(all_rules(part, order=orders(part)["first"]))
        for name in PROTECTED:
            found[name].append(share[name])
    return found


def compare_with_shuffled(
    table: StateTable, *, seed: int, rounds: int = 20
) -> pd.DataFrame:
    """Shares of sex and race, tried last, beside those of shuffled columns.

    Args:
        table: with columns sex and race.
        seed: of the shuffles.
        rounds: how many.

    Returns:
        A row an attribute: share, 95 % quantile of the shuffled ones, and whether
        it is in the core.
    """
    found = shares(all_rules(table))
    core = np.atleast_1d(core_attributes(table).any(0))
    rows = {}
    for name in ("sex", "race"):
        null = permutation_control(table, name, seed=seed, rounds=rounds)
        place = table.names.index(name)
        rows[name] = [found[name], float(np.quantile(null, 0.95)), bool(core[place])]
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["share", "shuffled, 95 %", "in the core"]
    )


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
            count += not np.all(negatives[:, asked] == fewer[asked], axis=1).any()
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
    differs = np.not_equal(negatives, seed)
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


def telling_search(table: StateTable, head: int) -> Search:
    """The search of a label in which most variables were chosen and dropped again."""
    negatives = table.negatives(head)
    found = [hitting_set(seed, negatives) for seed in table.positives(head)]
    return max(found, key=lambda one: len(one.chosen) - len(one.kept))


def search_rows(search: Search, names: Sequence[str]) -> list[str]:
    """Names of the variables, with the step that chose them and what came of it.

    >>> search_rows(Search(np.ones((1, 2), bool), [1], [1]), ("a", "b"))
    ['a', 'b: step 1, kept']
    """
    rows = list(names)
    for step, variable in enumerate(search.chosen, 1):
        fate = "kept" if variable in search.kept else "dropped"
        rows[variable] += f": step {step}, {fate}"
    return rows


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


def work(table: StateTable) -> int:
    """Rules times negatives, summed over the labels: what PRIDE has to compare."""
    return sum(
        len(rules) * len(table.negatives(rules.head)) for rules in all_rules(table)
    )


def cost(table: StateTable, label: str = "") -> dict[str, float]:
    """What it takes PRIDE to learn all labels, and the share of gender in the rules.

    Args:
        table: gender one of its variables.
        label: the progress bar's name.
    """
    started = time.perf_counter()
    heads = tqdm(range(table.heads), desc=label, leave=False)
    rules = [pride(table, head) for head in heads]
    return {
        "states": len(table.distinct),
        "rules": sum(map(len, rules)),
        "gender": shares(rules)["gender"],
        "seconds": time.perf_counter() - started,
    }


def agreement(
    learn: Callable[..., Callable[[np.ndarray], np.ndarray]],
    data: Data,
    size: int,
    seed: int,
) -> float:
    """Share of 4,000 other people whose label is foretold from some.

    Args:
        learn: one of `systems.SYSTEMS`, or the reader's own.
        data: the first 8,000 of its crowd may be learned from.
        size: how many are.
        seed: of the learner.

    Raises:
        ValueError: the learner does not give a number a person.
    """
    predict = learn(data.crowd[:size], data.truth[:size], data.form.domains, seed)
    given = np.asarray(predict(data.crowd[8000:]))
    require_tensor(given, shape=(4000,), what="the labels it predicted")
    return float((given == data.truth[8000:]).mean())


def strangers(table: StateTable, theory: Sequence[RuleSet]) -> int:
    """Rules of PRIDE that the complete theory of the same table lacks."""
    return sum(
        body not in complete
        for rules, complete in zip(all_rules(table), theory, strict=True)
        for body in rules
    )


def differing_heads(table: StateTable) -> tuple[int, int]:
    """Heads where GULA differs from brute force; rules of PRIDE that GULA lacks."""
    theory = all_rules(table, gula)
    wrong = sum(
        complete != optimal_rules_bruteforce(table, head)
        for head, complete in enumerate(theory)
    )
    return wrong, strangers(table, theory)

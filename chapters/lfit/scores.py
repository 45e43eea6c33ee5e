"""What is measured of rules: shares, controls, growth, agreement, hitting sets."""

import itertools
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from chapters.lfit.coded import Coded
from chapters.lfit.encodings import LABELS, PROTECTED, orders
from chapters.lfit.systems import bias, train_box
from support.rules.attribution import attribute_frequency, core_attributes
from support.rules.gula import gula, optimal_rules_bruteforce
from support.rules.pride import pride
from support.rules.programs import learn_program
from support.rules.rulesets import VOID, RuleSet
from support.rules.states import StateTable
from support.training import require_tensor

__all__ = [
    "BOOLEAN",
    "Search",
    "agreement",
    "all_rules",
    "audit",
    "boolean_network",
    "by_order",
    "differing_heads",
    "droppable",
    "factor",
    "flip_rate",
    "growth",
    "hitting_set",
    "misplaced",
    "observed_shares",
    "order_effect",
    "pairs",
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


def growth(
    variables: Sequence[int], source: np.random.Generator, rows: int = 200
) -> dict[str, list[int]]:
    """Rules of both learners as ternary variables are added.

    The label is 1 where the first two values sum to at least 3; every further
    variable is of no use.

    Args:
        variables: how many, at least 2 each.
        source: draws the states; the smaller tables are the larger ones' first
            columns.
        rows: states drawn.

    Returns:
        Learner to its rules of the label 1, one number for each entry.
    """
    states = source.integers(0, 3, (rows, max(variables)))
    labels = (states[:, 0] + states[:, 1] >= 3).astype(int)
    # Without the other columns a table may hold one state twice, which changes
    # nothing: the label depends on the first two alone.
    tables = [StateTable(states[:, :n], labels, [3] * n) for n in variables]
    return {
        name: [len(learner(table, 1)) for table in tables]
        for name, learner in (("GULA", gula), ("PRIDE", pride))
    }


def factor(variables: Sequence[int], counts: Sequence[int]) -> float:
    """By how much counts multiply with each variable: a line through the logarithms.

    >>> round(factor([2, 3, 4], [4, 8, 16]), 9)
    2.0
    """
    return float(np.exp(np.polyfit(variables, np.log(counts), 1)[0]))


def pairs(count: int) -> StateTable:
    r"""The worst case of GULA: as many negatives as pairs of binary variables.

    Negative i holds 1 in both variables of pair i and 0 elsewhere.  Minimal rules of
    label 1 ask for a 0 in each pair ($2^n$ ways), for a 1 in one variable of a pair and
    a 0 in the other ($2n$), or for a 1 in two pairs ($2n(n-1)$): $2^n+2n^2$ for
    $n\geq2$.

    >>> len(gula(pairs(2), 1))
    12
    """
    states = np.repeat(np.eye(count, dtype=int), 2, axis=1)
    return StateTable(states, np.zeros(count, int), [2] * 2 * count, heads=2)


def work(table: StateTable) -> int:
    """Rules times negatives, summed over the labels: what PRIDE has to compare."""
    return sum(
        len(rules) * len(table.negatives(rules.head)) for rules in all_rules(table)
    )


def agreement(
    learn: Callable[..., Callable[[np.ndarray], np.ndarray]],
    coded: Coded,
    size: int,
    seed: int,
) -> float:
    """Share of the other rows whose label is foretold from the first few.

    Args:
        learn: one of `systems.SYSTEMS`, or the reader's own.
        coded: the table.
        size: rows that may be learned from.
        seed: of the learner.

    Raises:
        ValueError: the learner does not give a number a row.
    """
    seen = coded.first(size)
    predict = learn(seen.states, seen.labels, seen.domains, seed)
    given = np.asarray(predict(seen.other_states))
    require_tensor(given, shape=seen.other_labels.shape, what="the labels it predicted")
    return float((given == seen.other_labels).mean())


def audit(coded: Coded, seed: int) -> dict[str, dict[str, float]]:
    """What PRIDE's rules tell of a network that was trained on a table.

    Two networks are trained, on the true labels and on biased ones.  Each answers for
    the rows to learn from, and rules are learned of its answers, the protected column
    last.

    Args:
        coded: the table.
        seed: of the networks.

    Returns:
        For each network ``names it``, the share of rules that ask for the protected
        attribute; ``told``, the share of the errors of its most frequent answer that
        the rules do not make on the other rows (nan where it has no other answer);
        ``length``, rules over distinct rows; ``wrong``, the share of answers that
        the rules do not repeat; ``turns``, the share of the other rows whose answer
        changes with the protected attribute alone.
    """
    protected, found = coded.names[-1], {}
    for name, labels in (
        ("true labels", coded.labels),
        ("biased labels", bias(coded.labels, coded.states)),
    ):
        box = train_box(coded.states, labels, coded.domains, seed)
        seen, asked = coded.table(box(coded.states)), box(coded.other_states)
        program = learn_program(seen)
        constant = float((asked != np.bincount(seen.labels).argmax()).mean())
        missed = float((program.predict(coded.other_states).labels != asked).mean())
        turned = coded.other_states.copy()
        turned[:, -1] = 1 - turned[:, -1]
        found[name] = {
            "names it": shares(program.possible)[protected],
            "told": 1 - missed / constant if constant else np.nan,
            "length": len(program) / len(seen.distinct),
            "wrong": float((program.predict(seen.states).labels != seen.labels).mean()),
            "turns": float((box(turned) != asked).mean()),
        }
    return found


def order_effect(coded: Coded) -> dict[str, float]:
    """Share of rules of the true labels that ask for the protected column, by order.

    Returns:
        ``protected last`` and ``protected first``.
    """
    places = list(range(len(coded.names)))
    found = {}
    for word, order in (("last", places), ("first", [places[-1], *places[:-1]])):
        rules = all_rules(coded.table(), order=order)
        found[f"protected {word}"] = shares(rules)[coded.names[-1]]
    return found


def misplaced(table: StateTable) -> int:
    """Variables in PRIDE's rules but not in the core, or the reverse, both orders."""
    core = core_attributes(table).any(0)
    asked = [
        np.array(list(shares(all_rules(table, order=order)).values())) > 0
        for order in orders(table).values()
    ]
    return int(sum((one != core).sum() for one in asked))


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

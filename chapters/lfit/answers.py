"""The checks of the exercises: right values on fresh inputs, verdicts in words."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import numpy as np

from chapters.lfit.data import load
from chapters.lfit.encodings import orders
from chapters.lfit.scores import BOOLEAN, all_rules, hitting_set, shares
from support.exercises import check, expect
from support.rules.attribution import core_attributes
from support.rules.states import StateTable

__all__ = ["example_table", "try_core", "try_hand", "try_minimal", "try_smallest"]

Answer = Callable[..., Any]


def example_table(count: int, seed: int = 0) -> StateTable:
    """So many applications, scored by merit alone.

    Args:
        count: 1 to 4,800.
        seed: draws the applications.

    Raises:
        ValueError: there are not so many.
    """
    if not 1 <= count <= 4800:
        raise ValueError(f"count: got {count}; give 1 to 4800 applications")
    return load("embedded", "quick", seed).observed(count)


def try_hand(rules: Any) -> bool:
    """The three rules of q, as text in any order."""
    wanted = {line for line in BOOLEAN if line.startswith("q")}
    what = "1, by hand"
    try:
        given = {" ".join(str(rule).split()) for rule in rules}
    except TypeError:
        return expect(False, "give a set of texts, one a rule", what=what)
    return expect(
        given == wanted,
        f"{len(given & wanted)} of your {len(given)} rules are right, of "
        f"{len(wanted)} in all",
        what=what,
    )


def try_minimal(function: Answer) -> bool:
    """Minimal rules of random lists, repeats among them."""

    def rules(rng: np.random.Generator) -> tuple[np.ndarray]:
        found = rng.integers(-1, 2, (rng.integers(1, 12), 4))
        return (found[rng.integers(0, len(found), len(found) + 2)],)

    def by_definition(found: np.ndarray) -> np.ndarray:
        bodies = {tuple(rule) for rule in found.tolist()}
        atoms = {rule: _atoms(rule) for rule in bodies}
        kept = [
            rule
            for rule in bodies
            if not any(atoms[other] < atoms[rule] for other in bodies)
        ]
        return np.array(sorted(kept))

    def ordered(found: np.ndarray) -> np.ndarray:
        given = np.asarray(function(found))
        if given.ndim != 2 or given.dtype.kind not in "iu":
            raise ValueError(
                f"a result of type {given.dtype} and shape {given.shape}; give (k, 4) "
                "integers"
            )
        return given[np.lexsort(given.T[::-1])]

    return check(
        ordered, against=by_definition, inputs=rules, tries=200, what="2, the minimal"
    )


def _atoms(rule: tuple[int, ...]) -> set[tuple[int, int]]:
    return {(place, value) for place, value in enumerate(rule) if value >= 0}


def try_smallest(function: Answer) -> bool:
    """Sizes of smallest hitting sets of random matrices, and PRIDE beside them."""

    def differs(rng: np.random.Generator) -> tuple[np.ndarray]:
        negatives = rng.integers(0, 2, (rng.integers(1, 12), 6))
        return (negatives[negatives.any(1)] == 1,)

    def size(matrix: np.ndarray) -> int:
        width = matrix.shape[1]
        return next(
            count
            for count in range(width + 1)
            for columns in combinations(range(width), count)
            if matrix[:, columns].any(1).all()
        )

    passed = check(
        function, against=size, inputs=differs, tries=100, what="3, the shortest rule"
    )
    if passed:
        fair = example_table(1200)
        found = [hitting_set(x, fair.negatives(2)) for x in fair.positives(2)[:50]]
        spare = np.mean([len(one.kept) - size(one.differs) for one in found])
        print(f"  PRIDE's rules have ≈ {spare:.2f} conditions to spare, on average.")
    return passed


def try_core(function: Answer, choice: Any) -> bool:
    """The core of random tables, and a fair table whose rules name gender."""

    def observations(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        seen = np.unique(rng.integers(0, 3, (rng.integers(2, 40), 4)), axis=0)
        return seen, rng.integers(0, 3, len(seen))

    def tested(seen: np.ndarray, labels: np.ndarray) -> np.ndarray:
        return np.asarray(core_attributes(StateTable(seen, labels)).any(0))

    if not check(
        function, against=tested, inputs=observations, tries=100, what="4, the core"
    ):
        return False
    what = "4, the counterexample"
    try:
        count, order = choice
        table = example_table(int(count))
        place = orders(table)[order]
    except (KeyError, TypeError, ValueError):
        words = f'choice is {choice!r}; give 1 to 4800 applications, and "last" or '
        return expect(False, f'{words}"first"', what=what)
    share = shares(all_rules(table, order=place))["gender"]
    return expect(
        share >= 0.3,
        f"gender stands in ≈ {share:.3f} of the rules (wanted at least 0.3)",
        what=what,
        tried="the fair scorer, who has no protected attribute in the core",
    )

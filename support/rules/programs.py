"""A whole program: rules of every head, what they predict, and why."""

import inspect
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from support.rules.limits import RuleExplosionError
from support.rules.pride import pride
from support.rules.rulesets import VOID, RuleSet
from support.rules.states import StateTable, checked_states

__all__ = ["Change", "Prediction", "Program", "learn_program"]

Learner = Callable[..., RuleSet]


class Prediction(NamedTuple):
    """What a program says of states.

    Args:
        labels: (n,) the head of the largest plausibility, ties to the default.
        plausibility: (n, heads) in [0, 1]; one half where nothing is known.
        uncovered: (n,) bool, no rule of any head matches.
        several: (n,) bool, rules of more than one head match.
    """

    labels: np.ndarray
    plausibility: np.ndarray
    uncovered: np.ndarray
    several: np.ndarray


class Change(NamedTuple):
    """What a state would have to become for a rule to match it.

    Args:
        changes: variable name to (value now, value asked).
        rule: number of the rule in its set.
    """

    changes: dict[str, tuple[int, int]]
    rule: int


class Program:
    r"""Rules of what can occur and, as weights ask for, of what cannot.

    A rule weighs the number of distinct observed states that it matches.  With
    $w^+$ and $w^-$ the largest weight of a matching rule of possibility and of
    impossibility, a head's plausibility is
    $$\hat p=\frac12+\frac12\,\frac{w^+-w^-}{\max(1,w^++w^-)}.$$

    Args:
        possible: a rule set a head, in the order of heads.
        impossible: the same for impossibility; empty for a plain program.
        table: the observed states, for the weights and the default label.

    Raises:
        ValueError: the sets are not one a head.

    Source: the weighted programs of Ribeiro et al. 2021; ties go to the most
    frequent label, which is our choice.
    """

    def __init__(
        self,
        possible: list[RuleSet],
        table: StateTable,
        impossible: list[RuleSet] | None = None,
    ) -> None:
        for name, sets in (("possible", possible), ("impossible", impossible)):
            heads = [rules.head for rules in sets or []]
            if sets is not None and heads != list(range(table.heads)):
                raise ValueError(
                    f"{name}: got rules of heads {heads}; give one set for each of 0 "
                    f"to {table.heads - 1}"
                )
        self.possible, self.impossible = possible, impossible or []
        counts = np.bincount(table.labels, minlength=table.heads)
        self.default = int(counts.argmax()) if table.heads else 0
        observed = table.distinct
        self._weights = [rules.coverage(observed) for rules in self.possible]
        self._against = [rules.coverage(observed) for rules in self.impossible]

    def __len__(self) -> int:
        return sum(len(rules) for rules in self.possible)

    def predict(self, states: ArrayLike) -> Prediction:
        """Judge states, seen or unseen.

        Args:
            states: (n, F) integers.

        Raises:
            ValueError: floats, another width, or a code outside its domain.
        """
        matches = [rules.matches(states) for rules in self.possible]
        supported = np.stack([found.any(1) for found in matches], axis=1)
        weight = _largest(matches, self._weights)
        against = np.zeros_like(weight)
        if self.impossible:
            against = _largest(
                [rules.matches(states) for rules in self.impossible], self._against
            )
        plausibility = 0.5 + 0.5 * (weight - against) / np.maximum(1, weight + against)
        best = plausibility.max(1, keepdims=True)
        labels = plausibility.argmax(1)
        labels[plausibility[:, self.default] == best[:, 0]] = self.default
        heads = supported.sum(1)
        return Prediction(labels, plausibility, heads == 0, heads > 1)

    def why(self, state: ArrayLike) -> dict[int, np.ndarray]:
        """Numbers of the rules of each head that match one state.

        Args:
            state: (F,) integers.

        Raises:
            ValueError: floats, another width, or a code outside its domain.
        """
        row = np.asarray(state)[None]
        found = {rules.head: rules.matches(row)[0] for rules in self.possible}
        return {head: np.flatnonzero(match) for head, match in found.items()}

    def nearest(
        self, state: ArrayLike, head: int, *, fixed: tuple[str, ...] = ()
    ) -> Change | None:
        """The fewest changes, asked for by a rule of a head, that lead to its label.

        A rule that matches need not decide, where rules of several heads match and
        weigh; so the program is asked again, change by change.

        Args:
            state: (F,) integers.
            head: the label that is wished for.
            fixed: names of variables that may not change, such as a protected
                attribute.

        Returns:
            The changes and the rule, ties to the first; None where no rule leads
            there without changing a fixed variable.

        Raises:
            ValueError: the head or a fixed name is unknown, or the state is
                none of the table's variables.
        """
        if not 0 <= head < len(self.possible):
            raise ValueError(
                f"head: got {head}; give one of 0 to {len(self.possible) - 1}"
            )
        rules = self.possible[head]
        unknown = sorted(set(fixed) - set(rules.names))
        if unknown:
            raise ValueError(f"fixed: got {unknown}; give names of {rules.names}")
        row = checked_states(np.asarray(state)[None], rules.domains, rules.names)[0]
        differs = (rules.bodies != VOID) & (rules.bodies != row)
        barred = np.array([name in fixed for name in rules.names])
        allowed = ~(differs & barred).any(1)
        indices = np.flatnonzero(allowed)
        if not len(indices):
            return None
        indices = indices[np.argsort(differs[indices].sum(1), kind="stable")]
        bodies = rules.bodies[indices]
        changed = np.where(bodies == VOID, row, bodies)
        leads = self.predict(changed).labels == head
        if not leads.any():
            return None
        index = int(indices[leads.argmax()])
        places = np.flatnonzero(differs[index])
        return Change(
            {
                rules.names[place]: (int(row[place]), int(rules.bodies[index, place]))
                for place in places
            },
            index,
        )

    def to_text(self) -> str:
        """All rules of possibility, head after head."""
        return "\n".join(rules.to_text() for rules in self.possible if len(rules))


def learn_program(
    table: StateTable,
    learner: Learner = pride,
    *,
    weighted: bool = False,
    **options: object,
) -> Program:
    """Learn the rules of every head.

    Args:
        table: the observed states.
        learner: `support.rules.pride.pride` or `support.rules.gula.gula`.
        weighted: learn rules of impossibility too; PRIDE alone can.
        options: of the learner.

    Returns:
        The program; on the observed states of a deterministic black box a plain
        one is right without exception.

    Raises:
        RuleExplosionError: of the learner, with the rules of the heads before it as
            ``finished``.
        ValueError: as the learner does, or it cannot learn impossibility.

    >>> table = StateTable([[0, 0], [0, 1], [1, 0], [1, 1]], [0, 1, 1, 0])
    >>> program = learn_program(table)
    >>> program.predict(table.states).labels.tolist()
    [0, 1, 1, 0]
    """
    if weighted and "impossible" not in inspect.signature(learner).parameters:
        raise ValueError(
            f"weighted: {getattr(learner, '__name__', learner)} learns no rules of "
            "impossibility; give pride, or weighted=False"
        )
    heads = range(table.heads)
    finished: list[RuleSet] = []  # keeps what was learned before an error
    try:
        finished.extend(learner(table, head, **options) for head in heads)
        if weighted:
            options["impossible"] = True
            finished.extend(learner(table, head, **options) for head in heads)
    except RuleExplosionError as error:
        error.finished = finished
        raise
    possible, against = finished[: len(heads)], finished[len(heads) :]
    return Program(possible, table, against or None)


def _largest(matches: list[np.ndarray], weights: list[np.ndarray]) -> np.ndarray:
    """(n, heads): the largest weight of a matching rule, 0 where none matches."""
    return np.stack(
        [
            (found * weight).max(1, initial=0)
            for found, weight in zip(matches, weights, strict=True)
        ],
        axis=1,
    ).astype(float)

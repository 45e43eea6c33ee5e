"""Rules of one head: what they match, what they subsume, how they read."""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import ArrayLike

from support.rules.states import StateTable, checked_states

__all__ = ["RuleSet"]

VOID = -1


class RuleSet:
    r"""Rules with one head, in an order that depends on their content alone.

    A body is a row of one integer a variable, the value that the variable must
    have, or -1 where the rule does not ask.  A rule **matches** a state that
    agrees with all its conditions; it **subsumes** a rule whose conditions
    include its own.

    Args:
        head: the label that the rules allow.
        bodies: (m, F) integers, -1 for no condition; equal rows count once.
        table: whose variables, domains and names the rules speak of.

    Raises:
        ValueError: the bodies have another width, are no integers or hold a value
            outside its domain, or the label is not one of the table's.

    >>> table = StateTable([[0, 1], [1, 0]], [0, 1], names=["a", "b"])
    >>> print(RuleSet(1, [[1, -1], [-1, 0]], table).to_text())
    y(1) :- a(1).
    y(1) :- b(0).
    """

    def __init__(self, head: int, bodies: ArrayLike, table: StateTable) -> None:
        width = len(table.domains)
        rows = np.asarray(bodies)
        rows = rows.reshape(-1, width) if rows.size == 0 else rows
        if rows.size and rows.dtype.kind not in "iu":
            raise ValueError(f"bodies: got {rows.dtype}; give integers, -1 for none")
        rows = rows.astype(np.int64)
        if not 0 <= head < table.heads:
            raise ValueError(f"head: got {head}; give one of 0 to {table.heads - 1}")
        if rows.ndim != 2 or rows.shape[1] != width:
            raise ValueError(
                f"bodies: got shape {rows.shape}; give (m, {width}), -1 for none"
            )
        if rows.size and ((rows < VOID) | (rows >= np.array(table.domains))).any():
            raise ValueError(
                f"bodies: a value lies outside the domains {table.domains}"
            )
        self.head = head
        self.names, self.domains = table.names, table.domains
        self.target = table.target
        self.bodies = _canonical(rows)

    def __len__(self) -> int:
        return len(self.bodies)

    def __iter__(self) -> Iterator[np.ndarray]:
        return iter(self.bodies)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RuleSet):
            return NotImplemented
        return self.head == other.head and np.array_equal(self.bodies, other.bodies)

    def __hash__(self) -> int:
        return hash((self.head, self.bodies.tobytes()))

    def __repr__(self) -> str:
        return f"RuleSet({self.target}={self.head}, {len(self)} rules)"

    def __contains__(self, body: ArrayLike) -> bool:
        return bool((self.bodies == np.asarray(body)).all(1).any())

    @property
    def lengths(self) -> np.ndarray:
        """(m,) number of conditions of each rule."""
        return (self.bodies != VOID).sum(1)

    def matches(self, states: ArrayLike) -> np.ndarray:
        """Which rules match which states.

        Args:
            states: (n, F) integers.

        Returns:
            (n, m) bool; memory is of order n m.

        Raises:
            ValueError: floats, another width, or a code outside its domain.
        """
        rows = checked_states(states, self.domains, self.names)
        result = np.ones((len(rows), len(self)), bool)
        # A table a variable turns the comparison into one look-up a state.
        for column, size, wanted in zip(
            rows.T, self.domains, self.bodies.T, strict=True
        ):
            agrees = (wanted == VOID) | (np.arange(size)[:, None] == wanted)
            result &= agrees[column]
        return result

    def subsumes(self, other: "RuleSet") -> np.ndarray:
        """Whether rule i of this set subsumes rule j of another: (m, k) bool."""
        wanted = self.bodies[:, None]
        return ((wanted == VOID) | (wanted == other.bodies[None])).all(2)

    def coverage(self, states: ArrayLike) -> np.ndarray:
        """(m,) how many of the given states each rule matches."""
        return self.matches(states).sum(0)

    def conditions(self, index: int) -> dict[str, int]:
        """The conditions of one rule, by name."""
        body = self.bodies[index]
        return {
            name: int(value)
            for name, value in zip(self.names, body, strict=True)
            if value != VOID
        }

    def to_text(self, values: Sequence[Sequence[str]] | None = None) -> str:
        """The rules as a logic program, a line each.

        Args:
            values: names of each variable's values; numbers where left out.
        """
        return "\n".join(self._line(body, values) for body in self.bodies)

    def _line(self, body: np.ndarray, values: Sequence[Sequence[str]] | None) -> str:
        atoms = [
            f"{name}({values[index][value] if values else value})"
            for index, (name, value) in enumerate(zip(self.names, body, strict=True))
            if value != VOID
        ]
        head = f"{self.target}({self.head})"
        return f"{head} :- {', '.join(atoms)}." if atoms else f"{head}."


def _canonical(rows: np.ndarray) -> np.ndarray:
    """Distinct rows, short rules first, then by their first conditions."""
    rows = np.unique(rows, axis=0)
    asked = rows != VOID
    keys = [*rows.T[::-1], *(~asked).T[::-1], asked.sum(1)]
    return rows[np.lexsort(keys)] if len(rows) else rows

"""Observed transitions as a table of discrete states, and how to make one."""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

# Learners hold a row of bits for each value, so that far-flung codes would fill any
# memory: a code is the number of a value, not the value.
_MOST_VALUES = 2**20

__all__ = ["StateTable", "checked_states", "discretise", "quantile_cuts"]


class StateTable:
    r"""States over finite domains, each seen with one or more labels.

    For a label $v$ the **positives** $P_v$ are the distinct states seen at least
    once with $v$, the **negatives** $N_v$ the distinct states never seen with
    it.  A state seen with two labels is a positive of both: rules say what is
    possible, not what must happen.

    Args:
        states: (n, F) integers or bools, column f in 0..domains[f]-1.
        labels: (n,) integers or bools in 0..heads-1.
        domains: number of values of each variable; the largest value seen plus
            one where it is left out.
        names: of the variables; x0, x1, ... where left out.
        heads: number of labels; the largest seen plus one where left out.
        target: name of what the labels are values of.

    Raises:
        ValueError: floats, negative codes, codes of a million and more, a code
            outside its domain, lengths that differ, no variable, or names that are not
            one a variable.

    Source: Ribeiro, Folschette, Magnin & Inoue, Learning any memory-less discrete
    semantics for dynamical systems represented by logic programs, 2021, section 2.

    >>> table = StateTable([[0, 1], [1, 1], [1, 1]], [0, 1, 0])
    >>> table.positives(0).tolist(), table.negatives(0).tolist()
    ([[0, 1], [1, 1]], [])
    """

    def __init__(
        self,
        states: ArrayLike,
        labels: ArrayLike,
        domains: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
        heads: int | None = None,
        target: str = "y",
    ) -> None:
        self.states = _codes(states, "states", 2)
        self.labels = _codes(labels, "labels", 1)
        count, width = self.states.shape
        if width < 1:
            raise ValueError("states: got no column; give at least one variable")
        if len(self.labels) != count:
            raise ValueError(
                f"labels: got {len(self.labels)} for {count} states; give one a state"
            )
        seen = self.states.max(0, initial=-1) + 1
        self.domains = tuple(
            int(size) for size in (seen if domains is None else domains)
        )
        self.names = tuple(names or (f"x{index}" for index in range(width)))
        for name, given in (("domains", self.domains), ("names", self.names)):
            if len(given) != width:
                raise ValueError(
                    f"{name}: got {len(given)} for {width} variables; give one each"
                )
        if max(self.domains) > _MOST_VALUES:
            raise ValueError(
                f"domains: got {max(self.domains)} values; give {_MOST_VALUES} at most"
            )
        if len(set(self.names)) < width:
            raise ValueError(f"names: got {self.names}; give each variable its own")
        checked_states(self.states, self.domains, self.names)
        labels_seen = int(self.labels.max(initial=-1)) + 1
        self.heads = labels_seen if heads is None else int(heads)
        if labels_seen > self.heads:
            raise ValueError(
                f"labels: got {labels_seen - 1}; with heads={self.heads} they are 0 "
                f"to {self.heads - 1}"
            )
        self.target = target

    @cached_property
    def _grouped(self) -> tuple[np.ndarray, np.ndarray]:
        """Distinct states in the order of their first sight, and labels seen."""
        first, group = distinct_rows(self.states, self.domains)
        seen = np.zeros((len(first), self.heads), bool)
        seen[group, self.labels] = True
        return self.states[first], seen

    @property
    def distinct(self) -> np.ndarray:
        """(u, F) distinct states, in the order in which they were first seen."""
        return self._grouped[0]

    @property
    def seen(self) -> np.ndarray:
        """(u, heads) bool: the labels that each distinct state was seen with."""
        return self._grouped[1]

    def positives(self, head: int) -> np.ndarray:
        """Distinct states seen at least once with a label.

        Args:
            head: the label.

        Returns:
            (p, F) integers, in the order of their first sight.

        Raises:
            ValueError: the label is outside 0..heads-1.
        """
        return self.distinct[self.seen[:, self._checked(head)]]

    def negatives(self, head: int) -> np.ndarray:
        """Distinct states never seen with a label; as `positives`."""
        return self.distinct[~self.seen[:, self._checked(head)]]

    def _checked(self, head: int) -> int:
        if not 0 <= head < self.heads:
            raise ValueError(f"head: got {head}; give one of 0 to {self.heads - 1}")
        return head


def checked_states(
    states: ArrayLike, domains: Sequence[int], names: Sequence[str]
) -> np.ndarray:
    """Refuse what is no state of these variables; an index would take it silently.

    Args:
        states: (n, F) integers, column f in 0..domains[f]-1.
        domains: number of values of each variable.
        names: of the variables.

    Returns:
        The states as int64.

    Raises:
        ValueError: floats, another width, or a code outside its domain.
    """
    rows = _codes(states, "states", 2)
    if rows.shape[1] != len(domains):
        raise ValueError(
            f"states: got shape {rows.shape}; give (n, {len(domains)}), a column for "
            f"each of {', '.join(names)}"
        )
    seen = rows.max(0, initial=-1)
    for name, size, most in zip(names, domains, seen, strict=True):
        if most >= size:
            raise ValueError(
                f"states: {name} holds {most}; its domain is 0 to {size - 1}"
            )
    return rows


def distinct_rows(
    rows: np.ndarray, domains: Sequence[int]
) -> tuple[np.ndarray, np.ndarray]:
    """First place of each distinct row, in order of sight, and each row's group.

    Args:
        rows: (n, F) integers within the domains.
        domains: number of values of each column.

    Returns:
        (u,) places and (n,) numbers of the group in 0..u-1.
    """
    if not domains:  # without a variable all rows are one
        return np.arange(min(1, len(rows))), np.zeros(len(rows), np.int64)
    if np.prod([float(size) for size in domains]) < 2**62:
        strides = np.cumprod([1, *domains[:-1]], dtype=np.int64)
        keys: np.ndarray = rows @ strides
        _, first, group = np.unique(keys, return_index=True, return_inverse=True)
    else:
        _, first, group = np.unique(
            rows, axis=0, return_index=True, return_inverse=True
        )
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    return first[order], rank[group.reshape(-1)]


def quantile_cuts(values: ArrayLike, bins: int) -> np.ndarray:
    r"""Cuts that split a sample into bins of equal size.

    Args:
        values: (n,) finite numbers, for instance the training scores.
        bins: q, at least 2.

    Returns:
        (q-1,) increasing cuts, the quantiles at $1/q,\dots,(q-1)/q$.

    Raises:
        ValueError: fewer than two bins, values that are not finite, or so many
            equal values that two cuts fall together.

    >>> quantile_cuts([0.0, 1.0, 2.0, 3.0], 2)
    array([1.5])
    """
    if bins < 2:
        raise ValueError(f"bins: got {bins}; give at least 2")
    numbers = _finite(values)
    if not numbers.size:
        raise ValueError("values: got none; give a sample")
    cuts = np.quantile(numbers, np.arange(1, bins) / bins)
    if (np.diff(cuts) <= 0).any():
        raise ValueError(
            f"values: {bins} bins put two cuts on one value ({cuts.tolist()}); give "
            "fewer bins"
        )
    return cuts


def discretise(values: ArrayLike, cuts: ArrayLike) -> np.ndarray:
    """Number of the bin that each value falls into; bins are open on the right.

    Args:
        values: (n,) finite numbers.
        cuts: (q-1,) strictly increasing; a value equal to a cut belongs above it.

    Returns:
        (n,) int64 in 0..q-1.

    Raises:
        ValueError: values that are not finite, or cuts that do not increase.

    >>> discretise([0.0, 1.0, 2.0], [1.0]).tolist()
    [0, 1, 1]
    """
    edges = np.asarray(cuts, float)
    bad = edges.ndim != 1 or not np.isfinite(edges).all()
    if bad or not (np.diff(edges) > 0).all():
        raise ValueError(f"cuts: got {edges.tolist()}; give strictly increasing ones")
    return np.searchsorted(edges, _finite(values), side="right").astype(np.int64)


def _codes(values: ArrayLike, name: str, dimensions: int) -> np.ndarray:
    array = np.asarray(values)
    if array.size == 0 and array.ndim == dimensions:
        array = array.astype(np.int64)
    if array.dtype.kind not in "biu" or array.ndim != dimensions:
        raise ValueError(
            f"{name}: got {array.dtype} of {array.ndim} dimensions; give integers "
            f"of {dimensions}"
        )
    if array.size and array.min() < 0:
        raise ValueError(f"{name}: got {array.min()}; codes start at 0")
    if array.size and array.max() >= _MOST_VALUES:
        raise ValueError(
            f"{name}: got {array.max()}; codes number the values, 0, 1, 2, ..., to "
            f"{_MOST_VALUES - 1} at most: give the inverse of np.unique, or bins"
        )
    return array.astype(np.int64)


def _finite(values: ArrayLike) -> np.ndarray:
    array = np.asarray(values, float)
    if not np.isfinite(array).all():
        bad = array[~np.isfinite(array)][0]
        raise ValueError(f"values: got {bad}; give finite numbers")
    return array

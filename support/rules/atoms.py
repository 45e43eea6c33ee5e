"""States and rules as sets of atoms, packed into machine words.

An atom is a variable with a value.  A set of atoms is a row of 64-bit words;
"rule matches state" and "rule subsumes rule" both become "no bit of one lies
outside the other", which a processor answers for 64 atoms at a time.
"""

from collections.abc import Sequence

import numpy as np

__all__ = ["AtomCode"]


class AtomCode:
    """Packs rows of values into words and back.

    Args:
        domains: number of values of each variable.
    """

    def __init__(self, domains: Sequence[int]) -> None:
        self.domains = tuple(domains)
        self.offsets = np.cumsum([0, *self.domains[:-1]])
        total = sum(self.domains)
        self.words = max(1, -(-total // 64))
        positions = np.arange(total)
        #: (atoms, words): the set that holds one atom alone.
        self.single = np.zeros((total, self.words), np.uint64)
        self.single[positions, positions // 64] = np.uint64(1) << (
            positions % 64
        ).astype(np.uint64)
        self.variable = np.repeat(np.arange(len(self.domains)), self.domains)
        self.value = positions - self.offsets[self.variable]
        whole = np.zeros((len(self.domains), self.words), np.uint64)
        np.bitwise_or.at(whole, self.variable, self.single)
        #: (atoms, words): all atoms of the variable that an atom belongs to.
        self.around = whole[self.variable]

    def pack(self, rows: np.ndarray) -> np.ndarray:
        """(n, F) values, -1 for none, to (n, words) sets."""
        packed = np.zeros((len(rows), self.words), np.uint64)
        for offset, column in zip(self.offsets, rows.T, strict=True):
            given = column >= 0
            packed[given] |= self.single[offset + column[given]]
        return packed

    def unpack(self, packed: np.ndarray) -> np.ndarray:
        """(n, words) sets with one atom a variable at most, to (n, F) values."""
        rows = np.full((len(packed), len(self.domains)), -1, np.int64)
        for atom, single in enumerate(self.single):
            holds = ((packed & single) != 0).any(1)
            rows[holds, self.variable[atom]] = self.value[atom]
        return rows

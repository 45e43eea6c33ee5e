"""What a reader gives: a table with a row a sample, and the samples themselves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from support.data.own.table import GivenDataError

__all__ = ["Given"]


@dataclass(frozen=True)
class Given:
    """A reader's data as they were read.

    Attributes:
        where: the folder or file, for messages.
        table: a row a sample, no value missing; the names of files are left out.
        x: of images (n, channels, height, width) float32 in [0, 1], of vectors (n, d)
            float32, else None.
        waves: of recordings, one (samples,) float32 array a row.
        rate: of these, in samples a second.
    """

    where: str
    table: pd.DataFrame
    x: Tensor | None = None
    waves: Sequence[np.ndarray] = ()
    rate: int = 0

    def __len__(self) -> int:
        return len(self.table)

    @property
    def samples(self) -> Tensor:
        """The images or vectors."""
        assert self.x is not None
        return self.x

    def refused(self, what: str, remedy: str) -> GivenDataError:
        """The error that says what is wrong with these data, and what to do."""
        return GivenDataError(f"{self.where}: {what}. {remedy}")

    def classes(
        self, column: str, *, least: int = 2, most: int = 100, rows: int = 1
    ) -> tuple[np.ndarray, tuple[str, ...]]:
        """Number the values of a column.

        Args:
            column: its name.
            least: distinct values that it must have.
            most: distinct values that it may have.
            rows: that each value must have.

        Returns:
            (n,) int64 numbers from 0, and the values in their order as words.

        Raises:
            GivenDataError: too few or too many values, or too few rows of one.
        """
        given = self.table[column]
        plain = given.to_numpy() if given.dtype.kind in "biuf" else given.astype(str)
        values, numbers, counts = np.unique(
            plain, return_inverse=True, return_counts=True
        )
        words = tuple(map(str, values))
        if not least <= len(values) <= most:
            shown = ", ".join([*words[:5], *["..."][: len(words) > 5]])
            remedy = "add rows of others" if len(values) < least else "merge some"
            raise self.refused(
                f"column {column!r} has {len(values)} distinct values ({shown})"
                f"{_no_number(given)}",
                f"Give {least} to {most}: {remedy}, or leave out a column that need "
                "not be there.",
            )
        if counts.min() < rows:
            rare = words[counts.argmin()]
            raise self.refused(
                f"column {column!r} holds {rare} in {counts.min()} row(s)",
                f"Give each value {rows} rows or more, or merge it with another.",
            )
        return numbers.reshape(-1).astype(np.int64), words

    def parts(
        self, source: torch.Generator, share: float, by: str = ""
    ) -> tuple[np.ndarray, np.ndarray]:
        """Cut the rows at random into those to learn from and those to judge on.

        Args:
            source: draws the cut.
            share: of the rows, or of the values of ``by``, to learn from.
            by: a column whose values stay together, such as who speaks.

        Returns:
            Row numbers of both parts, each in a random order.
        """
        group = np.arange(len(self))
        if by:
            group = self.classes(by, most=len(self))[0]
        drawn = torch.randperm(int(group.max()) + 1, generator=source).numpy()
        known = drawn[: min(max(1, round(share * len(drawn))), len(drawn) - 1)]
        order = torch.randperm(len(self), generator=source).numpy()
        inside = np.isin(group[order], known)
        return order[inside], order[~inside]

    def __str__(self) -> str:
        what = {0: "rows", 2: "vectors", 4: "pictures"}[
            0 if self.x is None else self.x.ndim
        ]
        if self.rate:
            seconds = sum(map(len, self.waves)) / self.rate
            what = f"recordings ({seconds:.0f} s in all)"
        columns = ", ".join(map(str, self.table.columns))
        return f"{self.where}: {len(self)} {what}; columns {columns or 'none'}"


def _no_number(column: pd.Series) -> str:
    """Name what makes words of a column of numbers, where it is a tenth at most."""
    if column.dtype.kind in "biuf":
        return ""
    numbers = pd.to_numeric(column.astype(str), errors="coerce").astype(float)
    odd = np.flatnonzero(~(numbers.abs() < 2.0**63))
    if not 0 < len(odd) <= len(column) / 10:
        return ""
    return f", and {column.iloc[odd[0]]} in row {odd[0] + 1} is no number that fits"

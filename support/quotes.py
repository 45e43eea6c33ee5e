"""Numbers of the record in a sentence: means over seeds, with their intervals."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from support.claims import load_claims
from support.metrics.intervals import mean_interval
from support.records import Records

__all__ = ["Quote", "claimed", "folder_of", "quote"]


@dataclass(frozen=True)
class Interval:
    """A lower and an upper end, shown as ``[0.1, 0.3]``."""

    low: float
    high: float
    spec: str

    def __format__(self, spec: str) -> str:
        return f"[{self.low:{spec or self.spec}}, {self.high:{spec or self.spec}}]"


class Quote:
    """One quantity over the recorded seeds, as a template names its parts.

    ``{x}`` is the mean, ``{x.interval}`` the 95 % interval of the mean, and
    ``{x.low}`` and ``{x.high}`` are its ends; ``{x.n}`` counts the seeds,
    ``{x.above}`` and ``{x.below}`` those on which it is above and below 0;
    ``{x.least}`` and ``{x.most}`` are single seeds'.  The mean and the interval
    take a format: ``{x:.0f}``, ``{x.interval:.0f}``.

    Args:
        values: (n,) one a seed; NaN where a seed has none.
        spec: the format where the template gives none.
    """

    def __init__(self, values: ArrayLike, spec: str = ".2f") -> None:
        row: NDArray[np.float64] = np.asarray(values, dtype=float)
        self.values = row[~np.isnan(row)]
        self.spec = spec

    def __format__(self, spec: str) -> str:
        return format(self.mean, spec or self.spec)

    @property
    def n(self) -> int:
        """How many seeds it was measured on."""
        return len(self.values)

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return float(self.values.mean())

    @property
    def least(self) -> float:
        """Of one seed."""
        return float(self.values.min())

    @property
    def most(self) -> float:
        """Of one seed."""
        return float(self.values.max())

    @property
    def above(self) -> int:
        """How many seeds have more than 0."""
        return int((self.values > 0).sum())

    @property
    def below(self) -> int:
        """How many seeds have less than 0."""
        return int((self.values < 0).sum())

    @cached_property
    def interval(self) -> Interval:
        """Of the mean, at 95 %."""
        return Interval(*mean_interval(self.values), self.spec)

    @property
    def low(self) -> float:
        """The interval's lower end."""
        return self.interval.low

    @property
    def high(self) -> float:
        """The interval's upper end."""
        return self.interval.high


def quote(template: str, quotes: Mapping[str, Quote]) -> str:
    """Fill a sentence with quantities of the record; ``{n}`` counts the seeds.

    Args:
        template: a sentence with fields such as ``{gain:.1f}``.
        quotes: by the names in the template; each has two seeds at least.

    >>> gain = Quote([1.0, 2.0, 3.0])
    >>> quote("{gain:.0f} over {n} seeds, {gain.above} above 0", {"gain": gain})
    '2 over 3 seeds, 3 above 0'
    """
    counts = sorted({one.n for one in quotes.values()})
    n = str(counts[0]) if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    fields: dict[str, Any] = {"n": n, **quotes}
    return template.format(**fields)


def claimed(name: str, chapter: str, setting: tuple[str, str]) -> Quote:
    """A claim over the recorded seeds of a setting, in its own decimals.

    Args:
        name: such as ``3b``, or ``concepts.2a`` of another chapter.
        chapter: whose lesson asks, in its folder.
        setting: profile and data set.

    Raises:
        ValueError: there is no such claim; the message lists those that there are.
    """
    slug, _, number = name.rpartition(".")
    slug = slug or chapter
    folder = folder_of(slug, chapter)
    if not folder.exists() and "COURSE_ROOT" not in os.environ:
        return Quote([])  # this chapter was downloaded alone
    claims = {claim.id: claim for claim in load_claims(folder / "claims.yml")}
    if (claim := claims.get(f"{slug}.{number}")) is None:
        raise ValueError(f"claim: got {name!r}; {slug} has {list(claims)}")
    records = Records.read(folder / "results.json").of(setting)
    values = records.values(claim.id, terms=claim.terms)
    return Quote(values, f".{claim.digits}f")


def folder_of(slug: str, chapter: str) -> Path:
    """The folder of a chapter, seen from a lesson that runs in its own."""
    if slug == chapter:
        return Path()
    root = os.environ.get("COURSE_ROOT")
    return Path(root, "chapters", slug) if root else Path("..", slug)

"""The record of a chapter: what each seed measured, read in this one place.

``results.json`` lies beside a lesson and is written by the runner alone.  A lesson
quotes it, the ledger judges it, the book draws it: all of them ask `Records`.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["PROFILES", "Record", "Records", "Setting", "record_seeds"]

PROFILES = ("quick", "full")
_SCHEMA = 1
#: The seeds of the record: nothing is looked at on them before. Those of development
#: are 0 to 99.
_EMBEDDED_SEEDS = range(1000, 1020)
_REAL_SEEDS = range(1000, 1010)
#: Parts that a record has only where they are known.
_WHERE_KNOWN = ("failures", "terms", "commit", "committed", "claims_committed")


def record_seeds(dataset: str) -> range:
    """The seeds on which a data set is recorded, once, after its claims are committed.

    >>> record_seeds("embedded"), len(record_seeds("fsdd"))
    (range(1000, 1020), 10)
    """
    return _EMBEDDED_SEEDS if dataset == "embedded" else _REAL_SEEDS


class Setting(NamedTuple):
    """A profile and a data set: what runs have in common whose seeds are averaged."""

    profile: str = "quick"
    dataset: str = "embedded"

    @property
    def words(self) -> str:
        """Both in words, such as ``quick profile, embedded data``."""
        return f"{self.profile} profile, {self.dataset} data"

    @property
    def place(self) -> tuple[int, bool, str]:
        """By which settings are sorted: quick before full, embedded before others."""
        return PROFILES.index(self.profile), self.dataset != "embedded", self.dataset


@dataclass(frozen=True, kw_only=True)
class Record:
    """What one run measured, and where it comes from.

    Attributes:
        chapter: whose lesson ran.
        profile: ``quick`` or ``full``.
        dataset: ``embedded`` or the name of a corpus.
        method: the reader's own, ``package.module:callable``; empty for the book's.
        seed: everything random derives from it.
        claims: the statistic of each claim, by its id.
        scores: each method's metrics, by the method's name.
        failures: why a reader's method did not finish.
        versions: of Python and the packages that compute.
        device: the processor.
        precision: of the models' numbers.
        peak_gpu_bytes: largest memory taken on a GPU.
        peak_rss_bytes: largest resident memory.
        wall_s: seconds, the start of the kernel included.
        code_digest: of the code that ran.
        data_digest: of the data that it read.
        recorded: when, for people; nothing is ordered by it.
        terms: of each claim that was measured, a digest of what decides its verdict.
        commit: of the project, whose code made it.
        committed: when that was committed.
        claims_committed: when the chapter's claims were last committed before.
    """

    profile: str
    dataset: str
    method: str
    seed: int
    claims: Mapping[str, float]
    chapter: str = ""
    scores: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    failures: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, str] | None = None
    device: str | None = None
    precision: str | None = None
    peak_gpu_bytes: int | None = None
    peak_rss_bytes: int = 0
    wall_s: float = 0.0
    code_digest: str = ""
    data_digest: str = ""
    recorded: str = ""
    terms: Mapping[str, str] = field(default_factory=dict)
    commit: str = ""
    committed: str = ""
    claims_committed: str = ""

    def __post_init__(self) -> None:
        def refuse(name: str, wanted: str) -> None:
            raise ValueError(f"{name}: got {getattr(self, name)!r}; {wanted}")

        for name in ("dataset", "method", "chapter"):
            if not isinstance(getattr(self, name), str):
                refuse(name, "a record names it by a text")
        if self.profile not in PROFILES:
            refuse("profile", "a record has 'quick' or 'full'")
        if isinstance(self.seed, bool) or not isinstance(self.seed, int):
            refuse("seed", "a record has a whole number")
        if not _numbers(self.claims):
            refuse("claims", "a record has a finite number by each claim's id")
        rows = self.scores
        if not isinstance(rows, Mapping) or not all(map(_numbers, rows.values())):
            refuse("scores", "a record has finite numbers by method and metric")

    @classmethod
    def of(cls, content: Any) -> "Record":
        """Check what was read from a file.

        Raises:
            ValueError: a part is missing, unknown or of another kind.
        """
        known = [part.name for part in fields(cls)]
        needed = ("profile", "dataset", "method", "seed", "claims")
        if not isinstance(content, Mapping):
            raise ValueError(f"a record is {content!r}, not a mapping")
        missing = [name for name in needed if name not in content]
        unknown = sorted(set(content) - set(known))
        if missing or unknown:
            raise ValueError(f"a record lacks {missing} and has unknown {unknown}")
        return cls(**content)

    @property
    def setting(self) -> Setting:
        """Its profile and data set."""
        return Setting(self.profile, self.dataset)

    @property
    def identity(self) -> tuple[str, str, str, int]:
        """What tells it from others of its chapter; a second one takes its place."""
        return self.profile, self.dataset, self.method, self.seed

    @property
    def content(self) -> dict[str, Any]:
        """As it is written to a file; what few records have only where it is known."""
        found = asdict(self)
        for name in _WHERE_KNOWN:
            if not found[name]:
                del found[name]
        return found


@dataclass(frozen=True)
class Records:
    """The records of a chapter, or some of them, by profile, data, method and seed.

    >>> run = Record(profile="quick", dataset="embedded", method="", seed=3,
    ...              claims={"x.1": 0.5}, scores={"mean": {"EER": 0.25}})
    >>> some = Records([run])
    >>> some.of(Setting()).values("x.1")
    array([0.5])
    >>> 100 * some.of(Setting()).scores("mean", "EER")
    array([25.])
    """

    all: Sequence[Record] = ()

    def __post_init__(self) -> None:
        ordered = tuple(sorted(self.all, key=lambda one: one.identity))
        object.__setattr__(self, "all", ordered)

    def __iter__(self) -> Iterator[Record]:
        return iter(self.all)

    def __len__(self) -> int:
        return len(self.all)

    @classmethod
    def read(cls, path: str | Path) -> "Records":
        """Read a ``results.json``; an absent or empty one has no records.

        Raises:
            ValueError: the file is damaged or of another schema.
        """
        path = Path(path)
        try:
            text = path.read_text("utf-8") if path.exists() else ""
            if not text.strip():
                return cls()
            content = json.loads(text)
            if content["schema"] != _SCHEMA:
                raise ValueError(f"schema {content['schema']}, not {_SCHEMA}")
            return cls([Record.of(one) for one in content["records"]])
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ValueError(
                f"{path}: is no valid record file ({error}); take it from the "
                "project's history, or remove it and record the seeds again"
            ) from error

    def text(self, chapter: str) -> str:
        """The text of a ``results.json``, the same for the same records."""
        content = {
            "schema": _SCHEMA,
            "chapter": chapter,
            "records": [record.content for record in self],
        }
        return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"

    def merged(self, new: Iterable[Record]) -> "Records":
        """With new records, in the place of those of the same identity."""
        found = {record.identity: record for record in (*self, *new)}
        return Records(list(found.values()))

    @property
    def settings(self) -> list[Setting]:
        """Those that occur: quick before full, embedded data before others."""
        found = {record.setting for record in self}
        return sorted(found, key=lambda one: one.place)

    @property
    def methods(self) -> list[str]:
        """The readers' methods that occur, the empty name of the book's own first."""
        return sorted({record.method for record in self})

    @property
    def seeds(self) -> list[int]:
        """Of each record, in the order in which its values are given."""
        return [record.seed for record in self]

    def of(self, setting: tuple[str, str], method: str | None = "") -> "Records":
        """Those of one setting and one method, the book's by default; None for all."""
        return Records(
            [
                record
                for record in self
                if record.setting == setting and method in (None, record.method)
            ]
        )

    def values(self, claim: str, terms: str = "") -> NDArray[np.float64]:
        """The statistic of a claim, one a record; NaN where a run has none.

        Args:
            claim: its id.
            terms: of the claim today; a value that was measured under others is NaN.
        """
        return np.array(
            [
                math.nan
                if terms and one.terms.get(claim, terms) != terms
                else one.claims.get(claim, math.nan)
                for one in self
            ]
        )

    def count(self, claim: str, terms: str = "") -> int:
        """How many records measured a claim, under its terms of today."""
        return int(np.isfinite(self.values(claim, terms)).sum())

    def scores(self, method: str, metric: str) -> NDArray[np.float64]:
        """A metric of a method in the comparison, one a record.

        Differences and ratios of two such rows are paired by seed.

        Returns:
            (seeds,) numbers; NaN where a run does not have it.
        """
        rows = (one.scores.get(method, {}) for one in self)
        return np.array([row.get(metric, math.nan) for row in rows])


def _numbers(row: Any) -> bool:
    return isinstance(row, Mapping) and all(
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
        for value in row.values()
    )

"""A claim: one sentence of a paper, or about one, made measurable before any run.

It is written in ``claims.yml`` beside its chapter: what is measured, on which data, in
which direction, beyond which margin, and why that margin.  How it fared over the seeds
is said in :mod:`support.judgements`.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any, Literal, get_args

import yaml

from support.verdicts import KINDS, Kind

__all__ = ["RECORD_MIME", "SYMBOLS", "Claim", "load_claims"]

RECORD_MIME = "application/vnd.course.record+json"
SYMBOLS = {"greater": ">", "less": "<", "within": "|·| ≤"}
Origin = Literal[
    "printed",
    "figure",
    "released data",
    "review",
    "replication",
    "summary",
    "none",
]
Bearing = Literal["for", "against", "neither"]
_NO_FIGURE = "none found"
#: What decides a verdict: a record made under other terms is not judged.
_TERMS = ("id", "kind", "statistic", "direction", "margin", "no_effect", "reads")


@dataclass(frozen=True, kw_only=True)
class Claim:
    """One measurable sentence.

    Args:
        id: chapter and number, such as ``concepts.2``.
        kind: ``paper``, a sentence that the paper makes; ``theorem``, a theorem, an
            identity or two implementations that must agree, whose statistic is a
            deviation and whose margin is a bound of rounding; ``ours``, a question
            of the book.
        statement: one whole sentence that can be read alone.
        where: where in the paper it stands.
        paper: the paper's figure and its setting, or ``none found``.
        paper_value: that figure in the unit of the statistic, where it is the same
            measure.
        origin: of the paper's figure: ``printed``, ``figure`` (read off an axis),
            ``released data``, ``review``, ``replication``, ``summary`` or ``none``.
        statistic: what is measured here, in words.
        unit: of the statistic; empty for a pure number.
        direction: ``greater`` or ``less`` than the margin, or ``within`` it
            (the absolute value is at most the margin).
        margin: fixed before the record.
        no_effect: the value that means "no effect", such as the chance level.
        digits: decimals shown.
        tolerance: how far the statistic of one seed may move between machines.
        margin_from: why this margin, in one sentence.
        pilot: ``{seeds, value}``, where a pilot was seen before the margin was fixed.
        baseline: of a comparison: the rival, and how it was tuned.
        reads: the data sets on which it is measured; elsewhere it is not judged.
        same_as: the claim, of another chapter, that measures this number; it is
            neither measured nor counted here.
        amended: ``[{date, what}]``, changes of wording after a record.
        bears: of a question of ours: ``for``, ``against`` or ``neither``, what a
            "found" would mean to the paper's thesis.
        not_testable: why it cannot be tested here; then nothing is measured.

    Raises:
        ValueError: an entry that says too little, or contradicts itself.
    """

    id: str
    kind: Kind
    statement: str
    where: str
    paper: str = ""
    paper_value: float | None = None
    origin: Origin | None = None
    statistic: str = ""
    unit: str = ""
    direction: Literal["greater", "less", "within"] = "greater"
    margin: float = 0.0
    no_effect: float = 0.0
    digits: int = 3
    tolerance: float = 0.0
    margin_from: str = ""
    pilot: Mapping[str, Any] | None = None
    baseline: str = ""
    reads: tuple[str, ...] = ()
    same_as: str = ""
    amended: tuple[Mapping[str, Any], ...] = ()
    bears: Bearing | None = None
    not_testable: str = ""

    def __post_init__(self) -> None:
        for name in ("reads", "amended"):
            if isinstance(getattr(self, name), list):
                object.__setattr__(self, name, tuple(getattr(self, name)))
        self._check_words()
        if not self.measured:
            for name in ("statistic", "margin_from", "reads"):
                if getattr(self, name):
                    self._refuse(name, "nothing: the claim is not measured here")
            return
        self._check_measure()

    def _refuse(self, name: str, wanted: str) -> None:
        raise ValueError(
            f"claim {self.id!r}: {name} is {getattr(self, name)!r}; give {wanted}"
        )

    def _check_words(self) -> None:
        for name in ("id", "statement", "where"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                self._refuse(name, "a text")
        if self.kind not in KINDS:
            self._refuse("kind", "paper, theorem or ours")
        if self.kind == "paper":
            if not self.paper or not isinstance(self.paper, str):
                self._refuse("paper", f"the paper's figure, or {_NO_FIGURE!r}")
            if self.origin not in get_args(Origin):
                self._refuse("origin", f"one of {', '.join(get_args(Origin))}")
            if (self.origin == "none") != (self.paper == _NO_FIGURE):
                self._refuse("origin", f"none where paper is {_NO_FIGURE!r}, only")
        if (self.kind == "ours") != (self.bears in get_args(Bearing)):
            self._refuse("bears", "for, against or neither, to a question of ours only")
        if self.not_testable and self.kind != "paper":
            self._refuse("kind", "paper, for only a paper's claim may stay untested")
        if self.not_testable and self.same_as:
            self._refuse("same_as", "nothing: the claim is not testable")
        for entry in self.amended:
            if not isinstance(entry, Mapping) or set(entry) != {"date", "what"}:
                self._refuse("amended", "a list of {date, what}")
            if not isinstance(entry["date"], date):
                self._refuse("amended", "each date as year-month-day")

    def _check_measure(self) -> None:
        for name in ("statistic", "margin_from"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                self._refuse(name, "one sentence")
        if not self.reads or not all(isinstance(name, str) for name in self.reads):
            self._refuse("reads", "the data sets on which it is measured")
        if self.direction not in SYMBOLS:
            self._refuse("direction", "greater, less or within")
        if self.kind == "theorem" and self.direction != "within":
            self._refuse("direction", "within: a theorem bounds a deviation")
        for name in ("margin", "no_effect", "tolerance"):
            if not _is_number(getattr(self, name)):
                self._refuse(name, "a number")
        if self.paper_value is not None and not _is_number(self.paper_value):
            self._refuse("paper_value", "a number")
        if self.direction == "greater" and self.margin <= self.no_effect:
            self._refuse("margin", f"more than no_effect, {self.no_effect}")
        if self.direction == "less" and self.margin >= self.no_effect:
            self._refuse("margin", f"less than no_effect, {self.no_effect}")
        if self.direction == "within" and self.margin < 0:
            self._refuse("margin", "at least 0")
        if self.tolerance < 0:
            self._refuse("tolerance", "at least 0")
        if self.pilot is not None and (
            not isinstance(self.pilot, Mapping)
            or set(self.pilot) != {"seeds", "value"}
            or not _is_number(self.pilot["value"])
        ):
            self._refuse("pilot", "{seeds: how many or which, value: a number}")

    @property
    def measured(self) -> bool:
        """Whether a run of this chapter measures it."""
        return not self.not_testable and not self.same_as

    @property
    def terms(self) -> str:
        """A digest of what decides its verdict; wording changes nothing."""
        decides = [getattr(self, name) for name in _TERMS]
        text = json.dumps(decides, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    @property
    def wanted(self) -> str:
        """The margin in words of mathematics, such as ``> 0.12``."""
        if not self.measured:
            return "–"
        unit = f" {self.unit}" if self.unit else ""
        return f"{SYMBOLS[self.direction]} {self.margin:g}{unit}"

    def shown(self, value: float) -> str:
        """A value with the claim's decimals; tiny ones in powers of ten."""
        if value and abs(value) < 10**-self.digits / 2:
            return f"{value:.0e}"
        return f"{value:.{self.digits}f}"


def load_claims(path: str | Path) -> list[Claim]:
    """Read a chapter's ``claims.yml``.

    Raises:
        ValueError: the file is missing or unreadable, an entry has an unknown
            key or a bad value, or an id occurs twice.
    """
    path = Path(path)
    try:
        entries = yaml.safe_load(path.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise ValueError(f"{path}: cannot be read as claims: {error}") from None
    if not isinstance(entries, list) or not entries:
        raise ValueError(f"{path}: give a list of claims, each with an id")
    known = [part.name for part in fields(Claim)]
    needed = {part.name for part in fields(Claim) if part.default is MISSING}
    claims: list[Claim] = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise ValueError(f"{path}: entry {number} is {entry!r}; give keys")
        unknown = sorted(set(entry) - set(known))
        missing = sorted(needed - set(entry))
        if unknown or missing:
            raise ValueError(
                f"{path}: entry {number} has unknown keys {unknown} and lacks "
                f"{missing}; the keys are {known}"
            )
        try:
            claims.append(Claim(**entry))
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error
    ids = [claim.id for claim in claims]
    if doubled := sorted({name for name in ids if ids.count(name) > 1}):
        raise ValueError(f"{path}: ids occur twice: {doubled}")
    return claims


def _is_number(value: Any) -> bool:
    return (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and math.isfinite(value)
    )

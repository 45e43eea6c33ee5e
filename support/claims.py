"""A paper's claim, its measured verdict, and its record in the notebook.

A claim is one sentence of the paper made measurable.  It is written in
``claims.yml`` beside its chapter before any run: what is measured, in which
direction, and beyond which margin it counts as reproduced.  A lesson measures
it once a seed; the verdict is about the interval over seeds.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np
import yaml

from support.metrics.intervals import mean_interval
from support.records import Records, Setting
from support.verdicts import KINDS, VERDICTS, Kind, Verdict

__all__ = [
    "MINIMUM_SEEDS",
    "RECORD_MIME",
    "Claim",
    "Judgement",
    "judge",
    "judge_all",
    "load_claims",
    "tally",
]

RECORD_MIME = "application/vnd.course.record+json"
MINIMUM_SEEDS = {"quick": 10, "full": 5}
_BOOK = Setting()
_PAPERS: tuple[Verdict, ...] = ("reproduced", "inconclusive", "contradicted")
_OURS: tuple[Verdict, ...] = ("found", "undecided", "not found")
SYMBOLS = {"greater": ">", "less": "<", "within": "|·| ≤"}


@dataclass(frozen=True)
class Claim:
    """One measurable sentence of a paper.

    Args:
        id: chapter and number, such as ``concepts.2``.
        statement: the sentence.
        where: where in the paper it stands.
        paper: the paper's figure as printed, or that none was found.
        statistic: what is measured here, in words.
        direction: ``greater`` or ``less`` than the margin, or ``within`` it
            (the absolute value is at most the margin).
        margin: fixed before the run; the interval must lie wholly beyond it.
        no_effect: the value that means "no effect".
        digits: decimals shown.
        tolerance: how far the statistic of one seed may move between machines.
        not_testable: why it cannot be tested here; then nothing is measured.
        kind: ``paper``, a sentence that the paper makes; ``theorem``, a theorem, an
            identity or two implementations that must agree, whose statistic is a
            deviation and whose margin is a bound of rounding; ``ours``, a question
            of the book.
    """

    id: str
    statement: str
    where: str
    paper: str
    statistic: str = ""
    direction: Literal["greater", "less", "within"] = "greater"
    margin: float = 0.0
    no_effect: float = 0.0
    digits: int = 3
    tolerance: float = 0.0
    not_testable: str = ""
    kind: Kind = "paper"

    def __post_init__(self) -> None:
        def refuse(name: str, wanted: str) -> None:
            raise ValueError(
                f"claim {self.id!r}: {name} is {getattr(self, name)!r}; give {wanted}"
            )

        for name in ("id", "statement", "where", "paper"):
            if not isinstance(getattr(self, name), str) or not getattr(self, name):
                refuse(name, "a text")
        if self.kind not in KINDS:
            refuse("kind", "paper, theorem or ours")
        if self.not_testable:
            if self.kind != "paper":
                refuse("kind", "paper, for only a paper's claim may stay untested")
            return
        if not self.statistic:
            refuse("statistic", "what is measured, in words")
        if self.direction not in SYMBOLS:
            refuse("direction", "greater, less or within")
        if self.kind == "theorem" and self.direction != "within":
            refuse("direction", "within: a theorem bounds a deviation")
        for name in ("margin", "no_effect", "tolerance"):
            number = getattr(self, name)
            if isinstance(number, bool) or not isinstance(number, int | float):
                refuse(name, "a number")
        if self.direction == "greater" and self.margin < self.no_effect:
            refuse("margin", f"at least no_effect, {self.no_effect}")
        if self.direction == "less" and self.margin > self.no_effect:
            refuse("margin", f"at most no_effect, {self.no_effect}")
        if self.direction == "within" and self.margin < 0:
            refuse("margin", "at least 0")
        if self.tolerance < 0:
            refuse("tolerance", "at least 0")

    @property
    def wanted(self) -> str:
        """The margin in words of mathematics, such as ``> 0.12``."""
        if self.not_testable:
            return "–"
        return f"{SYMBOLS[self.direction]} {self.margin:g}"

    def shown(self, value: float) -> str:
        """A value with the claim's decimals; tiny ones in powers of ten."""
        if value and abs(value) < 10**-self.digits / 2:
            return f"{value:.0e}"
        return f"{value:.{self.digits}f}"


@dataclass(frozen=True)
class Judgement:
    """What the seeds say of a claim: the mean, its interval, one verdict.

    A theorem has no interval, and its largest deviation in the place of the mean.
    """

    claim: Claim
    verdict: Verdict
    seeds: int
    mean: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @property
    def ours(self) -> str:
        """Mean and interval, or largest deviation, in the claim's decimals."""
        if self.seeds == 0:
            return "–"
        shown = self.claim.shown
        if self.claim.kind == "theorem":
            return f"at most {shown(self.mean)}"
        if math.isnan(self.low):
            return shown(self.mean)
        return f"{shown(self.mean)} [{shown(self.low)}, {shown(self.high)}]"


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
    known = [field.name for field in fields(Claim)]
    claims: list[Claim] = []
    for number, entry in enumerate(entries, 1):
        if not isinstance(entry, dict):
            raise ValueError(f"{path}: entry {number} is {entry!r}; give keys")
        unknown = sorted(set(entry) - set(known))
        missing = sorted({"id", "statement", "where", "paper"} - set(entry))
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


def judge(claim: Claim, values: Sequence[float], *, minimum: int = 10) -> Judgement:
    """Hold a claim to its values over seeds.

    The 95 % interval of the mean (by means of subsets) decides.  Of a paper's claim:
    wholly beyond the margin is *reproduced*; beyond the null but not the margin is
    *direction only*; wholly on the other side of the null is *contradicted*; else
    *inconclusive*.  A ``within`` claim is reproduced when the interval lies inside
    the margin and contradicted when it lies wholly outside.  Of a question of ours:
    beyond the margin is *found*, wholly short of it *not found*, else *undecided*.
    A theorem *holds* when no seed deviates by more than the margin.

    Args:
        claim: the claim.
        values: one statistic a seed.
        minimum: fewer seeds than this give no verdict but "too few seeds".
    """
    if claim.not_testable:
        return Judgement(claim, "not testable here", 0)
    count = len(values)
    if not count:
        return Judgement(claim, "no record yet", 0)
    verdict: Verdict = "too few seeds"
    if claim.kind == "theorem":
        largest = max(map(abs, values))
        if count >= minimum:
            verdict = "holds" if largest <= claim.margin else "fails"
        return Judgement(claim, verdict, count, largest)
    mean = math.fsum(values) / count
    if count < 2:
        return Judgement(claim, verdict, count, mean)
    low, high = mean_interval(values)
    if count >= minimum:
        verdict = _verdict(claim, low, high)
    return Judgement(claim, verdict, count, mean, low, high)


def _verdict(claim: Claim, low: float, high: float) -> Verdict:
    asked = claim.kind == "ours"
    yes, unsure, no = _OURS if asked else _PAPERS
    margin = claim.margin
    null = margin if asked else claim.no_effect
    if claim.direction == "within":
        if -margin <= low and high <= margin:
            return yes
        return no if low > margin or high < -margin else unsure
    if claim.direction == "less":  # the mirror image of "greater"
        low, high, margin, null = -high, -low, -margin, -null
    if low > margin:
        return yes
    if low > null:
        return "direction only"
    return no if high < null else unsure


def judge_all(
    claims: Sequence[Claim], records: Records, setting: tuple[str, str] = _BOOK
) -> list[Judgement]:
    """Hold claims to the recorded seeds of one setting, those of the book's methods.

    Args:
        claims: of a chapter.
        records: of the same chapter.
        setting: profile and data set.
    """
    own = records.of(setting)
    values = (own.values(claim.id) for claim in claims)
    minimum = MINIMUM_SEEDS[setting[0]]
    return [
        judge(claim, row[~np.isnan(row)].tolist(), minimum=minimum)
        for claim, row in zip(claims, values, strict=True)
    ]


def tally(judgements: Iterable[Judgement]) -> list[str]:
    """Count verdicts by kind, a line a kind: what the papers say is never added up.

    Returns:
        Such as ``"61 claims of the papers, in 82 judgements: 38 reproduced, ..."``.
    """
    judgements = list(judgements)
    lines = []
    for kind, names in KINDS.items():
        found = [item for item in judgements if item.claim.kind == kind]
        counts = Counter(item.verdict for item in found)
        claims = len({item.claim.id for item in found})
        if not found:
            continue
        judged = "" if claims == len(found) else f", in {len(found)} judgements"
        words = ", ".join(f"{counts[one]} {one}" for one in VERDICTS if one in counts)
        lines.append(f"{claims} {names[claims > 1]}{judged}: {words}")
    return lines

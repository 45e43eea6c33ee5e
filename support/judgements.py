"""What the seeds say of claims: intervals, sign-flip tests, Holm's correction.

A paper's claim is reproduced where the interval of its mean lies wholly beyond the
margin *and* the test against the margin passes after Holm's correction among the
chapter's claims of that kind on that data.  Theorems have a largest deviation, our own
questions an interval; neither is counted among the papers' claims.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from support.claims import Claim
from support.metrics.intervals import holm, mean_interval, sign_flip_test
from support.records import Records, Setting
from support.verdicts import KINDS, VERDICTS, Verdict

__all__ = ["MINIMUM_SEEDS", "Judgement", "judge", "judge_all", "tally"]

#: Fewer give no verdict, in any profile.
MINIMUM_SEEDS = 10
_LEVEL = 0.05
_FEW = 5  # distinct values
_BOOK = Setting()
_PAPERS: tuple[Verdict, ...] = ("reproduced", "inconclusive", "contradicted")
_OURS: tuple[Verdict, ...] = ("found", "undecided", "not found")


@dataclass(frozen=True)
class Judgement:
    """What the seeds say of a claim: the mean, its interval, one verdict.

    A theorem has no interval, and its largest deviation in the place of the mean.

    Attributes:
        claim: what was judged.
        verdict: in one word.
        seeds: how many values.
        mean: of the values.
        low: the lower end of its 95 % interval.
        high: the upper end.
        p: one-sided, of the sign-flip test against the margin; of two such tests the
            larger for a ``within`` claim.
        corrected: p after Holm's correction; NaN for what is no paper's claim.
        among: how many claims were corrected together.
        distinct: how many different values there are, up to rounding.
        dataset: on which the seeds were run; empty where it was judged alone.
    """

    claim: Claim
    verdict: Verdict
    seeds: int
    mean: float = math.nan
    low: float = math.nan
    high: float = math.nan
    p: float = math.nan
    corrected: float = math.nan
    among: int = 0
    distinct: int = 0
    dataset: str = ""

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

    @property
    def held_back(self) -> bool:
        """Whether the correction alone keeps it from being reproduced."""
        return (
            self.verdict in ("direction only", "inconclusive")
            and self.corrected > _LEVEL
            and _verdict(self.claim, self.low, self.high) == "reproduced"
        )

    @property
    def remarks(self) -> list[str]:
        """What a reader should know beside the verdict, in words."""
        found = []
        if self.held_back:
            found.append(
                f"reproduced alone, not among the chapter's {self.among} claims"
            )
        if self.seeds >= MINIMUM_SEEDS and self.claim.kind != "theorem":
            if self.distinct == 1:
                found.append("the same value on every seed")
            elif self.distinct < _FEW:
                found.append(f"only {self.distinct} different values")
        return found


def judge(claim: Claim, values: Sequence[float]) -> Judgement:
    """Hold one claim to its values over seeds, as if it were alone.

    The 95 % interval of the mean (by means of subsets) decides.  Of a paper's claim:
    wholly beyond the margin is *reproduced*; beyond the null but not the margin is
    *direction only*; wholly on the other side of the null is *contradicted*; else
    *inconclusive*.  A ``within`` claim is reproduced when the interval lies inside
    the margin and contradicted when it lies wholly outside.  Of a question of ours:
    beyond the margin is *found*, wholly short of it *not found*, else *undecided*.
    A theorem *holds* when no seed deviates by more than the margin.

    Args:
        claim: the claim.
        values: one statistic a seed; with fewer than ten there is no verdict.
    """
    if claim.not_testable:
        return Judgement(claim, "not testable here", 0)
    count = len(values)
    if not count:
        return Judgement(claim, "no record yet", 0)
    enough = count >= MINIMUM_SEEDS
    verdict: Verdict = "too few seeds"
    if claim.kind == "theorem":
        largest = max(map(abs, values))
        if enough:
            verdict = "holds" if largest <= claim.margin else "fails"
        return Judgement(claim, verdict, count, largest)
    mean = math.fsum(values) / count
    if count < 2:
        return Judgement(claim, verdict, count, mean)
    sample = np.asarray(values, dtype=float)
    low, high = mean_interval(values)
    if enough:
        verdict = _verdict(claim, low, high)
    return Judgement(
        claim,
        verdict,
        count,
        mean,
        low,
        high,
        p=_p_value(claim, sample),
        distinct=_distinct(sample),
    )


def judge_all(
    claims: Sequence[Claim], records: Records, setting: tuple[str, str] = _BOOK
) -> list[Judgement]:
    """Hold a chapter's claims to the recorded seeds of one setting, together.

    Args:
        claims: of a chapter.
        records: of the same chapter; those of the book's own methods are judged.
        setting: profile and data set.

    Returns:
        One for each claim that reads this data set or is not testable; a claim that
        reads other data, or is measured in another chapter, has none.
    """
    own = records.of(setting)
    chosen = [
        claim
        for claim in claims
        if claim.not_testable or (claim.measured and setting[1] in claim.reads)
    ]
    found = []
    for claim in chosen:
        row = own.values(claim.id, terms=claim.terms)
        one = judge(claim, row[~np.isnan(row)].tolist())
        found.append(replace(one, dataset=setting[1]))
    return _together(found)


def _together(found: Sequence[Judgement]) -> list[Judgement]:
    """Correct the papers' claims among themselves, and take back what then fails."""
    family = [
        place
        for place, item in enumerate(found)
        if item.claim.kind == "paper" and item.seeds >= MINIMUM_SEEDS
    ]
    corrected = holm([found[place].p for place in family])
    result = list(found)
    for place, p in zip(family, corrected.tolist(), strict=True):
        item = result[place]
        verdict = item.verdict
        if verdict == "reproduced" and p > _LEVEL:
            within = item.claim.direction == "within"
            verdict = "inconclusive" if within else "direction only"
        result[place] = replace(item, verdict=verdict, corrected=p, among=len(family))
    return result


def _p_value(claim: Claim, values: NDArray[np.float64]) -> float:
    if claim.direction == "within":
        return max(
            sign_flip_test(values + claim.margin, alternative="greater"),
            sign_flip_test(values - claim.margin, alternative="less"),
        )
    return sign_flip_test(values - claim.margin, alternative=claim.direction)


def _distinct(values: NDArray[np.float64]) -> int:
    """How many values differ by more than rounding, seen on their own scale."""
    gaps = np.diff(np.sort(values))
    return 1 + int((gaps > 1e-9 * np.abs(values).max()).sum())


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


def tally(judgements: Iterable[Judgement]) -> list[str]:
    """Count verdicts, a line a kind: what the papers say is never added up with ours.

    Embedded and real data have counts of their own; a claim that reads two real
    corpora counts on each of them, and one that is not testable counts once.

    Returns:
        Such as ``"61 claims of the papers: on embedded data 38 reproduced, 2
        contradicted; on real data 20 reproduced; 4 not testable here"``.
    """
    judgements = list(judgements)
    lines = []
    for kind, names in KINDS.items():
        found = [item for item in judgements if item.claim.kind == kind]
        claims = {item.claim.id for item in found}
        if not found:
            continue
        tested = [item for item in found if not item.claim.not_testable]
        places = {
            "": [one for one in tested if not one.dataset],
            "on embedded data ": [one for one in tested if one.dataset == "embedded"],
            "on real data ": [
                one for one in tested if one.dataset not in ("", "embedded")
            ],
        }
        words = [place + _counts(items) for place, items in places.items() if items]
        if closed := len(claims - {item.claim.id for item in tested}):
            words.append(f"{closed} not testable here")
        lines.append(f"{len(claims)} {names[len(claims) > 1]}: {'; '.join(words)}")
    return lines


def _counts(judgements: Sequence[Judgement]) -> str:
    counts = Counter(item.verdict for item in judgements)
    several = {"holds": "hold", "fails": "fail"}
    return ", ".join(
        f"{counts[one]} {several.get(one, one) if counts[one] > 1 else one}"
        for one in VERDICTS
        if one in counts
    )

"""Three drawings of many verdicts at once, as SVG in the page, without a script.

All claims of the papers by chapter; what one seed would have said; and what becomes on
real data of a verdict on embedded data.
"""

from collections import Counter
from collections.abc import Sequence
from html import escape

import numpy as np
from numpy.typing import NDArray

from support.claims import Claim
from support.course.pages.held import numbered
from support.course.pages.marks import counted, figure, papers_claims
from support.course.project.project import Project
from support.course.results.reading import records_of
from support.judgements import Judgement
from support.records import Setting
from support.verdicts import VERDICTS, Verdict

__all__ = ["both_data", "one_seed", "picture"]

_PITCH, _ROW, _RIGHT = 13.5, 42, 196  # of the picture, in pixels
_WIDTH = 2 * _RIGHT
_BAR = 100  # of all seeds
_VERDICTS: tuple[Verdict, ...] = (
    "reproduced",
    "direction only",
    "inconclusive",
    "contradicted",
)


def picture(project: Project) -> str:
    """A shape for each claim of a paper: embedded data at the left, real at the right.

    Returns:
        A figure in HTML; the table below it says the same to a screen reader.
    """
    chapters = numbered(project)
    if not chapters:
        return "No chapter has claims yet."
    parts = [
        f'<text class="head" x="{left}" y="12">{words}</text>'
        for words, left in (("embedded data", 0), ("real data", _RIGHT))
    ]
    every: dict[bool, list[Judgement]] = {False: [], True: []}
    for place, (number, chapter) in enumerate(chapters):
        y = 38 + _ROW * place
        name = escape(f"{number}. {chapter.title}")
        parts.append(f'<text x="0" y="{y}">{name}</text>')
        for real, left in ((False, 0), (True, _RIGHT)):
            items = papers_claims(chapter, real=real)
            every[real] += items
            parts.append(_shapes(items, left, y + 18))
    words = "; ".join(
        f"on {data} data {counted(every[real])}"
        for real, data in ((False, "embedded"), (True, "real"))
    )
    return figure(
        "".join(parts),
        (_WIDTH, 38 + _ROW * len(chapters) - 14),
        f"A shape a claim, by chapter: {words}. The table below has the numbers.",
        f"One shape a claim of the papers: {_legend(every)}.",
    )


def _shapes(items: Sequence[Judgement], left: float, y: float) -> str:
    counts = Counter(item.verdict for item in items)
    parts, done = [], 0
    for verdict, shape in VERDICTS.items():
        if count := counts[verdict]:
            places = " ".join(
                f"{left + _PITCH * (done + one):g}" for one in range(count)
            )
            parts.append(
                f'<text class="mark-{verdict.replace(" ", "-")}" x="{places}" '
                f'y="{y}">{shape * count}</text>'
            )
            done += count
    return "".join(parts) or f'<text x="{left}" y="{y}">–</text>'


def _legend(every: dict[bool, list[Judgement]]) -> str:
    seen = {item.verdict for items in every.values() for item in items}
    return ", ".join(f"{VERDICTS[one]} {one}" for one in VERDICTS if one in seen)


def one_seed(project: Project) -> str:
    """How often a single seed lies beyond the margin, by the verdict of all of them."""
    shares: dict[tuple[Verdict, bool], list[float]] = {}
    for _, chapter in numbered(project):
        records = records_of(chapter)
        for real in (False, True):
            for item in papers_claims(chapter, real=real):
                own = records.of(Setting("quick", item.dataset))
                values = own.values(item.claim.id, terms=item.claim.terms)
                values = values[np.isfinite(values)]
                if len(values):
                    passed = float(np.mean(_beyond(item.claim, values)))
                    shares.setdefault((item.verdict, real), []).append(passed)
    parts, said = [], []
    for place, verdict in enumerate(_VERDICTS):
        y = 20 + 62 * place
        parts.append(f'<text x="0" y="{y}">{VERDICTS[verdict]} {verdict}</text>')
        for line, real in enumerate((False, True)):
            data = "real" if real else "embedded"
            found = shares.get((verdict, real), [])
            mean = sum(found) / len(found) if found else 0.0
            top = y + 8 + 19 * line
            several = "s" if len(found) > 1 else ""
            split = sum(0 < share < 1 for share in found)
            words = f"{100 * mean:.0f} % of seeds, {len(found)} claim{several}"
            words = f"{words}, {split} split" if found else "no claim"
            parts.append(
                f'<rect class="bar-{data}" x="68" y="{top}" width="{_BAR * mean:.0f}" '
                f'height="14"/><text class="small" x="0" y="{top + 11}">{data}</text>'
                f'<text class="small" x="{74 + _BAR * mean:.0f}" y="{top + 11}">'
                f"{words}</text>"
            )
            said.append(f"{verdict} on {data} data: {words}")
    return figure(
        "".join(parts),
        (380, 20 + 62 * len(_VERDICTS) - 10),
        "Share of single seeds beyond the margin, by the verdict of all seeds. "
        + "; ".join(said) + ".",
        "How often a single seed lies on the wanted side of the margin, by what all "
        "seeds together say: the mean over the claims of each verdict. Split claims "
        "have seeds on both sides.",
    )  # fmt: skip


def _beyond(claim: Claim, values: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which seeds lie on the wanted side of the margin."""
    if claim.direction == "within":
        return np.abs(values) <= claim.margin
    if claim.direction == "greater":
        return values > claim.margin
    return values < claim.margin


def both_data(project: Project) -> str:
    """The verdicts of claims that are tested on both: embedded down, real across."""
    pairs = _pairs(project)
    counts = Counter(pairs)
    pitch, left, top = 66, 118, 52
    parts = [
        f'<text class="small" x="{left}" y="12">on real data →</text>',
        f'<text class="small" x="0" y="{top - 8}">on embedded ↓</text>',
    ]
    said = []
    for row, here in enumerate(_VERDICTS):
        y = top + pitch * row
        x, above = left + pitch * row + pitch // 2, 30 if row % 2 else 44
        parts.append(
            f'<text x="0" y="{y + 37}">{VERDICTS[here]} {here}</text>'
            f'<text class="small middle" x="{x}" y="{above}">{here}</text>'
        )
        for column, there in enumerate(_VERDICTS):
            count = counts[here, there]
            x = left + pitch * column + pitch // 2
            beside = 0.0  # a number stands in its circle where it has room there
            if count:
                size = 30 * (count / max(counts.values())) ** 0.5
                beside = 0.0 if size > 11 else size + 7
                kind = "same" if here == there else "other"
                parts.append(
                    f'<circle class="{kind}" cx="{x}" cy="{y + 33}" r="{size:.1f}"/>'
                )
                said.append(f"{here} on embedded, {there} on real data: {count}")
            shown = count or "·"
            parts.append(
                f'<text class="middle" x="{x + beside:g}" y="{y + 38}">{shown}</text>'
            )
    held = [there for here, there in pairs if here == "reproduced"]
    again = sum(there == "reproduced" for there in held)
    return figure(
        "".join(parts),
        (left + pitch * 4 + 10, top + pitch * 4),
        "Claims by their verdicts on both data. " + "; ".join(said) + ".",
        "Claims of the papers by their verdict on embedded data and on real data: "
        f"{len(held)} that were reproduced on embedded data are tested on real data "
        f"too, and {again} of these were reproduced there.",
    )


def _pairs(project: Project) -> list[tuple[Verdict, Verdict]]:
    """The two verdicts of each claim, once for each real corpus that it reads."""
    found = []
    for _, chapter in numbered(project):
        here = {i.claim.id: i.verdict for i in papers_claims(chapter, real=False)}
        found += [
            (here[item.claim.id], item.verdict)
            for item in papers_claims(chapter, real=True)
            if item.claim.id in here
        ]
    return found

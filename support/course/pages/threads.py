"""The threads that run through several papers: their claims, drawn on one scale.

``book/threads.yml`` says which claims belong to a thread; ``book/held.md`` has the
words.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from html import escape
from pathlib import Path

import yaml

from support.claims import Claim
from support.course.pages.forest import common, forest, strokes
from support.course.pages.held import numbered
from support.course.pages.html_tables import Cell, Row, anchor, html_table
from support.course.pages.marks import bearing, counted, figure
from support.course.project.chapters import Chapter
from support.course.project.project import Project
from support.course.results.reading import judged_everywhere
from support.judgements import Judgement
from support.verdicts import VERDICTS, badge

__all__ = ["load_threads", "thread", "thread_makers"]


#: A claim's chapter with its number, and the claim's judgements.
_Found = tuple[int, Chapter, list[Judgement]]
_ROW, _RIGHT = 46, 206  # of the drawing, in pixels


def load_threads(root: Path) -> dict[str, dict[str, str]]:
    """The claims of each thread and their few words; none where there is no file."""
    path = root / "book" / "threads.yml"
    return dict(yaml.safe_load(path.read_text("utf-8"))) if path.is_file() else {}


def thread_makers(project: Project) -> dict[str, Callable[[], str]]:
    """What makes each thread's drawing, by the name that a page asks for."""
    return {
        f"thread_{name}": partial(thread, project, name, claims)
        for name, claims in load_threads(project.root).items()
    }


def thread(project: Project, name: str, claims: Mapping[str, str]) -> str:
    """The claims of a thread with their intervals, embedded beside real data.

    Args:
        project: whose chapters; claims of one that is not written are left out.
        name: of the thread.
        claims: a few words by the claims' ids, in the order of the rows.

    Returns:
        A drawing in which no effect and the margin have the same places in all rows,
        and below it, folded, the claims in full with their numbers.
    """
    found = _judged(project, claims)
    if not found:
        return "No claim of this thread is written yet."
    total = [item for _, _, items in found.values() for item in items]
    summary = "; ".join(
        f"on {data} data {counted(_on(total, real=data == 'real'))}"
        for data in ("embedded", "real")
    )
    chapters = len({number for number, _, _ in found.values()})
    drawing = figure(
        _drawing(found, claims),
        (2 * _RIGHT - 20, 24 + _ROW * len(found)),
        f"{len(found)} rows of claims with their intervals. In all, {summary}. The "
        "table below has the claims in full, with the numbers.",
        f"{len(found)} claims and questions of {chapters} chapters: {summary}.",
    )
    table = html_table(
        anchor("thread", name),
        "The claims of this thread in full",
        ["Claim", "Embedded data", "Real data"],
        [
            Row(Cell(_head(number, chapter, items[0].claim)), _cells(items))
            for number, chapter, items in found.values()
        ],
        noun="",
        kind="claims-table",
    )
    return (
        f"{drawing}\n<details><summary>The claims in full, with their numbers</summary>"
        f"{table}</details>"
    )


def _drawing(found: Mapping[str, _Found], claims: Mapping[str, str]) -> str:
    parts = [
        f'<text class="head" x="{left}" y="12">{words}</text>'
        for words, left in (("embedded data", 0), ("real data", _RIGHT))
    ]
    for place, (name, (number, _, items)) in enumerate(found.items()):
        y = 38 + _ROW * place
        words = escape(f"{number}. {claims[name]}")
        parts.append(f'<text x="0" y="{y}">{words}</text>')
        for real, left in ((False, 0), (True, _RIGHT)):
            here = _on(items, real=real)[:1]
            parts += [_strip(item, left, y + 4) for item in here]
    return "".join(parts)


def _strip(item: Judgement, left: int, top: int) -> str:
    """The verdict's shape and the interval; the word where there is no interval."""
    shape, kind = VERDICTS[item.verdict], f"mark-{item.verdict.replace(' ', '-')}"
    text = f'<text class="{kind}" x="{left}" y="{top + 14}">{shape}</text>'
    if drawn := strokes(item, common(item.claim)):
        place = f"translate({left + 20} {top})"
        return f'{text}<g class="forest-row" transform="{place}">{drawn}</g>'
    word = f'<text class="small" x="{left + 20}" y="{top + 13}">{item.verdict}</text>'
    return text + word


def _judged(project: Project, claims: Iterable[str]) -> dict[str, _Found]:
    """Each claim with its chapter and its judgements in the quick profile."""
    found: dict[str, _Found] = {}
    for number, chapter in numbered(project):
        if not any(name.startswith(f"{chapter.slug}.") for name in claims):
            continue
        for items in judged_everywhere(chapter, profile="quick").values():
            for item in items:
                row = found.setdefault(item.claim.id, (number, chapter, []))
                row[2].append(item)
    return {name: found[name] for name in claims if name in found}


def _on(items: Iterable[Judgement], *, real: bool) -> list[Judgement]:
    return [item for item in items if (item.dataset != "embedded") == real]


def _cells(items: Sequence[Judgement]) -> list[Cell]:
    return [
        Cell("".join(map(_drawn, _on(items, real=real))) or "–")
        for real in (False, True)
    ]


def _head(number: int, chapter: Chapter, claim: Claim) -> str:
    kind = {"paper": "the paper", "theorem": "a theorem", "ours": "our question"}
    said = ", ".join(filter(None, (kind[claim.kind], bearing(claim))))
    return (
        f'<small>{number}. <a href="../chapters/{chapter.slug}/lesson.html">'
        f"{escape(chapter.title)}</a>, {said}</small><p>"
        f'<a href="claims.html#{claim.id}">{escape(claim.statement)}</a></p>'
    )


def _drawn(item: Judgement) -> str:
    numbers = f"<small>{item.ours.replace('-', '−')}</small>" if item.seeds else ""
    return badge(item.verdict) + forest(item, common(item.claim)) + numbers

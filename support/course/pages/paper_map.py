"""The map of the book: a card a chapter, what builds on what, ways through it.

A chapter has one number, its paper's place in ``book/papers.yml``; the sidebar and the
bibliography count alike.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from support.course.pages.markdown import lesson_link
from support.course.pages.marks import marks, papers_claims
from support.course.project.chapters import Chapter
from support.course.project.papers import PARTS, prerequisites
from support.course.project.project import Project
from support.course.project.words import duration

__all__ = ["chapter_graph", "paper_map", "paths"]

#: For whom, why these chapters, and where the way leads.
_PATHS = (
    (
        "You read",
        "What a representation holds, how one would know, and what follows for people.",
        ("concepts", "unlearning", "recruitment", "lfit"),
    ),
    (
        "You work with it",
        "Losses and measures to take home, each with the rivals that it has to beat.",
        ("similarity", "recruitment", "auc_verification", "dereverberation"),
    ),
    (
        "You teach",
        "Chapters that need little before them, and whose puzzle starts a discussion.",
        ("concepts", "recruitment", "multiclass_auc", "supervectors"),
    ),
)
_LINE, _GUTTER, _DOT = 24, 56, 5  # of the drawing, in pixels
_LETTER = 7.2  # the width of one, generously


def paper_map(project: Project) -> str:
    """The chapters by part as cards, in MyST; those not yet written are marked so."""
    written = {chapter.slug: chapter for chapter in project.chapters}
    lines = []
    for part, name in PARTS.items():
        lines += [f"### {part}. {name}", ""]
        for number, paper in enumerate(project.papers, 1):
            if paper["part"] == part:
                lines += _card(project, paper, number, written.get(paper["slug"]))
    return "\n".join(lines)


def _card(
    project: Project, paper: Mapping[str, Any], number: int, chapter: Chapter | None
) -> list[str]:
    slug = paper["slug"]
    head = f"**{_title(paper, chapter)}**"
    state = "Not yet written"
    if chapter:
        head = f"**{lesson_link(chapter)}**"
        state = f"{chapter.minutes} min"
    lines = [
        f"::::{{div}} paper paper-{'written' if chapter else 'planned'}",
        f'<span class="paper-number">{number}</span>',
        "",
        f'{head} <span class="paper-state">{state}</span>',
        "",
        f"Read this if you ask: *{paper['question']}*",
        "",
        f"The paper's idea: {paper['sentence']}",
        "",
    ]
    if chapter and (verdicts := _verdicts(chapter)):
        lines += [f'<span class="paper-verdicts">{verdicts}</span>', ""]
    if before := _listed(project, paper.get("after", ())):
        lines += [f'<span class="paper-after">Builds on </span>{before}', ""]
    return [
        *lines,
        f'<span class="paper-source">The paper: <cite>{escape(paper["title"])}</cite>. '
        f"{escape(paper['authors'])}. {escape(paper['venue'])}, {paper['year']}. "
        f"</span>[arXiv:{paper['arxiv']}](https://arxiv.org/abs/{paper['arxiv']})"
        f'<span class="paper-source">, bibliography </span>{{cite:label}}`{slug}`',
        "::::",
        "",
    ]


def _title(paper: Mapping[str, Any], chapter: Chapter | None) -> str:
    """The chapter's own title; of one not yet written its subject."""
    if chapter:
        return chapter.title
    return str(paper["slug"]).replace("_", " ").capitalize()


def _verdicts(chapter: Chapter) -> str:
    """The paper's claims on embedded and on real data, a shape each."""
    found = {
        data: papers_claims(chapter, real=data == "real")
        for data in ("embedded", "real")
    }
    if not any(found.values()):
        return ""
    return "; ".join(
        f"{data} data {marks(items, f'Claims of the paper on {data} data')}"
        for data, items in found.items()
    )


def _listed(project: Project, slugs: Iterable[str]) -> str:
    """Chapters by number and title, those that are written as links."""
    chosen, written = set(slugs), {one.slug: one for one in project.chapters}
    found = []
    for number, paper in enumerate(project.papers, 1):
        if (slug := paper["slug"]) in chosen:
            chapter = written.get(slug)
            name = f"{number}. {_title(paper, chapter)}"
            unwritten = f"{name} (not yet written)"
            found.append(lesson_link(chapter, name) if chapter else unwritten)
    return ", ".join(found)


def chapter_graph(project: Project) -> str:
    """What builds on what: a drawing of arcs, and below it the same in words."""
    written = {chapter.slug: chapter for chapter in project.chapters}
    places = _places(project)
    arcs, rows, said, free = [], [], [], []
    longest = 0
    for number, paper in enumerate(project.papers, 1):
        slug, after = paper["slug"], paper.get("after", ())
        arcs += [_arc(places[other], places[slug]) for other in after]
        name = f"{number}. {_title(paper, written.get(slug))}"
        longest = max(longest, len(name))
        rows.append(
            f'<circle class="{"needs" if after else "free"}" cx="{_GUTTER}" '
            f'cy="{places[slug]}" r="{_DOT}"/>'
            f'<text x="{_GUTTER + 14}" y="{places[slug] + 4}">{escape(name)}</text>'
        )
        if after:
            listed = _listed(project, [slug]), _listed(project, after)
            said.append("- {} builds on {}.".format(*listed))
        else:
            free.append(slug)
    said.append(f"- Nothing before them: {_listed(project, free)}.")
    width = round(_GUTTER + 14 + _LETTER * longest)
    height = max(places.values(), default=0) + _LINE // 2
    words = (
        f"{len(project.papers)} chapters in a column, an arc from each chapter to "
        "those that build on it; the list below says the same in words."
    )
    return (
        f'<svg class="chapter-graph" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{words}"><g class="arcs">{"".join(arcs)}</g>{"".join(rows)}'
        "</svg>\n\n:::{dropdown} The same in words\n" + "\n".join(said) + "\n:::"
    )


def _arc(above: int, below: int) -> str:
    """From one dot to another; the further they are apart, the wider it swings."""
    x = _GUTTER - _DOT - 2
    bend = max(0.0, x - 14 - (below - above) / 5)
    return f'<path d="M{x} {above}C{bend:.0f} {above} {bend:.0f} {below} {x} {below}"/>'


def _places(project: Project) -> dict[str, int]:
    """How far down each chapter stands; a gap lies between parts."""
    found: dict[str, int] = {}
    y, part = _LINE // 2, None
    for paper in project.papers:
        y += 10 if part not in (None, paper["part"]) else 0
        found[paper["slug"]], part = y, paper["part"]
        y += _LINE
    return found


def paths(project: Project) -> str:
    """Ways through the book for three readers, with all that they build on."""
    parts = []
    for name, why, goals in _PATHS:
        chosen = {*goals}.union(*(prerequisites(project.papers, one) for one in goals))
        way = [chapter for chapter in project.chapters if chapter.slug in chosen]
        if way:
            total = duration(60 * sum(chapter.minutes for chapter in way))
            lines = "\n".join(f"- {_listed(project, [one.slug])}" for one in way)
            parts.append(f"**{name}.** {why}\n{total} of reading:\n\n{lines}")
    return "\n\n".join(parts)

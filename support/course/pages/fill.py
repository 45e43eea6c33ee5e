"""The parts of the book's pages that are made from records, not written.

A page asks for one with a line ``% insert: <name>``, a comment in MyST.
"""

import re
from collections.abc import Callable, Mapping
from html import escape
from pathlib import PurePosixPath
from typing import Any

from support.course.pages.api import api
from support.course.pages.ledger import headline, ledger
from support.course.pages.semester import semester
from support.course.pages.speed import speed
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.methods import methods_page
from support.course.project.papers import PARTS
from support.course.project.project import Project

__all__ = [
    "fill",
    "paper_map",
]

_INSERT = re.compile(r"^% insert: (?P<name>[a-z_]+)$", re.MULTILINE)


def fill(text: str, page: str, project: Project) -> str:
    """Put the made parts into a page.

    Args:
        text: the page, in MyST.
        page: its path, named in errors.
        project: whose papers, chapters and records.

    Returns:
        The page with every ``% insert:`` line replaced.

    Raises:
        CourseError: the page asks for a part that nothing makes.
    """
    makers: dict[str, Callable[[], str]] = {
        "map": lambda: paper_map(project),
        "headline": lambda: headline(project),
        "ledger": lambda: ledger(project),
        "bibliography": lambda: _bibliography(project),
        "datasets": _datasets,
        "speed": lambda: speed(project),
        "methods": lambda: methods_page(project.chapters),
        "counts": lambda: _counts(project),
        "semester": lambda: semester(project),
        "api": lambda: api(PurePosixPath(page).stem),
    }

    def made(match: re.Match[str]) -> str:
        name = match.group("name")
        if name not in makers:
            raise CourseError(
                f"{page}: '% insert: {name}' is unknown; there are {sorted(makers)}."
            )
        return makers[name]().strip()

    return _INSERT.sub(made, text)


def paper_map(project: Project) -> str:
    """The map of the papers by part, in MyST; those not yet written are marked so."""
    written = {chapter.slug: chapter for chapter in project.chapters}
    lines = []
    for part, name in PARTS.items():
        lines += [f"### {part}. {name}", ""]
        for number, paper in enumerate(project.papers, 1):
            if paper["part"] == part:
                lines += _paper(paper, number, written.get(paper["slug"]))
    return "\n".join(lines)


def _paper(paper: Mapping[str, Any], number: int, chapter: Chapter | None) -> list[str]:
    title = paper["title"]
    link = f"[{title}](/chapters/{paper['slug']}/lesson.ipynb)" if chapter else title
    state = "Chapter" if chapter else "Not yet written"
    kind = "written" if chapter else "planned"
    return [
        f"::::{{div}} paper paper-{kind}",
        f'<span class="paper-number">{number}</span>',
        "",
        f'**{link}** <span class="paper-state">{state}</span>',
        "",
        paper["sentence"],
        "",
        f'<span class="paper-source">{escape(paper["authors"])}. '
        f"{escape(paper['venue'])}, {paper['year']}. </span>"
        f"[arXiv:{paper['arxiv']}](https://arxiv.org/abs/{paper['arxiv']})",
        "::::",
        "",
    ]


def _counts(project: Project) -> str:
    written = {chapter.slug for chapter in project.chapters}
    count = sum(paper["slug"] in written for paper in project.papers)
    return (
        f"Of the {len(project.papers)} papers, {count} have their chapter; "
        "the others are marked as not yet written."
    )


def _bibliography(project: Project) -> str:
    """The nineteen papers, then all other works: two lists without overlap."""
    keys = "|".join(paper["slug"] for paper in project.papers)
    lists = (
        ("The papers of the chapters", "P", f'key % "^({keys})$"'),
        ("Other works", "W", f'not key % "^({keys})$"'),
    )
    return "\n".join(
        f"## {title}\n\n```{{bibliography}}\n:labelprefix: {prefix}\n"
        f":filter: {condition}\n```\n"
        for title, prefix, condition in lists
    )


def _datasets() -> str:
    from support.course.pages import datasets  # it opens the registry of corpora

    return datasets.render()

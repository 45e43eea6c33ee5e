"""The parts of the book's pages that are made from records, not written.

A page asks for one with a line ``% insert: <name>``, a comment in MyST.
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path
from typing import Any

import yaml

from support.course.chapters import Chapter
from support.course.errors import CourseError
from support.course.ledger_page import ledger
from support.course.methods import methods_page
from support.course.seminar.semester import semester
from support.course.speed_page import speed

__all__ = [
    "PARTS",
    "fill",
    "load_papers",
    "paper_map",
]

PARTS = {
    "I": "Representations and information",
    "II": "Fair and explainable decisions",
    "III": "Explainable audio",
    "IV": "Who is speaking",
    "V": "Listening in rooms",
}
_INSERT = re.compile(r"^% insert: (?P<name>[a-z_]+)$", re.MULTILINE)
_KEYS = ("slug", "part", "title", "authors", "venue", "year", "arxiv", "sentence")


def fill(text: str, page: str, root: Path, chapters: Sequence[Chapter]) -> str:
    """Put the made parts into a page.

    Args:
        text: the page, in MyST.
        page: its path, named in errors.
        root: the project's folder.
        chapters: those that exist.

    Returns:
        The page with every ``% insert:`` line replaced.

    Raises:
        CourseError: the page asks for a part that nothing makes.
    """
    makers: dict[str, Callable[[], str]] = {
        "map": lambda: paper_map(load_papers(root), chapters),
        "ledger": lambda: ledger(chapters),
        "bibliography": lambda: _bibliography(load_papers(root)),
        "datasets": _datasets,
        "speed": lambda: speed(root),
        "methods": lambda: methods_page(root, chapters),
        "counts": lambda: _counts(load_papers(root), chapters),
        "semester": lambda: semester(load_papers(root), chapters, PARTS),
    }

    def made(match: re.Match[str]) -> str:
        name = match.group("name")
        if name not in makers:
            raise CourseError(
                f"{page}: '% insert: {name}' is unknown; there are {sorted(makers)}."
            )
        return makers[name]().strip()

    return _INSERT.sub(made, text)


def load_papers(root: Path) -> list[dict[str, Any]]:
    """Read ``book/papers.yml``: the nineteen papers in the book's order.

    Args:
        root: the project's folder.

    Returns:
        One mapping a paper; none when there is no such file.

    Raises:
        CourseError: an entry lacks a key, or names an unknown part.
    """
    path = root / "book" / "papers.yml"
    if not path.is_file():
        return []
    papers = yaml.safe_load(path.read_text("utf-8"))
    for paper in papers:
        missing = [key for key in _KEYS if not paper.get(key)]
        if missing or paper["part"] not in PARTS:
            raise CourseError(
                f"book/papers.yml: {paper.get('slug')!r} lacks {missing}, or its part "
                f"is none of {list(PARTS)}."
            )
    return list(papers)


def paper_map(papers: Sequence[dict[str, Any]], chapters: Sequence[Chapter]) -> str:
    """The map of the papers by part; those not yet written are marked so.

    Args:
        papers: of :func:`load_papers`.
        chapters: those that exist.

    Returns:
        MyST text.
    """
    written = {chapter.slug: chapter for chapter in chapters}
    lines = []
    for part, name in PARTS.items():
        lines += [f"### {part}. {name}", ""]
        for number, paper in enumerate(papers, 1):
            if paper["part"] == part:
                lines += _paper(paper, number, written.get(paper["slug"]))
    return "\n".join(lines)


def _paper(paper: dict[str, Any], number: int, chapter: Chapter | None) -> list[str]:
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


def _counts(papers: Sequence[dict[str, Any]], chapters: Sequence[Chapter]) -> str:
    written = {chapter.slug for chapter in chapters}
    count = sum(paper["slug"] in written for paper in papers)
    return (
        f"Of the {len(papers)} papers, {count} have their chapter; "
        "the others are marked as not yet written."
    )


def _bibliography(papers: Sequence[dict[str, Any]]) -> str:
    """The nineteen papers, then all other works: two lists without overlap."""
    keys = "|".join(paper["slug"] for paper in papers)
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
    try:
        from support.course import datasets_page
    except ImportError:
        return "The table of data sets is made by `course data list`."
    return str(datasets_page.render())

"""The nineteen papers in the book's order, and the parts that they stand in."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from support.course.project.errors import CourseError

__all__ = ["PARTS", "load_papers", "prerequisites"]

PARTS = {
    "I": "Representations and information",
    "II": "Fair and explainable decisions",
    "III": "Explainable audio",
    "IV": "Who is speaking",
    "V": "Listening in rooms",
}
_KEYS = (
    "slug", "part", "title", "authors", "venue", "year", "arxiv", "sentence",
    "question",
)  # fmt: skip


def load_papers(root: Path) -> list[dict[str, Any]]:
    """Read ``book/papers.yml``: the nineteen papers in the book's order.

    Args:
        root: the project's folder.

    Returns:
        One mapping a paper, with ``after``, the slugs of the chapters on which it
        builds, and ``words``, the field's own by which one may look for it; none when
        there is no such file.

    Raises:
        CourseError: an entry lacks a key, names an unknown part, or builds on a
            chapter that does not stand before it.
    """
    path = root / "book" / "papers.yml"
    if not path.is_file():
        return []
    papers = yaml.safe_load(path.read_text("utf-8"))
    before: list[str] = []
    for paper in papers:
        missing = [key for key in _KEYS if not paper.get(key)]
        if missing or paper["part"] not in PARTS:
            raise CourseError(
                f"book/papers.yml: {paper.get('slug')!r} lacks {missing}, or its part "
                f"is none of {list(PARTS)}."
            )
        late = [slug for slug in paper.setdefault("after", []) if slug not in before]
        if late:
            raise CourseError(
                f"book/papers.yml: {paper['slug']!r} comes after {late}, which do not "
                f"stand before it; those that do are {before}."
            )
        paper.setdefault("words", [])
        before.append(paper["slug"])
    return list(papers)


def prerequisites(papers: Sequence[Mapping[str, Any]], slug: str) -> list[str]:
    """All chapters on which one builds, directly or through others.

    Args:
        papers: in the book's order, as `load_papers` gives them.
        slug: the chapter.

    Returns:
        Their slugs in the book's order: an order in which they can be read.

    >>> papers = [{"slug": "a"}, {"slug": "b", "after": ["a"]},
    ...           {"slug": "c", "after": ["b"]}]
    >>> prerequisites(papers, "c")
    ['a', 'b']
    """
    needed = {slug}
    for paper in reversed(papers):
        if paper["slug"] in needed:
            needed.update(paper.get("after", ()))
    return [paper["slug"] for paper in papers if paper["slug"] in needed - {slug}]

"""The nineteen papers in the book's order, and the parts that they stand in."""

from pathlib import Path
from typing import Any

import yaml

from support.course.project.errors import CourseError

__all__ = ["PARTS", "load_papers"]

PARTS = {
    "I": "Representations and information",
    "II": "Fair and explainable decisions",
    "III": "Explainable audio",
    "IV": "Who is speaking",
    "V": "Listening in rooms",
}
_KEYS = ("slug", "part", "title", "authors", "venue", "year", "arxiv", "sentence")


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

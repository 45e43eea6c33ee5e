"""A semester by the parts of the book: it promises only chapters that are written."""

from collections.abc import Mapping, Sequence
from typing import Any

from support.course.project.chapters import Chapter

__all__ = ["semester"]

#: The weeks of each part, and what its chapters share.
_WEEKS = {
    "I": ("2–6", "what a representation holds, and how one would know"),
    "II": ("7", "what a decision owes to the person it is about"),
    "III": ("8–10", "sound taken apart, and losses that rank"),
    "IV": ("11–12", "one voice among many, and under stress"),
    "V": ("13", "what a room does to a voice"),
}


def semester(
    papers: Sequence[Mapping[str, Any]],
    chapters: Sequence[Chapter],
    parts: Mapping[str, str],
) -> str:
    """Write the plan as a table.

    Args:
        papers: rows of ``book/papers.yml``, in the book's order.
        chapters: those that exist.
        parts: the parts' titles by number.

    Returns:
        MyST text.
    """
    written = {chapter.slug: chapter for chapter in chapters}
    rows = [
        "| weeks | from | what the weeks share | chapters written |",
        "|---|---|---|---|",
        "| 1 | how to read the book | claims, seeds, intervals | "
        "[How a claim is judged](claims_explained.md) |",
    ]
    for part, (weeks, theme) in _WEEKS.items():
        links = [
            f"[{written[slug].title}](/chapters/{slug}/lesson.ipynb)"
            for paper in papers
            if paper["part"] == part and (slug := str(paper["slug"])) in written
        ]
        there = ", ".join(links) or "none yet"
        rows.append(f"| {weeks} | {part}. {parts[part]} | {theme} | {there} |")
    rows.append(
        "| 14 | the class | methods of our own, each with its record over ten seeds | "
        "[One chapter, your way](running.md#your-own-method) |"
    )
    return "\n".join(rows)

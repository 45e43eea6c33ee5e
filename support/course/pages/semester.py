"""A semester by the parts of the book: it promises only chapters that are written."""

from support.course.project.papers import PARTS
from support.course.project.project import Project

__all__ = ["semester"]

#: The weeks of each part, and what its chapters share.
_WEEKS = {
    "I": ("2–6", "what a representation holds, and how one would know"),
    "II": ("7", "what a decision owes to the person it is about"),
    "III": ("8–10", "sound taken apart, and losses that rank"),
    "IV": ("11–12", "one voice among many, and under stress"),
    "V": ("13", "what a room does to a voice"),
}


def semester(project: Project) -> str:
    """Write the plan as a table, in MyST."""
    written = {chapter.slug: chapter for chapter in project.chapters}
    rows = [
        "| weeks | from | what the weeks share | chapters written |",
        "|---|---|---|---|",
        "| 1 | how to read the book | claims, seeds, intervals | "
        "[How a claim is judged](claims_explained.md) |",
    ]
    for part, (weeks, theme) in _WEEKS.items():
        links = [
            f"[{written[slug].title}](/chapters/{slug}/lesson.ipynb)"
            for paper in project.papers
            if paper["part"] == part and (slug := str(paper["slug"])) in written
        ]
        there = ", ".join(links) or "none yet"
        rows.append(f"| {weeks} | {part}. {PARTS[part]} | {theme} | {there} |")
    rows.append(
        "| 14 | the class | methods of our own, each with its record over ten seeds | "
        "[One chapter, your way](running.md#your-own-method) |"
    )
    return "\n".join(rows)

"""Which chapters take a reader's data, and what each asks of them."""

from collections.abc import Sequence

from support.course.pages.markdown import lesson_link
from support.course.project.chapters import Chapter
from support.course.project.own_data import Contract, contract
from support.data.own.table import KINDS

__all__ = ["own_data"]


def own_data(chapters: Sequence[Chapter]) -> str:
    """Write a section a modality: what a row of it is, and the chapters that take it.

    Args:
        chapters: in the book's order.

    Returns:
        MyST text.
    """
    asked = [(chapter, found) for chapter in chapters if (found := contract(chapter))]
    sections = []
    for kind, row in KINDS.items():
        lines = [f"## {kind.capitalize()}", f"A row has {row}."]
        lines += [_asked(one, found) for one, found in asked if found.kind == kind]
        if len(lines) > 2:
            sections.append("\n\n".join(lines))
    return "\n\n".join(sections) or "No chapter takes data of yours yet."


def _asked(chapter: Chapter, found: Contract) -> str:
    columns = "".join(
        f"\n- column `{name}`: {what}." for name, what in found.columns.items()
    )
    return (
        f"**{lesson_link(chapter)}**, `course run {chapter.slug} --dataset path:...`\n"
        f"{columns}\n\n{found.more}"
    )

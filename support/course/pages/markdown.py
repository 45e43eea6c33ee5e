"""What several pages write in Markdown: tables, and links to chapters."""

from collections.abc import Iterable, Sequence

from support.course.project.chapters import Chapter

__all__ = ["lesson_link", "markdown_table"]


def lesson_link(chapter: Chapter, words: str = "") -> str:
    """Lead to a chapter's page, from any page of the book.

    Args:
        chapter: which.
        words: of the link; the chapter's title by default.
    """
    return f"[{words or chapter.title}](/chapters/{chapter.slug}/lesson.ipynb)"


def markdown_table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; no text can end a cell or start a new row.

    >>> print(markdown_table(("a", "b"), [("1|2", "3")]))
    | a | b |
    | --- | --- |
    | 1\\|2 | 3 |
    """
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(_cell, line)) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()

"""The list of chapters, for people."""

from collections.abc import Sequence
from pathlib import Path

from support.course.project.chapters import Chapter
from support.course.run.progress import duration, memory
from support.course.run.store import Store

__all__ = ["listing"]


def listing(root: Path, chapters: Sequence[Chapter]) -> str:
    """Describe each chapter: title, time to read, data sets, last executions.

    Args:
        root: the project's folder.
        chapters: in the book's order.

    Returns:
        Several lines of text.
    """
    if not chapters:
        return f"There is no chapter in {root / 'chapters'} yet; try 'course new'."
    store = Store(root)
    lines = []
    for chapter in chapters:
        lines.append(f"{chapter.slug}: {chapter.title}")
        lines.append(
            f"    {chapter.minutes} min of reading; "
            f"data sets: {', '.join(chapter.datasets)}"
        )
        for stem in chapter.stems:
            status, note = store.read(store.place(chapter.slug, stem))
            if status is None:
                text = note
            elif status.state == "done":
                cost = f"{duration(status.wall_s)}, {memory(status.peak_rss_bytes)}"
                text = f"done {status.finished} ({cost})"
            else:
                text = f"{status.state}: {status.reason}"
            lines.append(f"    {stem}: {text}")
    return "\n".join(lines)

"""The list of chapters, for people."""

from datetime import datetime

from support.course.project.own_data import contract
from support.course.project.project import Project
from support.course.project.words import duration, memory
from support.course.run.store import Store

__all__ = ["listing"]


def listing(project: Project) -> str:
    """Describe each chapter: title, time to read, data sets, last executions.

    Args:
        project: whose chapters.

    Returns:
        Several lines of text.
    """
    if not project.chapters:
        folder = project.root / "chapters"
        return f"There is no chapter in {folder} yet; try 'course new'."
    store = Store(project)
    lines = []
    for chapter in project.chapters:
        lines.append(f"{chapter.slug}: {chapter.title}")
        own = contract(chapter)
        lines.append(
            f"    {chapter.minutes} min of reading; "
            f"data sets: {', '.join(chapter.datasets)}"
            f"{f', or your {own.kind}' if own else ''}"
        )
        for stem in chapter.stems:
            status, note = store.read(store.place(chapter.slug, stem))
            if status is None:
                text = note
            elif status.state == "done":
                cost = f"{duration(status.wall_s)}, {memory(status.peak_rss_bytes)}"
                text = f"done {_here(status.finished)} ({cost})"
            else:
                text = f"{status.state}: {status.reason}"
            lines.append(f"    {stem}: {text}")
    return "\n".join(lines)


def _here(time: str) -> str:
    """A moment on this machine's clock, to the minute."""
    try:
        return datetime.fromisoformat(time).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return time

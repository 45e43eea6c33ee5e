"""What the full profile costs, as far as it has been measured, and what it resumes."""

from statistics import median

from support.course.pages.markdown import lesson_link, markdown_table
from support.course.project.chapters import Chapter, read_notebook
from support.course.project.project import Project
from support.course.project.words import duration, memory
from support.course.results.reading import command, records_of
from support.records import Record, Setting

__all__ = ["full_profile"]

_KEEPS = ".checkpoint("
_COLUMNS = ("chapter", "command", "seeds", "time", "main memory", "card's memory")


def full_profile(project: Project) -> str:
    """Write what the records of the full profile cost, and who keeps checkpoints.

    Args:
        project: whose chapters and records.

    Returns:
        MyST text; a chapter without such a record is named, and no cost is guessed.
    """
    rows, missing = [], []
    for chapter in project.chapters:
        records = records_of(chapter)
        there = [one for one in records.settings if one.profile == "full"]
        rows += [_row(chapter, one, list(records.of(one, None))) for one in there]
        missing += [] if there else [chapter]
    parts = []
    if rows:
        parts.append(markdown_table(_COLUMNS, rows))
    if missing:
        names = ", ".join(lesson_link(chapter) for chapter in missing)
        parts.append(
            f"No full run of these has been recorded, so nobody can say what it costs: "
            f"{names}."
        )
    keeping = [chapter for chapter in project.chapters if _keeps(chapter)]
    if keeping:
        names = ", ".join(lesson_link(chapter) for chapter in keeping)
        parts.append(f"These keep checkpoints inside a run: {names}.")
    return "\n\n".join(parts)


def _row(chapter: Chapter, setting: Setting, records: list[Record]) -> list[str]:
    seconds = median(one.wall_s for one in records)
    memories = [max(one.peak_rss_bytes for one in records)]
    memories += [max(one.peak_gpu_bytes or 0 for one in records)]
    main, card = (memory(count) if count else "none" for count in memories)
    line = f"`{command(chapter.slug, setting)}`"
    cost = [str(len(records)), duration(seconds), main, card]
    return [lesson_link(chapter), line, *cost]


def _keeps(chapter: Chapter) -> bool:
    cells = read_notebook(chapter.source("lesson")).cells
    return any(cell.cell_type == "code" and _KEEPS in cell.source for cell in cells)

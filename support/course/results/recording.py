"""From executed notebooks to ``results.json``: what each seed measured.

A lesson leaves one machine-readable record in its claims cell.  Here the records
of several seeds are collected, completed with where they come from, and merged
into the chapter's file, which nothing else writes.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.files import write_atomic
from support.course.project.project import Project
from support.course.results.reading import records_of
from support.course.run.store import Store
from support.records import Record, Records, record_seeds

__all__ = ["complete", "keep", "set_aside"]

_FROM_NOTEBOOK = ("chapter", "profile", "dataset", "method", "seed", "claims", "scores")
_ABOUT_RUN = ("versions", "device", "precision", "peak_gpu_bytes")


def keep(project: Project, chapter: Chapter, records: Iterable[Record]) -> Path:
    """Merge records into the chapter's file, in the place of those of the same run.

    Records of the book's methods on other seeds than the record's make room for them.

    Returns:
        The file.

    Raises:
        CourseError: the file is damaged, or cannot be written.
    """
    with Store(project).lock(chapter.slug):
        new = list(records)
        settings = {record.setting for record in new if not record.method}
        kept = [
            record
            for record in records_of(chapter)
            if record.method
            or record.setting not in settings
            or record.seed in record_seeds(record.dataset)
        ]
        merged = Records(kept).merged(new)
        write_atomic(chapter.results, merged.text(chapter.slug))
    return chapter.results


def set_aside(project: Project, chapter: Chapter) -> Path | None:
    """Move a chapter's records away where they cannot be read.

    Returns:
        Where they lie now; None where they are good, or where there are none.

    Raises:
        CourseError: they cannot be moved.
    """
    try:
        records_of(chapter)
    except CourseError:
        aside = project.build / "damaged" / f"{chapter.slug}-results.json"
        write_atomic(aside, chapter.results.read_text("utf-8", "replace"))
        chapter.results.unlink()
        return aside
    return None


def complete(
    found: Mapping[str, Any],
    parameters: Mapping[str, Any],
    name: str,
    *,
    code: str,
    data: str,
    wall_s: float,
    peak_rss_bytes: int,
    recorded: str,
) -> Record:
    """Complete a notebook's record with where it comes from and what it cost.

    Args:
        found: as the lesson left it.
        parameters: it ran with.
        name: of the run, for the message.
        code: digest of the code.
        data: digest of the data.
        wall_s: seconds, kernel start included.
        peak_rss_bytes: largest resident memory.
        recorded: when, for people; nothing is ordered by it.

    Raises:
        CourseError: the lesson ran with other parameters than it was given, or its
            record lacks a part.
    """
    try:
        record = {key: found[key] for key in _FROM_NOTEBOOK}
    except KeyError as error:
        raise CourseError(
            f"{name}: its record has no {error}. The lesson must show its ledger.",
            exit_code=1,
        ) from None
    for key in ("profile", "dataset", "seed"):
        if found[key] != parameters[key]:
            raise CourseError(
                f"{name}: its record says {key} = {found[key]!r}, but it ran "
                f"with {parameters[key]!r}. The lesson must hand its parameters "
                "to start() unchanged.",
                exit_code=1,
            )
    if found.get("failures"):  # a reader's method that did not finish, and why
        record["failures"] = found["failures"]
    record["terms"] = found.get("terms", {})
    record |= {key: found.get(key) for key in _ABOUT_RUN}
    try:
        return Record(
            **record,
            code_digest=code,
            data_digest=data,
            wall_s=wall_s,
            peak_rss_bytes=peak_rss_bytes,
            recorded=recorded,
        )
    except ValueError as error:
        raise CourseError(
            f"{name}: its record is wrong. {error}", exit_code=1
        ) from None

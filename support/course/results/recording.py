"""From executed notebooks to ``results.json``: what each seed measured.

A lesson leaves one machine-readable record in its claims cell.  Here the records
of several seeds are collected, completed with where they come from, and merged
into the chapter's file, which nothing else writes.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from support.claims import RECORD_MIME
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.files import write_atomic
from support.course.project.project import Project
from support.course.results.reading import records_of
from support.course.run.planning import Job, Plan
from support.course.run.store import Store
from support.records import Record

__all__ = ["complete", "extract", "extract_text", "keep", "record_seeds"]

_FROM_NOTEBOOK = ("chapter", "profile", "dataset", "method", "seed", "claims", "scores")
_ABOUT_RUN = ("versions", "device", "precision", "peak_gpu_bytes")


def extract(notebook: Mapping[str, Any]) -> dict[str, Any] | None:
    """Find the record in an executed notebook.

    Args:
        notebook: as parsed from JSON.

    Returns:
        The record, or None where there is none.
    """
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            found = output.get("data", {}).get(RECORD_MIME)
            if isinstance(found, dict):
                return found
    return None


def extract_text(notebook: str) -> dict[str, Any] | None:
    """Find the record in an executed notebook's JSON text; see :func:`extract`."""
    return extract(json.loads(notebook)) if notebook else None


def keep(project: Project, chapter: Chapter, records: Iterable[Record]) -> Path:
    """Merge records into the chapter's file, in the place of those of the same run.

    Returns:
        The file.

    Raises:
        CourseError: the file is damaged, or cannot be written.
    """
    with Store(project.root).lock(chapter.slug):
        merged = records_of(chapter).merged(records)
        write_atomic(chapter.results, merged.text(chapter.slug))
    return chapter.results


def record_seeds(project: Project, plan: Plan) -> list[Path]:
    """Merge the finished executions of a plan into the chapters' records.

    Args:
        project: they belong to.
        plan: one whose jobs have been executed, one for each seed.

    Returns:
        The files written.

    Raises:
        CourseError: an execution failed or left no record; the seeds that did
            well are recorded all the same, the message names the others.
    """
    store = Store(project.root)
    good: dict[str, tuple[Chapter, list[Record]]] = {}
    bad: list[str] = []
    for job in plan.jobs:
        record = _record(store, job)
        if record is None:
            bad.append(job.name)
        else:
            good.setdefault(job.chapter.slug, (job.chapter, []))[1].append(record)
    written = [keep(project, *found) for found in good.values()]
    if bad:
        kept = sum(len(records) for _, records in good.values())
        raise CourseError(
            f"Not recorded, since the execution failed, left no record, or its code "
            f"changed meanwhile: {', '.join(bad)}. {kept} other(s) recorded. "
            "Mend the lesson and run the same command again; only the missing ones "
            "are executed.",
            exit_code=1,
        )
    return written


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


def _record(store: Store, job: Job) -> Record | None:
    status, _ = store.read(job.place)
    if status is None or status.state != "done" or status.key != job.key:
        return None
    found = extract_text(job.place.notebook.read_text(encoding="utf-8"))
    if found is None:
        return None
    return complete(
        found,
        job.parameters,
        job.name,
        code=job.code,
        data=job.parts["the data"],
        wall_s=status.wall_s,
        peak_rss_bytes=status.peak_rss_bytes,
        recorded=status.finished,
    )

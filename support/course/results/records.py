"""From executed notebooks to ``results.json``: what each seed measured.

A lesson leaves one machine-readable record in its claims cell.  Here the records
of several seeds are collected, completed with where they come from, and merged
into the chapter's file, which nothing else writes.
"""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from support.claims import RECORD_MIME, load_results
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.files import write_atomic
from support.course.run.planning import Job, Plan
from support.course.run.staleness import code_digest
from support.course.run.store import Store

__all__ = [
    "complete",
    "extract",
    "extract_text",
    "identity",
    "merge",
    "outdated",
    "record_seeds",
    "render",
]

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


def identity(record: Mapping[str, Any]) -> tuple[str, str, str, int]:
    """What tells one record from another: profile, data set, method and seed."""
    return (
        str(record["profile"]),
        str(record["dataset"]),
        str(record["method"]),
        int(record["seed"]),
    )


def merge(
    old: Sequence[Mapping[str, Any]], new: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Put new records in the place of those of the same identity, sorted.

    >>> a = {"profile": "quick", "dataset": "d", "method": "", "seed": 1, "x": 1}
    >>> merge([a], [{**a, "x": 2}, {**a, "seed": 0}])[1]["x"]
    2
    """
    found = {identity(record): dict(record) for record in (*old, *new)}
    return [found[name] for name in sorted(found)]


def render(slug: str, records: Sequence[Mapping[str, Any]]) -> str:
    """Write records as the text of a ``results.json``, the same for the same."""
    content = {"schema": 1, "chapter": slug, "records": list(records)}
    return json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def record_seeds(root: Path, plan: Plan) -> list[Path]:
    """Merge the finished executions of a plan into the chapters' records.

    Args:
        root: the project's folder.
        plan: one whose jobs have been executed, one for each seed.

    Returns:
        The files written.

    Raises:
        CourseError: an execution failed or left no record; the seeds that did
            well are recorded all the same, the message names the others.
    """
    store = Store(root)
    good: dict[str, list[dict[str, Any]]] = {}
    chapters: dict[str, Chapter] = {}
    bad: list[str] = []
    for job in plan.jobs:
        chapters[job.chapter.slug] = job.chapter
        record = _record(store, root, job)
        if record is None:
            bad.append(job.name)
        else:
            good.setdefault(job.chapter.slug, []).append(record)
    written = []
    for slug, records in good.items():
        path = chapters[slug].results
        with store.lock(slug):
            try:
                old = load_results(path)
            except ValueError as error:
                raise CourseError(str(error), exit_code=1) from error
            write_atomic(path, render(slug, merge(old, records)))
        written.append(path)
    if bad:
        kept = sum(map(len, good.values()))
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
) -> dict[str, Any]:
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
    return {
        **record,
        **{key: found.get(key) for key in _ABOUT_RUN},
        "code_digest": code,
        "data_digest": data,
        "wall_s": wall_s,
        "peak_rss_bytes": peak_rss_bytes,
        "recorded": recorded,
    }


def outdated(
    records: Sequence[Mapping[str, Any]], notebook: Any, root: Path
) -> list[Mapping[str, Any]]:
    """Pick the records that were made by other code than today's.

    Records of a reader's own method are left out: its source may be elsewhere.

    Args:
        records: of one chapter.
        notebook: the lesson as read from its source.
        root: the project's folder.
    """
    now = {
        name: code_digest(notebook, root=root, dataset=name)
        for name in {record["dataset"] for record in records}
    }
    return [
        record
        for record in records
        if not record["method"] and record["code_digest"] != now[record["dataset"]]
    ]


def _record(store: Store, root: Path, job: Job) -> dict[str, Any] | None:
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

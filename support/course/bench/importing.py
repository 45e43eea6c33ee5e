"""From a benchmark's folder into the chapters' ``results.json``, and so the ledger."""

from collections.abc import Sequence
from pathlib import Path

from support.claims import load_results
from support.course.bench.folder import Entry, Folder
from support.course.project.chapters import Chapter, read_notebook
from support.course.project.errors import CourseError
from support.course.project.files import write_atomic
from support.course.results.records import identity, merge, outdated, render
from support.course.run.store import Store

__all__ = ["import_records"]


def import_records(
    root: Path, chapters: Sequence[Chapter], folder: Folder, device: str | None = None
) -> dict[str, tuple[int, int]]:
    """Merge the good records of a benchmark into those of the chapters.

    Args:
        root: the project's folder.
        chapters: that take part.
        folder: of the benchmark.
        device: only the runs that asked for this device.

    Returns:
        For each chapter with records: how many were merged, and how many were left
        out since they were made by other code than today's.

    Raises:
        CourseError: two records differ in their device alone; or a file cannot be
            read or written.
    """
    found: dict[str, list[dict[str, object]]] = {}
    devices: dict[tuple[object, ...], str] = {}
    for _, entry in folder.entries():
        if not isinstance(entry, Entry) or entry.record is None:
            continue
        asked = entry.configuration.device
        if device not in (None, asked):
            continue
        slug = entry.configuration.chapter
        name = (slug, *identity(entry.record))
        other = devices.setdefault(name, asked)
        if other != asked:
            raise CourseError(
                f"{folder.path} holds the same runs of {slug} for the devices "
                f"{other!r} and {asked!r}, which the chapter's record cannot tell "
                f"apart. Choose one with --device."
            )
        found.setdefault(slug, []).append(entry.record)
    merged = {}
    for chapter in chapters:
        records = found.get(chapter.slug)
        if not records:
            continue
        notebook = read_notebook(chapter.source("lesson"))
        old = {id(record) for record in outdated(records, notebook, root)}
        good = [record for record in records if id(record) not in old]
        if good:
            with Store(root).lock(chapter.slug):
                try:
                    before = load_results(chapter.results)
                except ValueError as error:
                    raise CourseError(str(error), exit_code=1) from error
                text = render(chapter.slug, merge(before, good))
                write_atomic(chapter.results, text)
        merged[chapter.slug] = (len(good), len(old))
    return merged

"""From a benchmark's folder into the chapters' ``results.json``, and so the ledger."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from support.course.bench.folder import Entry, Folder
from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.own_data import is_own
from support.course.project.project import Project
from support.course.results.history import claims_committed, clean_commit
from support.course.results.reading import claims_of, outdated
from support.course.results.recording import keep
from support.records import Record, record_seeds

__all__ = ["import_records"]


def import_records(
    project: Project,
    chapters: Sequence[Chapter],
    folder: Folder,
    *,
    device: str | None = None,
    keys: Iterable[str] | None = None,
) -> dict[str, tuple[int, int]]:
    """Merge the good records of a benchmark into those of the chapters.

    Runs with a lesson's own parameters are left out, since a record does not name
    them, and so are runs on a reader's own data.

    Args:
        project: whose chapters.
        chapters: that take part.
        folder: of the benchmark.
        device: only the runs that asked for this device.
        keys: only these runs; all by default.

    Returns:
        For each chapter with records: how many were merged, and how many were left
        out since they were made by other code than today's, under other claims, or
        on other seeds than the record's.

    Raises:
        CourseError: two records differ in their device alone; a file cannot be
            read or written; or the project is no clean clone, so that no commit
            could be named.
    """
    head = clean_commit(project)
    found: dict[str, list[Record]] = {}
    devices: dict[tuple[object, ...], str] = {}
    for _, entry in folder.entries(keys):
        if not isinstance(entry, Entry) or entry.record is None:
            continue
        asked = entry.configuration.device
        if device not in (None, asked) or entry.configuration.own:
            continue
        if is_own(entry.configuration.dataset):  # the book's record is of its own data
            continue
        slug = entry.configuration.chapter
        record = Record.of(entry.record)
        name = (slug, *record.identity)
        other = devices.setdefault(name, asked)
        if other != asked:
            raise CourseError(
                f"{folder.path} holds the same runs of {slug} for the devices "
                f"{other!r} and {asked!r}, which the chapter's record cannot tell "
                f"apart. Choose one with --device."
            )
        found.setdefault(slug, []).append(record)
    merged = {}
    for chapter in chapters:
        records = found.get(chapter.slug)
        if not records:
            continue
        old = outdated(records, chapter, project)
        terms = {claim.id: claim.terms for claim in claims_of(chapter)}
        since = claims_committed(project, chapter)
        good = [
            replace(record, **head._asdict(), claims_committed=since)
            for record in records
            if record not in old
            and record.terms.items() <= terms.items()
            and (record.method or record.seed in record_seeds(record.dataset))
        ]
        if good:
            keep(project, chapter, good)
        merged[chapter.slug] = (len(good), len(records) - len(good))
    return merged

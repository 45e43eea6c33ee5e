"""The plan of a run: which notebooks, with which parameters, stale or not and why."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from support.course.kernel.execution import Outcome
from support.course.project.chapters import STEMS, Chapter
from support.course.project.errors import CourseError
from support.course.project.methods import Method, inspect_method, misfit
from support.course.project.project import Project
from support.course.project.words import NEVER_MEASURED, duration
from support.course.run.own_code import own_code
from support.course.run.parcels import Parcel, limit
from support.course.run.sources import Source, prepare
from support.course.run.staleness import Parts, changed_modules, explain, key, parts_of
from support.course.run.store import Place, Status, Store

__all__ = ["Execution", "Plan", "make_plan"]

#: Used until an execution has been measured: (stem, profile) to seconds.
_GUESS_S = {("lesson", "quick"): 40.0, ("exercises", "quick"): 15.0}
_GUESS_FULL_S = 1800.0  # it comes before all that is quick; nobody is told


@dataclass(frozen=True)
class Execution:
    """One execution of the book, or one with a reader's parameters, that is wanted.

    Attributes:
        source: what is executed.
        place: where its result is kept.
        parts: what it depends on.
        why: why it must be executed; empty where the stored result is good.
        expected_s: the time it will probably take.
        known: whether anything is known of that time; without, it is a place in the
            queue and nothing to be told.
        timeout: seconds that it may take; None for no limit.
        failures: of the stored result: the reader's method where it did not finish.
    """

    source: Source
    place: Place
    parts: Parts
    why: str
    expected_s: float
    timeout: float | None = None
    failures: Mapping[str, str] = field(default_factory=dict)
    known: bool = True

    @property
    def chapter(self) -> Chapter:
        """Whose notebook it is."""
        return self.source.chapter

    @property
    def expected(self) -> str:
        """The time it will probably take, in words."""
        return f"about {duration(self.expected_s)}" if self.known else NEVER_MEASURED

    @property
    def stem(self) -> str:
        """``lesson`` or ``exercises``."""
        return self.source.stem

    @property
    def name(self) -> str:
        """Such as ``concepts/lesson (seed=3)``."""
        changed = self.source.changed(self.source.parameters)
        values = ", ".join(f"{name}={value}" for name, value in changed.items())
        return self.source.name + (f" ({values})" if values else "")

    @property
    def notebook_name(self) -> str:
        """Such as ``concepts/lesson``."""
        return self.source.name

    @property
    def left_at(self) -> Path:
        """Where its executed notebook is kept."""
        return self.place.notebook

    @property
    def parcel(self) -> Parcel:
        """It runs in the chapter's folder, where its claims and its record lie."""
        return Parcel(
            name=self.name,
            notebook=self.source.text,
            parameters=self.source.changed(self.source.parameters),
            profile=self.source.profile,
            dataset=self.source.dataset,
            timeout=self.timeout,
            folder=str(self.chapter.folder),
        )

    def status(self, outcome: Outcome, project: Project) -> Status:
        """Say how it ended; what changed while it ran is never used again."""
        found, reason = key(self.parts), outcome.reason
        if outcome.state == "done":
            changed = changed_modules(self.parts, project)
            if changed:  # nobody knows which text was imported
                found, reason = "", f"{', '.join(changed)} changed while it ran"
        return Status(
            state=outcome.state,
            reason=reason,
            key=found,
            wall_s=round(outcome.wall_s, 3),
            cpu_s=round(outcome.cpu_s, 3),
            peak_rss_bytes=outcome.peak_rss_bytes,
            peak_gpu_bytes=outcome.peak_gpu_bytes,
            device=outcome.device,
            parameters=self.source.parameters,
            profile=self.source.profile,
            finished=datetime.now(UTC).isoformat(timespec="seconds"),
            parts=self.parts,
            cell_s=outcome.cell_s,
            failures=outcome.failures,
        )


@dataclass(frozen=True)
class Plan:
    """All wanted executions; those left out, with the reason."""

    jobs: list[Execution]
    skipped: dict[str, str]

    @property
    def stale(self) -> list[Execution]:
        """What must be executed, the longest first."""
        return sorted(
            (job for job in self.jobs if job.why), key=lambda job: -job.expected_s
        )


def make_plan(
    project: Project,
    given: Mapping[str, Any] | None = None,
    *,
    chapters: Sequence[Chapter] | None = None,
    stems: Iterable[str] = STEMS,
    force: bool = False,
    named: bool = False,
    timeout: float | None = None,
) -> Plan:
    """Decide what to execute, and check it all before anything starts.

    Args:
        project: whose notebooks.
        given: parameters that the person gave; with any, only lessons are run,
            since exercises show the same on all settings.
        chapters: the chosen ones; all by default.
        stems: which notebooks of a chapter.
        force: execute also what is not stale.
        named: whether the chapters were chosen by name; if not, a chapter that
            does not take the parameters is skipped, as long as another does.
        timeout: seconds allowed for each execution; half an hour by default in the
            quick profile, no limit in the full one.

    Returns:
        The plan.

    Raises:
        CourseError: a parameter that no chapter, or not a chosen one, takes.
    """
    given = dict(given or {})
    stems = ["lesson"] if given else list(stems)
    jobs: list[Execution] = []
    skipped: dict[str, str] = {}
    problems: list[CourseError] = []
    method, own = None, None
    if spec := str(given.get("method", "")):
        method = inspect_method(spec, project)
        own = own_code(method)
    for chapter in project.chapters if chapters is None else chapters:
        _check_claims(chapter)
        for stem in (stem for stem in chapter.stems if stem in stems):
            try:
                source = prepare(chapter, stem, given, method=own)
                _check_method(method, chapter, named=named)
            except CourseError as error:
                if named or not given:
                    raise
                problems.append(error)
                skipped[f"{chapter.slug}/{stem}"] = str(error)
            else:
                jobs.append(_execution(project, source, force, timeout))
    if problems and not jobs:
        raise problems[0]
    return Plan(jobs, skipped)


def _check_method(method: Method | None, chapter: Chapter, *, named: bool) -> None:
    """Refuse a method that the chapter could not call, before a kernel starts."""
    why = misfit(method, chapter, named=named) if method else ""
    if method and why:
        raise CourseError(
            f"method: {method.spec!r} does not enter {chapter.slug}: {why}."
        )


def _check_claims(chapter: Chapter) -> None:
    """Refuse claims that no lesson could read, before a kernel starts."""
    if not chapter.claims.is_file():
        return
    from support.claims import load_claims

    try:
        load_claims(chapter.claims)
    except ValueError as error:
        raise CourseError(str(error)) from None


def _execution(
    project: Project, source: Source, force: bool, timeout: float | None
) -> Execution:
    chapter, stem = source.chapter, source.stem
    changed = source.changed(source.parameters)
    reads = ["claims.yml"] if stem == "lesson" else []
    if stem == "lesson" and not changed:
        reads += ["results.json", *_quoted(source)]
    parts = parts_of(
        source.notebook,
        source.parameters,
        chapter,
        project,
        reads=reads,
        method=source.method,
    )
    store = Store(project)
    place = store.place(chapter.slug, stem, changed)
    stored, why = store.read(place)
    if stored is not None:
        why = _why(stored, parts)
    guess = _GUESS_S.get((stem, source.profile))
    measured = store.expected_s(chapter.slug, stem, source.profile)
    return Execution(
        source,
        place,
        parts,
        why=why or ("asked for" if force else ""),
        expected_s=measured or guess or _GUESS_FULL_S,
        known=bool(measured or guess),
        timeout=limit(source.profile, timeout),
        failures=stored.failures if stored else {},
    )


def _quoted(source: Source) -> list[str]:
    """The records of other chapters that a lesson quotes by name.

    A slug or a claim is looked for in the cells that ask for a record.
    """
    cells = (c.source for c in source.notebook.cells if c.cell_type == "code")
    slugs = {
        slug
        for text in cells
        if re.search(r"\.record(ed|s)\(", text)
        for slug in re.findall(r"""["'](\w+)(?:\.\w+)?["']""", text)
    }
    return [
        f"../{slug}/{name}"
        for slug in sorted(slugs - {source.chapter.slug})
        if (source.chapter.folder.parent / slug).is_dir()
        for name in ("claims.yml", "results.json")
    ]


def _why(stored: Status, parts: Parts) -> str:
    """Say why a stored execution cannot be used; nothing where it can."""
    if stored.state != "done":
        reason = f": {stored.reason}" if stored.reason else ""
        return f"last time {stored.state}{reason}"
    if stored.key == key(parts):
        return ""
    return explain(stored.parts, parts) or stored.reason or "its key changed"

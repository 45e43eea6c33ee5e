"""The plan of a run: which notebooks, with which parameters, stale or not and why."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.course.project.chapters import STEMS, Chapter, read_notebook
from support.course.project.errors import CourseError
from support.course.project.parameters import Scalar, check, declared, resolve
from support.course.run.staleness import Parts, code_digest, explain, key, parts_of
from support.course.run.store import Place, Status, Store

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Job", "Plan", "make_plan"]

#: Used until an execution has been measured: (stem, profile) to seconds.
_GUESS_S = {("lesson", "quick"): 40.0, ("exercises", "quick"): 15.0}
_GUESS_FULL_S = 1800.0


@dataclass(frozen=True)
class Job:
    """One execution that is wanted.

    Attributes:
        chapter: whose notebook it is.
        stem: ``lesson`` or ``exercises``.
        notebook: as read from its source.
        parameters: all of them.
        changed: those that differ from the notebook's own.
        place: where its result is kept.
        parts: what it depends on.
        why: why it must be executed; empty where the stored result is good.
        expected_s: the time it will probably take.
        stored: the status of the stored execution, if any.
        code: digest of the code behind a record, as it is now, before the run.
    """

    chapter: Chapter
    stem: str
    notebook: "NotebookNode"
    parameters: dict[str, Scalar]
    changed: dict[str, Scalar]
    place: Place
    parts: Parts
    why: str
    expected_s: float
    stored: Status | None
    code: str = ""

    @property
    def name(self) -> str:
        """Such as ``concepts/lesson (seed=3)``."""
        values = ", ".join(f"{name}={value}" for name, value in self.changed.items())
        return f"{self.chapter.slug}/{self.stem}" + (f" ({values})" if values else "")

    @property
    def notebook_name(self) -> str:
        """Such as ``concepts/lesson``."""
        return f"{self.chapter.slug}/{self.stem}"

    @property
    def left_at(self) -> Path:
        """Where its executed notebook is kept."""
        return self.place.notebook

    @property
    def key(self) -> str:
        """The digest of everything the execution depends on."""
        return key(self.parts)

    @property
    def profile(self) -> str:
        """The profile it runs in."""
        return str(self.parameters.get("profile", "quick"))


@dataclass(frozen=True)
class Plan:
    """All wanted executions; those left out, with the reason."""

    jobs: list[Job]
    skipped: dict[str, str]

    @property
    def stale(self) -> list[Job]:
        """What must be executed, the longest first."""
        return sorted(
            (job for job in self.jobs if job.why), key=lambda job: -job.expected_s
        )


def make_plan(
    root: Path,
    chapters: Sequence[Chapter],
    given: Mapping[str, Any] | None = None,
    *,
    cwd: Path,
    stems: Iterable[str] = STEMS,
    seeds: Sequence[int] = (),
    force: bool = False,
    named: bool = False,
) -> Plan:
    """Decide what to execute, and check it all before anything starts.

    Args:
        root: the project's folder.
        chapters: the chosen ones.
        given: parameters that the person gave; with any, or with seeds, only
            lessons are run, since exercises show the same on all settings.
        cwd: the folder the command was given in.
        stems: which notebooks of a chapter.
        seeds: one lesson for each of them.
        force: execute also what is not stale.
        named: whether the chapters were chosen by name; if not, a chapter that
            does not take the parameters is skipped, as long as another does.

    Returns:
        The plan.

    Raises:
        CourseError: a parameter that no chapter, or not a chosen one, takes.
    """
    given = dict(given or {})
    store = Store(root)
    jobs: list[Job] = []
    skipped: dict[str, str] = {}
    problems: list[CourseError] = []
    for chapter in chapters:
        _check_claims(chapter)
        wanted = [stem for stem in stems if stem in chapter.stems]
        if given or seeds:
            wanted = [stem for stem in wanted if stem == "lesson"]
        variants = [{**given, "seed": seed} for seed in seeds] or [given]
        for stem in wanted:
            try:
                found = _jobs(
                    root, store, chapter, stem, variants, cwd, force, bool(seeds)
                )
            except CourseError as error:
                if named or not given:
                    raise
                problems.append(error)
                skipped[f"{chapter.slug}/{stem}"] = str(error)
            else:
                jobs.extend(found)
    if problems and not jobs:
        raise problems[0]
    return Plan(jobs, skipped)


def _check_claims(chapter: Chapter) -> None:
    """Refuse claims that no lesson could read, before a kernel starts."""
    path = chapter.folder / "claims.yml"
    if not path.is_file():
        return
    from support.claims import load_claims

    try:
        load_claims(path)
    except ValueError as error:
        raise CourseError(str(error)) from None


def _jobs(
    root: Path,
    store: Store,
    chapter: Chapter,
    stem: str,
    variants: Sequence[Mapping[str, Any]],
    cwd: Path,
    force: bool,
    seeded: bool,
) -> list[Job]:
    source = chapter.source(stem)
    where = f"{chapter.slug}/{stem}"
    notebook = read_notebook(source)
    defaults = declared(notebook, f"{where}.md")
    found: list[Job] = []
    method_file: Path | None = None
    code = ""
    for variant in variants:
        parameters = resolve(defaults, variant, where)
        changed = {k: v for k, v in parameters.items() if v != defaults[k]}
        if seeded:  # also the default seed: a record's run stands apart from the book
            changed["seed"] = parameters["seed"]
        if not found:  # the variants differ in their seed alone
            method_file = check(parameters, chapter, root=root, cwd=cwd)
        if seeded and not found:
            code = code_digest(
                notebook,
                root=root,
                dataset=str(parameters.get("dataset", "embedded")),
                method_file=method_file,
            )
        reads = ["claims.yml"] if stem == "lesson" else []
        if stem == "lesson" and not changed:
            reads += ["results.json", *_quoted(notebook, chapter)]
        parts = parts_of(
            notebook,
            parameters,
            chapter,
            root=root,
            reads=reads,
            method_file=method_file,
        )
        place = store.place(chapter.slug, stem, changed)
        stored, why = store.read(place)
        if stored is not None:
            why = _why(stored, parts)
        profile = str(parameters.get("profile", "quick"))
        guess = _GUESS_S.get((stem, profile), _GUESS_FULL_S)
        found.append(
            Job(
                chapter=chapter,
                stem=stem,
                notebook=notebook,
                parameters=parameters,
                changed=changed,
                place=place,
                parts=parts,
                why=why or ("asked for" if force else ""),
                expected_s=store.expected_s(chapter.slug, stem, profile) or guess,
                stored=stored,
                code=code,
            )
        )
    return found


def _quoted(notebook: "NotebookNode", chapter: Chapter) -> list[str]:
    """The records of other chapters that a lesson quotes by name.

    A slug or a claim is looked for in the cells that ask for a record.
    """
    cells = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    slugs = {
        slug
        for source in cells
        if re.search(r"\.record(ed|s)\(", source)
        for slug in re.findall(r"""["'](\w+)(?:\.\w+)?["']""", source)
    }
    return [
        f"../{slug}/{name}"
        for slug in sorted(slugs - {chapter.slug})
        if (chapter.folder.parent / slug).is_dir()
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

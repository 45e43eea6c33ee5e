"""What can be checked about the chapters without executing any of them."""

import ast
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

from support.course.pages.ledger import headline
from support.course.project.chapters import Chapter, read_notebook, tags, toc_slugs
from support.course.project.errors import CourseError
from support.course.project.exercise_rules import faults as exercise_faults
from support.course.project.lesson_plan import faults as plan_faults
from support.course.project.lesson_rules import faults as lesson_faults
from support.course.project.parameters import declared
from support.course.project.project import Project
from support.course.project.quizzes import faults as quiz_faults
from support.course.results.reading import claims_of, command, outdated, records_of
from support.course.run.imports import plain_python
from support.course.run.references import check_pair
from support.course.seminar.deck import faults as deck_faults
from support.judgements import MINIMUM_SEEDS
from support.records import PROFILES, Setting, record_seeds

__all__ = [
    "check_all",
    "claims",
    "contents",
    "figures",
    "headlines",
    "pairs",
    "parameters",
    "recorded_otherwise",
    "records",
    "stale_records",
]

_STANDARD: dict[str, type] = {
    "profile": str,
    "dataset": str,
    "seed": int,
    "device": str,
    "method": str,
}
_OWN_PARAMETERS = 3
_CODE_WIDTH = 79


def check_all(
    project: Project,
    say: Callable[[str], Any],
    *,
    strict: bool = False,
) -> list[str]:
    """Run every check, one line each.

    Args:
        project: whose chapters.
        say: called with each line.
        strict: records of older code are faults, not notes.

    Returns:
        The faults; an empty list where all is well.
    """
    faults: list[str] = []

    def report(name: str, found: Sequence[str]) -> None:
        say(f"{'ok   ' if not found else 'FAULT'} {name}")
        for fault in found:
            say(f"      {fault}")
        faults.extend(found)

    def remark(found: Sequence[str]) -> None:
        for note in found:
            say(f"{'FAULT' if strict else 'note '} {note}")
        faults.extend(found if strict else [])

    report("headers", list(project.broken.values()))
    report("contents: _toc.yml lists every chapter", contents(project))
    for chapter in project.chapters:
        checks: dict[str, Callable[[], list[str]]] = {
            "claims.yml": partial(claims, chapter),
            "parameters": partial(parameters, chapter),
            "figures and code": partial(figures, chapter),
            "lesson": partial(lesson_faults, chapter),
            "exercises": partial(exercise_faults, chapter),
            "seminar": partial(plan_faults, chapter),
            "quizzes": partial(quiz_faults, chapter),
            "slides": partial(deck_faults, chapter),
            "pairs": partial(pairs, chapter),
            "record": partial(records, chapter),
            "record of these claims": partial(recorded_otherwise, chapter),
        }
        for name, make in checks.items():
            try:
                found = make()
            except (CourseError, ValueError) as error:
                found = [str(error)]
            report(f"{chapter.slug}: {name}", found)
        remark(stale_records(project, chapter))
    report("README.md: headline", headlines(project))
    return faults


def contents(project: Project) -> list[str]:
    """Compare ``_toc.yml`` with the folders of ``chapters/``."""
    listed = toc_slugs(project.root)
    there = [*(chapter.slug for chapter in project.chapters), *project.broken]
    return [
        *(f"_toc.yml lacks chapters/{s}/lesson" for s in there if s not in listed),
        *(
            f"_toc.yml names chapters/{s}/lesson, which is not there"
            for s in listed
            if s not in there
        ),
    ]


def claims(chapter: Chapter) -> list[str]:
    """Read the claims; their ids must start with the chapter's slug."""
    return [
        f"claims.yml: {claim.id!r} must start with '{chapter.slug}.'"
        for claim in claims_of(chapter)
        if not claim.id.startswith(f"{chapter.slug}.")
    ]


def pairs(chapter: Chapter) -> list[str]:
    """Each source has a paired notebook that has not drifted."""
    return [fault for stem in chapter.stems for fault in check_pair(chapter, stem)]


def parameters(chapter: Chapter) -> list[str]:
    """A lesson has the five standard parameters and at most three of its own."""
    notebook = read_notebook(chapter.source("lesson"))
    found = declared(notebook, f"{chapter.slug}/lesson.md")
    faults = [
        f"lesson.md: the parameters cell lacks {name} ({kind.__name__})"
        for name, kind in _STANDARD.items()
        if type(found.get(name)) is not kind
    ]
    own = [name for name in found if name not in _STANDARD]
    if len(own) > _OWN_PARAMETERS:
        faults.append(f"lesson.md: {len(own)} own parameters; at most 3: {own}")
    if found.get("profile", "quick") not in PROFILES:
        faults.append(f"lesson.md: profile is {found['profile']!r}")
    if found.get("dataset", "embedded") not in chapter.datasets:
        faults.append("lesson.md: the default dataset is not among course.datasets")
    if not any("check" in tags(cell) for cell in notebook.cells):
        faults.append("lesson.md: no cell is tagged 'check'")
    return faults


def figures(chapter: Chapter) -> list[str]:
    """Every figure is shown by name, with caption and alt text; no line too long."""
    faults = []
    seen: set[str] = set()
    for stem in chapter.stems:
        for place, cell in enumerate(read_notebook(chapter.source(stem)).cells):
            if cell.cell_type != "code":
                continue
            where = f"{stem}.md, cell {place}"
            long = [x for x in cell.source.splitlines() if len(x) > _CODE_WIDTH]
            if long:
                faults.append(f"{where}: longer than {_CODE_WIDTH}: {long[0][:40]}...")
            if "check" in tags(cell) and cell.source.rstrip().endswith(";"):
                # nbval runs cells without a history, where a semicolon hides nothing
                faults.append(f"{where}: a check cell ends in ';'; assign the value")
            for call in _show_calls(cell.source):
                words = {word.arg: word.value for word in call.keywords}
                lacking = [k for k in ("name", "caption") if k not in words]
                if lacking:
                    faults.append(f"{where}: show() lacks {', '.join(lacking)}")
                    continue
                name = getattr(words["name"], "value", "")
                prefix = f"fig-{chapter.slug.replace('_', '-')}-"
                if not str(name).startswith(prefix):
                    faults.append(
                        f"{where}: figure {name!r} must start with {prefix!r}"
                    )
                elif name in seen:
                    faults.append(f"{where}: figure {name!r} is named twice")
                seen.add(str(name))
    return faults


def records(chapter: Chapter) -> list[str]:
    """The quick profile is recorded over enough seeds, each claim on all it reads."""
    found = []
    claims = claims_of(chapter)
    for dataset in dict.fromkeys(name for claim in claims for name in claim.reads):
        setting = Setting(dataset=dataset)
        seeds = records_of(chapter).of(setting)
        wanted = {c.id: c.terms for c in claims if dataset in c.reads}
        few = [
            name
            for name, terms in wanted.items()
            if seeds.count(name, terms) < MINIMUM_SEEDS
        ]
        if few:
            found.append(
                f"results.json has fewer than {MINIMUM_SEEDS} seeds of "
                f"{', '.join(few)} ({setting.words}); run: "
                f"{command(chapter.slug, setting)}"
            )
    return found


def stale_records(project: Project, chapter: Chapter) -> list[str]:
    """Say how many records were made by other code than today's."""
    try:
        found = records_of(chapter)
        old = outdated(found, chapter, project)
    except (CourseError, ValueError) as error:
        return [f"{chapter.slug}: nobody knows whether its records are old: {error}"]
    if not old:
        return []
    return [
        f"{chapter.slug}: {len(old)} of {len(found)} records were made by older code"
    ]


def recorded_otherwise(chapter: Chapter) -> list[str]:
    """Say which settings were recorded on other seeds, or under claims' other terms."""
    try:
        found, claims = records_of(chapter), claims_of(chapter)
    except CourseError:
        return []  # a fault of its own
    terms = {claim.id: claim.terms for claim in claims}
    notes = []
    for setting in found.settings:
        own, wanted = found.of(setting), record_seeds(setting.dataset)
        where = f"{chapter.slug}: the record of {setting.words}"
        again = f"run: {command(chapter.slug, setting)}"
        lacking = len(set(wanted) - set(own.seeds))
        other = len(set(own.seeds) - set(wanted))
        # A full run is dear: it may have few seeds, and then gets no verdict.
        if setting.profile == "quick" and (lacking or other):
            notes.append(
                f"{where} has the seeds {wanted[0]} to {wanted[-1]}; here {lacking} of "
                f"them are missing and {other} are others; {again}"
            )
        changed = {
            name
            for record in own
            for name in record.claims
            if record.terms.get(name) != terms.get(name)
        }
        if changed:
            notes.append(
                f"{where} was made under other terms than claims.yml has today of "
                f"{', '.join(sorted(changed))}; {again}"
            )
    return notes


def headlines(project: Project) -> list[str]:
    """Hold the sentence of the README to what the records say."""
    text = project.root / "README.md"
    try:
        said = headline(project)
    except CourseError as error:
        return [f"README.md: nobody knows how the claims fared: {error}"]
    if not text.is_file() or said in text.read_text("utf-8"):
        return []
    return [f"README.md: it does not say what the records do; write: {said}"]


def _show_calls(source: str) -> Iterator[ast.Call]:
    try:
        tree = ast.parse(plain_python(source))
    except SyntaxError:
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in ("show", "plots.show"):
                yield node

"""``course run``, ``course build``, ``course reference``: what executes notebooks."""

import json
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from support.course.project.chapters import STEMS
from support.course.project.errors import CourseError
from support.course.project.own_data import is_own
from support.course.project.project import Project
from support.course.results.history import clean_commit

if TYPE_CHECKING:
    from support.course.run.planning import Execution, Plan
    from support.course.run.runner import Report

__all__ = ["build", "reference", "run"]

Chapters = Annotated[
    list[str] | None,
    typer.Argument(metavar="CHAPTER", help="All where none is named."),
]
Jobs = Annotated[
    int | None,
    typer.Option("--jobs", "-j", min=1, help="Kernels at once; default: cores."),
]
Timeout = Annotated[
    float | None,
    typer.Option(
        "--timeout", help="Seconds for each notebook; default: 1800, full: no limit."
    ),
]
#: What a record names beside its seed.
_STANDARD = ("profile", "dataset", "device", "method")


def run(
    chapters: Chapters = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option(
            "--parameter", "-p", metavar="NAME=VALUE", help="A parameter; repeatable."
        ),
    ] = None,
    profile: Annotated[str | None, typer.Option(help="quick or full.")] = None,
    dataset: Annotated[
        str | None,
        typer.Option(
            help="embedded, one of 'course data list', or path:FOLDER of your own."
        ),
    ] = None,
    seed: Annotated[str | None, typer.Option(help="A whole number.")] = None,
    device: Annotated[
        str | None, typer.Option(help="auto, cpu, cuda, cuda:1, ...")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="Your own, as package.module:callable.")
    ] = None,
    only: Annotated[
        str | None, typer.Option(help="Only 'lesson' or only 'exercises'.")
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Many seeds: 0-9, or 0,3,5-7.")
    ] = None,
    record: Annotated[
        bool,
        typer.Option("--record", help="Run the record's seeds; write results.json."),
    ] = False,
    data_dir: Annotated[
        str | None, typer.Option(help="Folder of corpora; precedes COURSE_DATA.")
    ] = None,
    jobs: Jobs = None,
    timeout: Timeout = None,
    force: Annotated[
        bool, typer.Option("--force", "-f", help="Execute what is not stale, too.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would be executed.")
    ] = False,
) -> None:
    """Execute what is stale: notebooks whose code, parameters or data changed.

    With parameters, only lessons are executed, and kept apart from the book's own
    executions.  With seeds, it is a benchmark whose records stay in _build.
    """
    given = _assignments(parameter or [])
    usual = {"profile": profile, "dataset": dataset, "device": device, "method": method}
    for name, value in {**usual, "seed": seed}.items():
        if value is not None:
            if name in given:
                raise CourseError(
                    f"{name} is given twice, as --{name} and as -p {name}=...; "
                    "give it once."
                )
            given[name] = value
    _check_timeout(timeout)
    if only is not None and only not in STEMS:
        raise CourseError(f"--only: got {only!r}; expected lesson or exercises.")
    if only == "exercises" and (given or seeds):
        raise CourseError("Parameters and seeds are for lessons; leave --only out.")
    if record and is_own(str(given.get("dataset", ""))):
        raise CourseError(
            "--record: the book's record is of its own data sets, so nothing of yours "
            "enters it. Leave --record out; --seeds 0-9 compares over seeds."
        )
    if record:
        seeds = _recorded(seeds, dataset or given.get("dataset", "embedded"))
    if seeds and "seed" in given:
        raise CourseError("--seed and --seeds exclude each other; give one of them.")
    if record:
        _refuse_own_parameters(given)
    if data_dir is not None:
        folder = Path(data_dir).expanduser().resolve()
        if not folder.is_dir():
            raise CourseError(f"--data-dir: {data_dir!r} is no folder; name one.")
        os.environ["COURSE_DATA"] = str(folder)
    project = Project.here()
    if record:
        clean_commit(project)  # refused before anything runs
    chosen = project.select(chapters or [])
    if not chosen:
        raise CourseError(f"There is no chapter in {project.root / 'chapters'} yet.")
    if seeds is not None:
        from support.course.bench.settings import PAPER, Settings, parse_seeds
        from support.course.cli.seeds import run_seeds

        settings = Settings(
            out=str(project.build / "bench" / "seeds"),
            chapters=tuple(chapters or ()),
            methods=(given.pop("method", PAPER),),
            datasets=(given.pop("dataset", "embedded"),),
            seeds=parse_seeds(seeds),
            profile=given.pop("profile", "quick"),
            device=given.pop("device", "auto"),
            jobs=jobs,
            timeout=timeout,
            own=given,
        )
        code = run_seeds(project, settings, record=record, force=force, dry_run=dry_run)
        raise typer.Exit(code)
    from support.course.run.planning import make_plan
    from support.course.run.sources import unknown

    plan = make_plan(
        project,
        given,
        chapters=chosen,
        stems=[only] if only else STEMS,
        force=force,
        named=bool(chapters),
        timeout=timeout,
    )
    for line in unknown(job.source for job in plan.jobs):
        typer.echo(line, err=True)
    if dry_run:
        _say_plan(plan)
        return
    report = _execute(project, plan, jobs)
    if given:
        for job in plan.jobs:
            if job.name not in report.failed:
                _say_where(project, job)
    unfinished = _say_failures(plan, report)
    missing = bool(project.broken) and not chapters
    raise typer.Exit(1 if report.failed or unfinished or missing else 0)


def build(
    edition: Annotated[
        str, typer.Option(help="public, student or teacher.")
    ] = "public",
    no_run: Annotated[
        bool, typer.Option("--no-run", help="Use the executions as they are.")
    ] = False,
    jobs: Jobs = None,
    timeout: Timeout = None,
) -> None:
    """Execute what is stale, then build the book; print its first page."""
    from support.course.book.stage import check_edition
    from support.course.book.unchanged import note, noted, state
    from support.course.project.chapters import find_root

    check_edition(edition)  # before anything is executed
    _check_timeout(timeout)
    root = find_root()
    now, kept = state(root), root / "_build" / f"built_{edition}.json"
    said = noted(kept, now)
    if said and Path(said["page"]).is_file():
        if not no_run:
            typer.echo(f"0 executed, {said['up to date']} up to date")
    else:
        said = _build(Project.here(), edition, no_run, jobs, timeout)
        if said["up to date"]:
            note(kept, now, root, said)
    typer.echo("")
    typer.echo(said["claims"])
    typer.echo("")
    typer.echo(f"The book: {said['page']}")
    typer.echo(f"          {Path(said['page']).as_uri()}")


def _build(
    project: Project,
    edition: str,
    no_run: bool,
    jobs: int | None,
    timeout: float | None,
) -> dict[str, Any]:
    """Execute, build and judge; say which book it is and what it says.

    With notebooks that were not looked at, or left out, none are up to date.
    """
    from support.course.book.build import build as build_book
    from support.course.cli.summary import claims_summary
    from support.course.run.planning import make_plan
    from support.course.seminar.downloads import downloads

    if project.broken:
        raise CourseError(
            f"The book is not built without {', '.join(project.broken)}; mend what was "
            "told above first. The other commands work on the other chapters."
        )
    good = 0
    if not no_run:
        plan = make_plan(project, timeout=timeout)
        if _execute(project, plan, jobs).failed:
            typer.echo("The book was not built, since an execution failed.", err=True)
            raise typer.Exit(1)
        good = 0 if plan.skipped else len(plan.jobs)
    page = build_book(project, edition=edition, extra=downloads(project))
    claims = claims_summary(project, project.chapters, "quick")
    return {"up to date": good, "page": str(page.resolve()), "claims": claims}


def reference(chapters: Chapters = None, jobs: Jobs = None) -> None:
    """Write the paired .ipynb files anew: outputs of check cells alone."""
    from support.course.run.planning import make_plan
    from support.course.run.references import write_reference

    project = Project.here()
    plan = make_plan(project, chapters=project.select(chapters or []))
    report = _execute(project, plan, jobs)
    for job in plan.jobs:
        if job.name in report.failed:
            continue
        path, changed = write_reference(job.chapter, job.stem, job.place.notebook)
        verb = "wrote" if changed else "unchanged"
        typer.echo(f"{verb} {project.shown(path)}")
    raise typer.Exit(1 if report.failed else 0)


def _execute(project: Project, plan: "Plan", jobs: int | None) -> "Report[Execution]":
    from support.course.run.runner import run as run_plan

    report = run_plan(project, plan, jobs=jobs)
    _say_skipped(plan)
    ended = len(report.outcomes)
    words = [f"{ended - len(report.failed)} executed", f"{report.reused} up to date"]
    if report.failed:
        words.append(f"{len(report.failed)} failed: {', '.join(report.failed)}")
    typer.echo(", ".join(words))
    return report


def _say_where(project: Project, job: "Execution") -> None:
    """Say what a reader's method scored, and where to read on."""
    from support.course.seminar.executed import write_page

    typer.echo(f"{job.name}: {project.shown(job.place.notebook)}")
    for line in _own_row(job):
        typer.echo(line)
    try:
        page = write_page(project, job)
    except ModuleNotFoundError as error:  # the pages are the extra "book"
        typer.echo(f"    no page, since {error.name} is not installed")
    else:
        typer.echo(f"    to read in a browser: {page.resolve().as_uri()}")


def _own_row(job: "Execution") -> list[str]:
    """What a reader's method scored, from the executed notebook's record."""
    from support.course.kernel.execution import record_in

    if job.source.method is None:
        return []
    record = record_in(json.loads(job.place.notebook.read_text(encoding="utf-8")))
    row = ((record or {}).get("scores") or {}).get(job.source.method.spec, {})
    return [f"    {metric}: {value:.4g}" for metric, value in row.items()]


def _say_failures(plan: "Plan", report: "Report[Execution]") -> bool:
    """Say last where a reader's method did not finish, now or when it was executed."""
    found = False
    for job in plan.jobs:
        ended = report.outcomes.get(job.name)
        for method, why in (ended.failures if ended else job.failures).items():
            typer.echo(f"{job.notebook_name}: {method} did not finish. {why}", err=True)
            found = True
    return found


def _check_timeout(timeout: float | None) -> None:
    if timeout is not None and not 1 <= timeout < math.inf:
        raise CourseError(f"--timeout: got {timeout:g}; give seconds, 1 or more.")


def _assignments(words: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        name = name.strip()
        if not equals or not name.isidentifier():
            raise CourseError(
                f"-p: got {word!r}; expected name=value, for example -p seed=3."
            )
        if name in found:
            raise CourseError(f"-p: {name} is given twice; give it once.")
        found[name] = value
    return found


def _recorded(seeds: str | None, dataset: str) -> str:
    """The seeds of the record, or those of them that were asked for."""
    from support.course.bench.settings import parse_seeds
    from support.records import record_seeds

    all_of_them = record_seeds(dataset)
    if seeds and (other := sorted(set(parse_seeds(seeds)) - set(all_of_them))):
        raise CourseError(
            f"--record: got seed {other[0]}; {dataset} data are recorded on the seeds "
            f"{all_of_them[0]} to {all_of_them[-1]}. Leave --seeds out, or --record."
        )
    return seeds or f"{all_of_them[0]}-{all_of_them[-1]}"


def _refuse_own_parameters(given: Mapping[str, Any]) -> None:
    own = sorted(set(given) - set(_STANDARD))
    if own:
        raise CourseError(
            f"--record keeps one record for each profile, data set, method and seed; "
            f"{', '.join(own)} cannot be told apart in it. Leave it out, or leave "
            "--record out."
        )


def _say_plan(plan: "Plan") -> None:
    for job in plan.jobs:
        if job.why:
            typer.echo(f"{job.name}: execute ({job.expected}): {job.why}")
        else:
            typer.echo(f"{job.name}: up to date")
    _say_skipped(plan)


def _say_skipped(plan: "Plan") -> None:
    for name, reason in plan.skipped.items():
        typer.echo(f"{name}: skipped: {reason}")

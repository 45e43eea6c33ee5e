"""What the commands that execute do, in order; the words are typed in ``cli``."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from support.course.project.chapters import STEMS, discover, find_root, select
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.results.recording import record_seeds
from support.course.run.planning import Plan, make_plan
from support.course.run.progress import duration
from support.course.run.runner import Report, run

__all__ = ["build_book", "run_chapters", "write_references"]


def run_chapters(
    names: Sequence[str],
    given: Mapping[str, Any],
    *,
    only: str | None = None,
    seeds: Sequence[int] = (),
    record: bool = False,
    jobs: int | None = None,
    timeout: float | None = None,
    data_dir: str | None = None,
    force: bool = False,
    dry_run: bool = False,
) -> int:
    """Execute what is stale among the named chapters.

    Args:
        names: slugs; none for all chapters.
        given: parameters as texts.
        only: ``lesson`` or ``exercises``.
        seeds: one execution of the lesson for each.
        record: write ``results.json`` from the executions.
        jobs: kernels at once.
        timeout: seconds for each notebook.
        data_dir: folder of corpora that is looked at first.
        force: execute also what is not stale.
        dry_run: only say what would be executed.

    Returns:
        The exit code: 1 where an execution failed.

    Raises:
        CourseError: bad input, before any kernel starts.
    """
    if only is not None and only not in STEMS:
        raise CourseError(f"--only: got {only!r}; expected lesson or exercises.")
    if only == "exercises" and (given or seeds):
        raise CourseError("Parameters and seeds are for lessons; leave --only out.")
    if record and not seeds:
        raise CourseError("--record needs --seeds, for example --seeds 0-9.")
    if seeds and "seed" in given:
        raise CourseError("--seed and --seeds exclude each other; give one of them.")
    if record:
        _refuse_own_parameters(given)
    if data_dir is not None:
        folder = Path(data_dir).expanduser().resolve()
        if not folder.is_dir():
            raise CourseError(f"--data-dir: {data_dir!r} is no folder; name one.")
        os.environ["COURSE_DATA"] = str(folder)
    root, cwd = find_root(), Path.cwd()
    chapters = select(discover(root), names)
    if not chapters:
        raise CourseError(f"There is no chapter in {root / 'chapters'} yet.")
    plan = make_plan(
        root,
        chapters,
        given,
        cwd=cwd,
        stems=[only] if only else STEMS,
        seeds=seeds,
        force=force,
        named=bool(names),
    )
    if dry_run:
        _say_plan(plan)
        return 0
    report = run(plan, root=root, cwd=cwd, jobs=jobs, timeout=timeout)
    _say_report(plan, report)
    if record:
        for path in record_seeds(Project.at(root, cwd), plan):
            typer.echo(f"wrote {_relative(path, cwd)}")
    elif given or seeds:
        for job in plan.jobs:
            if job.name not in report.failed:
                typer.echo(f"{job.name}: {_relative(job.place.notebook, cwd)}")
    return 1 if report.failed else 0


def build_book(
    edition: str, execute: bool, jobs: int | None, timeout: float | None
) -> int:
    """Execute what is stale, build the book, print the way to its first page.

    Args:
        edition: ``public``, ``student`` or ``teacher``.
        execute: whether stale notebooks are executed first.
        jobs: kernels at once.
        timeout: seconds for each notebook.

    Returns:
        The exit code.
    """
    from support.course.book.build import build
    from support.course.book.stage import check_edition
    from support.course.cli.summary import claims_summary

    check_edition(edition)  # before anything is executed
    project = Project.here()
    if execute:
        root, cwd = project.root, project.cwd
        plan = make_plan(root, project.chapters, cwd=cwd)
        report = run(plan, root=root, cwd=cwd, jobs=jobs, timeout=timeout)
        _say_report(plan, report)
        if report.failed:
            typer.echo("The book was not built, since an execution failed.", err=True)
            return 1
    page = build(project, edition=edition)
    typer.echo("")
    typer.echo(claims_summary(project, project.chapters, "quick", "embedded"))
    typer.echo("")
    typer.echo(f"The book: {page}")
    typer.echo(f"          {page.resolve().as_uri()}")
    return 0


def write_references(names: Sequence[str], jobs: int | None) -> int:
    """Execute or reuse, then write the paired ``.ipynb`` of the named chapters.

    Args:
        names: slugs; none for all chapters.
        jobs: kernels at once.

    Returns:
        The exit code.
    """
    from support.course.run.references import write_reference

    root, cwd = find_root(), Path.cwd()
    plan = make_plan(root, select(discover(root), names), cwd=cwd)
    report = run(plan, root=root, cwd=cwd, jobs=jobs)
    _say_report(plan, report)
    for job in plan.jobs:
        if job.name in report.failed:
            continue
        path, changed = write_reference(job.chapter, job.stem, job.place.notebook)
        verb = "wrote" if changed else "unchanged"
        typer.echo(f"{verb} {_relative(path, cwd)}")
    return 1 if report.failed else 0


def _refuse_own_parameters(given: Mapping[str, Any]) -> None:
    standard = {"profile", "dataset", "device", "method"}
    own = sorted(set(given) - standard)
    if own:
        raise CourseError(
            f"--record keeps one record for each profile, data set, method and seed; "
            f"{', '.join(own)} cannot be told apart in it. Leave it out, or leave "
            "--record out."
        )


def _say_plan(plan: Plan) -> None:
    for job in plan.jobs:
        if job.why:
            expected = duration(job.expected_s)
            typer.echo(f"{job.name}: execute (about {expected}): {job.why}")
        else:
            typer.echo(f"{job.name}: up to date")
    _say_skipped(plan)


def _say_report(plan: Plan, report: Report) -> None:
    _say_skipped(plan)
    ended = len(report.outcomes)
    words = [f"{ended - len(report.failed)} executed", f"{report.reused} up to date"]
    if report.failed:
        words.append(f"{len(report.failed)} failed: {', '.join(report.failed)}")
    typer.echo(", ".join(words))


def _say_skipped(plan: Plan) -> None:
    for name, reason in plan.skipped.items():
        typer.echo(f"{name}: skipped: {reason}")


def _relative(path: Path, folder: Path) -> Path:
    with contextlib.suppress(ValueError):
        return path.relative_to(folder)
    return path

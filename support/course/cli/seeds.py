"""Many seeds, for ``course run --seeds`` as for ``course bench``: plan, run, say."""

import math
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import typer

from support.course.bench.clusters import connect, slurm_place
from support.course.bench.folder import Folder
from support.course.bench.importing import import_records
from support.course.bench.keeping import Records
from support.course.bench.plan import BenchPlan, Run, Series, make_plan
from support.course.bench.settings import Settings
from support.course.project.chapters import Chapter
from support.course.project.corpora import bring
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.project.words import NEVER_MEASURED, duration
from support.course.results.recording import set_aside
from support.course.run.places import Here, Place
from support.course.run.runner import Report, run_jobs
from support.course.run.sources import unknown

__all__ = ["carry_out", "planned", "run_seeds", "say_set_aside"]


def run_seeds(
    project: Project,
    settings: Settings,
    *,
    record: bool,
    force: bool,
    dry_run: bool,
) -> int:
    """Run lessons over many seeds: a benchmark whose folder is the project's own.

    Args:
        project: whose lessons.
        settings: what was asked for.
        record: write ``results.json`` from the runs.
        force: run again what is good as well.
        dry_run: run nothing.

    Returns:
        The exit code: 1 where a run failed.

    Raises:
        CourseError: bad input; or ``record``, and some runs are not recorded.
    """
    folder = Folder(Path(settings.out))
    plan = planned(project, settings, folder, retry=True, force=force, wordy=dry_run)
    if dry_run:
        return 0
    failed, reused = [], len(plan.runs) - len(plan.waiting)
    if plan.waiting:
        report = carry_out(project, settings, folder, plan)
        failed, reused = report.failed, reused + report.reused
    words = [f"{len(plan.runs) - reused - len(failed)} executed"]
    words.append(f"{reused} up to date")
    if failed:
        words.append(f"{len(failed)} failed: {', '.join(failed)}")
    typer.echo(", ".join(words))
    if not record:
        typer.echo(f"records in {project.shown(folder.path)}")
        return 1 if failed else 0
    names = {run.key: run.name for run in plan.runs}
    chapters = project.select(settings.chapters)
    say_set_aside(project, chapters)
    merged = import_records(project, chapters, folder, keys=names)
    for chapter in chapters:
        if merged.get(chapter.slug, (0, 0))[0]:
            typer.echo(f"wrote {project.shown(chapter.results)}")
    for key, entry in folder.entries(list(names)):
        if not isinstance(entry, str) and entry.record is not None:
            del names[key]
    lost = [*names.values(), *(slug for slug, (_, old) in merged.items() if old)]
    if lost:
        raise CourseError(
            "Not recorded, since the execution failed, left no record, was made under "
            f"other claims, or its code changed meanwhile: {', '.join(lost)}. "
            f"{sum(good for good, _ in merged.values())} other(s) recorded. "
            "Mend the lesson and run the same command again; only the missing ones "
            "are executed.",
            exit_code=1,
        )
    return 1 if failed else 0


def say_set_aside(project: Project, chapters: Sequence[Chapter]) -> None:
    """Make room for new records where those of a chapter cannot be read."""
    for chapter in chapters:
        if (aside := set_aside(project, chapter)) is not None:
            typer.echo(
                f"{project.shown(chapter.results)} was damaged; it lies now at "
                f"{project.shown(aside)}. What it held beside the new records is in "
                "the project's history.",
                err=True,
            )


def planned(
    project: Project,
    settings: Settings,
    folder: Folder,
    *,
    retry: bool,
    force: bool = False,
    wordy: bool,
) -> BenchPlan:
    """Make a plan and say it."""
    plan = make_plan(project, settings, folder, retry=retry, force=force)
    _say_plan(plan, _width(settings), wordy=wordy)
    return plan


def carry_out(
    project: Project, settings: Settings, folder: Folder, plan: BenchPlan
) -> Report[Run]:
    """Run what a plan leaves to do, where the settings say."""
    if settings.slurm is None and not settings.scheduler:
        bring(run.series.source.dataset for run in plan.waiting)
    return run_jobs(plan.waiting, Records(folder), _place(project, settings))


def _place(project: Project, settings: Settings) -> Place:
    if settings.slurm is not None:
        return slurm_place(settings.slurm, settings.device, settings.wait)
    if settings.scheduler:
        return connect(settings.scheduler, settings.device, settings.wait)
    return Here(project, settings.jobs, settings.device)


def _width(settings: Settings) -> int | None:
    """How many runs go on at once, where that is known before."""
    if settings.scheduler:
        return None
    if settings.slurm is not None:
        return int(settings.slurm["workers"])
    return Here.width(settings.jobs, settings.device)


def _say_plan(plan: BenchPlan, width: int | None, *, wordy: bool) -> None:
    for series, runs in plan.by_series():
        typer.echo(f"{series.name}: {_say_runs(series, runs)}")
        if wordy:
            for why, count in Counter(run.why for run in runs if run.why).items():
                typer.echo(f"    {count} x {why}")
    for name, why in plan.left_out.items():
        typer.echo(f"{name}: left out: {why}")
    for line in unknown(run.series.source for run in plan.runs):
        typer.echo(line)
    for run in plan.runs:
        if run.state == "damaged":
            typer.echo(f"{run.name}: {run.why}; it is run again")
    typer.echo(_say_time(plan, width))


def _say_runs(series: Series, runs: Sequence[Run]) -> str:
    waiting = [run for run in runs if run.why]
    states = Counter(run.state for run in runs if not run.why)
    words = [f"{len(waiting)} to run"]
    words += [f"{count} {state}" for state, count in sorted(states.items())]
    if waiting:
        known = series.expected_s
        each = f"about {duration(known)}" if known else NEVER_MEASURED
        words.append(f"{each} each" if known else each)
    return ", ".join(words)


def _say_time(plan: BenchPlan, width: int | None) -> str:
    waiting = plan.waiting
    if not waiting:
        return f"Nothing to run: all {len(plan.runs)} are recorded."
    known = [run.series.expected_s for run in waiting if run.series.expected_s]
    text = f"{len(waiting)} of {len(plan.runs)} to run"
    if known:
        total = max(max(known), math.fsum(known) / (width or 1))
        at_once = f", {width} at once" if width else " on one machine, one at a time"
        text += f"; expected time: about {duration(total)}{at_once}"
    if len(known) < len(waiting):
        text += f"; {len(waiting) - len(known)} without an earlier record of their time"
    return text + "."

"""What ``course bench`` does, in order; its words are typed in ``cli_bench``."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import typer

from support.course.bench.folder import Folder
from support.course.bench.places import Here, Place
from support.course.bench.plan import BenchPlan, Run, Series, make_plan
from support.course.bench.settings import Settings, load_settings, settings_from
from support.course.project.chapters import find_root
from support.course.project.errors import CourseError, nearest
from support.course.project.project import Project
from support.course.run.progress import duration

__all__ = ["bench", "export_table", "import_folder"]

_KINDS = {".csv": "csv", ".parquet": "parquet"}


def bench(
    given: Mapping[str, Any], config: str | None, *, retry: bool, dry_run: bool
) -> int:
    """Run what is left of a benchmark, or say what would be run.

    Args:
        given: options, by the name of their setting.
        config: a YAML file of the same settings.
        retry: run again what failed.
        dry_run: run nothing.

    Returns:
        The exit code: 1 where a run or a reader's method failed.

    Raises:
        CourseError: bad input, before anything runs.
    """
    content, where = dict(given), "course bench"
    if config is not None:
        content, where = {**load_settings(Path(config)), **given}, Path(config).name
    settings = settings_from(content, where)
    root, cwd = find_root(), Path.cwd()
    folder = Folder(Path(settings.out).expanduser().resolve())
    plan = make_plan(root, cwd, settings, folder, retry=retry)
    _say_plan(plan, _width(settings), wordy=dry_run)
    if dry_run or not plan.waiting:
        return 0
    from support.course.bench.running import run_plan

    folder.prepare()
    report = run_plan(plan, folder, _place(settings, root, cwd))
    words = [f"{report.done} done", f"{len(report.failed)} failed"]
    if report.methods:
        words.append(f"the method failed in {len(report.methods)}")
    if report.shared:
        words.append(f"{report.shared} by another process")
    typer.echo(f"{', '.join(words)}; records in {settings.out}")
    if report.failed or report.methods:
        typer.echo("Run the same command with --retry to try those again.")
    return 1 if report.failed or report.methods else 0


def export_table(folder: str, path: str, kind: str) -> int:
    """Write the records as a table.

    Args:
        folder: of the benchmark.
        path: of the table.
        kind: ``csv`` or ``parquet``; empty to go by the path.

    Returns:
        The exit code: 1 where a damaged record was left out.

    Raises:
        CourseError: the kind is not known, or the table cannot be written.
    """
    from support.course.bench.exporting import export

    suffix = Path(path).suffix.lower()
    if not kind and suffix not in _KINDS:
        raise CourseError(
            f"{path}: cannot tell what to write; end the name with .csv or .parquet, "
            f"or give --csv or --parquet.{nearest(suffix, _KINDS)}"
        )
    records = Folder(Path(folder).expanduser().resolve())
    records.require()
    count, damaged = export(records, Path(path).resolve(), kind or _KINDS[suffix])
    typer.echo(f"wrote {path}: {count} runs")
    for key, why in damaged.items():
        typer.echo(f"left out runs/{key}.json: {why}", err=True)
    if damaged:
        typer.echo("Run the benchmark again: it repairs damaged records.", err=True)
    return 1 if damaged else 0


def import_folder(folder: str, names: Sequence[str], device: str | None) -> int:
    """Merge a benchmark's records into the chapters' ``results.json``.

    Args:
        folder: of the benchmark.
        names: of chapters; none for all.
        device: only runs that asked for it.

    Returns:
        The exit code.

    Raises:
        CourseError: the folder holds nothing that can be merged.
    """
    from support.course.bench.importing import import_records

    project = Project.here()
    records = Folder(Path(folder).expanduser().resolve())
    records.require()
    merged = import_records(project, project.select(names), records, device)
    if not merged:
        raise CourseError(f"{folder} holds no finished run of these chapters.")
    for slug, (good, old) in merged.items():
        typer.echo(f"{slug}: {good} merged into chapters/{slug}/results.json")
        if old:
            typer.echo(
                f"{slug}: {old} left out, made by other code than today's; run the "
                "benchmark again"
            )
    return 0


def _place(settings: Settings, root: Path, cwd: Path) -> Place:
    if not settings.scheduler and settings.slurm is None:
        return Here(root, cwd, settings.jobs, settings.device)
    from support.course.bench.clusters import connect, slurm_place

    if settings.slurm is not None:
        return slurm_place(settings.slurm, settings.device)
    return connect(settings.scheduler, settings.device)


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
        each = f"about {duration(known)}" if known else "no earlier record of its time"
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

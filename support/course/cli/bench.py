"""``course bench``: many runs, compared honestly; resumable, shared, on any machine."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from support.course.cli.running import Chapters
from support.course.project.errors import CourseError, nearest
from support.course.project.look_at_method import DECLARED
from support.course.project.project import Project

if TYPE_CHECKING:
    from support.course.bench.folder import Folder

__all__ = ["app"]

_KINDS = {".csv": "csv", ".parquet": "parquet"}


class _RunIsUsual(TyperGroup):
    """Lets ``course bench CHAPTER ...`` mean ``course bench run CHAPTER ...``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        usual = not args or (
            args[0] not in self.commands and args[0] not in ("-h", "--help")
        )
        return super().parse_args(ctx, ["run", *args] if usual else args)


app = typer.Typer(
    name="bench",
    cls=_RunIsUsual,
    help="Run chapters x methods x data sets x seeds; each run is kept as one record.",
    no_args_is_help=False,
)

Out = Annotated[str, typer.Argument(help="The folder that --out was given.")]


@app.command()
def run(
    chapters: Chapters = None,
    methods: Annotated[
        list[str] | None,
        typer.Option(
            "--method",
            "--methods",
            "-m",
            help="package.module:callable, or 'paper'; repeatable, or with commas.",
        ),
    ] = None,
    datasets: Annotated[
        list[str] | None,
        typer.Option("--dataset", "--datasets", help="Repeatable, or with commas."),
    ] = None,
    seeds: Annotated[
        str | None, typer.Option("--seeds", "--seed", help="0-9, or 0,3,5-7.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="quick or full.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, cuda, ...")] = None,
    out: Annotated[str | None, typer.Option(help="Folder of the records.")] = None,
    config: Annotated[
        str | None, typer.Option(help="All of these in a YAML file; options win.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", "-j", min=1, help="Kernels at once, here.")
    ] = None,
    timeout: Annotated[
        float | None, typer.Option(help="Seconds for each run; full: no limit.")
    ] = None,
    wait: Annotated[
        float | None,
        typer.Option(help="Seconds that a cluster may be without a worker."),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="A Dask scheduler, such as tcp://host:8786.")
    ] = None,
    slurm: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Run in Slurm jobs, workers=4, ..."),
    ] = None,
    retry: Annotated[
        bool, typer.Option("--retry", help="Run again what failed or took too long.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", "-n", help="Say what would run, and how long.")
    ] = False,
) -> None:
    """Run what is not finished; 'course bench CHAPTER ...' means this.

    The same command goes on after an interruption; the same command in a second
    terminal, or on a second machine with the same folder, shares the work.
    """
    from support.course.bench.settings import load_settings, settings_from
    from support.course.cli.seeds import carry_out, planned

    given = {
        "chapters": chapters or None,
        "methods": _split(methods),
        "datasets": _split(datasets),
        "seeds": seeds,
        "profile": profile,
        "device": device,
        "out": out,
        "jobs": jobs,
        "timeout": timeout,
        "wait": wait,
        "scheduler": scheduler,
        "slurm": _pairs(slurm),
    }
    named = {name: value for name, value in given.items() if value is not None}
    content, where = named, "course bench"
    if config is not None:
        content, where = {**load_settings(Path(config)), **named}, Path(config).name
    settings = settings_from(content, where)
    project, kept = Project.here(), _folder(settings.out)
    plan = planned(project, settings, kept, retry=retry, wordy=dry_run)
    if dry_run or not plan.waiting:
        return
    report = carry_out(project, settings, kept, plan)
    reasons = [one for o in report.outcomes.values() for one in o.failures.values()]
    unfinished = sum(bool(outcome.failures) for outcome in report.outcomes.values())
    done = len(report.outcomes) - len(report.failed)
    words = [f"{done} done", f"{len(report.failed)} failed"]
    if unfinished:
        words.append(f"the method failed in {unfinished}")
    if report.reused:
        words.append(f"{report.reused} by another process")
    typer.echo(f"{', '.join(words)}; records in {settings.out}")
    if any(reason.startswith("FileNotFoundError") for reason in reasons):
        typer.echo(
            "A run has its own folder, with your modules in it; a file beside them "
            f"goes along where the method's module says {DECLARED} = ['weights.npy']."
        )
    if report.failed or unfinished:
        typer.echo("Run the same command with --retry to try those again.")
        raise typer.Exit(1)


@app.command()
def export(
    folder: Out,
    path: Annotated[str, typer.Argument(help="Such as table.parquet or table.csv.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Whatever the name.")] = False,
    as_parquet: Annotated[bool, typer.Option("--parquet", help="The same.")] = False,
) -> None:
    """Write all records as one table, a row a measured value."""
    from support.course.bench.exporting import export as export_records

    if as_csv and as_parquet:
        raise CourseError("--csv and --parquet exclude each other; give one of them.")
    suffix = Path(path).suffix.lower()
    kind = "csv" if as_csv else "parquet" if as_parquet else _KINDS.get(suffix)
    if kind is None:
        raise CourseError(
            f"{path}: cannot tell what to write; end the name with .csv or .parquet, "
            f"or give --csv or --parquet.{nearest(suffix, _KINDS)}"
        )
    records = _folder(folder)
    records.require()
    count, damaged = export_records(records, Path(path).resolve(), kind)
    typer.echo(f"wrote {path}: {count} runs")
    for key, why in damaged.items():
        typer.echo(f"left out runs/{key}.json: {why}", err=True)
    if damaged:
        typer.echo("Run the benchmark again: it repairs damaged records.", err=True)
        raise typer.Exit(1)


@app.command()
def show(
    folder: Out,
    against: Annotated[
        str | None,
        typer.Option(help="The method that the others are tested against."),
    ] = None,
) -> None:
    """Compare the methods of a folder: means, intervals, tests; nothing is imported."""
    from support.course.cli.showing import show as show_folder

    typer.echo(show_folder(Project.here(), _folder(folder), against))


@app.command("import")
def import_(
    folder: Out,
    chapters: Chapters = None,
    device: Annotated[
        str | None, typer.Option(help="Only runs that asked for this device.")
    ] = None,
) -> None:
    """Merge good records into the chapters' results.json, which feed the ledger."""
    from support.course.bench.importing import import_records
    from support.course.cli.seeds import say_set_aside

    project, records = Project.here(), _folder(folder)
    records.require()
    chosen = project.select(chapters or [])
    say_set_aside(project, chosen)
    merged = import_records(project, chosen, records, device=device)
    if not merged:
        raise CourseError(f"{folder} holds no finished run of these chapters.")
    for slug, (good, old) in merged.items():
        typer.echo(f"{slug}: {good} merged into chapters/{slug}/results.json")
        if old:
            typer.echo(
                f"{slug}: {old} left out, made by other code than today's, under other "
                "claims or on other seeds than the record's; run the benchmark again"
            )


def _folder(path: str) -> "Folder":
    from support.course.bench.folder import Folder

    return Folder(Path(path).expanduser().resolve())


def _split(words: list[str] | None) -> list[str] | None:
    if not words:
        return None
    return [part.strip() for word in words for part in word.split(",") if part.strip()]


def _pairs(words: list[str] | None) -> dict[str, Any] | None:
    if not words:
        return None
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise CourseError(
                f"--slurm: got {word!r}; expected NAME=VALUE such as workers=4."
            )
        if name == "setup":
            found.setdefault("setup", []).append(value)
        else:
            found[name] = value
    return found

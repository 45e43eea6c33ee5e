"""The command ``course``: it reads as a sentence and says what it did.

Nothing heavy is imported before a command needs it, so that help is there at once.
Exit codes: 0 all well, 1 an execution or a check failed, 2 bad input,
130 interrupted.
"""

import sys
from typing import Annotated, Any

import typer

from support.course.cli.bench import app as bench_app
from support.course.cli.seminar import seminar
from support.course.cli.serve import serve
from support.course.cli.speed import speed
from support.course.project.errors import CourseError

__all__ = ["app", "main"]

_INTERRUPTED = 130

app = typer.Typer(
    name="course",
    help="Nineteen papers, nineteen chapters; every claim a test.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Chapters = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CHAPTER]...", help="Chapters; all where none is named."),
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


@app.command("list")
def list_chapters() -> None:
    """List the chapters, with their data sets and the state of their execution."""
    from support.course.cli.listing import listing
    from support.course.project.chapters import discover, find_root

    root = find_root()
    typer.echo(listing(root, discover(root)))


@app.command()
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
        str | None, typer.Option(help="embedded, or one of 'course data list'.")
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
        bool, typer.Option("--record", help="Write results.json from --seeds.")
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

    With parameters or seeds, only lessons are executed, and kept apart from the
    book's own executions.
    """
    from support.course.cli.commands import run_chapters

    given = _assignments(parameter or [])
    usual = {
        "profile": profile,
        "dataset": dataset,
        "seed": seed,
        "device": device,
        "method": method,
    }
    for name, value in usual.items():
        if value is not None:
            if name in given:
                raise CourseError(
                    f"{name} is given twice, as --{name} and as -p {name}=...; "
                    "give it once."
                )
            given[name] = value
    if timeout is not None and timeout <= 0:
        raise CourseError(f"--timeout: got {timeout:g}; give seconds above 0.")
    code = run_chapters(
        chapters or [],
        given,
        only=only,
        seeds=_seeds(seeds) if seeds is not None else [],
        record=record,
        jobs=jobs,
        timeout=timeout,
        data_dir=data_dir,
        force=force,
        dry_run=dry_run,
    )
    raise typer.Exit(code)


@app.command()
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
    from support.course.cli.commands import build_book

    raise typer.Exit(build_book(edition, not no_run, jobs, timeout))


@app.command()
def check(
    strict: Annotated[
        bool, typer.Option("--strict", help="Records of older code are faults.")
    ] = False,
    lessons: Annotated[
        bool, typer.Option("--lessons", help="Hold lessons to their sizes too.")
    ] = False,
) -> None:
    """Check pairs, claims, contents, records and figures, without executing."""
    from support.course.cli.checks import check_all
    from support.course.project.chapters import discover, find_root

    root = find_root()
    problems = check_all(
        root, discover(root), typer.echo, strict=strict, lessons=lessons
    )
    raise typer.Exit(1 if problems else 0)


@app.command()
def claims(
    chapters: Chapters = None,
    profile: Annotated[str, typer.Option(help="quick or full.")] = "quick",
    dataset: Annotated[str, typer.Option(help="A data set.")] = "embedded",
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Print each claim, its interval over the recorded seeds, and its verdict."""
    from support.course.cli.summary import claims_summary
    from support.course.project.project import Project

    project = Project.here()
    chosen = project.select(chapters or [])
    typer.echo(claims_summary(project, chosen, profile, dataset, as_json=as_json))


@app.command()
def reference(chapters: Chapters = None, jobs: Jobs = None) -> None:
    """Write the paired .ipynb files anew: outputs of check cells alone."""
    from support.course.cli.commands import write_references

    raise typer.Exit(write_references(chapters or [], jobs))


@app.command()
def doctor() -> None:
    """Look at this machine: versions, devices, memory, disk, browser, data."""
    from support.course.cli.doctor import examine

    raise typer.Exit(1 if examine(typer.echo) else 0)


@app.command()
def new(
    slug: Annotated[str, typer.Argument(help="Lower-case letters, digits and _.")],
    title: Annotated[str, typer.Option(help="The short title.")] = "",
) -> None:
    """Start a chapter: a lesson, exercises and a claim that run and pass."""
    from support.course.project.chapters import find_root
    from support.course.project.scaffold import scaffold

    for path in scaffold(find_root(), slug, title):
        typer.echo(f"wrote {path}")
    typer.echo(f"Next: course run {slug}, then course reference {slug}")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every known mistake ends in one paragraph.

    Args:
        arguments: words after ``course``; those of the process by default.
    """
    _add_data_command()
    # jsonschema, which nbformat imports, would spend two seconds on the grammar of
    # international addresses where that package is installed; no notebook has one.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    try:
        code = app(args=arguments, prog_name="course", standalone_mode=False)
    except CourseError as error:
        code = _say(str(error), error.exit_code)
    except KeyboardInterrupt:
        code = _INTERRUPTED
    except Exception as error:
        code = _known(error)
    if code == _INTERRUPTED:  # also where Typer caught Ctrl-C itself
        _say("Interrupted: what was finished is kept; run the same command again.", 0)
    sys.exit(code or 0)


def _known(error: Exception) -> int:
    """Turn errors of the command line and of the data layer into one paragraph."""
    from support.data.errors import DataError

    if isinstance(error, DataError):
        return _say(str(error), 2)
    shown = getattr(error, "show", None)  # click's own: a wrong option, no command
    if shown is not None:
        shown()
        return int(getattr(error, "exit_code", 2))
    if type(error).__name__ == "Abort":
        return _INTERRUPTED
    raise error


def _say(text: str, code: int) -> int:
    typer.echo(text, err=True)
    return code


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


def _seeds(text: str) -> list[int]:
    from support.course.bench.settings import parse_seeds

    return list(parse_seeds(text))


app.command("seminar")(seminar)
app.command("serve")(serve)
app.command("speed")(speed)
app.add_typer(bench_app, name="bench")


def _add_data_command() -> None:
    """Add ``course data``, which the data layer brings along."""
    if any(group.name == "data" for group in app.registered_groups):
        return
    try:
        from support.course.cli.data import app as data_app
    except ImportError:
        return
    app.add_typer(data_app, name="data")


if __name__ == "__main__":
    main()

"""The command ``course``: it reads as a sentence and says what it did.

Nothing heavy is imported before a command needs it, so that help is there at once.
Exit codes: 0 all well, 1 an execution or a check failed, 2 bad input,
130 interrupted.
"""

import errno
import io
import sys
from typing import Annotated

import typer

from support.course.cli.bench import app as bench_app
from support.course.cli.data import app as data_app
from support.course.cli.mark import mark
from support.course.cli.plan import plan
from support.course.cli.running import Chapters, build, reference, run
from support.course.cli.seminar import seminar
from support.course.cli.serve import serve
from support.course.cli.speed import speed
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.data.errors import DataError

__all__ = ["app", "main"]

_INTERRUPTED = 130
#: The folder or the disk takes no file.
_NO_PLACE = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC}

app = typer.Typer(
    name="course",
    help="Nineteen papers, nineteen chapters; every claim a test.",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.command("list")
def list_chapters() -> None:
    """List the chapters, with their data sets and the state of their execution."""
    from support.course.cli.listing import listing

    typer.echo(listing(Project.here()))


@app.command()
def check(
    strict: Annotated[
        bool, typer.Option("--strict", help="Records of older code are faults.")
    ] = False,
) -> None:
    """Check pairs, claims, contents, records and figures, without executing."""
    from support.course.cli.checks import check_all

    problems = check_all(Project.here(), typer.echo, strict=strict)
    raise typer.Exit(1 if problems else 0)


@app.command()
def claims(
    chapters: Chapters = None,
    profile: Annotated[str, typer.Option(help="quick or full.")] = "quick",
    dataset: Annotated[
        str | None, typer.Option(help="One data set; all that claims read without.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Print each claim, its interval over the recorded seeds, and its verdict."""
    from support.course.cli.summary import claims_summary

    project = Project.here()
    chosen = project.select(chapters or [])
    typer.echo(claims_summary(project, chosen, profile, dataset, as_json=as_json))


@app.command()
def doctor() -> None:
    """Look at this machine: versions, devices, memory, disk, browser, data."""
    from support.course.cli.doctor import examine

    raise typer.Exit(1 if examine(Project.here(), typer.echo) else 0)


@app.command()
def new(
    slug: Annotated[str, typer.Argument(help="Lower-case letters, digits and _.")],
    title: Annotated[str, typer.Option(help="The short title.")] = "",
) -> None:
    """Start a chapter: a small one that runs, to be replaced part by part."""
    from support.course.project.scaffold import scaffold

    for path in scaffold(Project.here(), slug, title):
        typer.echo(f"wrote {path}")
    typer.echo(f"Next: course run {slug}, then course reference {slug}")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line; every known mistake ends in one paragraph.

    Args:
        arguments: words after ``course``; those of the process by default.
    """
    # jsonschema, which nbformat imports, would spend two seconds on the grammar of
    # international addresses where that package is installed; no notebook has one.
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a Latin-1 terminal has no "≤"
            stream.reconfigure(errors="replace")
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
    if isinstance(error, DataError):
        return _say(str(error), 2)
    if isinstance(error, OSError) and error.errno in _NO_PLACE:
        return _say(
            f"{error.filename or 'A file'} cannot be written: {error.strerror}. Make "
            "its folder writable, or make room on the disk.",
            1,
        )
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


app.command("run")(run)
app.command("build")(build)
app.command("mark")(mark)
app.command("plan")(plan)
app.command("reference")(reference)
app.command("seminar")(seminar)
app.command("serve")(serve)
app.command("speed")(speed)
app.add_typer(bench_app, name="bench")
app.add_typer(data_app, name="data")


if __name__ == "__main__":
    main()

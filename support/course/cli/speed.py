"""``course speed``: our kernels beside their peers, measured in one run."""

from typing import Annotated

import typer

from support.course.project.errors import CourseError
from support.course.project.project import Project

__all__ = ["speed"]


def speed(
    only: Annotated[
        list[str] | None,
        typer.Option("--only", metavar="NAME", help="Part of a name; repeatable."),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1, ...")] = "cpu",
    quick: Annotated[
        bool, typer.Option("--quick", help="Fewer rounds, wider intervals.")
    ] = False,
    record: Annotated[
        bool, typer.Option("--record", help="Write the book's record of this device.")
    ] = False,
) -> None:
    """Time our kernels and their peers side by side; results must agree first.

    Let the machine do nothing else meanwhile.  Exit code 1: results disagree, or
    one of the two failed.
    """
    from support.course.cli.timing import run_speed

    if record and only:
        raise CourseError(
            "--record and --only: a record is of one whole run; give one of the two."
        )
    code = run_speed(
        Project.here(), only=only or [], device=device, quick=quick, record=record
    )
    raise typer.Exit(code)

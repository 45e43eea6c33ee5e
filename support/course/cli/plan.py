"""``course plan``: a semester, computed from minutes and what builds on what."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from support.course.project.errors import CourseError

__all__ = ["plan"]


def plan(
    weeks: Annotated[int, typer.Option(help="Meetings, one a week.")],
    minutes: Annotated[int, typer.Option(help="Of a meeting.")],
    chapters: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="CHAPTER",
            help="Those wanted, the dearest first; a few of each part without.",
        ),
    ] = None,
    home: Annotated[
        int, typer.Option(help="Minutes at home a chapter, its reading included.")
    ] = 120,
    chapters_only: Annotated[
        bool,
        typer.Option(
            "--chapters-only", help="Without a first meeting on the book and a last."
        ),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Write it as Markdown, to be edited.")
    ] = None,
) -> None:
    """Choose and order chapters for a semester; say which do not fit."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    from support.course.pages.semester import HEAD, markdown, notes, rows
    from support.course.project.files import write_atomic
    from support.course.project.project import Project
    from support.course.project.semester import plan_semester

    project = Project.here()
    made = plan_semester(
        project,
        weeks,
        minutes,
        home=home,
        goals=chapters or [],
        framed=not chapters_only,
    )
    if out is not None and (out.exists() or out.is_symlink()):
        raise CourseError(
            f"--out: {str(out)!r} exists already; nothing was written. Name another "
            "file."
        )
    table = Table(*HEAD, box=box.SIMPLE_HEAD)
    for row in rows(made, lambda stop: f"{stop.number}. {stop.chapter.title}"):
        table.add_row(*row)
    # Piped output has no width of its own; 80 columns would break every row.
    Console(
        width=None if sys.stdout.isatty() else 120, highlight=False, markup=False
    ).print(table)
    for line in notes(project, made):
        typer.echo(line)
    if out is not None:
        write_atomic(out, markdown(project, made))
        typer.echo(f"{out}: the same with what each chapter needs, to be edited")

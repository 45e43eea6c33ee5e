"""``course seminar``: what a teacher takes into a room, from one chapter or all."""

from pathlib import Path
from typing import Annotated

import typer

from support.course.project.errors import CourseError

__all__ = ["seminar"]


def seminar(
    out: Annotated[Path, typer.Option("--out", help="The folder to make.")],
    chapter: Annotated[
        str | None, typer.Argument(metavar="CHAPTER", help="Which chapter.")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="All chapters, a folder for each.")
    ] = False,
    force: Annotated[
        bool,
        typer.Option(
            "--force",
            "-f",
            help="Make an earlier --out anew; your own files there stay.",
        ),
    ] = False,
) -> None:
    """Make notebooks for students and teachers, slides, a handout and a zip."""
    from support.course.project.project import Project
    from support.course.seminar.write import write_seminars

    if bool(chapter) == every:
        raise CourseError(
            "Name one chapter, for example 'course seminar concepts --out monday', or "
            "give --all for the whole course; not both."
        )
    project = Project.here()
    chosen = project.select([chapter] if chapter else [])
    if not chosen:
        raise CourseError(f"There is no chapter in {project.root / 'chapters'} yet.")
    missing = write_seminars(
        project, chosen, out, force=force, apart=every, say=typer.echo
    )
    for words in missing:
        typer.echo(words, err=True)

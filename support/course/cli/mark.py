"""``course mark``: students' notebooks, tried by the chapter's own checks."""

import secrets
from pathlib import Path
from typing import Annotated

import typer

__all__ = ["mark"]


def mark(
    folder: Annotated[Path, typer.Argument(help="Of the students' notebooks.")],
    chapter: Annotated[
        str | None,
        typer.Option(help="Whose exercises; by default what the notebooks say."),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="The folder to make.")] = Path(
        "marks"
    ),
    seed: Annotated[
        int | None,
        typer.Option(min=1, max=999, help="Of data and inputs; drawn by default."),
    ] = None,
    timeout: Annotated[
        int, typer.Option(min=1, help="Seconds for each answer and each check.")
    ] = 120,
    memory: Annotated[
        float, typer.Option(min=0.5, help="GB that each kernel may take.")
    ] = 4.0,
    jobs: Annotated[
        int, typer.Option("--jobs", "-j", min=1, help="Students at once.")
    ] = 1,
) -> None:
    """Mark students' exercises: a table, and a page for each student."""
    from support.course.mark.folder import mark_folder
    from support.course.mark.kernel import Limits
    from support.course.mark.submissions import chapter_of
    from support.course.project.project import Project

    project = Project.here()
    (chosen,) = project.select([chapter or chapter_of(folder)])
    mark_folder(
        project,
        chosen,
        folder,
        out,
        seed=secrets.choice(range(1, 1000)) if seed is None else seed,
        limits=Limits(timeout, int(memory * 2**30)),
        jobs=jobs,
        say=typer.echo,
    )

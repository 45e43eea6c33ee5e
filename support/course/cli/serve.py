"""``course serve``: the book, with cells that run on the reader's own machine."""

from typing import Annotated

import typer

from support.course.project.errors import CourseError
from support.course.project.project import Project

__all__ = ["serve"]

_HERE = ("127.0.0.1", "localhost", "::1")


def serve(
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="Where to listen; 0 takes a free port."),
    ] = 8899,
    host: Annotated[
        str,
        typer.Option(
            help="An address of this machine; other than its own "
            "127.0.0.1 only with --open-to-network."
        ),
    ] = "127.0.0.1",
    open_to_network: Annotated[
        bool,
        typer.Option(
            "--open-to-network",
            help="Let other machines in; whoever has the token runs code as you.",
        ),
    ] = False,
) -> None:
    """Serve the built book; a button at each cell runs it on this machine.

    The address that is printed holds a random token; without it the pages can be
    read, and nothing can be run.  Ctrl-C ends the server and all its kernels.
    """
    if host not in _HERE and not open_to_network:
        raise CourseError(
            f"--host: {host} would let other machines run code as you; the book is "
            "served on 127.0.0.1. If that is what you want, add --open-to-network."
        )
    from support.course.run.store import Store
    from support.course.serve.command import serve_book

    project = Project.here()
    raise typer.Exit(
        serve_book(
            project,
            host,
            port,
            Store(project).cell_times,
            open_to_network=open_to_network,
            say=typer.echo,
        )
    )

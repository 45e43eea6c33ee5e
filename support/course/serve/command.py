"""What ``course serve`` does, from the first check to the last kernel."""

from collections.abc import Callable
from typing import Any

from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.serve.vendor import thebe

__all__ = ["serve_book"]


def serve_book(
    project: Project,
    host: str,
    port: int,
    *,
    open_to_network: bool,
    say: Callable[[str], Any],
) -> int:
    """Serve until interrupted.

    Args:
        project: whose book.
        host: the address to listen on.
        port: 0 takes a free one.
        open_to_network: whether other machines may come.
        say: called with each line for the reader.

    Returns:
        The exit code.

    Raises:
        CourseError: the book is not built, a part is missing, or the address
            cannot be taken; the message says which and what to do.
    """
    html = project.build / "html"
    if not (html / "index.html").is_file():
        raise CourseError("The book is not built. Run: course build", exit_code=1)
    try:
        from support.course.serve.server import make_server
    except ImportError as error:
        raise CourseError(
            f"course serve needs a package that is missing: {error.name}. "
            "Run: pip install jupyter-server",
            exit_code=1,
        ) from error
    files = thebe(project)
    try:
        server, address = make_server(
            project, html, files, host=host, port=port, open_to_network=open_to_network
        )
    except OSError as error:
        raise CourseError(
            f"{host}, port {port}: {error.strerror or error}. "
            "Give another --port; 0 takes a free one.",
            exit_code=1,
        ) from error

    def welcome() -> None:
        say(f"The book, with cells that run on this machine: {address}")
        if open_to_network:
            say("Open to the network: whoever has this address can run code as you.")
        say("Ctrl-C ends it, and all that it runs.")

    server.io_loop.add_callback(welcome)  # it listens by then
    server.start()
    say("Ended; no kernel is left.")
    return 0

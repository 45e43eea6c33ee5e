"""What ``course serve`` does, from the first check to the last kernel."""

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from support.course.kernel.execution import kernel_environment
from support.course.kernel.executors import threads_per_kernel
from support.course.kernel.kernels import write_profile
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.serve.vendor import thebe

__all__ = ["serve_book"]


def serve_book(
    project: Project,
    host: str,
    port: int,
    times: Callable[[str, str], Mapping[str, float]],
    *,
    open_to_network: bool,
    say: Callable[[str], Any],
) -> int:
    """Serve until interrupted.

    Args:
        project: whose book.
        host: the address to listen on.
        port: 0 takes a free one.
        times: seconds of each cell by its text, of a chapter's ``lesson`` or
            ``exercises``; empty where they are not known.
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
    with tempfile.TemporaryDirectory(prefix="course-serve-") as folder:
        _give_to_kernels(project, Path(folder))
        try:
            server, address = make_server(
                project,
                html,
                files,
                times,
                host=host,
                port=port,
                open_to_network=open_to_network,
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
                say(
                    "Open to the network: whoever has this address can run code as you."
                )
            say("Ctrl-C ends it, and all that it runs.")

        server.io_loop.add_callback(welcome)  # it listens by then
        server.start()
    say("Ended; no kernel is left.")
    return 0


def _give_to_kernels(project: Project, folder: Path) -> None:
    """Set what this process's kernels inherit: the threads and paths of a run.

    A kernel with a thread a core waits for its own threads wherever something else
    runs: on two busy cores a cell of 13 s took 119 s.  Nor may the reader's IPython
    change a chapter.

    Args:
        project: whose modules are imported.
        folder: goes with the server.
    """
    environment = kernel_environment(project, threads_per_kernel("quick", 1))
    os.environ.clear()
    os.environ.update(environment, IPYTHONDIR=str(write_profile(folder)))

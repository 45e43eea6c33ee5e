"""One run of a benchmark as a pure function: a parcel in, an outcome out.

A parcel holds all that a machine needs that has this package and nothing else of
the sender's: no shared file system, no path that means something elsewhere.  The
machine first makes sure that its own copy of the package is the sender's.
"""

import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from support.course.kernel.execution import Outcome, Task, execute, kernel_environment
from support.course.kernel.executors import threads_per_kernel
from support.course.run.staleness import code_digest

__all__ = ["Parcel", "perform"]


@dataclass(frozen=True)
class Parcel:
    """A run, complete in itself.

    Attributes:
        name: for messages.
        notebook: the lesson as JSON text, without outputs.
        parameters: values that differ from the notebook's own, already checked.
        files: texts to lay beside the notebook, by name: ``claims.yml``, and the
            modules of the reader's method.
        dataset: whose loader belongs to the code.
        method: the text of the reader's method; empty where there is none.
        code: digest that the code must have where it runs.
        timeout: seconds for the whole execution; None for no limit.
        threads: of a kernel; None for as many as the machine gives one task.
        root: the project's folder, where this runs on the sender's machine.
        folders: further folders of modules there.
    """

    name: str
    notebook: str
    parameters: Mapping[str, Any]
    files: Mapping[str, str] = field(repr=False)
    dataset: str = "embedded"
    method: str = ""
    code: str = ""
    timeout: float | None = None
    threads: int | None = None
    root: str = ""
    folders: tuple[str, ...] = ()


def perform(
    parcel: Parcel,
    on_cell: Callable[[int, int], None] | None = None,
    gpu: str | None = None,
) -> Outcome:
    """Execute a parcel in a folder of its own.

    Args:
        parcel: what to run.
        on_cell: called with the cell's place and the number of cells.
        gpu: the one device that the kernel may see; None leaves it as it is.

    Returns:
        The outcome; failures of any kind are states, not exceptions.
    """
    try:
        folder = Path(tempfile.mkdtemp(prefix="course-run-"))
        try:
            return _perform(parcel, folder, on_cell, gpu)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:  # a full disk, above all
        return Outcome("failed", f"{type(error).__name__}: {error}")


def _perform(
    parcel: Parcel,
    folder: Path,
    on_cell: Callable[[int, int], None] | None,
    gpu: str | None,
) -> Outcome:
    for name, text in parcel.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    method_file = None
    if parcel.method:
        method_file = folder / ".method.py"
        method_file.write_text(parcel.method, encoding="utf-8")
    root = Path(parcel.root) if parcel.root else Path(__file__).resolve().parents[3]
    notebook = nbformat.reads(parcel.notebook, as_version=4)

    def code() -> str:
        return code_digest(
            notebook, root=root, dataset=parcel.dataset, method_file=method_file
        )

    if code() != parcel.code:
        where = "has changed since the plan" if parcel.root else "differs there"
        return Outcome(
            "failed",
            f"the package {where}: install the same version on every machine, and "
            "start again",
        )
    environment = kernel_environment(root, folder, _threads(parcel))
    paths = [environment["PYTHONPATH"], *parcel.folders]
    environment["PYTHONPATH"] = os.pathsep.join(dict.fromkeys(paths))
    if gpu is not None:
        environment["CUDA_VISIBLE_DEVICES"] = gpu
    task = Task(
        name=parcel.name,
        notebook=parcel.notebook,
        parameters=parcel.parameters,
        folder=str(folder),
        environment=environment,
        timeout=parcel.timeout,
    )
    outcome = execute(task, on_cell=on_cell)
    if outcome.state == "done" and code() != parcel.code:
        outcome.state, outcome.reason = "failed", "the package changed while it ran"
    return outcome


def _threads(parcel: Parcel) -> int:
    if parcel.threads is not None:
        return parcel.threads
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdigit():
        return max(1, int(given))
    try:
        from distributed import get_worker

        return threads_per_kernel(get_worker().state.nthreads)
    except (ImportError, ValueError):
        return threads_per_kernel(1)

"""One execution as a pure function: a parcel in, an outcome out.

A parcel for this machine names the project's folders.  One for another machine holds
all that is needed there beside this package: no shared file system, no path that means
something elsewhere; that machine first makes sure that its own copy of the package is
the sender's.
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
from support.course.project.project import Project
from support.course.run.own_code import OwnCode
from support.course.run.staleness import code_digest

__all__ = ["Parcel", "limit", "perform"]

_QUICK_TIMEOUT_S = 1800.0


@dataclass(frozen=True)
class Parcel:
    """An execution, complete in itself.

    Attributes:
        name: for messages.
        notebook: as JSON text, without outputs.
        parameters: values that differ from the notebook's own, already checked.
        profile: it runs in.
        dataset: whose loader belongs to the code.
        timeout: seconds for the whole execution; None for no limit.
        folder: that it works in; empty for a fresh one, which is removed with it.
        files: texts to lay into a fresh folder, by name: ``claims.yml``.
        method: the reader's own, whose files are laid there too; None where there is
            none, or where it is imported from where it lies.
        code: digest that the code must have before and after; empty where whoever
            keeps the outcome looks after that.
        root: the project's folder; empty on another machine.
        cwd: the folder the command was given in; empty on another machine.
        jobs: how many kernels run at once; None for what the other machine says.
    """

    name: str
    notebook: str
    parameters: Mapping[str, Any]
    profile: str
    dataset: str = "embedded"
    timeout: float | None = None
    folder: str = ""
    files: Mapping[str, str] = field(default_factory=dict, repr=False)
    method: OwnCode | None = None
    code: str = ""
    root: str = ""
    cwd: str = ""
    jobs: int | None = None


def limit(profile: str, given: float | None) -> float | None:
    """Say how many seconds an execution may take: half an hour, if it is quick."""
    return given or (_QUICK_TIMEOUT_S if profile == "quick" else None)


def perform(
    parcel: Parcel,
    on_cell: Callable[[int, int], None] | None = None,
    gpu: str | None = None,
) -> Outcome:
    """Execute a parcel.

    Args:
        parcel: what to run.
        on_cell: called with the cell's place and the number of cells.
        gpu: the one device that the kernel may see; None leaves it as it is.

    Returns:
        The outcome; failures of any kind are states, not exceptions.
    """
    if parcel.folder:
        return _perform(parcel, Path(parcel.folder), on_cell, gpu)
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
    if parcel.method is not None:
        parcel.method.lay(folder)
    # Elsewhere nothing of the project is there but the package.
    root = Path(parcel.root) if parcel.root else Path(__file__).resolve().parents[3]
    project = Project(root, Path(parcel.cwd) if parcel.cwd else folder, (), ())
    if parcel.code and _code(parcel, project) != parcel.code:
        where = "has changed since the plan" if parcel.root else "differs there"
        return Outcome(
            "failed",
            f"the package {where}: install the same version on every machine, and "
            "start again",
        )
    environment = kernel_environment(project, _threads(parcel))
    if parcel.method is not None:  # what was laid here runs, not what lies elsewhere
        paths = [str(folder), environment["PYTHONPATH"]]
        environment["PYTHONPATH"] = os.pathsep.join(paths)
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
    if parcel.code and _code(parcel, project) != parcel.code:
        outcome.record = None  # nobody knows which text was imported
        if outcome.state == "done":
            outcome.state, outcome.reason = "failed", "the package changed while it ran"
    return outcome


def _code(parcel: Parcel, project: Project) -> str:
    return code_digest(
        nbformat.reads(parcel.notebook, as_version=4),
        project,
        dataset=parcel.dataset,
        method=parcel.method,
    )


def _threads(parcel: Parcel) -> int:
    if parcel.jobs is not None or parcel.profile == "quick":
        return threads_per_kernel(parcel.profile, parcel.jobs or 1)
    given = os.environ.get("OMP_NUM_THREADS", "")
    if given.isdecimal():
        return max(1, int(given))
    try:
        from distributed import get_worker

        return threads_per_kernel(parcel.profile, get_worker().state.nthreads)
    except (ImportError, ValueError):
        return threads_per_kernel(parcel.profile, 1)

"""One execution: a notebook and its parameters in, an outcome out.

:func:`execute` is a pure function of its task, which can be pickled, as its
outcome can; that is what lets another executor (a cluster's) take the place of the
local one.  It reads and writes no file of the project itself.
"""

import asyncio
import contextlib
import getpass
import json
import os
import re
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from support.claims import RECORD_MIME
from support.course.kernel import kernels
from support.course.project.project import Project

if TYPE_CHECKING:
    from support.course.kernel.engine import Progress

__all__ = [
    "Outcome",
    "Task",
    "close_loop",
    "execute",
    "kernel_environment",
    "plain",
    "record_in",
]

_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Task:
    """What to execute, complete in itself.

    Attributes:
        name: for messages, such as ``concepts/lesson``.
        notebook: the notebook as JSON text.
        parameters: values that differ from the notebook's own, already checked.
        folder: the kernel's working folder.
        environment: the kernel's environment variables, all of them.
        timeout: seconds for the whole execution; None for no limit.
    """

    name: str
    notebook: str
    parameters: Mapping[str, Any]
    folder: str
    environment: Mapping[str, str]
    timeout: float | None = None


@dataclass
class Outcome:
    """How an execution ended, and what it cost.

    Attributes:
        state: ``done``, ``failed`` or ``timed out``.
        reason: why, in words; empty for ``done``.
        notebook: the executed notebook as JSON text; partial after a failure.
        failure: the failing cell and its traceback, as the kernel coloured it.
        wall_s: seconds from before the kernel's start to after its end.
        cpu_s: processor seconds of the kernel and its children.
        peak_rss_bytes: largest resident memory of these.
        cell_s: seconds of each code cell that came to an end, in order.
        record: what the notebook measured, as it left it; None where it did not.
    """

    state: str
    reason: str = ""
    notebook: str = ""
    failure: str = ""
    wall_s: float = 0.0
    cpu_s: float = 0.0
    peak_rss_bytes: int = 0
    cell_s: list[float] = field(default_factory=list, repr=False)
    record: dict[str, Any] | None = field(default=None, repr=False)

    @property
    def peak_gpu_bytes(self) -> int | None:
        """As the notebook's record says; None where it does not."""
        return (self.record or {}).get("peak_gpu_bytes")

    @property
    def device(self) -> str | None:
        """As the notebook's record says; None where it does not."""
        return (self.record or {}).get("device")

    @property
    def failures(self) -> dict[str, str]:
        """The reader's methods that did not finish, and why."""
        return dict((self.record or {}).get("failures", {}))


def kernel_environment(
    project: Project, threads: int, base: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Build the environment of a kernel: the same whoever starts it.

    Args:
        project: its folder is first on the module path, the one that the command
            was given in is second.
        threads: processor threads a kernel may use.
        base: the environment to start from; that of this process by default.

    Returns:
        All variables of the kernel.
    """
    environment = dict(os.environ if base is None else base)
    paths = [str(project.root), str(project.cwd), environment.get("PYTHONPATH", "")]
    for name in ("PYTHONSTARTUP", "IPYTHONDIR", "PYTHONWARNINGS"):
        environment.pop(name, None)
    if environment.get("COURSE_DATA"):  # a kernel works in another folder
        environment["COURSE_DATA"] = str(project.cwd / environment["COURSE_DATA"])
    count = str(max(1, threads))
    for name in ("OMP", "MKL", "OPENBLAS", "NUMEXPR"):
        environment[f"{name}_NUM_THREADS"] = count
    if (folder := _matplotlib_folder(environment)) is not None:
        environment["MPLCONFIGDIR"] = folder
    environment |= {
        "COURSE_BATCH": "1",
        "COURSE_ROOT": str(project.root),
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(path for path in paths if path)),
    }
    return environment


def _matplotlib_folder(environment: Mapping[str, str]) -> str | None:
    """Where Matplotlib may keep its fonts if not at home, which it would print."""
    home = Path(environment.get("HOME") or os.path.expanduser("~"))
    usual = [home / ".config", home / ".cache"]
    missing = [path if path.exists() else path.parent for path in usual]
    writable = all(os.access(path, os.W_OK) for path in missing)
    if writable or "MPLCONFIGDIR" in environment:
        return None
    return os.path.join(tempfile.gettempdir(), f"course-matplotlib-{getpass.getuser()}")


def plain(text: str) -> str:
    """Remove terminal colours from a traceback."""
    return _ANSI.sub("", text)


def record_in(notebook: Mapping[str, Any]) -> dict[str, Any] | None:
    """Find what a notebook measured in its outputs.

    Args:
        notebook: executed, as parsed from JSON.

    Returns:
        The record, or None where there is none.
    """
    for cell in notebook.get("cells", []):
        for output in cell.get("outputs", []):
            found = output.get("data", {}).get(RECORD_MIME)
            if isinstance(found, dict):
                return found
    return None


def execute(task: Task, on_cell: Callable[[int, int], None] | None = None) -> Outcome:
    """Execute a notebook in a kernel of its own.

    Args:
        task: what to execute.
        on_cell: called with the cell's place and the number of cells.

    Returns:
        The outcome; failures of any kind are states, not exceptions.
    """
    from support.course.kernel.engine import Progress

    begun = time.perf_counter()
    progress = Progress(on_cell=on_cell)
    try:
        state, reason, failure = _run(task, progress)
    except kernels.RunInterruptedError:
        state, reason, failure = "failed", "interrupted", ""
    except Exception as error:
        state, reason = "failed", f"{type(error).__name__}: {error}"
        failure = "" if _is_expected(error) else traceback.format_exc()
    finally:
        close_loop()
    outcome = Outcome(state, reason, failure=failure)
    outcome.wall_s = time.perf_counter() - begun
    if progress.meter is not None:
        outcome.cpu_s = progress.meter.cpu_s
        outcome.peak_rss_bytes = progress.meter.peak_rss_bytes
    outcome.cell_s = progress.cell_s
    if progress.notebook is not None:
        outcome.notebook = json.dumps(progress.notebook, indent=1, ensure_ascii=False)
        outcome.record = record_in(progress.notebook)
    return outcome


def _run(task: Task, progress: "Progress") -> tuple[str, str, str]:
    """Return state, reason and failure; raise what is no failure of a cell."""
    from nbclient.exceptions import DeadKernelError
    from papermill import PapermillExecutionError

    from support.course.kernel.engine import run_notebook

    with kernels.kernel() as made, open(made.log, "wb") as log:
        alarm = None
        ended = threading.Event()
        if task.timeout is not None:

            def expire() -> None:
                progress.timed_out = True
                while made.pid is None and not ended.wait(0.05):
                    pass  # the kernel has not even started
                made.kill()

            alarm = threading.Timer(task.timeout, expire)
            alarm.daemon = True
            alarm.start()
        environment = dict(task.environment)
        environment["IPYTHONDIR"] = str(kernels.write_profile(made.folder))
        try:
            run_notebook(
                task.notebook,
                task.parameters,
                made,
                progress,
                {
                    "cwd": task.folder,
                    "env": environment,
                    "stdout": log,
                    "stderr": log,
                },
            )
        except PapermillExecutionError as error:
            reason = f"{error.ename}: {plain(str(error.evalue))}".splitlines()[0]
            if error.ename == "GivenDataError":  # it says all, and not of any code
                return "failed", reason, ""
            return "failed", reason, _describe(progress, "\n".join(error.traceback))
        except Exception as error:
            if progress.timed_out:
                reason = f"took longer than {task.timeout:g} s"
                return "timed out", reason, _describe(progress, "")
            if isinstance(error, DeadKernelError):
                words = _tail(made.log)
                reason = f"the kernel died: {made.ending or 'nobody knows why'}"
                reason += f" ({words.splitlines()[-1]})" if words else ""
                return "failed", reason, _describe(progress, words)
            raise
        finally:
            ended.set()
            if alarm is not None:
                alarm.cancel()
            if progress.meter is not None:
                progress.meter.stop()
    return "done", "", ""


def _describe(progress: "Progress", trace: str) -> str:
    """Name the failing cell, show its text, then the traceback."""
    if progress.cell is None:
        return trace
    lines = [f"In cell {progress.cell + 1} of the notebook:", ""]
    lines += [f"    {line}" for line in progress.source.splitlines()]
    return "\n".join([*lines, "", trace] if trace else lines)


def _tail(path: Path, lines: int = 20) -> str:
    with contextlib.suppress(OSError):
        text = path.read_text(encoding="utf-8", errors="replace").strip()
        return "\n".join(text.splitlines()[-lines:])
    return ""


def _is_expected(error: Exception) -> bool:
    """A kernel that does not start is told in its message; the rest is a bug."""
    return isinstance(error, RuntimeError | OSError)


def close_loop() -> None:
    """Close the event loop that nbclient made for this thread, and what it awaited."""
    from jupyter_core.utils import ensure_event_loop

    with contextlib.suppress(RuntimeError):
        loop = ensure_event_loop()
        if not loop.is_running():
            left = asyncio.all_tasks(loop)  # of a cell that was cut short
            for task in left:
                task.cancel()
            if left:
                loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            loop.close()
    if sys.version_info < (3, 14):
        asyncio.set_event_loop(None)

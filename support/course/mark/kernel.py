"""Run a list of cells in one fenced kernel, as far as they go."""

import logging
import os
import site
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import psutil
from jupyter_client.kernelspec import KernelSpec
from nbclient import NotebookClient
from nbclient.exceptions import CellTimeoutError, DeadKernelError

from support.course.kernel import kernels
from support.course.kernel.execution import close_loop, kernel_environment, plain
from support.course.mark import fence
from support.course.project.project import Project

__all__ = ["Limits", "Ran", "fenced", "run_cells"]

_START_SECONDS = 120
_MOST_OUTPUT = 1_000_000  # characters; nobody reads a flood, and it fills the memory
_SYSTEM = ("/usr", "/bin", "/lib", "/lib64", "/etc", "/opt", "/proc", "/sys", "/dev")
_KEPT = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TZ")
_MARK = "COURSE_MARKING"

_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())
_log.propagate = False


@dataclass(frozen=True)
class Limits:
    """What one kernel may take.

    Attributes:
        seconds: for each answer and each check.
        memory: bytes.
    """

    seconds: int
    memory: int


@dataclass(frozen=True)
class Ran:
    """What became of the cells.

    Attributes:
        outputs: of each cell that was begun, the last of which may be incomplete.
        stopped: why the last of these did not end, in words; empty where all did.
    """

    outputs: list[list[Mapping[str, Any]]]
    stopped: str = ""

    def printed(self, place: int) -> str:
        """What a cell printed, without colours."""
        return plain("".join(o["text"] for o in self.outputs[place] if "text" in o))

    def error(self, place: int) -> str:
        """What a cell raised, in one line; empty where it did not."""
        for output in self.outputs[place]:
            if output["output_type"] == "error":
                return plain(f"{output['ename']}: {output['evalue']}").strip()
        return ""


class _Fenced(kernels.ThisInterpreter):
    """This interpreter's kernel, started behind the fence."""

    def __init__(self, rules: Mapping[str, Any]) -> None:
        super().__init__()
        self._rules = rules

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        spec = super().get_kernel_spec(kernel_name)
        spec.argv = fence.command(self._rules, spec.argv)
        return spec


class _Client(NotebookClient):
    """Ends a kernel that floods us with output."""

    made: kernels.Kernel
    said, flooded = 0, False

    def output(self, outs: Any, msg: Any, display_id: Any, cell_index: int) -> Any:
        self.said += len(str(msg["content"]))
        if self.said > _MOST_OUTPUT:
            self.flooded = True
            self.made.kill()
            return None
        return super().output(outs, msg, display_id, cell_index)


def fenced(package: Path) -> dict[str, bool]:
    """Try what the fence keeps in on this machine.

    Args:
        package: that the kernels import.
    """
    with tempfile.TemporaryDirectory() as scratch, kernels.kernel() as made:
        return fence.holds(_rules(made, Path(scratch), package, Limits(60, 1 << 30)))


def run_cells(
    sources: Sequence[str],
    given: Sequence[bool],
    package: Path,
    files: Mapping[str, bytes],
    limits: Limits,
) -> Ran:
    """Run cells in a kernel of their own, which nothing outlives.

    Args:
        sources: of the cells; one that raises does not keep the next from running.
        given: whether each is the book's own, which may take ten times as long.
        package: the folder that ``support`` and ``chapters`` are imported from.
        files: to lay into the kernel's working folder.
        limits: of the kernel.
    """
    cells = [
        nbformat.v4.new_code_cell(
            source, metadata={"seconds": limits.seconds * 10**own}
        )
        for source, own in zip(sources, given, strict=True)
    ]
    notebook = nbformat.v4.new_notebook(cells=cells)
    with (
        tempfile.TemporaryDirectory(prefix="mark-", ignore_cleanup_errors=True) as home,
        kernels.kernel() as made,
        open(made.log, "wb") as log,
    ):
        scratch = Path(home)
        for name, data in files.items():
            (scratch / name).write_bytes(data)
        rules = _rules(made, scratch, package, limits)
        made.manager.kernel_spec_manager = _Fenced(rules)
        client = _Client(
            notebook,
            km=made.manager,
            kernel_name="python3",
            startup_timeout=_START_SECONDS,
            timeout_func=lambda cell: cell.metadata["seconds"],
            allow_errors=True,
            record_timing=False,
            coalesce_streams=True,
            shutdown_kernel="immediate",
            log=_log,
        )
        begun: list[int] = []
        client.on_cell_start = lambda cell, cell_index: begun.append(cell_index)
        client.made = made
        stopped = ""
        try:
            client.execute(
                cleanup_kc=True,
                cwd=home,
                env=_environment(made, scratch, package),
                stdout=log,
                stderr=log,
            )
        except CellTimeoutError:
            stopped = f"it took longer than {limits.seconds} s"
        except (DeadKernelError, RuntimeError):
            stopped = "its kernel ended"
        finally:
            made.kill()
            _sweep(home)
            close_loop()
        if client.flooded:
            stopped = "it printed without end"
    return Ran([list(cell.outputs) for cell in cells[: len(begun)]], stopped)


def _rules(
    made: kernels.Kernel, scratch: Path, package: Path, limits: Limits
) -> dict[str, Any]:
    installed = [sys.prefix, sys.base_prefix, *site.getsitepackages()]
    return {
        "read": [*_SYSTEM, *installed, str(package)],
        "write": [str(scratch), str(made.folder), "/dev/null"],
        "memory": limits.memory,
        "seconds": 50 * limits.seconds,  # the clock ends a cell; this, what it left
        # a kernel that speaks through a port needs the network that the port is of
        "network": made.manager.transport != "ipc",
    }


def _environment(made: kernels.Kernel, scratch: Path, package: Path) -> dict[str, str]:
    """Nothing of the teacher's own: keys and tokens stand in environments."""
    base = {name: os.environ[name] for name in _KEPT if name in os.environ}
    base |= {"HOME": str(scratch), "TMPDIR": str(scratch), _MARK: str(scratch)}
    base |= {"CUDA_VISIBLE_DEVICES": "", "IPYTHONDIR": str(made.folder / "ipython")}
    return kernel_environment(Project(package, scratch, (), ()), 1, base)


def _sweep(mark: str) -> None:
    """End what left the kernel's family to outlive it."""
    for process in psutil.process_iter():
        try:
            if process.environ().get(_MARK) == mark:
                process.kill()
        except psutil.Error:
            continue

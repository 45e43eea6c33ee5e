"""papermill, told to use our kernel, to measure it, and to keep what it did.

Importing this module imports papermill and registers the engine ``course`` with it;
only an execution does so.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import nbformat
import papermill
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import Engine, papermill_engines

from support.course.kernel.kernels import Kernel
from support.course.kernel.measuring import Meter

__all__ = ["CourseEngine", "Progress", "run_notebook"]

#: Slow machines import torch slowly; a kernel that needs longer hangs.
_START_SECONDS = 120
_FOR_EVER_S = 10**10
_ERROR_MARKER = "papermill-error-cell-tag"

# What nbclient logs is told by the outcome, in better words.
_log = logging.getLogger(__name__)
_log.addHandler(logging.NullHandler())
_log.propagate = False


@dataclass
class Progress:
    """What an execution leaves behind, also when it fails.

    Attributes:
        notebook: as far as it was executed.
        cell: the place of the cell that was begun last.
        source: the text of that cell.
        cell_s: seconds of each code cell that came to an end, in order.
        meter: measures the kernel.
        timed_out: whether the kernel was killed since its time was over.
        on_cell: called with the cell's place and the number of cells.
    """

    notebook: Any = None
    cell: int | None = None
    source: str = ""
    cell_s: list[float] = field(default_factory=list)
    meter: Meter | None = None
    timed_out: bool = False
    on_cell: Callable[[int, int], None] | None = field(default=None, repr=False)


class _Client(PapermillNotebookClient):
    """Measures its kernel from its start to the end of the last cell."""

    def start_new_kernel_client(self) -> Any:
        self.nb_man.progress.meter = Meter(self.nb_man.kernel.pid)
        # Jupyter measures the wait by the wall clock, which may jump; this does not.
        alarm = threading.Timer(_START_SECONDS, self.nb_man.kernel.kill)
        alarm.daemon = True
        alarm.start()
        try:
            return super().start_new_kernel_client()
        finally:
            alarm.cancel()

    def papermill_execute_cells(self) -> None:
        super().papermill_execute_cells()
        self.nb_man.progress.meter.sample()


class CourseEngine(Engine):
    """Executes in a given kernel and keeps the notebook within reach."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        progress: Progress,
        kernel: Kernel,
        launch: Mapping[str, Any],
        **_: Any,
    ) -> Any:
        """Execute all cells; papermill calls this.

        Args:
            nb_man: papermill's manager of the notebook.
            kernel_name: ignored; the kernel is given.
            progress: is filled while the notebook executes.
            kernel: not yet started.
            launch: arguments of the kernel's process.
        """
        nb_man.progress, nb_man.kernel = progress, kernel
        progress.notebook = nb_man.nb
        begin, complete = nb_man.cell_start, nb_man.cell_complete
        begun = 0.0

        def cell_start(cell: Any, cell_index: int | None = None, **kw: Any) -> None:
            nonlocal begun
            begin(cell, cell_index, **kw)
            progress.cell, progress.source = cell_index, cell.source
            if progress.on_cell is not None and cell_index is not None:
                progress.on_cell(cell_index, len(nb_man.nb.cells))
            begun = time.perf_counter()

        def cell_complete(cell: Any, cell_index: int | None = None, **kw: Any) -> None:
            if cell.cell_type == "code":
                progress.cell_s.append(round(time.perf_counter() - begun, 2))
            complete(cell, cell_index, **kw)

        nb_man.cell_start, nb_man.cell_complete = cell_start, cell_complete
        client = _Client(
            nb_man,
            km=kernel.manager,
            kernel_name="python3",
            startup_timeout=_FOR_EVER_S,
            timeout=None,
            record_timing=False,
            coalesce_streams=True,
            shutdown_kernel="immediate",
            log=_log,
        )
        return client.execute(cleanup_kc=True, **launch)


def run_notebook(
    notebook: str,
    parameters: Mapping[str, Any],
    kernel: Kernel,
    progress: Progress,
    launch: Mapping[str, Any],
) -> None:
    """Execute a notebook's text in a kernel.

    Args:
        notebook: as JSON text.
        parameters: values that differ from the notebook's own.
        kernel: not yet started.
        progress: is filled while the notebook executes.
        launch: arguments of the kernel's process, such as ``cwd`` and ``env``.

    Raises:
        papermill.PapermillExecutionError: a cell raised.
        nbclient.exceptions.DeadKernelError: the kernel ended.
    """
    try:
        papermill.execute_notebook(
            nbformat.reads(notebook, as_version=4),
            None,
            parameters=dict(parameters),
            engine_name="course",
            kernel_name="python3",
            language="python",
            progress_bar=False,
            progress=progress,
            kernel=kernel,
            launch=launch,
        )
    finally:
        if progress.notebook is not None:
            _forget_papermill(progress.notebook)


def _forget_papermill(notebook: Any) -> None:
    """Drop papermill's times and markers; what it cost is told in the outcome."""
    notebook.cells = [
        cell
        for cell in notebook.cells
        if _ERROR_MARKER not in cell.metadata.get("tags", [])
    ]
    for part in (notebook, *notebook.cells):
        part.metadata.pop("papermill", None)


papermill_engines.register("course", CourseEngine)

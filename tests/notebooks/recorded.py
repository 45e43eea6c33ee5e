"""Let nbval compare the executions that the book is made of, instead of its own.

nbval executes a notebook and holds its outputs to the reference.  The book has
executed the same cells a moment before, so here nbval is given a kernel that plays
those outputs back: the comparison is nbval's, and nothing is computed twice.  A
notebook without an execution of its present sources is executed first.

    python -m pytest -p tests.notebooks.recorded --nbval-recorded chapters
"""

from collections import deque
from pathlib import Path
from queue import Empty
from typing import Any

import nbformat
import pytest
from nbval.plugin import IPyNbFile

from support.course.project.chapters import Chapter, tags
from support.course.project.project import Project
from support.course.run.planning import make_plan
from support.course.run.runner import run

ROOT = Path(__file__).resolve().parents[2]


def execution(chapter: Chapter, stem: str) -> nbformat.NotebookNode:
    """The executed notebook; executes what is stale or missing."""
    project = Project.at(ROOT, ROOT)
    plan = make_plan(project, chapters=[chapter], stems=[stem])
    report = run(project, plan, quiet=True)
    for outcome in report.outcomes.values():
        assert outcome.state == "done", f"{outcome.reason}\n{outcome.failure}"
    (job,) = plan.jobs
    return nbformat.read(job.place.notebook, as_version=4)


class RecordedKernel:
    """What nbval asks of a kernel, answered from an executed notebook."""

    def __init__(self, notebook: nbformat.NotebookNode) -> None:
        self._cells = deque(
            cell
            for cell in notebook.cells
            if cell.cell_type == "code" and "injected-parameters" not in tags(cell)
        )
        self._messages: deque[dict[str, Any]] = deque()
        self._number = 0

    def execute_cell_input(self, source: str, allow_stdin: bool = False) -> str:
        """Play the next cell, which must be the one that is asked for."""
        if not self._cells:
            raise RuntimeError(f"the execution has no cell for:\n{source}")
        cell = self._cells.popleft()
        if cell.source != source:
            raise RuntimeError(
                f"the reference has\n{source}\nwhere the execution has\n{cell.source}"
            )
        self._number += 1
        for output in cell.outputs:
            self._say(output["output_type"], {**output, "execution_count": None})
        self._say("status", {"execution_state": "idle"})
        return str(self._number)

    def _say(self, kind: str, content: dict[str, Any]) -> None:
        parent = {"msg_id": str(self._number)}
        message = {"msg_type": kind, "parent_header": parent, "content": content}
        self._messages.append(message)

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        """The next message, as a kernel's channel gives it."""
        if not self._messages:
            raise Empty
        return self._messages.popleft()

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """The reply is there already."""

    def await_idle(self, parent_id: str, timeout: float | None = None) -> None:
        """Forget what is left of a cell that failed."""
        self._messages.clear()

    def is_alive(self) -> bool:
        """A record does not die."""
        return True

    def interrupt(self) -> None:
        """There is nothing to interrupt."""

    def stop(self) -> None:
        """There is nothing to stop."""


class RecordedFile(IPyNbFile):
    """A reference, and the execution to hold to it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.compare_outputs = False  # lax: the cells that are tagged, no others

    def setup(self) -> None:
        """Called by pytest before the first cell."""
        chapters = {chapter.slug: chapter for chapter in Project.at(ROOT).chapters}
        notebook = execution(chapters[self.path.parent.name], self.path.stem)
        self.kernel = RecordedKernel(notebook)
        self.setup_sanitize_files()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that turns this on."""
    parser.addoption(
        "--nbval-recorded",
        action="store_true",
        help="hold the book's own executions to the references",
    )


def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> pytest.Collector | None:
    """Collect the references among the files."""
    if parent.config.option.nbval_recorded and file_path.suffix == ".ipynb":
        return RecordedFile.from_parent(parent, path=file_path)
    return None

"""The paired ``.ipynb``: cells as in the source, outputs in ``check`` cells alone.

It is what GitHub, Colab and JupyterLab open, and what nbval holds a fresh execution
to.  Nothing in it depends on when or where it was made: no counts but the order of
the cells, no times, no versions, no paths.
"""

import copy
import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from support.claims import RECORD_MIME
from support.course.project.chapters import Chapter, read_notebook, tags
from support.course.project.errors import CourseError
from support.course.project.files import write_atomic

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["check_pair", "make_reference", "outputs_of", "write_reference"]

#: nbval compares the cells with this tag alone, in its lax mode.
_NBVAL_TAG = "nbval-check-output"
_RECORD = (
    "schema",
    "chapter",
    "profile",
    "dataset",
    "method",
    "seed",
    "claims",
    "scores",
)
_DIGITS = 6


def outputs_of(notebook: Mapping[str, Any]) -> list[list[Any]]:
    """List the outputs of each code cell, in order.

    Args:
        notebook: a reference, or an executed notebook; papermill's own cell with
            the changed parameters is left out.
    """
    return [
        list(cell.get("outputs", []))
        for cell in notebook["cells"]
        if cell["cell_type"] == "code" and "injected-parameters" not in tags(cell)
    ]


def make_reference(
    source: "NotebookNode", outputs: Sequence[Sequence[Any]], where: str
) -> str:
    """Write a reference from a source and the outputs of an execution.

    Args:
        source: the notebook as read from its ``.md``; it is not changed.
        outputs: one list for each code cell.
        where: how to name the notebook in messages.

    Returns:
        The text of the ``.ipynb``.

    Raises:
        CourseError: the execution has another number of cells.
    """
    notebook = copy.deepcopy(source)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if len(cells) != len(outputs):
        raise CourseError(
            f"{where} has {len(cells)} code cells, its execution {len(outputs)}. "
            f"Run: course reference {where.partition('/')[0]}",
            exit_code=1,
        )
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": dict(notebook.metadata["kernelspec"]),
            "language_info": {"file_extension": ".py", "name": "python"},
            "course": {
                name: value
                for name, value in notebook.metadata.get("course", {}).items()
                if name != "seminar"  # wrong answers and all: for teachers
            },
        }
    )
    for place, (cell, made) in enumerate(zip(cells, outputs, strict=True), start=1):
        cell.outputs, cell.execution_count = [], None
        if "check" in tags(cell):
            cell.metadata["tags"] = [*tags(cell), _NBVAL_TAG]
            cell.outputs = nbformat.from_dict(_stable(made))
            # nbval takes a cell without a number for one that was never run.
            cell.execution_count = place if cell.outputs else None
            for output in cell.outputs:
                if output["output_type"] == "execute_result":
                    output["execution_count"] = place
    text = nbformat.writes(notebook, version=4)
    return text if text.endswith("\n") else text + "\n"


def write_reference(chapter: Chapter, stem: str, executed: Path) -> tuple[Path, bool]:
    """Write the paired ``.ipynb`` of one notebook.

    Args:
        chapter: whose notebook.
        stem: ``lesson`` or ``exercises``.
        executed: the executed notebook.

    Returns:
        The file, and whether it changed.

    Raises:
        CourseError: a check cell printed nothing that can be compared.
    """
    path = chapter.folder / f"{stem}.ipynb"
    where = f"{chapter.slug}/{stem}"
    content = json.loads(executed.read_text(encoding="utf-8"))
    source = read_notebook(chapter.source(stem))
    text = make_reference(source, outputs_of(content), where)
    silent = _silent(json.loads(text))
    if silent:
        raise CourseError(
            f"{where}: check cell(s) {silent} displayed no text, so that there is "
            "nothing to compare a later execution with. Print a rounded result there, "
            "or take the tag 'check' away.",
            exit_code=1,
        )
    if path.is_file() and path.read_text(encoding="utf-8") == text:
        return path, False
    write_atomic(path, text)
    return path, True


def check_pair(chapter: Chapter, stem: str) -> list[str]:
    """Compare a source with its paired ``.ipynb``.

    Args:
        chapter: whose notebook.
        stem: ``lesson`` or ``exercises``.

    Returns:
        One sentence for each fault; none where the pair is in order.
    """
    where = f"{chapter.slug}/{stem}"
    mend = f"run: course reference {chapter.slug}"
    path = chapter.folder / f"{stem}.ipynb"
    try:
        written = path.read_text(encoding="utf-8")
        content = json.loads(written)
        cells, outputs = content["cells"], outputs_of(content)
    except FileNotFoundError:
        return [f"{where}.ipynb is missing; {mend}"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        return [f"{where}.ipynb is damaged ({error}); {mend}"]
    source = read_notebook(chapter.source(stem))
    problems = []
    for place, cell in enumerate(cells):
        if cell.get("outputs") and "check" not in tags(cell):
            problems.append(f"{where}.ipynb: cell {place} has outputs but no tag check")
    changed = _first_difference(source.cells, cells)
    if changed is not None:
        problems.append(
            f"{where}.ipynb differs from {stem}.md from cell {changed} on; {mend}"
        )
    silent = _silent(content)
    if silent:
        problems.append(f"{where}.ipynb: check cell(s) {silent} have no output; {mend}")
    if not problems and make_reference(source, outputs, where) != written:
        problems.append(
            f"{where}.ipynb holds more than the source and the outputs of check "
            f"cells (metadata, counts, other kinds of output); {mend}"
        )
    return problems


def _first_difference(source: Sequence[Any], written: Sequence[Any]) -> int | None:
    """Find the first cell whose kind, text or tags differ."""
    for place, (ours, theirs) in enumerate(zip(source, written, strict=False)):
        text = theirs.get("source", "")
        text = "".join(text) if isinstance(text, list) else text
        marks = [tag for tag in tags(theirs) if tag != _NBVAL_TAG]
        same = (
            ours.cell_type == theirs.get("cell_type")
            and ours.source == text
            and tags(ours) == marks
        )
        if not same:
            return place
    return None if len(source) == len(written) else min(len(source), len(written))


def _silent(notebook: Mapping[str, Any]) -> list[int]:
    return [
        place
        for place, cell in enumerate(notebook["cells"])
        if cell["cell_type"] == "code"
        and "check" in tags(cell)
        and not cell.get("outputs")
    ]


def _stable(outputs: Sequence[Any]) -> list[dict[str, Any]]:
    """Keep standard output, plain text and the record; nothing that can vary."""
    kept: list[dict[str, Any]] = []
    for output in outputs:
        kind = output["output_type"]
        if kind == "stream" and output["name"] == "stdout":
            text = output["text"]
            text = "".join(text) if isinstance(text, list) else text
            if kept and kept[-1]["output_type"] == "stream":
                kept[-1]["text"] += text
            else:
                kept.append({"output_type": kind, "name": "stdout", "text": text})
        elif kind in ("display_data", "execute_result"):
            data = {}
            if "text/plain" in output["data"]:
                text = output["data"]["text/plain"]
                data["text/plain"] = "".join(text) if isinstance(text, list) else text
            if RECORD_MIME in output["data"]:
                data[RECORD_MIME] = _measured(output["data"][RECORD_MIME])
            if data:
                kept.append({"output_type": kind, "data": data, "metadata": {}})
    return kept


def _measured(record: Mapping[str, Any]) -> dict[str, Any]:
    """Keep what a run measured, to six significant digits, not where or when."""
    return {name: _rounded(record[name]) for name in _RECORD if name in record}


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _rounded(item) for name, item in value.items()}
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{_DIGITS}g}")
    return value

"""A chapter's notebook as a page: today's words, the outputs of its last execution."""

import copy
import re
from html import escape
from typing import TYPE_CHECKING, Any

from support.claims import RECORD_MIME
from support.course.book.figures import FIGURE, split_figures, weigh_frames
from support.course.project.chapters import tags
from support.course.project.errors import CourseError
from support.course.project.words import date, duration, memory

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["cells_of", "facts", "join", "link", "page", "progress"]

_PARAMETERS = "injected-parameters"
_FOLDS = {
    "parameters": ("hide-input", "the parameters of this run"),
    "setup": ("hide-input", "the set-up"),
    "solution": ("hide-cell", "a solution"),
    "figure": ("hide-input", "the code of this figure"),
}
_LINK = re.compile(
    r"\[(?P<text>[^\]]*)\]\((?P<way>(?:\.\./|/chapters/)[\w./]*?)?"
    r"(?P<slug>\w+)/(?P<stem>lesson|exercises)\.(?:md|ipynb)(?P<place>#[\w-]+)?\)"
)
_SOLUTION = re.compile(r"^(?P<fence>:{3,}|`{3,})\{solution\}.*$", re.MULTILINE)


def join(
    current: "NotebookNode", executed: "NotebookNode", where: str
) -> "NotebookNode":
    """Put the outputs of an execution into the current notebook.

    Args:
        current: words and code as they are now; it is not changed.
        executed: the last execution, with papermill's cell of parameters.
        where: named in errors, such as ``concepts/lesson``.

    Returns:
        A notebook with the current words and the outputs.

    Raises:
        CourseError: the code has changed since the execution, or a cell raised.
    """
    current = copy.deepcopy(current)
    ran = [
        cell
        for cell in executed.cells
        if cell.cell_type == "code" and _PARAMETERS not in tags(cell)
    ]
    now = [cell for cell in current.cells if cell.cell_type == "code"]
    if [cell.source.strip() for cell in ran] != [cell.source.strip() for cell in now]:
        raise CourseError(
            f"{where}: its code has changed since it was executed. "
            f"Run: course run {where.split('/')[0]}",
            exit_code=1,
        )
    for cell, source in zip(now, ran, strict=True):
        for output in source.outputs:
            if output.output_type == "error":
                raise CourseError(
                    f"{where}: a cell raised {output.ename}: {output.evalue}",
                    exit_code=1,
                )
        cell["outputs"] = [
            copy.deepcopy(output) for output in source.outputs if not progress(output)
        ]
        for output in cell["outputs"]:
            output.get("data", {}).pop(RECORD_MIME, None)  # for machines
        cell["execution_count"] = None
    return current


def page(
    notebook: "NotebookNode", line: str, where: str, *, edition: str, planned: set[str]
) -> "NotebookNode":
    """Make a page of the book of a notebook with outputs.

    Args:
        notebook: of :func:`join`; it is not changed.
        line: of facts, set under the title.
        where: named in errors, such as ``concepts/lesson``.
        edition: ``public`` folds the solutions, ``student`` has none, and
            ``teacher`` has them and the notes for teachers too.
        planned: slugs of chapters that are not yet written.

    Raises:
        CourseError: the notebook has no title, or its figures weigh too much.
    """
    weigh_frames(notebook, where)
    cells = []
    for cell in cells_of(notebook, edition):
        if cell.cell_type == "code":
            cells += split_figures(_folded(cell), where)
        else:
            cell["source"] = link(cell.source, planned)
            cells.append(_marked(cell))
    cells[0]["source"] = _under_title(cells[0].source, line, where)
    made = copy.copy(notebook)
    made["cells"] = cells
    kernel = notebook.metadata["kernelspec"]
    made["metadata"] = {"kernelspec": kernel, "language_info": {"name": "python"}}
    return made


def cells_of(notebook: "NotebookNode", edition: str) -> list[Any]:
    """Copy the cells that an edition has.

    Args:
        notebook: any notebook; it is not changed.
        edition: in ``student`` no solution exists, neither a cell tagged so nor a
            ``{solution}`` block; only ``teacher`` has the notes for teachers.
    """
    left_out = {"slide-only"}
    left_out |= {"solution"} if edition == "student" else set()
    left_out |= {"teacher"} if edition != "teacher" else set()
    kept = [
        copy.deepcopy(cell) for cell in notebook.cells if not left_out & set(tags(cell))
    ]
    for cell in kept:
        if edition == "student" and cell.cell_type == "markdown":
            cell["source"] = _without_blocks(cell.source)
    return kept


def link(text: str, planned: set[str]) -> str:
    """Lead links between chapters to their pages, or say that there is none yet.

    Args:
        text: MyST, in which chapters are named by their source,
            ``../alignment/lesson.md``, so that the link works on GitHub too.
        planned: slugs of chapters that are not yet written.

    Returns:
        The text; a link to a planned chapter becomes words.

    >>> link("See [this](../alignment/lesson.md).", {"alignment"})
    'See this (not yet written).'
    """

    def lead(match: re.Match[str]) -> str:
        if match["slug"] in planned:
            return f"{match['text']} (not yet written)"
        way = f"{match['way'] or ''}{match['slug']}/{match['stem']}.ipynb"
        return f"[{match['text']}]({way}{match['place'] or ''})"

    return _LINK.sub(lead, text)


def facts(status: dict[str, Any], minutes: int, edition: str = "public") -> str:
    """The line under a chapter's title: what reading and running it takes.

    Args:
        status: what the runner wrote beside the executed notebook.
        minutes: time for reading, from the chapter's header; 0 hides it.
        edition: named where it is not the public one.

    Returns:
        An HTML list.
    """
    rows = []
    if minutes:
        rows.append(("to read", f"{minutes} min"))
    rows.append(("to run", duration(status["wall_s"])))
    if status.get("peak_rss_bytes"):
        rows.append(("peak memory", memory(status["peak_rss_bytes"])))
    if status.get("peak_gpu_bytes"):
        rows.append(("on the GPU", memory(status["peak_gpu_bytes"])))
    parameters = status.get("parameters") or {}
    rows.append(("device", str(status.get("device") or "cpu")))
    rows.append(("profile", str(status.get("profile") or "quick")))
    if "dataset" in parameters:
        rows.append(("data", str(parameters["dataset"])))
    rows.append(("seed", str(parameters.get("seed", 0))))
    rows.append(("executed on", date(status["finished"])))
    if edition != "public":
        rows.append(("edition", edition))
    items = "".join(
        f"<li><span>{escape(label)}</span> <strong>{escape(value)}</strong></li>"
        for label, value in rows
    )
    return f'<ul class="facts" aria-label="Facts of this run">{items}</ul>'


def progress(output: Any) -> bool:
    """Whether an output is a progress bar or a note of a tool, not a warning."""
    if output.output_type != "stream" or output.name != "stderr":
        return False
    kinds = set(re.findall(r"\b(\w+Warning)\b", output.text))
    return not kinds - {"TqdmWarning"}


def _folded(cell: Any) -> Any:
    """Fold what a page need not show open; a reader opens it with one click."""
    found = tags(cell)
    for tag, (fold, what) in _FOLDS.items():
        if tag in found:
            found = [name for name in found if name not in ("hide-input", "hide-cell")]
            found.append(fold)
            drawn = any(FIGURE in o.get("metadata", {}) for o in cell.outputs)
            if tag == "figure" and not drawn:
                what = "the code of these numbers"  # it speaks or tabulates
            cell["metadata"]["mystnb"] = {
                "code_prompt_show": f"Show {what}",
                "code_prompt_hide": f"Fold {what}",
            }
            break
    cell["metadata"]["tags"] = found
    return cell


def _marked(cell: Any) -> Any:
    """Fold solutions in words, and mark the notes for teachers."""
    if cell.cell_type != "markdown":
        return cell

    def fold(match: re.Match[str]) -> str:
        return f"{match.group(0)}\n:class: dropdown"

    if ":class: dropdown" not in cell.source:
        cell["source"] = _SOLUTION.sub(fold, cell.source)
    if "teacher" in tags(cell):
        cell["source"] = f"::::::{{admonition}} For teachers\n{cell.source}\n::::::"
    return cell


def _without_blocks(text: str) -> str:
    lines, kept, fence = text.splitlines(), [], ""
    for line in lines:
        opening = _SOLUTION.match(line)
        if not fence and opening:
            fence = opening.group("fence")
        elif fence and line.strip() == fence:
            fence = ""
        elif not fence:
            kept.append(line)
    return "\n".join(kept)


def _under_title(text: str, line: str, where: str) -> str:
    lines = text.splitlines()
    for number, row in enumerate(lines):
        if row.startswith("# "):
            return "\n".join([*lines[: number + 1], "", line, "", *lines[number + 1 :]])
    raise CourseError(
        f"{where}: its first cell has no title line '# ...'.", exit_code=1
    )

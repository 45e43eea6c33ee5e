"""A chapter's notebooks for students and for teachers, ready to open anywhere.

In the student edition the solutions and the notes for teachers do not exist.  Its
exercises carry the metadata of nbgrader: a name for each answer, by which the marking
finds it again, and checks that are locked and end in their points, 0 or 1.
"""

from typing import TYPE_CHECKING

from support.course.book.notebooks import cells_of
from support.course.project.chapters import tags
from support.course.project.tasks import Cell, exercise_cells
from support.course.seminar.plain import Words, plain

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["EDITIONS", "edition"]

EDITIONS = ("student", "teacher")
_GETTING = """\
# This notebook needs the book's package; where it is missing, this says how to get it.
try:
    import chapters
    import support.lesson
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"{error}. The book's package is not installed in this kernel. It lies in the "
        "archive that this notebook came in, whose README.md says how to install it; "
        "beside the unpacked notebook a cell with '%pip install -q ../package' does."
    ) from None
"""
_POINTS = "int(passed)  # the points, for nbgrader"


def edition(
    notebook: "NotebookNode", name: str, words: Words, *, outputs: bool = True
) -> str:
    """Write a notebook's edition.

    Args:
        notebook: current words and code with the outputs of their execution; it is
            not changed.
        name: ``student`` or ``teacher``.
        words: what the text refers to.
        outputs: whether the outputs are kept, so that it reads before it runs.

    Returns:
        The text of an ``.ipynb``.

    Raises:
        ValueError: there is no such edition.
    """
    import nbformat

    if name not in EDITIONS:
        raise ValueError(f"name: got {name!r}; give one of {', '.join(EDITIONS)}")
    cells = []
    known = {cell.id: cell for cell in exercise_cells(notebook.cells)}
    for cell in cells_of(notebook, name):
        found = tags(cell)
        fresh = nbformat.from_dict(
            {
                "cell_type": cell.cell_type,
                "id": cell.id,
                "metadata": {"tags": found} if found else {},
                "source": cell.source,
            }
        )
        if cell.cell_type == "code":
            fresh.execution_count = None
            fresh.outputs = cell.outputs if outputs else []
            if name == "student" and known[cell.id].exercise:
                _for_marking(fresh, known[cell.id])
        else:
            fresh.source = plain(cell.source, words)
            if not fresh.source.strip():
                continue
            if "teacher" in found:
                lines = ["**For teachers.**", "", *fresh.source.splitlines()]
                fresh.source = "\n".join(f"> {line}".rstrip() for line in lines)
        cells.append(fresh)
    first = next((n for n, c in enumerate(cells) if c.cell_type == "code"), len(cells))
    getting = nbformat.v4.new_code_cell(
        _GETTING.strip(), id="getting", metadata={"tags": ["getting"]}
    )
    cells.insert(first, getting)
    made = nbformat.v4.new_notebook(cells=cells)
    made.nbformat_minor = 5
    made.metadata = nbformat.from_dict(
        {
            "kernelspec": dict(notebook.metadata["kernelspec"]),
            "language_info": {"file_extension": ".py", "name": "python"},
        }
    )
    nbformat.validate(made)
    return str(nbformat.writes(made)) + "\n"


def _for_marking(cell: "NotebookNode", known: Cell) -> None:
    """Name an answer, and lock a check, in nbgrader's words (schema 3)."""
    if known.role not in ("answer", "check"):
        return
    graded = known.role == "check"
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": known.name,
        "grade": graded,
        "solution": not graded,
        "locked": graded,
        "task": False,
        **({"points": 1} if graded else {}),
    }
    if graded:
        cell.source = f"{cell.source}\n\n{_POINTS}"

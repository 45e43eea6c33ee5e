"""A chapter's notebooks for students and for teachers, ready to open anywhere.

In the student edition the solutions and the notes for teachers do not exist.
"""

from typing import TYPE_CHECKING

from support.course.book.notebooks import cells_of
from support.course.project.chapters import tags
from support.course.seminar.plain import Words, plain

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["EDITIONS", "edition"]

EDITIONS = ("student", "teacher")


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
        else:
            fresh.source = plain(cell.source, words)
            if not fresh.source.strip():
                continue
            if "teacher" in found:
                lines = ["**For teachers.**", "", *fresh.source.splitlines()]
                fresh.source = "\n".join(f"> {line}".rstrip() for line in lines)
        cells.append(fresh)
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

"""Turn what ``plots.show`` displayed into numbered figures of the book.

A figure comes out of a notebook as a display whose metadata carries its name,
caption and alternative text.  The book numbers it, so that pages can refer to
it, when those texts stand in the metadata of the cell.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from support.course.errors import CourseError

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["FIGURE", "figures", "split_figures"]

FIGURE = "course_figure"
CAPTION = "course_caption"  # shown in Jupyter alone; the book sets its own


def figures(notebook: "NotebookNode") -> Iterator[dict[str, str]]:
    """Go through the figures of an executed notebook.

    Args:
        notebook: with outputs.

    Yields:
        The name, caption and alternative text of each figure, in order.
    """
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            words = output.get("metadata", {}).get(FIGURE)
            if words is not None:
                yield dict(words)


def split_figures(cell: "NotebookNode", where: str) -> "list[NotebookNode]":
    """Give every figure of a code cell a cell of its own.

    The first keeps the code and all that was displayed up to its figure; the
    others have no visible code.  The metadata of each holds its figure's texts.

    Args:
        cell: a code cell with outputs; it is not changed.
        where: named in errors, such as ``concepts/lesson``.

    Returns:
        One cell, or as many as there are figures.

    Raises:
        CourseError: an image was displayed without name, caption and alt text.
    """
    groups: list[list[Any]] = [[]]
    words: list[dict[str, str] | None] = [None]
    for output in cell.get("outputs", []):
        if CAPTION in output.get("metadata", {}):
            continue
        found = output.get("metadata", {}).get(FIGURE)
        images = [mime for mime in output.get("data", {}) if mime.startswith("image/")]
        if images and found is None:
            raise CourseError(
                f"{where}: a cell displays an image without name, caption and alt "
                f"text: {cell.source[:60]!r}. Display it with support.plots.show.",
                exit_code=1,
            )
        if found is not None and words[-1] is not None:
            groups.append([])
            words.append(None)
        groups[-1].append(output)
        if found is not None:
            words[-1] = found
    return [
        _cell(cell, group, text, number, where)
        for number, (group, text) in enumerate(zip(groups, words, strict=True))
    ]


def _cell(
    cell: Any, outputs: list[Any], words: dict[str, str] | None, number: int, where: str
) -> Any:
    copy = cell.copy()
    copy["metadata"] = dict(cell.get("metadata", {}))
    copy["outputs"] = outputs
    if number:
        copy["id"] = f"{cell.get('id', 'cell')}-{number}"
        copy["source"] = "# the code stands above"  # an empty cell has no outputs
        tags = [*copy["metadata"].get("tags", []), "remove-input"]
        copy["metadata"]["tags"] = tags
    if words is not None:
        missing = {"name", "caption", "alt"} - {key for key in words if words[key]}
        if missing:
            raise CourseError(
                f"{where}: the figure {words.get('name', '?')!r} lacks "
                f"{sorted(missing)}; give them to support.plots.show.",
                exit_code=1,
            )
        copy["metadata"]["mystnb"] = {
            **copy["metadata"].get("mystnb", {}),
            "figure": {"caption": words["caption"], "name": words["name"]},
            "image": {"alt": words["alt"]},
        }
    return copy

"""Turn what ``plots.show`` displayed into numbered figures of the book.

A figure comes out of a notebook as a display whose metadata carries its name,
caption and alternative text.  The book numbers it, so that pages can refer to
it, when those texts stand in the metadata of the cell.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from support.course.project.errors import CourseError

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["FIGURE", "figures", "split_figures", "weigh_frames"]

FIGURE = "course_figure"
CAPTION = "course_caption"  # shown in Jupyter alone; the book sets its own
FRAMES = "course_frames"  # the bytes of a figure with sliders
MOST_FRAME_BYTES = 1_000_000  # a page


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


def weigh_frames(notebook: "NotebookNode", where: str) -> int:
    """Add up the figures with sliders of a page, which loads them all at once.

    Args:
        notebook: with outputs.
        where: named in errors, such as ``concepts/lesson``.

    Returns:
        Their bytes.

    Raises:
        CourseError: they are more than a page may hold.
    """
    sizes = {
        output["metadata"][FIGURE]["name"]: int(output["metadata"][FRAMES])
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if FRAMES in output.get("metadata", {})
    }
    if sum(sizes.values()) > MOST_FRAME_BYTES:
        each = ", ".join(f"{name} {size / 1e3:.0f} kB" for name, size in sizes.items())
        raise CourseError(
            f"{where}: its figures with sliders weigh "
            f"{sum(sizes.values()) / 1e6:.2f} MB, at most "
            f"{MOST_FRAME_BYTES / 1e6:g} MB fit a page: {each}. "
            "Give show_frames fewer values or draw less.",
            exit_code=1,
        )
    return sum(sizes.values())


def split_figures(cell: "NotebookNode", where: str) -> "list[NotebookNode]":
    """Give every figure of a code cell a cell of its own.

    What a cell's metadata says of a figure holds for all that the cell displays,
    so nothing else may stand in it.  The first cell keeps the code; the others
    have no visible code.

    Args:
        cell: a code cell with outputs; it is not changed.
        where: named in errors, such as ``concepts/lesson``.

    Returns:
        The cells, with the outputs in their order.

    Raises:
        CourseError: an image was displayed without name, caption and alt text.
    """
    groups: list[tuple[list[Any], dict[str, str] | None]] = []
    for output in cell.get("outputs", []):
        if CAPTION in output.get("metadata", {}):
            continue
        words = output.get("metadata", {}).get(FIGURE)
        images = [mime for mime in output.get("data", {}) if mime.startswith("image/")]
        if images and words is None:
            raise CourseError(
                f"{where}: a cell displays an image without name, caption and alt "
                f"text: {cell.source[:60]!r}. Display it with support.plots.show.",
                exit_code=1,
            )
        if words is None and groups and groups[-1][1] is None:
            groups[-1][0].append(output)
        else:
            groups.append(([output], words))
    return [
        _cell(cell, outputs, words, number, where)
        for number, (outputs, words) in enumerate(groups or [([], None)])
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

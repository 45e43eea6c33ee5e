"""A reader's own data: ``--dataset path:FOLDER``, and what a chapter asks of them.

A chapter that takes some has a module ``own_data.py``.  What it needs stands there as
plain values (``KIND``, ``COLUMNS``, ``MORE``), which are read here without importing
it, so that a table is refused before a kernel starts and the book can list them.
"""

import ast
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from support.course.project.chapters import Chapter, tags
from support.course.project.errors import CourseError

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Contract", "check_own", "contract", "is_own", "own_digest", "with_own"]

_MARK, _MODULE = "path:", "own_data.py"
_STATED = ("KIND", "COLUMNS", "MORE")  # in the order of Contract


@dataclass(frozen=True)
class Contract:
    """What a chapter asks of a reader's data.

    Attributes:
        kind: the modality, one of ``support.data.own.table.KINDS``.
        columns: that the table must have, and what each says.
        more: what else is to be known, in sentences.
    """

    kind: str
    columns: Mapping[str, str]
    more: str


def is_own(dataset: str) -> bool:
    """Say whether a data set is a path of the reader's, not a name."""
    return dataset.startswith(_MARK)


def contract(chapter: Chapter) -> Contract | None:
    """What a chapter asks of a reader's data; None where it takes none.

    Raises:
        CourseError: its ``own_data.py`` does not state all of it.
    """
    path = chapter.folder / _MODULE
    if not path.is_file():
        return None
    found = {}
    for line in ast.parse(path.read_text(encoding="utf-8")).body:
        match line:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name in _STATED:
                found[name] = ast.literal_eval(value)
    if missing := [name for name in _STATED if name not in found]:
        raise CourseError(
            f"chapters/{chapter.slug}/{_MODULE} lacks {', '.join(missing)}; state "
            f"{', '.join(_STATED)} there as plain values."
        )
    return Contract(*(found[name] for name in _STATED))


def check_own(dataset: str, chapter: Chapter) -> None:
    """Refuse a reader's data that a chapter cannot take, as far as the table tells.

    Raises:
        CourseError: the chapter takes none, or the table is not what it asks for.
    """
    from support.data.errors import DataError
    from support.data.own.table import FILE, files_of, table_of

    asked = contract(chapter)
    if asked is None:
        listed = ", ".join(chapter.datasets)
        raise CourseError(
            f"dataset: {chapter.slug} takes no data of your own; its data sets are "
            f"{listed}. The page 'Your own data' says which chapters do."
        )
    try:
        path = _place(dataset)
        frame = table_of(path, asked.kind, asked.columns)
        if FILE in frame and asked.kind in ("images", "recordings"):
            files_of(path, frame)
    except DataError as error:
        raise CourseError(f"dataset: {error}") from None


def with_own(
    notebook: "NotebookNode", dataset: str, chapter: Chapter
) -> "NotebookNode":
    """Add the cell that puts the reader's data behind the chapter's ``load``.

    It stands after the parameters, so that the page shows what was done.

    Args:
        notebook: a lesson as read from its source; it is changed.
        dataset: such as ``path:faces``.
        chapter: whose lesson it is.
    """
    from nbformat.v4 import new_code_cell

    source = (
        f"from chapters.{chapter.slug} import own_data\n"
        "from support.data.own.entering import enter\n\n"
        f"enter(own_data, {dataset!r},\n      {str(_place(dataset))!r},\n"
        "      profile, seed)"
    )
    place = next(i for i, c in enumerate(notebook.cells) if "parameters" in tags(c))
    notebook.cells.insert(place + 1, new_code_cell(source, id="own-data"))
    return notebook


def own_digest(dataset: str) -> str:
    """Digest every file of a reader's data; another when one of them changes.

    Raises:
        CourseError: one cannot be read.
    """
    path = _place(dataset)
    files = sorted(one for one in path.rglob("*") if one.is_file()) or [path]
    found = hashlib.sha256()
    try:
        for file in files:
            found.update(file.relative_to(path.parent).as_posix().encode())
            with open(file, "rb") as stream:
                found.update(hashlib.file_digest(stream, "sha256").digest())
    except OSError as error:
        raise CourseError(
            f"dataset: {error.filename} cannot be read ({error.strerror}). Make it "
            "readable for yourself, or take it out of the folder."
        ) from error
    return found.hexdigest()


def _place(dataset: str) -> Path:
    """Where the data lie, from the folder in which the command was given."""
    return Path(dataset.removeprefix(_MARK)).expanduser().resolve()

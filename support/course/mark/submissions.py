"""What students handed in: of each notebook its answer cells alone.

A cell is found by the name that it was handed out with, as nbgrader keeps it, else
by its id, else by its place among the cells tagged ``starter``.  Nothing else of the
notebook is read: not its checks, not its outputs, not its other cells.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from support.course.project.chapters import tags
from support.course.project.errors import CourseError
from support.course.project.tasks import Cell

__all__ = ["Submission", "chapter_of", "collect"]

_MOST_BYTES = 50_000_000
#: What reading somebody's file may raise, whatever stands in it.
_UNREADABLE = (OSError, ValueError, LookupError, TypeError, AttributeError)
_START = re.compile(r"^lesson = start\(\s*[\"'](\w+)[\"']", re.MULTILINE)


@dataclass(frozen=True)
class Submission:
    """One student's notebook.

    Attributes:
        student: the file's path in the folder, without its ending.
        answers: texts by the names of their cells; those that were found.
        added: code cells that the student added, which are not read.
        doubled: names of answer cells that are there twice; the last is read.
        chapter: that the notebook says it is of; empty where it does not.
        problem: why nothing of it can be marked; empty where it can.
    """

    student: str
    answers: Mapping[str, str] = field(default_factory=dict)
    added: int = 0
    doubled: tuple[str, ...] = ()
    chapter: str = ""
    problem: str = ""


def collect(folder: Path, cells: Sequence[Cell]) -> list[Submission]:
    """Read every notebook of a folder and of the folders in it.

    Args:
        folder: as a learning platform's archive unpacks, for example.
        cells: of the chapter's exercises.

    Returns:
        One a notebook, by name; whatever is wrong with one is its own problem.

    Raises:
        CourseError: there is no folder, or no notebook in it.
    """
    if not folder.is_dir():
        raise CourseError(f"{folder} is no folder. Give one of students' notebooks.")
    return [
        _read(path, path.relative_to(folder).with_suffix("").as_posix(), cells)
        for path in _notebooks(folder)
    ]


def chapter_of(folder: Path) -> str:
    """Say which chapter the notebooks of a folder are of.

    Raises:
        CourseError: there is no folder, no notebook in it, or they name none, or
            several.
    """
    named = {found.chapter for found in collect(folder, ())} - {""}
    if len(named) != 1:
        said = "several chapters: " + ", ".join(sorted(named)) if named else "none"
        raise CourseError(
            f"--chapter: the notebooks in {folder} name {said}. Say which one to mark, "
            "for example --chapter concepts."
        )
    return named.pop()


def _notebooks(folder: Path) -> list[Path]:
    found = sorted(
        path
        for path in folder.rglob("*.ipynb")
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    if not found:
        raise CourseError(
            f"There is no notebook (.ipynb) in {folder}. Unpack the students' archives "
            "there; folders in it are looked through as well."
        )
    return found


def _read(path: Path, student: str, cells: Sequence[Cell]) -> Submission:
    if path.is_symlink() or not path.is_file():
        return Submission(student, problem="it is a link or no file")
    try:
        if path.stat().st_size > _MOST_BYTES:
            return Submission(student, problem="it is larger than 50 MB")
        content = json.loads(path.read_text("utf-8"))
        code = [cell for cell in map(_code, content["cells"]) if cell is not None]
    except (*_UNREADABLE, RecursionError) as error:
        words = f"it cannot be read as a notebook: {type(error).__name__}: {error}"
        return Submission(student, problem=words)
    started = (_START.search(cell["source"]) for cell in code)
    chapter = next((found[1] for found in started if found), "")
    answers, known = _answers(code, cells)
    added = sum(not cell["known"] and cell["id"] not in known for cell in code)
    names = [cell["name"] for cell in code if cell["name"]]
    doubled = tuple(name for name in answers if names.count(name) > 1)
    problem = "" if answers or not cells else "it holds none of the answer cells"
    return Submission(student, answers, added, doubled, chapter, problem)


def _code(cell: Mapping[str, Any]) -> dict[str, Any] | None:
    """What matters of a code cell; None for another."""
    if cell["cell_type"] != "code":
        return None
    source = cell["source"]
    metadata = cell.get("metadata", {})
    marks = tags(cell)
    return {
        "source": source if isinstance(source, str) else "".join(source),
        "id": str(cell.get("id", "")),
        "name": str(metadata.get("nbgrader", {}).get("grade_id", "")),
        "starter": "starter" in marks,
        "known": bool(marks),
    }


def _answers(
    code: Sequence[Mapping[str, Any]], cells: Sequence[Cell]
) -> tuple[dict[str, str], set[str]]:
    """Texts by the names of the answers; and the ids of all that was handed out."""
    wanted = [cell for cell in cells if cell.role == "answer"]
    answers: dict[str, str] = {}
    for key in ("name", "id"):
        there = {cell[key]: cell["source"] for cell in code if cell[key]}
        for cell in wanted:
            value = getattr(cell, key)
            if value in there:
                answers.setdefault(cell.name, there[value])
    placed = [cell["source"] for cell in code if cell["starter"]]
    if len(placed) == len(wanted):
        for cell, source in zip(wanted, placed, strict=True):
            answers.setdefault(cell.name, source)
    return answers, {cell.id for cell in cells}

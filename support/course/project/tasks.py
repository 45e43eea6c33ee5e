"""What each code cell of a chapter's exercises is for, and a name that stays.

An exercise begins with its ``{exercise}`` block.  Its cells are known by tags:
``starter`` holds the student's answer, ``check`` tries it, ``solution`` is the
book's own answer; a cell without one of these is given.  The names depend on the
order alone, so that a notebook handed in fits a book whose words have changed.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from support.course.project.chapters import tags

__all__ = ["Cell", "exercise_cells"]

_EXERCISE = re.compile(r"^(?:`{3,}|:{3,})\{exercise\}[ ]*([^\n]*)$", re.MULTILINE)
_ROLES = {"solution": "solution", "check": "check", "starter": "answer"}


@dataclass(frozen=True)
class Cell:
    """A code cell of a chapter's exercises.

    Attributes:
        name: ``exercise-2``, ``exercise-2b`` for a second answer cell of it,
            ``exercise-2-check``; unique among answers and checks.
        role: ``given``, ``answer``, ``check`` or ``solution``.
        exercise: counted from 1; 0 before the first.
        title: of the exercise.
        id: of the cell in the notebook.
        source: its text.
    """

    name: str
    role: str
    exercise: int
    title: str
    id: str
    source: str


def exercise_cells(cells: Iterable[Any]) -> list[Cell]:
    """List the code cells of a notebook of exercises.

    Args:
        cells: of the source, or of any edition made of it.
    """
    found: list[Cell] = []
    number, title, seen = 0, "", dict.fromkeys(_ROLES.values(), 0)
    for cell in cells:
        if cell.cell_type == "markdown":
            for begun in _EXERCISE.findall(cell.source):
                number, title = number + 1, begun.strip()
                seen = dict.fromkeys(seen, 0)
        elif cell.cell_type == "code":
            marks = set(tags(cell))
            role = next((role for tag, role in _ROLES.items() if tag in marks), "given")
            count = seen[role] = seen.get(role, 0) + 1
            letter = "" if count == 1 else chr(ord("a") + count - 1)
            end = "" if role == "answer" else f"-{role}"
            name = f"exercise-{number}{letter}{end}"
            found.append(Cell(name, role, number, title, cell.id, cell.source))
    return found

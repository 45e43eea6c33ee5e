"""What a chapter's exercises may hold, so that students get no answer by accident.

- Each exercise has a starter cell, a check and a solution.
- A check is plain Python and decides ``passed`` by calls alone: it defines no
  function and no class, so that nothing in it can be copied or called in an answer's
  place.
- What the solutions alone speak of stands in their blocks or cells: the text right
  before a solution cell ends with the ``{solution}`` block.
- The text promises no solution, for students have none.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from typing import Any

from support.course.project.chapters import Chapter, read_notebook, tags
from support.course.project.tasks import Cell, exercise_cells

__all__ = ["faults"]

_BLOCK = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{solution\}.*?^(?P=fence)[ ]*$", re.MULTILINE | re.DOTALL
)
_PROMISE = re.compile(r"\b(?:a|the|with|and|see) solutions?\b", re.IGNORECASE)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def faults(chapter: Chapter) -> list[str]:
    """Hold a chapter's exercises to the rules above.

    Args:
        chapter: any; one without exercises has nothing to hold.

    Returns:
        What is wrong, in words; an empty list where all is well.
    """
    if "exercises" not in chapter.stems:
        return []
    cells = read_notebook(chapter.source("exercises")).cells
    known = exercise_cells(cells)
    return [*_complete(known), *_checks(known), *_words(cells)]


def _complete(cells: Sequence[Cell]) -> Iterator[str]:
    titles = {cell.exercise: cell.title for cell in cells if cell.exercise}
    for number, title in titles.items():
        roles = {cell.role for cell in cells if cell.exercise == number}
        for role, tag in (("answer", "starter"), ("check",) * 2, ("solution",) * 2):
            if role not in roles:
                yield (
                    f"exercises.md: exercise {number} ({title}) has no cell tagged "
                    f"'{tag}'"
                )


def _checks(cells: Sequence[Cell]) -> Iterator[str]:
    for cell in cells:
        if cell.role != "check":
            continue
        where = f"exercises.md, the check of exercise {cell.exercise}"
        try:
            tree = ast.parse(cell.source)
        except SyntaxError as error:
            yield f"{where}: it is not plain Python: {error.msg}"
            continue
        decided = {
            target.id
            for part in tree.body
            if isinstance(part, ast.Assign)
            for target in part.targets
            if isinstance(target, ast.Name)
        }
        if "passed" not in decided:
            yield f"{where}: it must decide 'passed', for the marking to read it"
        if any(isinstance(node, _DEFINITIONS) for node in ast.walk(tree)):
            yield (
                f"{where}: it defines something, which a student could call or copy; "
                "move it to the chapter's answers.py, or to a cell of its own"
            )


def _words(cells: Sequence[Any]) -> Iterator[str]:
    for cell, after in zip(cells, [*cells[1:], None], strict=True):
        if cell.cell_type != "markdown" or {"solution", "teacher"} & set(tags(cell)):
            continue
        blocks = list(_BLOCK.finditer(cell.source))
        if after is not None and "solution" in tags(after):
            left = cell.source[blocks[-1].end() if blocks else 0 :].strip()
            if left:
                yield (
                    f"exercises.md: {_start(left)} stands before a solution and means "
                    "nothing without it; put it into the {solution} block, or tag its "
                    "cell 'solution'"
                )
        if promise := _PROMISE.search(_BLOCK.sub("", cell.source)):
            yield (
                f"exercises.md: the text says {promise[0]!r}, but students have no "
                "solutions; say what they do have"
            )


def _start(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:57]}...")

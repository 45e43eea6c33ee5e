"""Which cells of a lesson can change a measured value?"""

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from support.course.project.chapters import tags
from support.course.run.imports import parsed, plain_python

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Cell", "code_cells", "measuring"]

#: The tags of a code cell, sorted, and its text.
Cell = tuple[list[str], str]

_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_SURE = (ast.Assign, ast.AnnAssign, ast.For, ast.Import, ast.ImportFrom, *_DEFINITIONS)


def code_cells(notebook: "NotebookNode") -> list[Cell]:
    """List the code cells that do anything, in order."""
    return [
        (sorted(tags(cell)), cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code" and plain_python(cell.source).strip()
    ]


def measuring(cells: list[Cell]) -> list[str]:
    """Pick the texts of the cells through which a measured value may pass.

    Left out are cells tagged ``figure``, which draw, say or tabulate; but where a
    later cell that measures takes a name from one, that one counts as well.

    Args:
        cells: made by :func:`code_cells`.
    """
    kept: list[str] = []
    wanted: set[str] = set()
    for marks, source in reversed(cells):
        names = _names(source)
        if names is not None:
            given, taken = names
            if "figure" in marks and not wanted & given:
                continue
            wanted |= taken
        kept.append(source)
    return kept[::-1]


@lru_cache(maxsize=4096)
def _names(cell: str) -> tuple[set[str], set[str]] | None:
    """Names that a cell gives to later cells, and takes from earlier ones."""
    tree = parsed(cell)
    return None if tree is None else (_given(tree), _taken(tree))


def _given(tree: ast.AST) -> set[str]:
    """Names that a piece of code may give a value, or change."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found |= {a.asname or a.name.partition(".")[0] for a in node.names}
        elif isinstance(node, _DEFINITIONS):
            found.add(node.name)
        elif isinstance(node, ast.Name | ast.Attribute | ast.Subscript):
            place: ast.expr = node
            while isinstance(place, ast.Attribute | ast.Subscript):
                place = place.value  # x.y[0] = 1 changes x
            if isinstance(place, ast.Name) and not isinstance(node.ctx, ast.Load):
                found.add(place.id)
    return found - _of_comprehensions(tree)


def _taken(tree: ast.Module) -> set[str]:
    """Names whose value a cell may take from the cells before it."""
    found: set[str] = set()
    own: set[str] = set()
    for line in tree.body:
        names = (node for node in ast.walk(line) if isinstance(node, ast.Name))
        used = {name.id for name in names if isinstance(name.ctx, ast.Load)}
        if isinstance(line, ast.AugAssign):
            used |= _given(line)
        loop = _given(line.target) if isinstance(line, ast.For) else set()
        found |= used - own - loop - _of_comprehensions(line)
        if isinstance(line, _SURE):  # not one that may be left out, such as an if
            own |= loop or _given(line)
    return found


def _of_comprehensions(tree: ast.AST) -> set[str]:
    """Names that live within a comprehension alone."""
    return {
        name.id
        for node in ast.walk(tree)
        if isinstance(node, ast.comprehension)
        for name in ast.walk(node.target)
        if isinstance(name, ast.Name)
    }

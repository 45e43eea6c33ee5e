"""How much code a lesson may show, and which of its cells the page folds.

A reader should learn from what is visible, so its amount is bounded:

- at most 30 code cells, `parameters` and `setup` left out, which every lesson has;
- at most 15 lines of code in a cell, whatever its tags;
- at most 200 lines of code in the cells that the page shows open, that is in all
  but those tagged `figure`, `parameters` or `setup`;
- at most 20 names imported from `support` and `chapters`, wherever they are; a
  module is one name (`from support import plots`), other packages are free.

A line of code is neither blank nor a comment alone, so that comments cost nothing.

A name means one thing: what a cell imports or defines, no cell imports from
elsewhere, defines again or assigns.  Plain variables may change their values.

A cell that only draws, says or tabulates is tagged `figure`, unless it is tagged
`check` or shows source code alone; and a cell tagged `figure` does show something
and trains nothing, so that the page folds no code that a reader should see.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from support.course.project.chapters import Chapter, read_notebook, tags

__all__ = ["SHOWING", "faults"]

MOST_CELLS = 30
MOST_LINES = 15
MOST_VISIBLE = 200
MOST_HELPERS = 20
_FOLDED = {"figure", "parameters", "setup"}
_ROUTINE = {"parameters", "setup"}
_PACKAGES = ("support", "chapters")
#: Modules and packages whose functions draw.
_DRAWERS = {"figures", "plots", "plt"}
#: Expressions that bind names of their own.
_SCOPES = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)
_TRAINING = re.compile(r"(fit|train)(_|$)")
#: Functions that show something in the page.
SHOWING = {"display", "over_seeds", "print", "recorded", "say", "show", "table"}


@dataclass(frozen=True)
class _Cell:
    where: str
    tags: frozenset[str]
    lines: int
    body: list[ast.stmt]


def faults(chapter: Chapter) -> list[str]:
    """Hold a chapter's lesson to the rules above.

    Args:
        chapter: any.

    Returns:
        What is wrong, in words; an empty list where all is well.
    """
    found: list[str] = []
    cells = []
    for place, cell in enumerate(read_notebook(chapter.source("lesson")).cells):
        if cell.cell_type != "code":
            continue
        where = f"lesson.md, cell {place}"
        try:
            body = ast.parse(cell.source).body
        except SyntaxError as error:
            found.append(f"{where}: is not plain Python: {error.msg}")
            body = []
        lines = _lines(cell.source)
        cells.append(_Cell(where, frozenset(tags(cell)), lines, body))
    return [*found, *_sizes(cells), *_helpers(cells), *_names(cells), *_marks(cells)]


def _lines(source: str) -> int:
    stripped = (line.strip() for line in source.splitlines())
    return sum(bool(line) and not line.startswith("#") for line in stripped)


def _sizes(cells: Sequence[_Cell]) -> Iterator[str]:
    count = sum(not _ROUTINE & cell.tags for cell in cells)
    if count > MOST_CELLS:
        yield (
            f"lesson.md: {count} code cells; at most {MOST_CELLS}. Join cells that "
            "show, or show a module's function with lesson.source"
        )
    for cell in cells:
        if cell.lines > MOST_LINES:
            yield (
                f"{cell.where}: {cell.lines} lines of code; at most {MOST_LINES}. "
                "Split the cell where its idea ends, or move code to a module"
            )
    visible = sum(cell.lines for cell in cells if not _FOLDED & cell.tags)
    if visible > MOST_VISIBLE:
        yield (
            f"lesson.md: {visible} visible lines of code; at most {MOST_VISIBLE}. "
            "Tag cells that show 'figure', or move code to the chapter's modules"
        )


def _helpers(cells: Sequence[_Cell]) -> Iterator[str]:
    names = {
        alias.asname or alias.name
        for cell in cells
        for statement in cell.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if _origin(node, alias).partition(".")[0] in _PACKAGES
    }
    if len(names) > MOST_HELPERS:
        yield (
            f"lesson.md: {len(names)} helpers are imported; at most {MOST_HELPERS}: "
            f"{', '.join(sorted(names))}. Import a module where several of its "
            "functions are called"
        )


def _origin(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> str:
    if isinstance(node, ast.ImportFrom):
        return f"{node.module}.{alias.name}"
    return alias.name if alias.asname else alias.name.partition(".")[0]


def _names(cells: Sequence[_Cell]) -> Iterator[str]:
    meanings: dict[str, str] = {}
    for cell in cells:
        for name, meaning in dict(_bindings(cell.body, cell.where)).items():
            before = meanings.setdefault(name, meaning)
            if before != meaning:
                yield (
                    f"{cell.where}: {name} means two things: it is {meaning} here, "
                    f"but {before} before. Give one of them another name"
                )


def _bindings(body: Sequence[ast.AST], where: str) -> Iterator[tuple[str, str]]:
    """Go through the names that statements bind, and what each then is."""
    for node in body:
        if isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                yield name, f"imported as {_origin(node, alias)}"
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name, f"defined in {where}"
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id, "a value"
        elif not isinstance(node, _SCOPES):
            yield from _bindings(list(ast.iter_child_nodes(node)), where)


def _marks(cells: Sequence[_Cell]) -> Iterator[str]:
    drawings: set[str] = set()
    for cell in cells:
        roles = _roles(cell.body, drawings)
        only_shows = "shows" in roles and "computes" not in roles
        if only_shows and not cell.tags & {"figure", "check", "setup"}:
            yield (
                f"{cell.where}: it only draws, says or tabulates; tag it 'figure', "
                "so that the page folds its code"
            )
        calls = {_last(node) for part in cell.body for node in ast.walk(part)}
        if "figure" in cell.tags and not any(map(_is_showing, {*calls} - {""})):
            yield (
                f"{cell.where}: it is tagged 'figure' but shows nothing; without "
                "the tag a reader sees its code"
            )
        hidden = sorted(name for name in calls if _TRAINING.match(name))
        if "figure" in cell.tags and hidden:
            yield (
                f"{cell.where}: it is tagged 'figure' but calls {hidden[0]}; train in "
                "a cell of its own, which a reader sees"
            )


def _roles(body: Sequence[ast.stmt], drawings: set[str]) -> set[str]:
    """Say whether statements show (or draw what is shown) or compute.

    Args:
        body: statements.
        drawings: names of what was drawn; those drawn here are added.
    """
    roles = set()
    for statement in body:
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.Pass():
                continue
            case ast.Expr(value=ast.Constant()):
                continue  # a docstring
            case ast.Expr(value=value):
                role = "shows" if _draws(value, drawings) else "computes"
                roles |= set() if _last(value) == "source" else {role}
            case ast.Assign(targets=targets, value=value) if _draws(value, drawings):
                drawings |= {name for name, _ in _bindings(targets, "")}
                roles |= {"shows"}
            case ast.Return(value=ast.expr() as value) if _draws(value, drawings):
                roles |= {"shows"}
            case ast.For(body=inner) | ast.With(body=inner):
                roles |= _roles(inner, drawings)
            case ast.If(body=inner, orelse=other):
                roles |= _roles([*inner, *other], drawings)
            case ast.FunctionDef(name=name, body=inner):
                made = _roles(inner, drawings)
                drawings |= {name} if made == {"shows"} else set()
                roles |= made
            case _:
                roles |= {"computes"}
    return roles


def _draws(value: ast.expr, drawings: set[str]) -> bool:
    """Whether an expression shows or draws: by what it calls, and of what."""
    match value:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return bool(parts) and all(_draws(part, drawings) for part in parts)
        case ast.ListComp(elt=part):
            return _draws(part, drawings)
        case ast.Call(func=function):
            root = ast.unparse(function).partition(".")[0].partition("[")[0]
            return _is_showing(_last(value)) or root in drawings | _DRAWERS
    return False


def _last(node: Any) -> str:
    """The last word of what a call calls, such as ``say`` of ``lesson.say(...)``."""
    if not isinstance(node, ast.Call):
        return ""
    return ast.unparse(node.func).rpartition(".")[2]


def _is_showing(name: str) -> bool:
    return name in SHOWING or name.startswith("show_")

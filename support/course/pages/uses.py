"""Where each public function is used and held: by chapters, tests and properties.

Nothing is imported: sources are read for the names that they take from the package,
so that the reference of functions can lead to its users within seconds.
"""

import ast
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from support.course.pages.markdown import lesson_link
from support.course.project.project import Project
from support.course.run.imports import parsed

__all__ = ["Name", "names_in", "uses"]

_CELL = re.compile(r"^```\{code-cell\}[^\n]*\n((?::[^\n]*\n)*)(.*?)^```", re.M | re.S)
_MOST_TESTS = 4  # of a function that a line names; more are counted

#: A public function: its module and its name.
Name = tuple[str, str]


def uses(project: Project, public: Iterable[Name]) -> dict[Name, str]:
    """Say of each function which chapters use it and which tests hold it.

    Args:
        project: whose chapters and tests.
        public: the functions of the reference.

    Returns:
        A list in MyST for each function that something names.  A chapter counts
        where its lesson, its exercises or one of its modules takes the function from
        the package; a test where its file does.
    """
    known = _spellings(tuple(public))
    numbers = {paper["slug"]: n for n, paper in enumerate(project.papers, 1)}
    chapters: dict[Name, list[str]] = {}
    for chapter in project.chapters:
        title = f"{numbers.get(chapter.slug, '')}. {chapter.title}".lstrip(". ")
        link = lesson_link(chapter, title)
        sources = [chapter.source(stem) for stem in chapter.stems]
        for name in _taken([*sources, *sorted(chapter.folder.glob("*.py"))], known):
            chapters.setdefault(name, []).append(link)
    tests: dict[Name, list[str]] = {}
    rows: dict[Name, list[str]] = {}
    folder = project.root / "tests"
    for path in sorted(folder.rglob("*.py")):
        shown = path.relative_to(project.root)
        table = shown.parts[:2] == ("tests", "properties")
        if shown.parts[1] != "chapters" and (table or path.name.startswith("test_")):
            for name in _taken([path], known):
                (rows if table else tests).setdefault(name, []).append(f"`{shown}`")
    return {
        name: "\n".join(
            _lines(name, *(found.get(name, []) for found in (chapters, rows, tests)))
        )
        for name in chapters.keys() | rows.keys() | tests.keys()
    }


def _lines(
    name: Name, chapters: Sequence[str], rows: Sequence[str], tests: Sequence[str]
) -> Iterator[str]:
    own = f"test_{name[0].rpartition('.')[2]}.py"
    tests = sorted(tests, key=lambda test: own not in test)  # its own stands first
    if chapters:
        yield f"- Used in {', '.join(chapters)}."
    if rows:
        yield f"- Its properties are held by the table in {', '.join(rows)}."
    if tests:
        more = len(tests) - _MOST_TESTS
        rest = f" and {more} more" if more > 0 else ""
        yield f"- Tested in {', '.join(tests[:_MOST_TESTS])}{rest}."


def names_in(tree: ast.AST) -> set[str]:
    """Every dotted name of the package that a tree imports, or reaches by a dot.

    >>> tree = ast.parse("from support.metrics import auc as a; a.auc_binary(x, y)")
    >>> sorted(names_in(tree))
    ['support.metrics.auc', 'support.metrics.auc.auc_binary']
    """
    local: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _of_package(node.module or ""):
            for one in node.names:
                local[one.asname or one.name] = f"{node.module}.{one.name}"
        elif isinstance(node, ast.Import):
            for one in node.names:
                if _of_package(one.name):
                    local[one.asname or "support"] = (
                        one.name if one.asname else "support"
                    )
    reached = set(local.values())
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and (name := _dotted(node, local)):
            reached.add(name)
    return reached


def _of_package(name: str) -> bool:
    return name.partition(".")[0] == "support"


def _dotted(node: ast.expr, local: Mapping[str, str]) -> str:
    """A chain of dots with its first name as the package spells it; else nothing."""
    if isinstance(node, ast.Name):
        return local.get(node.id, "")
    if isinstance(node, ast.Attribute) and (before := _dotted(node.value, local)):
        return f"{before}.{node.attr}"
    return ""


@lru_cache(maxsize=64)
def _spellings(public: tuple[Name, ...]) -> dict[str, Name]:
    """Each function by its full name, and by those of packages that pass it on."""
    known = {f"{module}.{name}": (module, name) for module, name in public}
    for module, name in public:
        package = module.rpartition(".")[0]
        while package not in ("", "support"):
            known.setdefault(f"{package}.{name}", (module, name))
            package = package.rpartition(".")[0]
    return known


def _taken(paths: Iterable[Path], known: Mapping[str, Name]) -> list[Name]:
    found: set[Name] = set()
    for path in paths:
        for name in _names(path, path.stat().st_mtime_ns):
            # a module may pass on what another one of its room defines
            room, last = ".".join(name.split(".")[:2]), name.rpartition(".")[2]
            if (one := known.get(name) or known.get(f"{room}.{last}")) is not None:
                found.add(one)
    return sorted(found)


@lru_cache(maxsize=2048)
def _names(path: Path, stamp: int) -> frozenset[str]:
    """The names of a file as it was written at one time."""
    text = path.read_text("utf-8")
    if path.suffix != ".py":  # a name that one cell imports is used in another
        text = "\n".join(m[2] for m in _CELL.finditer(text) if parsed(m[2]))
    tree = parsed(text)
    return frozenset(names_in(tree) if tree else ())

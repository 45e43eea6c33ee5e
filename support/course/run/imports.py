"""Which source files of the project does a piece of code import, transitively?

The answer is static: it follows ``import`` statements wherever they stand, also
inside functions, and never runs anything.  A module that cannot be read is an error:
what it imports is not known, and so not whether anything behind it has changed.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path

from support.course.project.errors import CourseError

__all__ = [
    "code_text",
    "files_of",
    "imported_files",
    "imported_names",
    "module_name",
    "of_the_project",
    "parsed",
    "plain_python",
]

#: The project's own packages; what others hold is pinned by its version.
_PACKAGES = ("support", "chapters")
_MAGIC = re.compile(r"^\s*[%!?]")


def imported_files(
    sources: Iterable[str], home: Path, without: Iterable[str] = ()
) -> list[Path]:
    """Follow the imports of a notebook's cells through ``support`` and ``chapters``.

    Args:
        sources: the text of each code cell.
        home: the folder that holds both packages.
        without: rooms that are left out, with what only they import: modules or
            packages by their dotted names, such as ``support.plots``; ``*`` stands
            for any name.

    Returns:
        The files of all modules reached, package ``__init__`` files included, in
        the order of their paths.

    Raises:
        CourseError: a module is not Python.
    """
    reached: set[Path] = set()
    patterns = [pattern for room in without for pattern in (room, f"{room}.*")]
    waiting: list[Path] = []
    for source in sources:
        tree = parsed(source)
        if tree is not None:
            names = of_the_project(imported_names(tree, package=""))
            waiting.extend(files_of(names, home))
    while waiting:
        path = waiting.pop()
        name = ".".join(path.relative_to(home).with_suffix("").parts)
        if path in reached or any(fnmatchcase(name, one) for one in patterns):
            continue
        reached.add(path)
        waiting.extend(_imported_by(path, _stamp(path), home))
    return sorted(reached)


@lru_cache(maxsize=4096)
def parsed(cell: str) -> ast.Module | None:
    """Read a cell as Python, what only IPython understands included.

    Args:
        cell: its text.

    Returns:
        Its syntax tree; None for a cell that IPython cannot read either, and that
        therefore never does anything.
    """
    try:
        return ast.parse(plain_python(cell))
    except SyntaxError:
        from IPython.core.inputtransformer2 import TransformerManager

    try:
        return ast.parse(TransformerManager().transform_cell(cell))
    except SyntaxError:
        return None


def plain_python(source: str) -> str:
    """Drop the lines of a cell that only IPython understands (``%`` and ``!``)."""
    lines = source.splitlines()
    return "\n".join("" if _MAGIC.match(line) else line for line in lines)


@lru_cache(maxsize=4096)
def code_text(source: str) -> str:
    """Reduce Python to what runs: no comments, docstrings or empty lines.

    The result is compared between machines, so it is made from the text itself
    and not from a syntax tree, whose form differs between versions of Python.

    Args:
        source: the text of a module or a cell.

    Returns:
        The lines that are left; the source itself where it is not Python.

    >>> code_text("x = 1  # one\\n\\n# two\\n")
    'x = 1'
    """
    for text in (source, plain_python(source)):
        try:
            tree = ast.parse(text)
            tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        except (SyntaxError, tokenize.TokenError):
            continue
        break
    else:
        return source
    lines = text.splitlines()
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for node in ast.walk(tree):
        if isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None:
            first = node.body[0]
            for row in range(first.lineno, (first.end_lineno or first.lineno) + 1):
                lines[row - 1] = ""
    return "\n".join(line.rstrip() for line in lines if line.strip())


def _stamp(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_mtime_ns, status.st_size


@lru_cache(maxsize=2048)
def _imported_by(path: Path, stamp: tuple[int, int], home: Path) -> tuple[Path, ...]:
    parts = path.relative_to(home).with_suffix("").parts
    package = ".".join(parts[:-1])
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError) as error:
        raise CourseError(
            f"{'/'.join(parts)}.py cannot be read as Python ({error}), so that nobody "
            "knows what depends on it. Mend it.",
            exit_code=1,
        ) from error
    return tuple(files_of(of_the_project(imported_names(tree, package)), home))


def imported_names(tree: ast.Module, package: str) -> list[str]:
    """List the dotted names that a source may import.

    Args:
        tree: of the source.
        package: that the source is a module of; for imports that begin with a dot.
    """
    names: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                outer = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*outer, base] if base else outer)
            names += [base, *(f"{base}.{alias.name}" for alias in node.names)]
        elif isinstance(node, ast.Call) and node.args:
            called = ast.unparse(node.func).rpartition(".")[2]
            first = node.args[0]
            dynamic = called in ("import_module", "__import__")
            if dynamic and isinstance(first, ast.Constant):
                names.append(str(first.value))
    return names


def module_name(path: Path, home: Path) -> str:
    """The dotted name of a source, a package's without its ``__init__``.

    Args:
        path: of the source.
        home: the folder on the module path that it lies in.
    """
    parts = path.relative_to(home).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def of_the_project(names: Iterable[str]) -> list[str]:
    """Keep the dotted names of the project's own packages."""
    return [name for name in names if name.partition(".")[0] in _PACKAGES]


def files_of(names: Iterable[str], home: Path) -> list[Path]:
    """Find the files of dotted names: every package on the way, and the module."""
    found = []
    for name in names:
        folder = home
        for part in name.split("."):
            module, folder = folder / f"{part}.py", folder / part
            if (folder / "__init__.py").is_file():
                found.append(folder / "__init__.py")
            elif module.is_file():
                found.append(module)
                break
            else:
                break
    return found

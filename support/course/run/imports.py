"""Which source files of the project does a piece of code import, transitively?

The answer is static: it follows ``import`` statements wherever they stand, also
inside functions, and never runs anything.
"""

import ast
import io
import re
import tokenize
from collections.abc import Collection, Iterable
from functools import lru_cache
from pathlib import Path

__all__ = ["code_text", "imported_files", "plain_python"]

#: The project's own packages; what others hold is pinned by its version.
_PACKAGES = ("support", "chapters")
_MAGIC = re.compile(r"^\s*[%!?]")


def imported_files(
    sources: Iterable[str], root: Path, without: Collection[str] = ()
) -> list[Path]:
    """Follow the imports of a notebook's cells through ``support`` and ``chapters``.

    Args:
        sources: the text of each code cell.
        root: the folder that holds both packages.
        without: files, such as ``support/tables.py``, that are left out, with what
            only they import.

    Returns:
        The files of all modules reached, package ``__init__`` files included, in
        the order of their paths.
    """
    reached: set[Path] = set()
    left_out = {root / name for name in without}
    waiting: list[Path] = []
    for source in sources:
        names = _imports(plain_python(source), package="")
        waiting.extend(_files(names, root))
    while waiting:
        path = waiting.pop()
        if path in reached or path in left_out:
            continue
        reached.add(path)
        waiting.extend(_files(_imports_of(path, _stamp(path), root), root))
    return sorted(reached)


def plain_python(source: str) -> str:
    """Drop the lines of a cell that only IPython understands (``%`` and ``!``)."""
    lines = source.splitlines()
    return "\n".join("" if _MAGIC.match(line) else line for line in lines)


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
    source = plain_python(source)
    lines = source.splitlines()
    try:
        tree = ast.parse(source)
        tokens = list(tokenize.generate_tokens(io.StringIO(source).readline))
    except (SyntaxError, tokenize.TokenError):
        return source
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
def _imports_of(path: Path, stamp: tuple[int, int], root: Path) -> tuple[str, ...]:
    parts = path.relative_to(root).with_suffix("").parts
    package = ".".join(parts[:-1])
    return tuple(_imports(path.read_text(encoding="utf-8"), package))


def _imports(source: str, package: str) -> list[str]:
    """List the dotted names of the project's packages that a source may import."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return []
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
    return [name for name in names if name.partition(".")[0] in _PACKAGES]


def _files(names: Iterable[str], root: Path) -> list[Path]:
    """Find the files of dotted names: every package on the way, and the module."""
    found = []
    for name in names:
        folder = root
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

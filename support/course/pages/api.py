"""The reference of the package: every public function, from its docstring.

Nothing is imported: sources are read, so that the pages are made within a second and
say what is written.  A docstring's sections become lists, its equations are set.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from textwrap import dedent

from support.course.project.errors import CourseError
from support.course.run.imports import module_name

__all__ = ["Entry", "api", "entries", "public"]

_SUPPORT = Path(__file__).resolve().parents[2]
#: Pages, each with its rooms of ``support``.
_ROOMS = {
    "metrics": ("metrics",),
    "losses": ("losses",),
    "models": ("models",),
    "data": ("data",),
    "signal": ("signal", "sounds"),
    "rules": ("rules",),
    "experiments": ("training", "verification", "segmentation", "recruitment"),
    "book_tools": (
        "lesson", "claims", "records", "judgements", "exercises", "own_method",
        "plots", "tables", "frames", "ledger", "quotes", "verdicts",
    ),
}  # fmt: skip
_SECTION = re.compile(r"^(Args|Returns|Raises|Yields|Attributes|Example|Examples):$")
#: What is no plain text: code and equations.
_KEPT = re.compile(r"(``.+?``|`[^`]+`|\$\$.+?\$\$|\$[^$]+\$)", re.DOTALL)
_ROLE = re.compile(r":(?:func|class|mod|meth|data|attr):`~?([^`]+)`")


@dataclass(frozen=True)
class Entry:
    """A public function or class: its module, its name, its signature, its words."""

    module: str
    name: str
    signature: str
    words: str

    @property
    def target(self) -> str:
        """The anchor of its place in the book, where capitals tell nothing apart."""
        kind = "class" if self.signature.startswith("class ") else "api"
        return f"{kind}-{self.module}.{self.name}".replace("_", "-").lower()


def api(room: str, used: Mapping[tuple[str, str], str] | None = None) -> str:
    """Write one page of the reference, or the list of all where no room is named.

    Args:
        room: a page's name, such as ``metrics``; ``api`` for the list.
        used: by module and name, who uses and tests a function, in MyST.

    Returns:
        MyST text.

    Raises:
        CourseError: there is no such room.
    """
    if room == "api":
        return "\n\n".join(_listed(name) for name in _ROOMS)
    if room not in _ROOMS:
        raise CourseError(f"api: got {room!r}; the rooms are {', '.join(_ROOMS)}.")
    return "\n\n".join(_module(path, used or {}) for path in _modules(room))


def public() -> list[tuple[str, str]]:
    """The module and the name of everything in the reference."""
    return [(one.module, one.name) for room in _ROOMS for one in entries(room)]


def entries(room: str) -> list[Entry]:
    """The public functions and classes of a page, by module, in the modules' order."""
    return [entry for path in _modules(room) for entry in _entries(path)]


def _modules(room: str) -> Iterator[Path]:
    for name in _ROOMS[room]:
        place = _SUPPORT / name
        paths = (
            sorted(place.rglob("*.py"))
            if place.is_dir()
            else [place.with_suffix(".py")]
        )
        for path in paths:
            if any(_entries(path)):
                yield path


@cache
def _entries(path: Path) -> tuple[Entry, ...]:
    """The public things of a module of this package, read once."""
    tree = ast.parse(path.read_bytes())
    public: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            public = list(ast.literal_eval(node.value))
    kinds = (ast.FunctionDef, ast.ClassDef)
    return tuple(
        Entry(
            module_name(path, _SUPPORT.parent),
            node.name,
            _signature(node),
            ast.get_docstring(node) or "",
        )
        for node in tree.body
        if isinstance(node, kinds) and node.name in public
    )


def _signature(node: ast.FunctionDef | ast.ClassDef) -> str:
    if isinstance(node, ast.ClassDef):
        made = [f for f in node.body if isinstance(f, ast.FunctionDef)]
        start = next((one for one in made if one.name == "__init__"), None)
        if start is None:
            return f"class {node.name}"
        words = _call(node.name, start).replace("(self, ", "(").replace("(self)", "()")
        return f"class {words}"
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return _call(node.name, node) + returns


def _call(name: str, node: ast.FunctionDef) -> str:
    text = f"{name}({ast.unparse(node.args)})"
    if len(text) <= 72:
        return text
    parts = re.split(r", (?![^\[(]*[\])])", ast.unparse(node.args))
    return f"{name}(\n" + "".join(f"    {part},\n" for part in parts) + ")"


def _listed(room: str) -> str:
    title = room.replace("_", " ").capitalize()
    lines = [f"## [{title}](api/{room}.md)", ""]
    for path in _modules(room):
        names = [f"[{one.name}](#{one.target})" for one in _entries(path)]
        lines.append(f"- `{module_name(path, _SUPPORT.parent)}`: {', '.join(names)}")
    return "\n".join(lines)


def _module(path: Path, used: Mapping[tuple[str, str], str]) -> str:
    about = (ast.get_docstring(ast.parse(path.read_bytes())) or "").split("\n\n")[0]
    parts = [f"## `{module_name(path, _SUPPORT.parent)}`", _prose(about)]
    for entry in _entries(path):
        where = used.get((entry.module, entry.name))
        parts += [
            f"({entry.target})=\n### {entry.name}",
            f"```python\n{entry.signature}\n```",
            _docstring(entry.words),
            f"**Where**\n\n{where}" if where else "",
        ]
    return "\n\n".join(part for part in parts if part)


def _docstring(text: str) -> str:
    """Turn a docstring into MyST: paragraphs, equations, lists, examples."""
    parts: list[str] = []
    section = ""
    for block in re.split(r"\n\s*\n", text):
        first, _, rest = block.partition("\n")
        if _SECTION.fullmatch(first.strip()) and not first.startswith(" "):
            section, block = first.strip(" :"), rest
            if section not in ("Example", "Examples"):
                parts.append(f"**{section}**")
        elif not block.startswith(" "):
            section = ""
        block = dedent(block)
        if block.lstrip().startswith(">>>"):
            parts.append(f"```pycon\n{block}\n```")
        elif section in ("Args", "Attributes", "Raises"):
            parts.append(_items(block))
        else:
            parts.append(_prose(block))
    return "\n\n".join(part for part in parts if part.strip())


def _items(block: str) -> str:
    """The entries of a section, ``name: words``, further lines indented."""
    found: list[list[str]] = []
    for line in block.split("\n"):
        if line.startswith(" ") and found:
            found[-1].append(line.strip())
        else:
            found.append([line])
    lines = []
    for words in found:
        name, colon, rest = " ".join(words).partition(": ")
        lines.append(f"- `{name}`: {_prose(rest)}" if colon else f"- {_prose(name)}")
    return "\n".join(lines)


def _prose(text: str) -> str:
    """Words as MyST reads them: code, equations, and all else as plain text."""
    text = _ROLE.sub(r"`\1`", text)
    return "".join(
        _plain(piece) if place % 2 == 0 else _kept(piece, text)
        for place, piece in enumerate(_KEPT.split(text))
    )


def _plain(words: str) -> str:
    return re.sub(r"([<\[\]])", r"\\\1", words)


def _kept(piece: str, text: str) -> str:
    """Code as it is; an equation in one line, or in a paragraph of its own."""
    if not piece.startswith("$$") or "\n" not in text:
        return " ".join(piece.split())
    return "\n\n$$\n" + dedent(piece.strip("$")).strip() + "\n$$\n\n"

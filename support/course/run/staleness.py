"""When is an execution still good?  The key, and what changed since.

A thin notebook changes when the package behind it does.  The key of an execution
is therefore a digest of everything that can change what it computes or shows: the
code cells and their tags, the parameters, the source of each module that it imports
directly or not, the claims, the pins and installed versions, the interpreter, and
the data.  Prose is no part of it: a corrected sentence is merged into the executed
notebook when the book is staged.

The digest behind a record asks less: what can change a *measured value*.  The rooms
that only show or judge are left out of it, and the cells that only draw.  Rooms that
only fetch data are in neither: the data's own checksum is.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from support.course.project.chapters import Chapter
from support.course.project.corpora import corpus_digest, loader_of
from support.course.project.files import digest
from support.course.project.parameters import Scalar
from support.course.project.project import Project
from support.course.run.cells import Cell, code_cells, measuring
from support.course.run.imports import code_text, imported_files
from support.course.run.own_code import OwnCode

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["Parts", "changed_modules", "code_digest", "explain", "key", "parts_of"]

#: Rooms that only fetch: what they bring is known by its checksum.
_FETCHING = ("support.data.acquisition",)
#: Rooms that only show or judge: no measured value passes through them.
_SHOWING = (
    "chapters.*.figures",
    "support.claims",
    "support.exercises",
    "support.frames",
    "support.ledger",
    "support.plots",
    "support.quotes",
    "support.records",
    "support.sounds",
    "support.tables",
    "support.verdicts",
)

#: What an execution depends on: a name that a reader understands, and a digest.
Parts = dict[str, str]


def parts_of(
    notebook: "NotebookNode",
    parameters: Mapping[str, Scalar],
    chapter: Chapter,
    project: Project,
    *,
    method: OwnCode | None = None,
    reads: Sequence[str] = (),
) -> Parts:
    """List everything that one execution depends on.

    Args:
        notebook: as read from its source.
        parameters: all of them, defaults included.
        chapter: its folder holds the files that the notebook reads.
        project: whose packages and pins.
        method: the reader's own.
        reads: names of files beside the notebook, such as ``claims.yml``.

    Returns:
        A mapping of names to digests; :func:`key` condenses it.
    """
    cells = code_cells(notebook)
    written = [[tagged, source] for tagged, source in cells]
    parts = {
        "the code cells": digest(json.dumps(written)),
        "the parameters": json.dumps(dict(parameters), sort_keys=True),
        "python": ".".join(map(str, sys.version_info[:3])),
    }
    dataset = str(parameters.get("dataset", "embedded"))
    home = _home(project)
    for path in _modules(cells, dataset, home, method, without=_FETCHING):
        parts[path.relative_to(home).as_posix()] = digest(path.read_bytes())
    files = {name: chapter.folder / name for name in reads}
    files["constraints.txt"] = project.root / "constraints.txt"
    for name, path in files.items():
        parts[name] = digest(path.read_bytes()) if path.is_file() else "absent"
    parts |= method.parts if method else {}
    parts["the data"] = corpus_digest(dataset)
    for name in _direct_dependencies(project.root / "pyproject.toml"):
        parts[f"version of {name}"] = _version(name)
    return parts


def key(parts: Mapping[str, str]) -> str:
    """Condense the parts to one digest.

    >>> key({"python": "3.11"}) == key({"python": "3.12"})
    False
    """
    return digest(json.dumps(dict(parts), sort_keys=True))


def changed_modules(parts: Mapping[str, str], project: Project) -> list[str]:
    """List the modules whose source is no longer what it was.

    Args:
        parts: of an execution, made before it began.
        project: whose packages.

    Returns:
        Names such as ``support/losses/auc.py``.
    """
    home = _home(project)
    found = []
    for name, before in parts.items():
        path = home / name
        if (
            name.endswith(".py")
            and "/" in name
            and (not path.is_file() or digest(path.read_bytes()) != before)
        ):
            found.append(name)
    return found


def explain(old: Mapping[str, str], new: Mapping[str, str]) -> str:
    """Say in words which parts differ, the nearest to the notebook first.

    Args:
        old: the parts of the stored execution.
        new: the parts now.

    Returns:
        Such as ``"support/losses/auc.py changed"``; empty where none differs.

    >>> explain({"python": "3.11"}, {"python": "3.12"})
    'python changed from 3.11 to 3.12'
    """
    notes = []
    for name in [*new, *(name for name in old if name not in new)]:
        before, after = old.get(name), new.get(name)
        if before == after:
            continue
        if before is None or before == "absent":
            notes.append(f"{name} is new")
        elif after is None or after == "absent":
            notes.append(f"{name} is gone")
        elif name == "python" or name.startswith("version of "):
            notes.append(f"{name} changed from {before} to {after}")
        else:
            notes.append(f"{name} changed")
    more = f" and {len(notes) - 3} more" if len(notes) > 3 else ""
    return ", ".join(notes[:3]) + more


def code_digest(
    notebook: "NotebookNode",
    project: Project,
    *,
    dataset: str = "embedded",
    method: OwnCode | None = None,
) -> str:
    """Digest the code behind a record: cells and modules, without their comments.

    Seed, versions and earlier results are left out: a record carries the former,
    and does not depend on the latter.  So are the rooms and the cells that only
    show or judge what was measured; what else a drawing cell imports still counts.

    Args:
        notebook: the lesson as read from its source.
        project: whose packages.
        dataset: whose loader belongs to the code.
        method: the reader's own.

    Returns:
        Twelve hexadecimal digits, the same on every machine.
    """
    cells = code_cells(notebook)
    sources = enumerate(measuring(cells))
    texts = {f"cell {i}": code_text(source) for i, source in sources}
    home = _home(project)
    without = (*_FETCHING, *_SHOWING)
    for path in _modules(cells, dataset, home, method, without):
        name = path.relative_to(home).as_posix()
        texts[name] = code_text(path.read_text(encoding="utf-8"))
    if method is not None:
        texts["method"] = method.code
    return digest(json.dumps(texts, sort_keys=True))[:12]


def _modules(
    cells: Sequence[Cell],
    dataset: str,
    home: Path,
    method: OwnCode | None,
    without: Iterable[str],
) -> list[Path]:
    # Loader and method are imported by their names, which no cell shows.
    named = [loader_of(dataset), *(method.uses if method else ())]
    sources = [source for _, source in cells]
    sources += [f"import {name}" for name in named if name]
    return imported_files(sources, home, without)


def _home(project: Project) -> Path:
    """The folder that holds ``support``: the project, or where it is installed."""
    if (project.root / "support").is_dir():
        return project.root
    return Path(__file__).resolve().parents[3]


@lru_cache(maxsize=8)
def _direct_dependencies(path: Path) -> tuple[str, ...]:
    if not path.is_file():
        return ()
    project = tomllib.loads(path.read_text(encoding="utf-8")).get("project", {})
    requirements = project.get("dependencies", [])
    found = (re.match(r"[\w.-]+", requirement) for requirement in requirements)
    return tuple(sorted(match.group() for match in found if match))


@lru_cache(maxsize=256)
def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "not installed"

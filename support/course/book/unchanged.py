"""Has anything changed since the last good build?  Asked before anything is read.

A build is a function of the project's files, of the stored executions, of what is
installed and of the settings in the environment.  Their digest takes well under a
second whatever the number of chapters; staging the pages takes a second a chapter.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import support
from support.course.project.files import write_atomic

__all__ = ["note", "noted", "state"]

_SOURCES = ("_config.yml", "_toc.yml", "constraints.txt", "pyproject.toml")
_FOLDERS = ("book", "chapters", "support", "tests")  # the reference names tests
_SKIPPED = ("__pycache__", ".ipynb_checkpoints")


def state(root: Path) -> dict[str, str]:
    """Digests of everything that a build depends on.

    Args:
        root: the project's folder.

    Returns:
        A digest of the sources and the environment, and one of the executions.
    """
    package = Path(support.__file__).parent
    folders = {*(root / name for name in _FOLDERS), package}
    sources = [root / name for name in _SOURCES]
    sources += [path for folder in sorted(folders) for path in _files(folder)]
    about = [sys.version, *sorted(_settings()), *sorted(_installed())]
    executed = _files(root / "_build" / "executed")
    return {"sources": _digest(sources, about), "executed": _digest(executed)}


def note(path: Path, before: dict[str, str], root: Path, said: dict[str, Any]) -> None:
    """Keep what a build said, unless a source changed while it was under way.

    Args:
        path: where to.
        before: the state when the build began.
        root: the project's folder.
        said: what the next call may say without building; plain JSON.
    """
    after = state(root)
    if before["sources"] == after["sources"]:
        write_atomic(path, json.dumps({"state": after, "said": said}) + "\n")


def noted(path: Path, now: dict[str, str]) -> dict[str, Any]:
    """What the last build said; nothing where something has changed since.

    Args:
        path: of the note.
        now: the state.
    """
    try:
        last = json.loads(path.read_text("utf-8"))
        return dict(last["said"]) if last["state"] == now else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _files(folder: Path) -> Iterator[Path]:
    """The files below a folder, in an order that does not vary."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not any(part in _SKIPPED for part in path.parts):
            yield path


def _settings() -> Iterator[str]:
    """The settings of the command, such as where corpora lie."""
    return (f"{k}={v}" for k, v in os.environ.items() if k.startswith("COURSE_"))


def _installed() -> Iterator[str]:
    """Names with versions of what is installed."""
    return (path.name for p in sys.path for path in Path(p).glob("*.dist-info"))


def _digest(paths: Iterable[Path], about: Iterable[str] = ()) -> str:
    total = hashlib.sha256("\n".join(about).encode())
    for path in paths:
        if path.is_file():
            content = path.read_bytes()
            total.update(f"\n{path}\n{len(content)}\n".encode())
            total.update(content)
    return total.hexdigest()

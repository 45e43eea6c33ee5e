"""Build the rendered book with Jupyter Book; a warning is an error.

The build starts from a staged tree (see :mod:`support.course.book.stage`).  When
nothing staged has changed since the last good build, there is nothing to do.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from support.course.book.stage import stage
from support.course.project.errors import CourseError
from support.course.project.files import write_atomic
from support.course.project.project import Project

__all__ = ["build", "digest", "first_page"]

# What the pages are made with: another version makes other pages.
_TOOLS = (
    "jupyter-book",
    "myst-nb",
    "myst-parser",
    "pydata-sphinx-theme",
    "pygments",
    "sphinx",
    "sphinx-book-theme",
    "sphinx-design",
    "sphinx-exercise",
    "sphinx-mathjax-offline",
    "sphinx-proof",
    "sphinxcontrib-bibtex",
)
_JUPYTER_BOOK = "from jupyter_book.cli.main import main; main()"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def build(
    project: Project,
    *,
    edition: str = "public",
    strict: bool = True,
    extra: Mapping[str, bytes] | None = None,
) -> Path:
    """Build the book's pages.

    Args:
        project: whose book.
        edition: ``public`` goes to ``_build/html``; ``student`` and ``teacher``
            go to ``_build/editions/<edition>/html``.
        strict: warnings are errors.
        extra: files to stage beside the book's own, such as archives to download.

    Returns:
        The first page.

    Raises:
        CourseError: a chapter was not executed or its code has changed since,
            or the build warned or failed; the message holds what it said.
    """
    work = project.build
    if edition != "public":
        work = work / "editions" / edition
    files = {**stage(project, edition=edition), **(extra or {})}
    wanted = digest(files)
    note = work / "book.json"
    if _built(note) == (wanted, True) and first_page(work).is_file():
        return first_page(work)
    started = time.perf_counter()
    note.unlink(missing_ok=True)
    source = work / "stage"
    _write(source, files)
    for name in ("html", ".doctrees", "output"):
        shutil.rmtree(work / name, ignore_errors=True)
    _sphinx(source, work, strict)
    seconds = round(time.perf_counter() - started, 1)
    content = {"digest": wanted, "strict": strict, "wall_s": seconds}
    write_atomic(note, json.dumps(content))
    return first_page(work)


def digest(files: Mapping[str, bytes]) -> str:
    """Name the content of a staged tree and the tools that turn it into pages.

    Args:
        files: contents by path.

    Returns:
        A SHA-256 in hexadecimal.
    """
    total = hashlib.sha256()
    for name in _TOOLS:
        try:
            total.update(f"{name}=={version(name)}\n".encode())
        except PackageNotFoundError:
            total.update(f"{name} is absent\n".encode())
    for name in sorted(files):
        total.update(f"{name}\n{len(files[name])}\n".encode())
        total.update(files[name])
    return total.hexdigest()


def first_page(work: Path) -> Path:
    """Return the path of the book's first page below a build folder."""
    return work / "html" / "index.html"


def _built(note: Path) -> tuple[str, bool]:
    try:
        content = json.loads(note.read_text("utf-8"))
        return content["digest"], content["strict"]
    except (OSError, ValueError, KeyError):
        return "", False


def _write(source: Path, files: Mapping[str, bytes]) -> None:
    shutil.rmtree(source, ignore_errors=True)
    for name, content in files.items():
        path = source / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _sphinx(source: Path, work: Path, strict: bool) -> None:
    """Run Jupyter Book in a process of its own and put its pages in place."""
    output = work / "output"
    command = [sys.executable, "-c", _JUPYTER_BOOK, "build", str(source)]
    command += ["--path-output", str(output), "--all", "--quiet"]
    if strict:
        command += ["--warningiserror", "--keep-going"]
    ran = subprocess.run(
        command,
        cwd=source,
        env={**os.environ, "PYTHONUTF8": "1", "NO_COLOR": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    said = _COLOUR.sub("", ran.stdout)
    pages = output / "_build" / "html"
    if ran.returncode or not (pages / "index.html").is_file():
        raise CourseError(
            "The book was not built. Jupyter Book said:\n" + _telling(said, source),
            exit_code=1,
        )
    pages.rename(work / "html")
    shutil.rmtree(output, ignore_errors=True)


def _telling(said: str, source: Path) -> str:
    """The lines that name a fault; the end of the log when none does."""
    lines = [line.replace(f"{source}{os.sep}", "") for line in said.splitlines()]
    marks = ("WARNING", "ERROR", "Error:", "CRITICAL")
    telling = [line for line in lines if any(mark in line for mark in marks)]
    return "\n".join(telling[:40] or lines[-40:])

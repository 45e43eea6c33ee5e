"""Write seminars into a fresh folder, wholly or not at all."""

import contextlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.seminar.materials import Materials, gather, package
from support.course.seminar.printing import count_pages, find_chromium, print_page
from support.course.seminar.readme import students_readme

__all__ = ["archive", "write_seminars"]

#: Says that a folder was made by this command, so that it may be replaced.
_MARK = "seminar.json"
_SIZES = (10.5, 10.0, 9.5, 9.0, 8.5, 8.0)
_FOR_STUDENTS = ("student/", "handout.", "slides/vendor/mathjax/")
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the same bytes whenever they are made


def write_seminars(
    project: Project,
    chapters: Sequence[Chapter],
    out: Path,
    *,
    force: bool = False,
    apart: bool = False,
    say: Callable[[str], Any] = print,
) -> list[str]:
    """Write the seminars of chapters.

    Args:
        project: they belong to.
        chapters: whose.
        out: the folder to make.
        force: replace a folder that this command made before.
        apart: give each chapter a folder of its own in ``out``.
        say: called with each line of what was made.

    Returns:
        What could not be made, in words.

    Raises:
        CourseError: the folder exists, cannot be written, or a chapter has no
            execution of its present sources; nothing was written.
    """
    out = Path(out)
    _refuse(out, force)
    materials = gather(project, chapters)
    sources = {f"package/{name}": data for name, data in package(project).items()}
    missing: list[str] = []
    temporary: Path | None = None
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
        for item in materials:
            folder = temporary / item.chapter.slug if apart else temporary
            missing += _write(item, folder, sources)
            name = f"{out}/{item.chapter.slug}" if apart else str(out)
            say(f"{item.chapter.slug}: {len(item.slides) + 1} slides, in {name}")
        note = {"made_by": "course seminar", "chapters": [c.slug for c in chapters]}
        (temporary / _MARK).write_text(json.dumps(note) + "\n", "utf-8")
        temporary.chmod(0o755)
        _replace(temporary, out)
    except OSError as error:
        raise CourseError(
            f"--out: {str(out)!r} could not be written: {error.strerror or error}. "
            "Name a folder that you may write, with 30 MB free a chapter.",
            exit_code=1,
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    return list(dict.fromkeys(missing))


def archive(files: Mapping[str, bytes], top: str) -> bytes:
    """Pack files into a zip whose bytes depend on them alone.

    Args:
        files: contents by path.
        top: the folder that they unpack into.
    """
    from io import BytesIO

    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as packed:
        for name in sorted(files):
            entry = zipfile.ZipInfo(f"{top}/{name}", _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            packed.writestr(entry, files[name])
    return buffer.getvalue()


def _refuse(out: Path, force: bool) -> None:
    if not out.exists() and not out.is_symlink():
        return
    if not force:
        raise CourseError(
            f"--out: {str(out)!r} exists already; nothing was written. Name another "
            "folder, or replace it with --force."
        )
    ours = (out / _MARK).is_file() or (out.is_dir() and not any(out.iterdir()))
    if not ours or out.is_symlink():
        raise CourseError(
            f"--out: {str(out)!r} was not made by 'course seminar', so --force does "
            "not replace it; nothing was written. Name another folder."
        )


def _write(item: Materials, folder: Path, sources: Mapping[str, bytes]) -> list[str]:
    """Write one chapter; say what is missing."""
    files, missing = item.files(), item.missing()
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    missing += _print(item, folder)
    for name in ("handout.html", "handout.pdf"):
        with contextlib.suppress(FileNotFoundError):
            files[name] = (folder / name).read_bytes()
    slug = item.chapter.slug
    files |= sources
    everything = archive(files, f"{slug}-seminar")
    (folder / f"{slug}-seminar.zip").write_bytes(everything)
    theirs = {
        name: data
        for name, data in files.items()
        if name.startswith((*_FOR_STUDENTS, "package/"))
    }
    theirs["README.md"] = students_readme(item.chapter).encode("utf-8")
    (folder / f"{slug}-students.zip").write_bytes(archive(theirs, f"{slug}-students"))
    return missing


def _print(item: Materials, folder: Path) -> list[str]:
    """Print the handout in the largest type in which it is one page."""
    browser = find_chromium()
    if browser is None:
        return [
            "No handout.pdf: no Chromium was found; install one or set "
            "COURSE_CHROMIUM. handout.html prints to one page from any browser."
        ]
    page, target = folder / "handout.html", folder / "handout.pdf"
    for size in _SIZES:
        page.write_text(item.handout(size), "utf-8")
        problem = print_page(browser, page, target)
        if problem:
            target.unlink(missing_ok=True)
            return [f"No handout.pdf: {problem}. Print handout.html from a browser."]
        if count_pages(target.read_bytes()) == 1:
            return []
    return [
        f"{item.chapter.slug}: the handout takes more than one page even in "
        f"{_SIZES[-1]:g} points; shorten the take-aways or the slide with the equation."
    ]


def _replace(made: Path, out: Path) -> None:
    """Put a finished folder in place; an older one goes when it is there."""
    if not out.exists():
        os.replace(made, out)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{out.name}.", dir=out.parent))
    os.replace(out, old)
    os.replace(made, out)
    shutil.rmtree(old, ignore_errors=True)

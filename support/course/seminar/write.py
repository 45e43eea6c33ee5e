"""Write seminars into a folder: all is made beside it first, then moved in."""

import contextlib
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
from support.course.seminar.replacing import noted, replace

__all__ = ["archive", "students_archive", "write_seminars"]

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
        force: replace the files of a folder that this command made before; what
            was added or changed there since is kept, and said.
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
        kept = replace(temporary, out, {"chapters": [c.slug for c in chapters]})
    except OSError as error:
        raise CourseError(
            f"--out: {str(out)!r} could not be written: {error.strerror or error}. "
            "Name a folder that you may write, with 30 MB free a chapter.",
            exit_code=1,
        ) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)
    if kept:
        missing.append(_said(kept, out))
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


def students_archive(chapter: Chapter, files: Mapping[str, bytes]) -> bytes:
    """Pack what students get, with words on how to use it.

    Args:
        chapter: whose.
        files: contents by path, without solutions.
    """
    words = students_readme(chapter).encode("utf-8")
    return archive({**files, "README.md": words}, f"{chapter.slug}-students")


def _refuse(out: Path, force: bool) -> None:
    if not out.exists() and not out.is_symlink():
        return
    if not force:
        raise CourseError(
            f"--out: {str(out)!r} exists already; nothing was written. Name another "
            "folder, or replace it with --force."
        )
    noted(out)


def _said(kept: Sequence[str], out: Path) -> str:
    """Name what was left as it is."""
    lines = "".join(f"\n  {name}" for name in kept)
    return (
        f"Kept in {out}, since this command did not write it or it was changed "
        f"since:{lines}\nFor a fresh copy of one of ours, move it away and give the "
        "same command again; the archives hold ours."
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
    packed = students_archive(item.chapter, theirs)
    (folder / f"{slug}-students.zip").write_bytes(packed)
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

"""A folder made anew, and what others put or changed there left as it is.

The folder carries a note of what was written into it, with a digest of each file.
A file that the note does not name, or that has other bytes than the note says, is
somebody's work: it is never touched, and its name is handed back.
"""

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from support.course.project.errors import CourseError
from support.course.project.files import digest, write_atomic

__all__ = ["NOTE", "noted", "replace"]

#: The note: who made the folder, of which chapters, and every file's digests.
NOTE = "seminar.json"

#: Digests by path; two of them only while a folder is being replaced.
Digests = Mapping[str, list[str]]


def noted(folder: Path) -> Digests:
    """Read what a folder's note says was written there.

    Args:
        folder: that may be replaced.

    Returns:
        Digests by path below the folder; none where the folder is empty.

    Raises:
        CourseError: it holds files but no note that can be read, so that nobody
            knows whose they are.
    """
    if folder.is_symlink() or not folder.is_dir():
        raise CourseError(
            f"--out: {str(folder)!r} is no folder that 'course seminar' made, so "
            "--force does not replace it; nothing was written. Name another folder."
        )
    if not any(folder.iterdir()):
        return {}
    try:
        files = json.loads((folder / NOTE).read_text("utf-8"))["files"]
        return {str(name): list(digests) for name, digests in files.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CourseError(
            f"--out: {str(folder)!r} has no {NOTE} that says which of its files "
            "'course seminar' made, so --force cannot tell them from yours; nothing "
            "was written. Name another folder, or move this one away."
        ) from error


def replace(made: Path, folder: Path, about: Mapping[str, object]) -> list[str]:
    """Move finished files into a folder, over and beside what its note names.

    A folder that is not there appears whole.  In one that is there each file takes
    its place whole, by a renaming.  A process killed half-way leaves a note that
    knows the old files and the new ones, so that the same command, given again,
    goes on.

    Args:
        made: the new files, on the same disk; nothing in it is needed afterwards.
        folder: to fill; it may be absent.
        about: what else the note says.

    Returns:
        Paths that were kept since they are not as this command wrote them.

    Raises:
        OSError: a file could not be moved; what was not reached is as it was.
    """
    new = {name: [digest((made / name).read_bytes())] for name in _below(made)}
    if not folder.exists():
        _write_note(made, about, new)
        made.chmod(0o755)
        os.replace(made, folder)
        return []
    old = noted(folder)
    kept = [name for name in _below(folder) if not _ours(folder, name, old)]
    kept = [name for name in kept if name != NOTE]
    both = {name: [*old.get(name, []), *new.get(name, [])] for name in {*old, *new}}
    _write_note(folder, about, both)
    for name in sorted(new):
        if _free(folder, name, both):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            os.replace(made / name, folder / name)
        elif name not in kept:
            kept.append(name)
    for name in sorted({*old} - {*new}):
        if _ours(folder, name, old):
            (folder / name).unlink()
            _drop_empty(folder, (folder / name).parent)
    # what was kept stays unknown to the note, also where its name is one of ours
    _write_note(folder, about, {k: v for k, v in new.items() if k not in kept})
    return sorted(kept)


def _below(folder: Path) -> Iterator[str]:
    """Go through all files below a folder, by their paths; links are not followed."""
    for here, folders, names in os.walk(folder):
        links = [name for name in folders if (Path(here) / name).is_symlink()]
        for name in sorted([*names, *links]):
            yield (Path(here) / name).relative_to(folder).as_posix()


def _ours(folder: Path, name: str, known: Digests) -> bool:
    """Whether a file is as this command wrote it."""
    path = folder / name
    inside = [path, *path.parents][: len(Path(name).parts)]
    if any(place.is_symlink() for place in inside) or not path.is_file():
        return False
    return digest(path.read_bytes()) in known.get(name, [])


def _free(folder: Path, name: str, known: Digests) -> bool:
    """Whether a new file may take its place: nothing is there, or what is ours."""
    path = folder / name
    between = [*path.parents][: len(Path(name).parts) - 1]
    if any(p.is_symlink() or (p.exists() and not p.is_dir()) for p in between):
        return False
    return not os.path.lexists(path) or _ours(folder, name, known)


def _write_note(folder: Path, about: Mapping[str, object], files: Digests) -> None:
    note = {"made_by": "course seminar", **about, "files": dict(sorted(files.items()))}
    write_atomic(folder / NOTE, json.dumps(note, indent=1) + "\n")


def _drop_empty(folder: Path, place: Path) -> None:
    """Remove folders that nothing is in any more, up to the one that is replaced."""
    with contextlib.suppress(OSError):  # not empty
        while place != folder:
            place.rmdir()
            place = place.parent

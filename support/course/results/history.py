"""Which commit a record was made by: of a clean tree, or there is no record."""

import subprocess
from typing import NamedTuple

from support.course.project.chapters import Chapter
from support.course.project.errors import CourseError
from support.course.project.project import Project

__all__ = ["Commit", "claims_committed", "clean_commit"]

_OUTPUT = "results.json"


class Commit(NamedTuple):
    """A commit and when it was made."""

    commit: str
    committed: str


def clean_commit(project: Project) -> Commit:
    """The commit whose code a run is made by.

    Raises:
        CourseError: the project is no git repository, or has changes that are not
            committed (records themselves aside): nobody could run that code again.
    """
    changed = [
        line[3:]
        for line in _git(project, "status", "--porcelain").splitlines()
        if not line.endswith(f"/{_OUTPUT}")
    ]
    if changed:
        some = ", ".join(changed[:3])
        raise CourseError(
            f"--record: {len(changed)} file(s) are not committed ({some}), so nobody "
            "could say which code made the record. Commit them, or leave --record out."
        )
    commit, _, when = _git(project, "log", "-1", "--format=%H %cI").partition(" ")
    return Commit(commit, when)


def claims_committed(project: Project, chapter: Chapter) -> str:
    """When a chapter's claims were last committed; empty where they never were.

    Raises:
        CourseError: the project is no git repository.
    """
    return _git(project, "log", "-1", "--format=%cI", "--", str(chapter.claims))


def _git(project: Project, *words: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(project.root), *words],
            capture_output=True,
            text=True,
            check=True,
        )
    except (OSError, subprocess.CalledProcessError) as error:
        said = str(getattr(error, "stderr", "") or error).strip()
        raise CourseError(
            "--record: a record names the commit that made it, but git says: "
            f"{said}. Record in a clone of the project."
        ) from None
    return done.stdout.rstrip("\n")

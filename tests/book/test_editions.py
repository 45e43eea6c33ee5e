"""The students' book of the real chapters: no solution in any of its sources."""

from pathlib import Path

import pytest

from support.course.book.stage import stage
from support.course.project.project import Project
from tests.course.seminar.test_editions import secrets


def _in_json(line: str) -> str:
    return line.replace("\\", "\\\\").replace('"', '\\"')


def _found(root: Path, edition: str) -> set[str]:
    """Lines of solutions in the page of their exercises or in a page of the book.

    A lesson shows the functions that run, of which an exercise may ask one.
    """
    project = Project.at(root)
    files = stage(project, edition=edition)
    pages = b"\n".join(files[name] for name in files if name.endswith(".md"))
    found = set()
    for chapter in project.chapters:
        own = files.get(f"chapters/{chapter.slug}/exercises.ipynb", b"")
        words = (own + pages).decode("utf-8")
        for line in secrets(chapter, "exercises") if own else []:
            if line in words or _in_json(line) in words:
                found.add(line)
    return found


@pytest.mark.parametrize("edition", ["public", "student"])
def test_solutions_stand_in_the_public_book_alone(
    project_root: Path, edition: str
) -> None:
    found = _found(project_root, edition)
    if edition == "public":
        assert len(found) >= 20
    else:
        assert found == set()

"""The students' book of the real chapters: no solution in any of its sources."""

from pathlib import Path

import pytest

from support.course.chapters import discover
from support.course.stage import stage
from tests.course.test_seminar_editions import secrets


def _in_json(line: str) -> str:
    return line.replace("\\", "\\\\").replace('"', '\\"')


def _found(root: Path, edition: str) -> set[str]:
    """Lines of solutions, and of no lesson, that stand in an edition's sources."""
    chapters = discover(root)
    lessons = "\n".join(c.source("lesson").read_text("utf-8") for c in chapters)
    files = stage(root, edition=edition)
    text = b"\n".join(files[name] for name in files if name.endswith((".ipynb", ".md")))
    words = text.decode("utf-8")
    return {
        line
        for chapter in chapters
        if "exercises" in chapter.stems
        for line in secrets(chapter, "exercises")
        if line not in lessons and (line in words or _in_json(line) in words)
    }


@pytest.mark.parametrize("edition", ["public", "student"])
def test_solutions_stand_in_the_public_book_alone(
    project_root: Path, edition: str
) -> None:
    found = _found(project_root, edition)
    if edition == "public":
        assert len(found) >= 20
    else:
        assert found == set()

"""The editions of the real chapters: plain to read, and nothing given away."""

import json
import re
from pathlib import Path

import pytest

from support.course.project.chapters import (
    Chapter,
    discover,
    front_matter,
    read_notebook,
    tags,
)
from support.course.seminar.editions import edition
from support.course.seminar.plain import Words, directives, labels

ROOT = Path(__file__).resolve().parents[3]
CHAPTERS = discover(ROOT)
NOTEBOOKS = [(chapter, stem) for chapter in CHAPTERS for stem in chapter.stems]
SOLUTION = re.compile(r"^(`{3,}|:{3,})\{solution\}.*?^\1\s*$", re.MULTILINE | re.DOTALL)
LONG = 25  # shorter lines say nothing


def name(value: object) -> str:
    return value.slug if isinstance(value, Chapter) else str(value)


def made(chapter: Chapter, stem: str, which: str) -> dict:
    notebook = read_notebook(chapter.source(stem))
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    text = edition(notebook, which, Words({}, labels(texts)), outputs=False)
    return json.loads(text)


def words_of(notebook: dict) -> str:
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


def secrets(chapter: Chapter, stem: str) -> list[str]:
    """Lines of solutions and of notes for teachers that stand nowhere else."""
    secret, known = [], set()
    for cell in read_notebook(chapter.source(stem)).cells:
        text = cell.source
        if {"solution", "teacher"} & set(tags(cell)):
            secret += text.splitlines()
            continue
        for block in SOLUTION.finditer(text):
            secret += block.group(0).splitlines()[1:-1]
        known |= {line.strip() for line in SOLUTION.sub("", text).splitlines()}
    course = front_matter(chapter.source(stem)).get("course", {})
    for mistake in course.get("seminar", {}).get("mistakes", []):
        secret.append(mistake["reveals"])
    return [
        line.strip()
        for line in secret
        if len(line.strip()) >= LONG and line.strip() not in known
    ]


@pytest.mark.parametrize(("chapter", "stem"), NOTEBOOKS, ids=name)
def test_students_get_no_line_of_a_solution_or_of_a_note(
    chapter: Chapter, stem: str
) -> None:
    secret = secrets(chapter, stem)
    if stem == "exercises":
        assert len(secret) >= 10, "the search has nothing to look for"
    students = made(chapter, stem, "student")
    raw = json.dumps(students, ensure_ascii=False)
    read = words_of(students)
    assert [line for line in secret if line in read or line in raw] == []
    assert '"solution"' not in raw
    assert '"teacher"' not in raw
    # the same search finds them in the teacher's edition
    teachers = words_of(made(chapter, stem, "teacher"))
    found = [line for line in secret if line in teachers]
    assert len(found) >= len(secret) // 2


@pytest.mark.parametrize("which", ["student", "teacher"])
@pytest.mark.parametrize(("chapter", "stem"), NOTEBOOKS, ids=name)
def test_plain_jupyter_shows_no_directive(
    chapter: Chapter, stem: str, which: str
) -> None:
    for cell in made(chapter, stem, which)["cells"]:
        assert "slide-only" not in tags(cell)
        if cell["cell_type"] == "markdown":
            text = re.sub(r"^> ?", "", "".join(cell["source"]), flags=re.MULTILINE)
            assert directives(text) == [], text[:200]


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_the_code_is_the_chapters_own(chapter: Chapter) -> None:
    source = read_notebook(chapter.source("lesson"))
    code = [cell.source for cell in source.cells if cell.cell_type == "code"]
    for which in ("student", "teacher"):
        cells = made(chapter, "lesson", which)["cells"]
        assert code == [
            "".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"
        ]


def test_an_unknown_edition_is_refused() -> None:
    notebook = read_notebook(CHAPTERS[0].source("lesson"))
    with pytest.raises(ValueError, match="name: got 'parents'; give one of student"):
        edition(notebook, "parents", Words())

"""The editions of the real chapters: plain to read, and nothing given away."""

import json
import re
import sys
import tomllib
from pathlib import Path

import pytest

from support.course.mark.submissions import collect
from support.course.project.chapters import (
    Chapter,
    discover,
    front_matter,
    read_notebook,
    tags,
)
from support.course.project.project import Project
from support.course.project.tasks import exercise_cells
from support.course.seminar.editions import edition
from support.course.seminar.materials import package
from support.course.seminar.plain import Words, directives, labels
from support.course.seminar.readme import pythons, students_readme

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
    for cell in students["cells"]:
        assert not {"solution", "teacher"} & set(tags(cell))
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
            "".join(cell["source"])
            for cell in cells
            if cell["cell_type"] == "code" and "getting" not in tags(cell)
        ]


@pytest.mark.parametrize("stem", ["lesson", "exercises"])
def test_a_kernel_without_the_package_says_how_to_get_it(
    stem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = [
        "".join(cell["source"])
        for cell in made(CHAPTERS[0], stem, "student")["cells"]
        if cell["cell_type"] == "code"
    ]
    exec(code[0], {})  # here it is installed
    monkeypatch.setitem(sys.modules, "support.lesson", None)
    with pytest.raises(ModuleNotFoundError, match=r"%pip install -q \.\./package"):
        exec(code[0], {})


def test_the_versions_of_python_are_those_of_the_package(tmp_path: Path) -> None:
    assert pythons(ROOT) == "3.11, 3.12 or 3.13"
    assert pythons(tmp_path) == f"{sys.version_info.major}.{sys.version_info.minor}"


def test_the_archive_holds_every_package_that_the_settings_name() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    tops = settings["tool"]["setuptools"]["packages"]["find"]["include"]
    names = package(Project.at(ROOT))
    for top in tops:
        assert f"{top.rstrip('*')}/__init__.py" in names
    script = settings["project"]["scripts"]["course"].partition(":")[0]
    assert f"{script.partition('.')[0]}/__init__.py" in names


def test_the_readme_installs_what_the_archive_holds() -> None:
    text = students_readme(CHAPTERS[0])
    for name in re.findall(r"package[/\\\\](\S+\.(?:py|txt))", text):
        assert name.replace("\\", "/") in package(Project.at(ROOT))
    assert f"{CHAPTERS[0].slug}-students.zip" in text


def test_an_unknown_edition_is_refused() -> None:
    notebook = read_notebook(CHAPTERS[0].source("lesson"))
    with pytest.raises(ValueError, match="name: got 'parents'; give one of student"):
        edition(notebook, "parents", Words())


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_students_exercises_carry_what_nbgrader_reads(chapter: Chapter) -> None:
    cells = made(chapter, "exercises", "student")["cells"]
    noted = {
        cell["metadata"]["nbgrader"]["grade_id"]: cell
        for cell in cells
        if "nbgrader" in cell["metadata"]
    }
    starters = [cell for cell in cells if "starter" in tags(cell)]
    checks = [cell for cell in cells if "check" in tags(cell)]
    assert len(noted) == len(starters) + len(checks) >= 6
    for cell in starters:
        meta = cell["metadata"]["nbgrader"]
        assert (meta["solution"], meta["grade"], meta["locked"]) == (True, False, False)
    for cell in checks:
        meta = cell["metadata"]["nbgrader"]
        assert (meta["solution"], meta["grade"], meta["locked"]) == (False, True, True)
        assert meta["points"] == 1
        assert "".join(cell["source"]).endswith(
            "int(passed)  # the points, for nbgrader"
        )
    lesson = made(chapter, "lesson", "student")["cells"]
    teachers = made(chapter, "exercises", "teacher")["cells"]
    assert not any("nbgrader" in cell["metadata"] for cell in [*lesson, *teachers])


@pytest.mark.parametrize("chapter", CHAPTERS, ids=name)
def test_what_comes_back_is_found_again(chapter: Chapter, tmp_path: Path) -> None:
    source = read_notebook(chapter.source("exercises"))
    handed_out = made(chapter, "exercises", "student")
    (tmp_path / "anna.ipynb").write_text(json.dumps(handed_out), "utf-8")
    (anna,) = collect(tmp_path, exercise_cells(source.cells))
    starters = [cell.source for cell in source.cells if "starter" in tags(cell)]
    assert list(anna.answers.values()) == starters
    assert (anna.added, anna.chapter, anna.problem) == (0, chapter.slug, "")

"""Answer cells are found as they come back; nothing else of a notebook is read."""

import json
from pathlib import Path

import pytest

from support.course.cli.app import main
from support.course.mark.reading import remarks
from support.course.mark.submissions import chapter_of, collect
from support.course.project.chapters import read_notebook
from support.course.project.errors import CourseError
from support.course.project.project import Project
from support.course.project.tasks import Cell, exercise_cells
from tests.course.mark.conftest import hand_in


@pytest.fixture
def cells(project: Project) -> list[Cell]:
    source = project.chapters[0].source("exercises")
    return exercise_cells(read_notebook(source).cells)


def test_the_cells_of_exercises_have_roles_and_names_that_stay(
    cells: list[Cell],
) -> None:
    assert [cell.name for cell in cells if cell.exercise == 2] == [
        "exercise-2",
        "exercise-2-check",
        "exercise-2-solution",
    ]
    assert {cell.role for cell in cells if cell.exercise == 0} == {"given"}
    assert cells[-1].title == "Number 3"


@pytest.mark.parametrize("known_by", ["name", "id", "order"])
def test_an_answer_is_known_by_name_id_or_order(
    cells: list[Cell], tmp_path: Path, known_by: str
) -> None:
    path = hand_in(tmp_path, "anna", times="mine")
    notebook = json.loads(path.read_text("utf-8"))
    wanted = [cell for cell in cells if cell.role == "answer"]
    for cell, known in zip(notebook["cells"], wanted, strict=True):
        if known_by != "name":
            del cell["metadata"]["nbgrader"]
        if known_by == "id":
            cell["id"], cell["metadata"]["tags"] = known.id, []
    if known_by != "order":  # by name or id the order does not matter
        notebook["cells"].reverse()
    extra = {"cell_type": "code", "id": "x", "metadata": {}, "source": ["1"]}
    notebook["cells"].insert(1, extra)
    notebook["cells"].insert(0, {"cell_type": "markdown", "source": "words"})
    path.write_text(json.dumps(notebook), "utf-8")
    (found,) = collect(tmp_path, cells)
    assert found.student == "anna"
    assert found.answers["exercise-2"] == "mine"
    assert len(found.answers) == 3
    assert found.added == 1
    assert found.problem == ""


def test_of_a_cell_that_was_copied_the_last_is_read_and_that_is_said(
    cells: list[Cell], tmp_path: Path
) -> None:
    path = hand_in(tmp_path, "anna", add="first")
    notebook = json.loads(path.read_text("utf-8"))
    copied = {**notebook["cells"][0], "id": "copied", "source": "second"}
    notebook["cells"].append(copied)
    path.write_text(json.dumps(notebook), "utf-8")
    (anna,) = collect(tmp_path, cells)
    assert anna.answers["exercise-1"] == "second"
    assert anna.doubled == ("exercise-1",)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "cannot be read as a notebook"),
        ("[" * 100_000, "cannot be read as a notebook"),
        ('{"cells": [7]}', "cannot be read as a notebook"),
        ('{"cells": [{"cell_type": "code", "source": 7}]}', "cannot be read"),
        ('{"cells": []}', "holds none of the answer cells"),
    ],
)
def test_whatever_a_file_holds_is_its_own_problem(
    cells: list[Cell], tmp_path: Path, text: str, problem: str
) -> None:
    hand_in(tmp_path, "anna")
    (tmp_path / "ben.ipynb").write_text(text, "utf-8")
    anna, ben = collect(tmp_path, cells)
    assert (anna.problem, len(anna.answers)) == ("", 3)
    assert problem in ben.problem


def test_links_and_hidden_copies_are_not_followed(
    cells: list[Cell], tmp_path: Path
) -> None:
    folder = tmp_path / "handed in"
    hand_in(folder, ".ipynb_checkpoints/anna")
    secret = hand_in(tmp_path / "elsewhere", "secret")
    (folder / "ben.ipynb").symlink_to(secret)
    (ben,) = collect(folder, cells)
    assert ben.problem == "it is a link or no file"


def test_the_chapter_is_what_the_notebooks_say(tmp_path: Path) -> None:
    for student, slug in (("anna", "concepts"), ("ben", "lfit")):
        path = hand_in(tmp_path / student, student)
        notebook = json.loads(path.read_text("utf-8"))
        source = f'from support.lesson import start\n\nlesson = start("{slug}", seed=0)'
        setup = {"cell_type": "code", "metadata": {}, "source": source}
        notebook["cells"].insert(0, setup)
        path.write_text(json.dumps(notebook), "utf-8")
    assert chapter_of(tmp_path / "anna") == "concepts"
    with pytest.raises(CourseError, match="name several chapters: concepts, lfit"):
        chapter_of(tmp_path)
    with pytest.raises(CourseError, match="is no folder"):
        chapter_of(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(CourseError, match="There is no notebook"):
        chapter_of(tmp_path / "empty")


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("from torch import nn\nclass A(nn.Module):\n    def __init__(s): s.x = 1", []),
        ("x = {}\nx['a'] = 1\nbest = x", []),
        (
            "from chapters.sums.answers import add",
            ["imports chapters.sums.answers.add"],
        ),
        ("import torch\ntorch.allclose = 1", ["changes torch.allclose"]),
        ("f.__code__ = g.__code__", ["uses __code__", "changes f.__code__"]),
        ("eval('1')", ["uses eval"]),
        ("!ls", ["is not plain Python"]),
    ],
)
def test_what_an_answer_has_no_use_for_is_named(answer: str, found: list[str]) -> None:
    assert sorted(remarks(answer)) == sorted(found)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["nowhere"], "nowhere is no folder"),
        (["handed in"], "name none"),
        (["handed in", "--chapter", "sum"], "Did you mean 'sums'?"),
        (["handed in", "--chapter", "sums", "--out", "handed in"], "exists already"),
        (
            ["handed in", "--chapter", "sums", "--seed", "1000"],
            "less than or equal to 999",
        ),
    ],
)
def test_bad_words_are_answered_in_words(
    project: Project,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    answer: str,
) -> None:
    hand_in(tmp_path / "handed in", "anna")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COURSE_ROOT", str(project.root))
    with pytest.raises(SystemExit) as caught:
        main(["mark", *words])
    assert caught.value.code == 2
    assert answer in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "marks").exists()

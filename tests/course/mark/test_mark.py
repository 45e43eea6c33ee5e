"""Every kind of student in one marking, each to their own row."""

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.course.mark.folder import mark_folder
from support.course.mark.kernel import Limits, fenced
from support.course.project.errors import CourseError
from support.course.project.project import Project
from tests.course.conftest import kernels_of
from tests.course.mark.conftest import hand_in, make_project

pytestmark = pytest.mark.slow
LIMITS = Limits(seconds=8, memory=1 << 30)
ADD = "def add(a, b):\n    return a + b"
TIMES = "def times(a, b):\n    return a * b"
MORE = "def more(a, b):\n    return a + b + given"


@dataclass(frozen=True)
class Marks:
    folder: Path
    rows: dict[str, dict[str, str]]
    said: list[str]

    def states(self, student: str) -> list[str]:
        return [self.rows[student][f"exercise {number}"] for number in (1, 2, 3)]

    def look_at(self, student: str) -> str:
        return self.rows[student]["look at"]

    def page(self, student: str) -> str:
        return (self.folder / f"{student}.html").read_text("utf-8")


def marked(project: Project, folder: Path, out: Path, seed: int = 3) -> Marks:
    said: list[str] = []
    mark_folder(
        project,
        project.chapters[0],
        folder,
        out,
        seed=seed,
        limits=LIMITS,
        jobs=2,
        say=said.append,
    )
    with (out / "marks.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    return Marks(out, rows, said)


@pytest.fixture(scope="module")
def marks(project: Project, tmp_path_factory: pytest.TempPathFactory) -> Marks:
    home = tmp_path_factory.mktemp("class")
    folder = home / "handed in"
    hand_in(folder, "anna", add=ADD, times=TIMES, more=MORE)
    hand_in(
        folder,
        "group 2/ben",
        add="def add(a, b):\n    return None",
        times="def times(a:",
    )
    cut = hand_in(folder, "cara", add=ADD)
    cut.write_text(cut.read_text("utf-8")[:-9], "utf-8")
    hand_in(
        folder,
        "dora",
        add=ADD,
        times="def times(a, b):\n    while True:\n        pass",
        more="def more(a, b):\n    return add(a, b) + given",
    )
    hand_in(folder, "ivan", add="import os\nos._exit(3)", times=TIMES)
    hand_in(
        folder,
        "emil",
        add="def add(a, b):\n    while True:\n        print('again')",
        times="def times(a, b):\n    return bytearray(3 << 30)[0]",
    )
    hand_in(
        folder,
        "fred",
        add="print('✓ passed · 1')\npassed = True\ndef add(a, b):\n    return 0",
        times="class answers:\n    times = lambda f: True\ndef times(a, b): return 1",
        more="given = '<script>'\ndef more(a, b):\n    return given",
    )
    hand_in(
        folder,
        "gina",
        add=f"open({str(folder / 'anna.ipynb')!r}, 'w').write('gone')",
        times=f"open({str(project.chapters[0].source('exercises'))!r}).read()",
        more="import socket\nsocket.create_connection(('127.0.0.1', 9), 5)",
    )
    before = {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    found = marked(project, folder, home / "marks")
    assert kernels_of(home) == []
    assert before == {path: path.read_bytes() for path in folder.rglob("*.ipynb")}
    return found


def test_every_student_has_a_row_and_a_page(marks: Marks) -> None:
    students = ["anna", "cara", "dora", "emil", "fred", "gina", "group 2/ben", "ivan"]
    assert list(marks.rows) == students
    for student in students:
        points = int(marks.rows[student]["points"])
        assert points == marks.states(student).count("passed")
        assert f"{points} of 3 exercises passed" in marks.page(student)
    assert any("anna: 3 of 3" in line for line in marks.said)


def test_answers_right_wrong_raising_untouched_and_unreadable(marks: Marks) -> None:
    assert marks.states("anna") == ["passed"] * 3
    assert marks.look_at("anna") == ""
    assert marks.states("group 2/ben") == ["not yet", "raised", "as handed out"]
    assert "it returned nothing; expected" in marks.page("group 2/ben")
    assert "the answer cell raised" in marks.page("group 2/ben")
    assert marks.states("cara") == ["missing"] * 3
    assert "cannot be read as a notebook: JSONDecodeError" in marks.look_at("cara")


def test_an_endless_answer_and_one_that_ends_the_kernel_cost_their_own_exercise(
    marks: Marks,
) -> None:
    assert marks.states("dora") == ["passed", "stopped", "passed"]
    assert "it took longer than 8 s" in marks.page("dora")
    assert marks.states("ivan") == ["stopped", "passed", "as handed out"]
    assert "its kernel ended" in marks.page("ivan")
    assert "1 imports os" in marks.look_at("ivan")


def test_a_flood_and_a_glutton_end_in_words(marks: Marks) -> None:
    assert marks.states("emil")[0] == "stopped"
    assert "it printed without end" in marks.page("emil")
    if sys.platform == "linux":
        assert "it raised MemoryError" in marks.page("emil")


def test_who_prints_the_words_or_takes_a_name_of_the_check_gains_nothing(
    marks: Marks,
) -> None:
    assert marks.states("fred") == ["not yet"] * 3
    assert "2 defines answers" in marks.look_at("fred")
    assert "&lt;script&gt;" in marks.page("fred")
    assert "<script" not in marks.page("fred")


def test_nothing_reaches_another_notebook_the_solutions_or_the_network(
    marks: Marks, project: Project
) -> None:
    if not all(fenced(project.root).values()):  # then the teacher is told what is open
        assert any("does not fence" in line for line in marks.said)
        return
    assert marks.states("gina") == ["raised"] * 3
    assert marks.page("gina").count("raised PermissionError") >= 2
    assert "ConnectionRefusedError" not in marks.page("gina")
    assert any("without network or files" in line for line in marks.said)


def test_another_seed_draws_other_inputs_and_nothing_is_written_over(
    project: Project, tmp_path: Path
) -> None:
    folder = tmp_path / "handed in"
    hand_in(folder, "=hugo", add="def add(a, b):\n    print(a, b)\n    return 0")
    pages = []
    for seed in (4, 5):
        found = marked(project, folder, tmp_path / f"marks {seed}", seed)
        assert list(found.rows) == ["'=hugo"]  # no formula of a spreadsheet
        page = found.page("=hugo")
        pages.append(page.replace(f"seed {seed}", ""))
    assert pages[0] != pages[1]
    with pytest.raises(CourseError, match="exists already; nothing was marked"):
        marked(project, folder, tmp_path / "marks 4")


def test_solutions_that_do_not_pass_stop_the_marking(
    project_root: Path, tmp_path: Path
) -> None:
    project = make_project(tmp_path / "a course", project_root)
    path = project.chapters[0].source("exercises")
    path.write_text(path.read_text("utf-8").replace("a + b + given", "a"), "utf-8")
    hand_in(tmp_path / "handed in", "anna", add=ADD)
    with pytest.raises(CourseError, match="own solutions do not pass with seed 3"):
        marked(project, tmp_path / "handed in", tmp_path / "marks")
    assert not (tmp_path / "marks").exists()

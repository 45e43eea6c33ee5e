"""A reader's data on the command line: checked, entered, noticed, not recorded."""

import json
from pathlib import Path

import pytest

from support.course.cli.listing import listing
from support.course.pages.own_data import own_data
from support.course.project.errors import CourseError
from support.course.project.own_data import contract, own_digest
from support.course.run.planning import make_plan
from tests.course.conftest import Project

TABLE = "label,age\n" + "no,1\nyes,2\n" * 12
ADAPTER = '''
"""What the chapter asks for."""

KIND = "table"
COLUMNS: dict[str, str] = {"label": "what is decided"}
MORE = "All " "else."


def load(given, profile, seed, device="cpu"):
    given.classes("label")
    return f"{len(given)} rows of {profile}, seed {seed}"
'''
DATA = """
def load(dataset, profile, seed, device="cpu"):
    return f"{dataset} of the chapter"
"""
CELLS = [
    "from chapters.alpha.data import load\nprint(load(dataset, profile, seed))",
    "print(load('embedded', profile, seed))",
]


@pytest.fixture
def taking(project: Project) -> Project:
    """A project with a chapter that takes a table, and one that takes nothing."""
    folder = project.chapter("alpha", CELLS, record=True)
    (folder / "own_data.py").write_text(ADAPTER, "utf-8")
    (folder / "data.py").write_text(DATA, "utf-8")
    (folder.parent / "__init__.py").touch()  # it comes before the checkout's
    project.chapter("beta")
    (project.root / "people.csv").write_text(TABLE, "utf-8")
    return project


def test_what_a_chapter_does_not_state_is_named(taking: Project) -> None:
    text = ADAPTER.replace('MORE = "All " "else."', "")
    (taking.root / "chapters" / "alpha" / "own_data.py").write_text(text, "utf-8")
    with pytest.raises(CourseError, match=r"alpha/own_data.py lacks MORE; state KIND"):
        contract(taking.read().chapters[0])


def test_a_run_takes_them_through_the_chapters_door(taking: Project) -> None:
    asked = ("run", "alpha", "--dataset", "path:people.csv", "--seed", "3")
    ran = taking.course(*asked)
    assert ran.returncode == 0, ran.stderr
    (path,) = (taking.root / "_build" / "runs" / "alpha").glob("*.ipynb")
    printed = "".join(
        "".join(output.get("text", ""))
        for cell in json.loads(path.read_text("utf-8"))["cells"]
        for output in cell.get("outputs", [])
    )
    assert "people.csv: 24 rows; columns label, age." in printed
    assert "24 rows of quick, seed 3" in printed
    assert "embedded of the chapter" in printed  # its own data are still there
    assert path.with_suffix(".html").is_file()
    assert "1 up to date" in taking.course(*asked).stdout
    (taking.root / "people.csv").write_text(TABLE + "no,3\n", "utf-8")
    assert "the data changed" in taking.course(*asked, "--dry-run").stdout


def test_a_benchmark_takes_them_and_the_record_does_not(taking: Project) -> None:
    words = ("alpha", "--dataset", "path:people.csv")
    ran = taking.course("bench", *words, "--seeds", "0-1", "--out", "mine")
    assert "2 done, 0 failed" in ran.stdout, ran.stdout + ran.stderr
    taking.commit()
    merged = taking.course("bench", "import", "mine")
    assert not (taking.root / "chapters/alpha/results.json").exists(), merged.stdout
    refused = taking.course("run", *words, "--record")
    assert refused.returncode == 2
    assert "nothing of yours enters it" in refused.stderr


def test_they_are_refused_before_a_kernel_starts(
    taking: Project, no_kernel: None
) -> None:
    found = taking.read()
    alpha, beta = found.chapters
    for chapter, path, words in (
        (beta, "people.csv", "beta takes no data of your own.*embedded"),
        (alpha, "nowhere.csv", "nowhere.csv is not there"),
        (alpha, "short.csv", "short.csv: there is no column 'label'"),
    ):
        (taking.root / "short.csv").write_text("age\n1\n", "utf-8")
        with pytest.raises(CourseError, match=words):
            make_plan(
                found, {"dataset": f"path:{path}"}, chapters=[chapter], named=True
            )
    plain = {"dataset": str(taking.root / "people.csv")}
    with pytest.raises(CourseError, match=r"for data of your own give 'path:/.*csv'"):
        make_plan(found, plain, chapters=[alpha], named=True)
    away = ("bench", "alpha", "--dataset", "path:people.csv", "--scheduler", "tcp://a")
    assert "lies on this machine" in taking.course(*away, "--out", "out").stderr


def test_what_only_loading_finds_out_is_said_before_the_lesson(
    taking: Project,
) -> None:
    (taking.root / "one.csv").write_text(TABLE.replace("no", "yes"), "utf-8")
    ran = taking.course("run", "alpha", "--dataset", "path:one.csv")
    assert ran.returncode == 1
    assert "one.csv: column 'label' has 1 distinct values (yes). Give 2" in ran.stdout
    assert "Traceback" not in ran.stdout + ran.stderr
    (path,) = (taking.root / "_build" / "runs" / "alpha").glob("*.ipynb")
    cells = json.loads(path.read_text("utf-8"))["cells"]
    counts = {cell.get("id"): cell.get("execution_count") for cell in cells}
    assert counts.pop("own-data")
    assert len([one for one in counts.values() if one]) <= 2  # the parameters alone


def test_the_list_names_what_a_chapter_takes(taking: Project) -> None:
    lines = listing(taking.read()).splitlines()
    taken = [line for line in lines if "data sets: embedded" in line]
    assert taken[0].endswith("data sets: embedded, or your table")
    assert taken[1].endswith("data sets: embedded")


def test_every_file_of_a_folder_is_part_of_the_digest(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text(TABLE, "utf-8")
    first = own_digest(f"path:{tmp_path}")
    assert own_digest(f"path:{tmp_path}") == first
    (tmp_path / "a.wav").write_bytes(b"1")
    second = own_digest(f"path:{tmp_path}")
    (tmp_path / "a.wav").write_bytes(b"2")
    assert len({first, second, own_digest(f"path:{tmp_path}")}) == 3


def test_the_book_lists_what_is_asked_for(taking: Project) -> None:
    alpha, beta = taking.read().chapters
    found = contract(alpha)
    assert found is not None
    assert (found.kind, found.more) == ("table", "All else.")
    assert contract(beta) is None
    text = own_data([alpha, beta])
    assert text.startswith("## Table")
    assert "- column `label`: what is decided." in text
    assert "beta" not in text

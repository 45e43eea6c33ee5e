"""The paired notebook: nothing in it but the source and stable text."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from support.course.cli.app import main
from support.course.project.chapters import discover, read_notebook
from support.course.project.errors import CourseError
from support.course.run.references import check_pair, make_reference, outputs_of
from tests.course.conftest import Project


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"output_type": "stream", "name": name, "text": text}


def made(project: Project, outputs: list[list[Any]]) -> dict[str, Any]:
    (chapter,) = discover(project.root)
    source = read_notebook(chapter.source("lesson"))
    text = make_reference(source, outputs, "alpha/lesson")
    assert text == make_reference(source, outputs, "alpha/lesson")
    return json.loads(text)


def code_cells(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]


def test_outputs_stand_in_check_cells_alone(project: Project) -> None:
    project.chapter("alpha", ["print(1)", ("print(2)", ["check"])])
    notebook = made(project, [[], [stream("1\n")], [stream("2\n")]])
    plain, checked = code_cells(notebook)[1:]
    assert plain["outputs"] == []
    assert plain["execution_count"] is None
    assert checked["outputs"] == [{**stream("2\n"), "text": ["2\n"]}]
    assert checked["metadata"]["tags"] == ["check", "nbval-check-output"]
    assert "jupytext" not in notebook["metadata"]


def test_only_text_and_what_was_measured_is_kept(project: Project) -> None:
    record = {
        "schema": 1,
        "claims": {"alpha.1": 0.123456789},
        "scores": {"m": {"a": 1}},
        "versions": {"python": "3.11"},
        "device": "a card",
        "peak_gpu_bytes": 7,
    }
    data = {
        "text/plain": "value",
        "text/html": "<b>value</b>",
        "image/png": "AAAA",
        "application/vnd.course.record+json": record,
    }
    result = {
        "output_type": "execute_result",
        "data": data,
        "metadata": {"x": 1},
        "execution_count": 99,
    }
    project.chapter("alpha", [("x", ["check"])])
    made_of = [stream("a\n"), stream("warning", "stderr"), stream("b\n"), result]
    (cell,) = code_cells(made(project, [[], made_of]))[1:]
    first, second = cell["outputs"]
    assert "".join(first["text"]) == "a\nb\n"
    assert second["metadata"] == {}
    assert second["execution_count"] == cell["execution_count"] == 2
    assert second["data"] == {
        "text/plain": ["value"],
        "application/vnd.course.record+json": {
            "schema": 1,
            "claims": {"alpha.1": 0.123457},
            "scores": {"m": {"a": 1}},
        },
    }


def test_another_number_of_cells_is_refused(project: Project) -> None:
    project.chapter("alpha", ["x = 1"])
    with pytest.raises(CourseError, match="2 code cells, its execution 1"):
        made(project, [[]])


def test_papermills_own_cell_is_left_out() -> None:
    cells = [
        {"cell_type": "code", "metadata": {"tags": ["injected-parameters"]}},
        {"cell_type": "code", "metadata": {}, "outputs": [1]},
        {"cell_type": "markdown", "metadata": {}},
    ]
    assert outputs_of({"cells": cells}) == [[1]]


@pytest.fixture
def paired(project: Project) -> Path:
    """A chapter with its executed and paired lesson."""
    project.chapter("alpha", ["# Prose.", ("print('a  b')", ["check"])], record=True)
    with pytest.raises(SystemExit) as caught:
        main(["reference"])
    assert caught.value.code == 0
    return project.root / "chapters" / "alpha" / "lesson.ipynb"


def faults(project: Project) -> list[str]:
    (chapter,) = discover(project.root)
    return check_pair(chapter, "lesson")


def test_drift_of_every_kind_is_found(
    project: Project, paired: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert faults(project) == []
    good = paired.read_text(encoding="utf-8")
    assert str(project.root) not in good

    def changed(edit: Any) -> str:
        content = json.loads(good)
        edit(content)
        paired.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        return " ".join(faults(project))

    def stray(content: dict[str, Any]) -> None:
        content["cells"][1]["outputs"] = [stream("x")]

    def silent(content: dict[str, Any]) -> None:
        content["cells"][-1]["outputs"] = []

    def extra(content: dict[str, Any]) -> None:
        content["metadata"]["made"] = "yesterday"

    def count(content: dict[str, Any]) -> None:
        content["cells"][-1]["execution_count"] = 77

    def shorter(content: dict[str, Any]) -> None:
        content["cells"].pop(1)

    assert "has outputs but no tag" in changed(stray)
    assert "have no output" in changed(silent)
    assert "holds more than" in changed(extra)
    assert "holds more than" in changed(count)
    assert "differs from lesson.md from cell 1" in changed(shorter)
    paired.write_text("{", encoding="utf-8")
    assert "damaged" in faults(project)[0]
    paired.unlink()
    assert "missing" in faults(project)[0]

    paired.write_text(good, encoding="utf-8")
    source = paired.with_suffix(".md")
    text = source.read_text(encoding="utf-8")
    source.write_text(text.replace("Prose.", "Other prose."), encoding="utf-8")
    assert "from cell 2 on; run: course reference alpha" in faults(project)[0] or (
        "from cell" in faults(project)[0]
    )
    capsys.readouterr()
    with pytest.raises(SystemExit) as caught:
        main(["reference"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "0 executed, 1 up to date" in out  # prose alone executes nothing
    assert "wrote chapters/alpha/lesson.ipynb" in out
    assert faults(project) == []


def test_a_silent_check_cell_is_refused(project: Project, capsys: Any) -> None:
    project.chapter("alpha", [("x = 1", ["check"])])
    with pytest.raises(SystemExit) as caught:
        main(["reference"])
    assert caught.value.code == 1
    assert "displayed no text" in capsys.readouterr().err


@pytest.mark.slow
def test_nbval_compares_words_and_masks_measured_numbers(
    project: Project, paired: Path, project_root: Path
) -> None:
    shutil.copy(project_root / "conftest.py", project.root)
    (project.root / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")

    def nbval() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [
                *(sys.executable, "-P", "-m", "pytest", "-q", "--nbval-lax"),
                *("--nbval-current-env", "-p", "no:cacheprovider", "--color=no"),
                f"--nbval-sanitize-with={project_root}/tests/notebooks/sanitize.cfg",
                "chapters",
            ],
            cwd=project.root,
            env=project.environment(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    good = paired.read_text(encoding="utf-8")
    # another measured number, of another width; another width of a column
    moved = good.replace("≈ 1.000", "≈ -12.5").replace("a  b", "a     b")
    assert moved.count("a     b") == 2  # the source's cell and its output
    moved = moved.replace("print('a     b')", "print('a  b')")
    assert moved != good
    paired.write_text(moved, encoding="utf-8")
    answer = nbval()
    assert answer.returncode == 0, answer.stdout
    paired.write_text(good.replace("value ≈ 1.000", "price ≈ 1.000"), encoding="utf-8")
    answer = nbval()
    assert answer.returncode == 1, answer.stdout
    assert "Cell outputs differ" in answer.stdout

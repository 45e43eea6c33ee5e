"""``course speed``: a process of its own, and a record only of a whole, good run."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from support.course.cli import timing
from support.course.cli.app import main
from support.course.cli.timing import record_path, run_speed
from support.course.project.errors import CourseError
from support.course.project.project import Project


def _pretend(monkeypatch: pytest.MonkeyPatch, code: int) -> list[list[str]]:
    called: list[list[str]] = []

    def run(command: list[str], **options: Any) -> Any:
        called.append(command)
        output = Path(command[command.index("--output") + 1])
        output.write_text(json.dumps({"schema": 1, "rows": []}), "utf-8")
        return subprocess.CompletedProcess(command, code)

    monkeypatch.setattr(timing.subprocess, "run", run)
    return called


def test_a_good_run_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    called = _pretend(monkeypatch, 0)
    assert (
        run_speed(
            Project.at(tmp_path), only=[], device="cuda:1", quick=True, record=True
        )
        == 0
    )
    assert (
        json.loads(record_path(Project.at(tmp_path), "cuda").read_text("utf-8"))[
            "schema"
        ]
        == 1
    )
    assert "--quick" in called[0]
    assert "book/speed/cuda.json" in capsys.readouterr().out


def test_a_run_that_disagrees_is_not_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _pretend(monkeypatch, 1)
    assert (
        run_speed(Project.at(tmp_path), only=[], device="cpu", quick=False, record=True)
        == 1
    )
    assert not record_path(Project.at(tmp_path), "cpu").exists()
    assert "Not recorded" in capsys.readouterr().out


def test_bad_input_keeps_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = _pretend(monkeypatch, 2)
    with pytest.raises(CourseError) as caught:
        run_speed(
            Project.at(tmp_path), only=["x"], device="cpu", quick=False, record=False
        )
    assert caught.value.exit_code == 2
    assert called[0][-4:-2] == ["--only", "x"]


def test_a_part_is_never_the_record(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["speed", "--record", "--only", "AUC"])
    assert caught.value.code == 2
    assert "one whole run" in capsys.readouterr().err

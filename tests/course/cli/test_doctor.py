"""The examination of a machine tells faults from notes."""

from types import SimpleNamespace
from typing import Any

import pytest

from support.course.cli import doctor
from tests.course.conftest import Project


def state(project: Project, word: str) -> str:
    found = [f for f in doctor.findings(project.read()) if word in f.text]
    assert len(found) == 1, found
    return found[0].state


def test_this_machine_has_what_the_course_needs(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor.examine(project.read(), print) == 0
    out = capsys.readouterr().out
    for word in ("Python", "torch", "of memory free", "free on the disk", "written"):
        assert word in out


def test_pins_are_compared_without_the_build(project: Project) -> None:
    import numpy
    import torch

    text = f"numpy==0.1\ntorch=={torch.__version__.split('+')[0]}\nno-such-one==1\n"
    (project.root / "constraints.txt").write_text(text, encoding="utf-8")
    found = {f.text: f.state for f in doctor.findings(project.read())}
    assert found["1 packages at their pinned versions"] == "ok"
    words = f"other versions than pinned: numpy {numpy.__version__} (pinned 0.1)"
    assert found[words] == "note"
    assert found["pinned but not installed: 1 (no-such-one)"] == "note"


def test_too_little_memory_or_disk_is_a_fault(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    little = SimpleNamespace(available=10_000_000, free=10_000_000)
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: little)
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda path: little)
    assert state(project, "of memory free") == "FAULT"
    assert state(project, "free on the disk") == "FAULT"


def test_a_python_out_of_range_is_a_fault(project: Project) -> None:
    text = '[project]\nname = "x"\nrequires-python = ">=3.99"\n'
    (project.root / "pyproject.toml").write_text(text, encoding="utf-8")
    assert state(project, "the course needs >=3.99") == "FAULT"


def test_a_build_folder_that_cannot_be_written_is_a_fault(project: Project) -> None:
    (project.root / "_build").write_text("in the way", encoding="utf-8")
    assert state(project, "cannot be written") == "FAULT"


def test_no_browser_and_no_node_are_notes(
    project: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path / "none"))
    assert state(project, "no Chromium") == "note"
    assert state(project, "no node") == "note"
    monkeypatch.setenv("COURSE_CHROMIUM", "/somewhere/chrome")
    assert state(project, "/somewhere/chrome") == "ok"

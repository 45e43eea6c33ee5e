"""Another package called ``support`` is told wherever it would take our place."""

import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from support.course.cli.doctor import findings
from support.course.project.errors import CourseError
from support.course.project.own_name import another_support, refuse_another_support
from tests.course.conftest import CHECKOUT, Project


def foreign(folder: Path) -> Path:
    package = folder / "support"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    return package / "__init__.py"


def test_ours_is_known_from_another(tmp_path: Path) -> None:
    assert another_support([tmp_path, CHECKOUT]) is None
    other = foreign(tmp_path / "other")
    assert another_support([tmp_path / "other", CHECKOUT]) == other
    assert another_support([CHECKOUT, tmp_path / "other"]) is None


def test_kernels_that_would_import_another_are_refused(
    project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_another_support(project.read())
    foreign(tmp_path / "other")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "other"))
    with pytest.raises(CourseError, match="hides this project's package"):
        refuse_another_support(project.read())
    project.module("own", "")  # beside the chapters it is meant
    refuse_another_support(project.read())


def test_the_command_says_which_package_has_taken_its_place(tmp_path: Path) -> None:
    def course(*paths: Path) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-P", "-m", "legible_representations", "--help"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))},
            capture_output=True,
            text=True,
            check=False,
        )

    other = foreign(tmp_path / "other")
    told = course(tmp_path / "other", CHECKOUT)
    assert told.returncode == 1
    assert f"another package called 'support', {other}" in told.stderr
    assert "Traceback" not in told.stderr
    assert "every claim a test" in course(CHECKOUT).stdout


def test_doctor_names_a_package_that_overwrites_ours(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"support": ["legible-representations", "helpdesk"]}
    monkeypatch.setattr(metadata, "packages_distributions", lambda: names)
    faults = [one.text for one in findings(project.read()) if one.state == "FAULT"]
    assert any(text.startswith("helpdesk is installed") for text in faults)

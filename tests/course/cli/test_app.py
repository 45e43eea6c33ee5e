"""The command line itself: quick, light, and clear about mistakes."""

import os
import subprocess
import sys

import pytest

from support.course.cli.app import main
from tests.course.conftest import Project


def test_help_is_there_at_once(project: Project) -> None:
    times = []
    for _ in range(3):
        begun = os.times()
        answer = project.course("--help")
        ended = os.times()
        # processor time: a busy machine must not make this test fail
        times.append(
            ended.children_user
            + ended.children_system
            - begun.children_user
            - begun.children_system
        )
    assert answer.returncode == 0
    for word in ("list", "run", "build", "check", "claims", "data", "doctor", "new"):
        assert f"  {word} " in answer.stdout
    assert min(times) < 0.5


def test_the_command_line_imports_nothing_heavy() -> None:
    code = (
        "import sys, support.course.cli.app as cli;"
        "heavy = {'torch', 'numpy', 'scipy', 'pandas', 'papermill', 'jupytext',"
        " 'nbformat', 'matplotlib'}; print(sorted(heavy & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "[]"


def test_a_run_with_nothing_to_do_imports_no_torch(project: Project) -> None:
    project.chapter("alpha", ["print(1)"])
    code = (
        "import sys, support.course.cli.app as cli\n"
        "try:\n    cli.main(['run', '--dry-run'])\n"
        "except SystemExit: print('torch' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-P", "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=project.root,
        env=project.environment(),
    )
    assert answer.stdout.splitlines()[-1] == "False"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nonsense"], "nonsense"),
        (["run", "--nonsense"], "nonsense"),
        (["run", "--jobs", "0"], "'--jobs'"),
        (["run", "--jobs", "two"], "'--jobs'"),
        (["claims", "--profile", "fast"], "expected quick or full"),
        (["claims", "--dataset", "fsd"], "the chapters use"),
        (["claims", "beta"], "no chapter 'beta'"),
        (["reference", "alfa"], "Did you mean 'alpha'?"),
        (["new", "Not-Good"], "give 2 to 40 lower-case letters"),
        (["new", "alpha"], "exists already"),
    ],
)
def test_mistakes_end_with_2_and_one_paragraph(
    project: Project,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    message: str,
) -> None:
    project.chapter("alpha", record=True)
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_outside_a_project_the_installed_one_is_used_or_it_is_told(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: object
) -> None:
    monkeypatch.setenv("COURSE_ROOT", "/nowhere")
    with pytest.raises(SystemExit) as caught:
        main(["list"])
    assert caught.value.code == 2


def test_python_m_support_is_the_same_command(project: Project) -> None:
    project.chapter("alpha")
    answer = project.course("list", cwd=project.root / "chapters" / "alpha")
    assert answer.returncode == 0, answer.stderr
    assert "alpha: Title of alpha" in answer.stdout

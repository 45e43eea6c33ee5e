"""Whatever ends the runner, no kernel is left, and the next run goes on."""

import os
import signal
import subprocess
from pathlib import Path

import pytest

from tests.course.conftest import Project, kernels_of, wait_until

SLOW = """
import pathlib, time
gate = pathlib.Path("wait")
pathlib.Path("begun").touch()
while gate.exists():
    time.sleep(0.05)
"""


def start(project: Project) -> subprocess.Popen[str]:
    """Start a run of two chapters: one ends, the other waits for its gate."""
    project.chapter("quick_one", ["print(1)"])
    slow = project.chapter("slow_one", [SLOW])
    (slow / "wait").touch()
    process = subprocess.Popen(
        project.command("run", "-j", "2"),
        cwd=project.root,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    finished = project.root / "_build/executed/quick_one/lesson.json"
    assert wait_until(lambda: (slow / "begun").exists() and finished.exists(), 60)
    assert len(kernels_of(project.root)) == 1
    return process


def none_left(root: Path, seconds: float) -> bool:
    return wait_until(lambda: not kernels_of(root), seconds)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_leaves_no_kernel_and_the_next_run_resumes(
    project: Project, number: signal.Signals
) -> None:
    process = start(project)
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 130
    assert none_left(project.root, 0)
    assert "Interrupted: what was finished is kept" in output
    assert "Traceback" not in output
    executed = project.root / "_build" / "executed"
    assert not (executed / "slow_one").exists()

    (project.root / "chapters/slow_one/wait").unlink()
    again = project.course("run")
    assert again.returncode == 0, again.stderr
    assert "1 executed, 1 up to date" in again.stdout


def test_two_ctrl_c_in_a_row_leave_no_kernel_either(project: Project) -> None:
    process = start(project)
    for _ in range(2):
        process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode != 0
    assert none_left(project.root, 5)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no SIGKILL here")
def test_a_runner_that_is_killed_outright_leaves_no_kernel(project: Project) -> None:
    process = start(project)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert none_left(project.root, 10)
    again = project.course("run", "--dry-run")
    assert "quick_one/lesson: up to date" in again.stdout
    assert "slow_one/lesson: execute" in again.stdout

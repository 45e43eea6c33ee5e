"""One execution: a task in, an outcome out, and no kernel left."""

import json
import os
import pickle
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from support.course.kernel import kernels
from support.course.kernel.execution import (
    Outcome,
    Task,
    execute,
    kernel_environment,
    plain,
)
from support.course.project.project import Project
from tests.course.conftest import kernels_of


def task(
    folder: Path, *sources: str, timeout: float | None = 60, **values: object
) -> Task:
    cells = [nbformat.v4.new_code_cell(source) for source in sources]
    cells[0].metadata["tags"] = ["parameters"]
    return Task(
        name="test",
        notebook=nbformat.writes(nbformat.v4.new_notebook(cells=cells)),
        parameters=values,
        folder=str(folder),
        environment=kernel_environment(Project(folder, folder, (), ()), threads=1),
        timeout=timeout,
    )


def printed(outcome: Outcome) -> str:
    cells = json.loads(outcome.notebook)["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return "".join("".join(output.get("text", "")) for output in outputs)


@pytest.fixture(autouse=True)
def none_left(tmp_path: Path) -> object:
    kernels.allow()
    yield
    assert kernels_of(tmp_path) == []


def test_a_done_execution_with_its_measures(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    source = """
import os, sys, time
time.sleep(0.3)
block = bytearray(80_000_000)
block[::4096] = b"1" * len(block[::4096])
print(seed, os.getcwd(), sys.executable, sep="|")
names = ["COURSE_BATCH", "OMP_NUM_THREADS", "PYTHONHASHSEED", "COURSE_ROOT"]
print([os.environ[name] for name in names])
print(sys.path[:3])
"""
    wanted = task(tmp_path, "seed = 0", source, seed=3)
    outcome = execute(wanted, on_cell=lambda cell, cells: seen.append((cell, cells)))
    assert (outcome.state, outcome.reason, outcome.failure) == ("done", "", "")
    assert f"3|{tmp_path}|{sys.executable}" in printed(outcome)
    assert f"['1', '1', '0', '{tmp_path}']" in printed(outcome)
    assert str(tmp_path) in printed(outcome)
    assert outcome.peak_rss_bytes > 100_000_000
    assert outcome.cpu_s > 0
    assert outcome.wall_s > sum(outcome.cell_s)
    first, given, second = outcome.cell_s
    assert max(first, given) < 0.3 <= second
    assert outcome.device is None
    assert seen == [(0, 3), (1, 3), (2, 3)]  # papermill adds a cell of parameters
    assert "papermill" not in json.dumps(json.loads(outcome.notebook)["metadata"])
    assert pickle.loads(pickle.dumps((wanted, outcome))) == (wanted, outcome)


def test_a_failing_cell_leaves_a_partial_notebook_and_its_traceback(
    tmp_path: Path,
) -> None:
    outcome = execute(task(tmp_path, "x = 1", "print('before')", "1 / 0", "print('x')"))
    assert outcome.state == "failed"
    assert outcome.reason == "ZeroDivisionError: division by zero"
    assert "In cell 3 of the notebook" in outcome.failure
    assert "1 / 0" in plain(outcome.failure)
    assert "Traceback" in plain(outcome.failure)
    cells = json.loads(outcome.notebook)["cells"]
    assert [len(cell["outputs"]) for cell in cells] == [0, 1, 1, 0]


def test_an_execution_that_is_too_long_is_ended(tmp_path: Path) -> None:
    source = "import subprocess\nsubprocess.run(['sleep', '77'])"
    begun = time.monotonic()
    outcome = execute(task(tmp_path, "print('begun')", source, timeout=6))
    assert time.monotonic() - begun < 60
    assert (outcome.state, outcome.reason) == ("timed out", "took longer than 6 s")
    assert "In cell 2" in outcome.failure
    assert "begun" in printed(outcome)
    sleepers = [
        p
        for p in psutil.process_iter(["cmdline"])
        if p.info["cmdline"] == ["sleep", "77"]
    ]
    assert sleepers == []


@pytest.mark.parametrize(
    ("death", "words"),
    [
        ("os._exit(9)", "it ended itself with exit code 9"),
        (
            "os.kill(os.getpid(), 9)",
            "SIGKILL, somebody ended it, most often the system",
        ),
        ("ctypes.string_at(0)", "SIGSEGV, compiled code touched memory"),
    ],
)
def test_a_kernel_that_dies_is_told_with_how_and_its_last_words(
    tmp_path: Path, death: str, words: str
) -> None:
    source = f"import ctypes, os\nos.write(2, b'out of cheese\\n')\n{death}"
    outcome = execute(task(tmp_path, "x = 1", source))
    assert outcome.state == "failed"
    assert outcome.reason.startswith(f"the kernel died: {words}")
    assert "In cell 2" in outcome.failure


def test_a_time_that_is_over_before_the_kernel_starts_counts(tmp_path: Path) -> None:
    outcome = execute(task(tmp_path, "import time", "time.sleep(77)", timeout=0.001))
    assert (outcome.state, outcome.reason) == ("timed out", "took longer than 0.001 s")


def test_a_method_that_changes_the_folder_moves_no_file_away(tmp_path: Path) -> None:
    (tmp_path / "claims.yml").write_text("here")
    sources = ("import os\nos.chdir('/')", "print(open('claims.yml').read())")
    outcome = execute(task(tmp_path, *sources))
    assert outcome.state == "done", outcome.failure
    assert "here" in printed(outcome)


def test_a_home_that_cannot_be_written_is_no_noise(tmp_path: Path) -> None:
    project = Project(tmp_path, tmp_path, (), ())
    made = kernel_environment(project, 1, {"HOME": "/nowhere"})
    assert "course-matplotlib" in made["MPLCONFIGDIR"]
    own = {"HOME": "/nowhere", "MPLCONFIGDIR": "mine"}
    assert kernel_environment(project, 1, own)["MPLCONFIGDIR"] == "mine"
    good = kernel_environment(project, 1, {"HOME": str(tmp_path)})
    assert "MPLCONFIGDIR" not in good


def test_the_record_tells_device_and_peak(tmp_path: Path) -> None:
    source = """
from IPython.display import display
record = {"device": "a card", "peak_gpu_bytes": 7}
display({"application/vnd.course.record+json": record}, raw=True)
"""
    outcome = execute(task(tmp_path, "x = 1", source))
    assert (outcome.device, outcome.peak_gpu_bytes) == ("a card", 7)


def test_no_kernel_starts_while_a_run_is_being_stopped(tmp_path: Path) -> None:
    kernels.kill_all()
    try:
        outcome = execute(task(tmp_path, "x = 1"))
    finally:
        kernels.allow()
    assert (outcome.state, outcome.reason) == ("failed", "interrupted")


def test_a_folder_that_is_gone_is_a_failure_not_a_crash(tmp_path: Path) -> None:
    outcome = execute(task(tmp_path / "nowhere", "x = 1"))
    assert outcome.state == "failed"
    assert "nowhere" in outcome.reason


def test_the_environment_is_the_same_whoever_starts_it(tmp_path: Path) -> None:
    base = {
        "COURSE_DATA": "data",
        "PYTHONSTARTUP": "x.py",
        "PYTHONPATH": f"/old{os.pathsep}",
    }
    made = kernel_environment(Project(tmp_path, Path("/place"), (), ()), 2, base)
    assert "PYTHONSTARTUP" not in made
    assert made["OMP_NUM_THREADS"] == "2"
    assert made["COURSE_DATA"] == "/place/data"
    assert made["PYTHONPATH"].startswith(
        os.pathsep.join([str(tmp_path), "/place", "/old"])
    )


def test_colours_are_removed() -> None:
    assert plain("\x1b[31mred\x1b[0m") == "red"

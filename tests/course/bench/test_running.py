"""Benchmarks that run: resumed, retried, shared, repaired; failures have reasons."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.course.conftest import Project, kernels_of, wait_until

Start = Callable[..., subprocess.Popen[str]]
pytestmark = pytest.mark.slow

FAILS_ON_2 = """
import pathlib
if seed == 2 and not pathlib.Path({flag!r}).exists():
    raise ValueError("two is too many")
"""
METHOD_FAILS = """
from IPython.display import display

display({{"application/vnd.course.record+json": {{
    "schema": 1, "chapter": "alpha", "profile": profile, "dataset": dataset,
    "method": method, "seed": seed, "device": "cpu", "precision": "float32",
    "claims": {{}}, "scores": {{"ours": {{"x": 1.0}}}}, "versions": {{}},
    "peak_gpu_bytes": 0, "failures": {{method: "ValueError: it is NaN"}},
}}}}, raw=True)
"""
WAITS = """
import pathlib, time
pathlib.Path({flags!r}, f"begun-{{seed}}").touch()
while not pathlib.Path({flags!r}, "go").exists():
    time.sleep(0.05)
"""


def records(out: Path) -> dict[int, dict[str, Any]]:
    """Every record by its seed; fails where a seed is there twice."""
    found: dict[int, dict[str, Any]] = {}
    for path in (out / "runs").iterdir():
        content = json.loads(path.read_text(encoding="utf-8"))
        seed = content["configuration"]["seed"]
        assert seed not in found
        found[seed] = content
    return found


@pytest.mark.slow
def test_a_benchmark_runs_resumes_and_retries_on_request(
    project: Project, tmp_path: Path
) -> None:
    flag = tmp_path / "mended"
    project.chapter("alpha", [FAILS_ON_2.format(flag=str(flag))], record=True)
    words = ("bench", "--seeds", "0-2", "--out", "out", "-j", "2")

    planned = project.course(*words, "--dry-run")
    assert "3 to run, no earlier record of its time" in planned.stdout
    assert not (project.root / "out").exists()

    first = project.course(*words)
    assert first.returncode == 1, first.stderr
    assert "2 done, 1 failed; records in out" in first.stdout
    found = records(project.root / "out")
    assert [found[seed]["state"] for seed in range(3)] == ["done", "done", "failed"]
    assert found[2]["reason"] == "ValueError: two is too many"
    assert found[2]["record"] is None
    assert found[1]["record"]["claims"] == {"alpha.1": 1.01}
    assert len(list((project.root / "out/notebooks").iterdir())) == 1
    assert os.listdir(project.root / "out/taken") == []

    again = project.course(*words)
    assert again.returncode == 0
    assert "0 to run, 2 done, 1 failed" in again.stdout
    assert "Nothing to run: all 3 are recorded." in again.stdout

    flag.touch()
    last = project.course(*words, "--retry")
    assert last.returncode == 0, last.stdout
    assert "1 done, 0 failed" in last.stdout
    assert records(project.root / "out")[2]["state"] == "done"
    assert os.listdir(project.root / "out/notebooks") == []

    path = project.root / "chapters/alpha/lesson.md"
    path.write_text(path.read_text().replace("two is", "two are"))
    changed = project.course(*words, "--dry-run")
    assert "3 x the code has changed" in changed.stdout
    assert "about" in changed.stdout


@pytest.mark.slow
def test_records_feed_the_ledger_and_a_table(project: Project) -> None:
    project.chapter("alpha", [], record=True)
    project.commit()
    words = ("bench", "alpha", "--seeds", "4,1000,1004", "--out", "out")
    assert project.course(*words).returncode == 0

    answer = project.course("bench", "import", "out")
    assert "alpha: 2 merged into chapters/alpha/results.json\n" in answer.stdout
    assert "1 left out" in answer.stdout  # seed 4 is for development
    merged = json.loads((project.root / "chapters/alpha/results.json").read_text())
    assert [one["seed"] for one in merged["records"]] == [1000, 1004]
    kept = records(project.root / "out")[1004]["record"]
    assert merged["records"][1].items() > kept.items()
    summary = project.course("claims", "--json")
    assert json.loads(summary.stdout)[0]["records"] == 2, summary.stdout

    answer = project.course("bench", "export", "out", "table.csv")
    assert "wrote table.csv: 3 runs" in answer.stdout
    assert (project.root / "table.csv").read_text().count("\n") == 4

    lesson = project.root / "chapters/alpha/lesson.md"
    lesson.write_text(lesson.read_text().replace("display(", "display ("))
    project.commit()
    answer = project.course("bench", "import", "out")
    assert "alpha: 3 left out, made by other code" in answer.stdout

    other = ("bench", "--seeds", "1000", "--out", "out", "--device", "cpu")
    assert project.course(*other).returncode == 0
    assert project.course(*words).returncode == 0
    answer = project.course("bench", "import", "out")
    assert answer.returncode == 2
    assert "Choose one with --device" in answer.stderr
    assert project.course("bench", "import", "out", "--device", "cpu").returncode == 0


def test_a_readers_method_fails_alone(project: Project) -> None:
    (project.root / "mine.py").write_text("def f(x):\n    return x\n")
    project.chapter("alpha", [METHOD_FAILS.format()])
    words = ("bench", "--method", "mine:f", "--seeds", "0", "--out", "out")
    answer = project.course(*words)
    assert answer.returncode == 1
    assert "1 done, 0 failed, the method failed in 1" in answer.stdout
    assert "mine:f did not finish. ValueError: it is NaN" in answer.stdout
    found = records(project.root / "out")[0]
    assert found["state"] == "done"
    assert found["record"]["failures"] == {"mine:f": "ValueError: it is NaN"}
    assert found["record"]["scores"] == {"ours": {"x": 1.0}}
    assert "1 method failed" in project.course(*words).stdout
    assert "1 to run" in project.course(*words, "--retry", "-n").stdout


def test_a_run_that_takes_too_long_is_recorded_so(project: Project) -> None:
    project.chapter("alpha", ["import time\ntime.sleep(99)"], record=True)
    words = ("bench", "--seeds", "0", "--out", "out", "--timeout", "5")
    assert project.course(*words).returncode == 1
    found = records(project.root / "out")[0]
    assert (found["state"], found["reason"]) == ("timed out", "took longer than 5 s")
    assert found["wall_s"] >= 5


def test_a_lesson_without_a_record_has_failed(project: Project) -> None:
    project.chapter("alpha", ["print(1)"])
    project.course("bench", "--seeds", "0", "--out", "out")
    assert "left no record" in records(project.root / "out")[0]["reason"]


def test_a_damaged_record_is_told_left_out_and_repaired(project: Project) -> None:
    project.chapter("alpha", [], record=True)
    words = ("bench", "--seeds", "0-1", "--out", "out")
    project.course(*words)
    whole = records(project.root / "out")
    path = min((project.root / "out/runs").iterdir())
    path.write_text(path.read_text().replace('"embedded"', '"embeded"'))

    table = project.course("bench", "export", "out", "t.csv")
    assert table.returncode == 1
    assert "t.csv: 1 runs" in table.stdout
    assert f"left out runs/{path.name}: its content does not match" in table.stderr

    answer = project.course(*words)
    assert "its record is damaged" in answer.stdout
    assert "1 done, 0 failed" in answer.stdout
    again = records(project.root / "out")
    for seed in (0, 1):
        for name in ("claims", "code_digest", "seed"):
            assert again[seed]["record"][name] == whole[seed]["record"][name]


@pytest.fixture
def begin(project: Project) -> Iterator[Start]:
    """Start a benchmark that does not outlive its test."""
    begun: list[subprocess.Popen[str]] = []

    def start(*words: str) -> subprocess.Popen[str]:
        process = project.start("bench", "--out", "out", *words)
        begun.append(process)
        return process

    yield start
    for process in begun:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_two_processes_share_the_work_and_neither_does_it_twice(
    project: Project, tmp_path: Path, begin: Start
) -> None:
    log = tmp_path / "log"
    count = f"with open({str(log)!r}, 'a') as file:\n    file.write(f'{{seed}}\\n')"
    project.chapter("alpha", [count], record=True)
    both = [begin("--seeds", "0-7", "-j", "1") for _ in range(2)]
    texts = [process.communicate(timeout=240)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], texts
    assert sorted(log.read_text().split()) == [str(seed) for seed in range(8)]
    found = records(project.root / "out")
    assert sorted(found) == list(range(8))
    assert {one["state"] for one in found.values()} == {"done"}
    done = [int(text.rsplit(" done", 1)[0].rsplit(None, 1)[-1]) for text in texts]
    assert sum(done) == 8
    assert min(done) >= 1, texts


@pytest.mark.slow
def test_a_runner_that_is_killed_outright_loses_only_what_it_was_at(
    project: Project, tmp_path: Path, begin: Start
) -> None:
    project.chapter("alpha", [WAITS.format(flags=str(tmp_path))], record=True)
    (tmp_path / "go").touch()
    first = begin("--seeds", "0-1")
    first.communicate(timeout=120)
    (tmp_path / "go").unlink()

    killed = begin("--seeds", "0-3", "-j", "1")
    assert wait_until((tmp_path / "begun-2").exists, 120)
    os.kill(killed.pid, signal.SIGKILL)
    killed.communicate(timeout=120)
    assert wait_until(lambda: not kernels_of(project.root), 10)
    assert sorted(records(project.root / "out")) == [0, 1]
    assert len(os.listdir(project.root / "out/taken")) == 1

    (tmp_path / "go").touch()
    answer = project.course("bench", "--out", "out", "--seeds", "0-3")
    assert "2 to run, 2 done" in answer.stdout
    assert answer.returncode == 0, answer.stdout
    found = records(project.root / "out")
    assert sorted(found) == [0, 1, 2, 3]
    assert {one["state"] for one in found.values()} == {"done"}
    assert os.listdir(project.root / "out/taken") == []


def test_a_killed_kernel_fails_its_run_alone(
    project: Project, tmp_path: Path, begin: Start
) -> None:
    project.chapter("alpha", [WAITS.format(flags=str(tmp_path))], record=True)
    running = begin("--seeds", "0-1", "-j", "1")
    assert wait_until((tmp_path / "begun-0").exists, 120)
    (kernel,) = kernels_of(project.root)
    kernel.kill()
    assert wait_until((tmp_path / "begun-1").exists, 120)
    (tmp_path / "go").touch()
    text, _ = running.communicate(timeout=120)
    assert running.returncode == 1
    found = records(project.root / "out")
    assert found[0]["state"] == "failed"
    assert found[0]["reason"].startswith("the kernel died")
    assert found[1]["state"] == "done"
    assert "1 done, 1 failed" in text


def test_ctrl_c_keeps_what_is_finished_and_gives_back_the_rest(
    project: Project, tmp_path: Path, begin: Start
) -> None:
    project.chapter("alpha", [WAITS.format(flags=str(tmp_path))], record=True)
    running = begin("--seeds", "0", "-j", "1")
    assert wait_until((tmp_path / "begun-0").exists, 120)
    running.send_signal(signal.SIGINT)
    text, _ = running.communicate(timeout=120)
    assert running.returncode == 130
    assert "what was finished is kept" in text
    assert kernels_of(project.root) == []
    assert os.listdir(project.root / "out/taken") == []
    assert os.listdir(project.root / "out/runs") == []


def test_a_full_disk_ends_the_benchmark_and_keeps_what_there_is(
    project: Project, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    from support.course.cli.app import main
    from support.course.project import files as store

    project.chapter("alpha", [], record=True)
    real, calls = os.fsync, []

    def full(handle: int) -> None:
        calls.append(handle)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(store.os, "fsync", full)
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--seeds", "0-2", "--out", "out", "-j", "1"])
    assert ended.value.code == 1
    said = capsys.readouterr()
    assert "could not be written: No space left" in said.err
    assert len(records(project.root / "out")) == 1
    assert os.listdir(project.root / "out/taken") == []
    monkeypatch.undo()
    monkeypatch.chdir(project.root)
    monkeypatch.delenv("COURSE_ROOT", raising=False)
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--seeds", "0-2", "--out", "out"])
    assert ended.value.code == 0
    assert sorted(records(project.root / "out")) == [0, 1, 2]


@pytest.mark.parametrize("jump_s", [-1e8, 1e8])
def test_a_clock_that_jumps_changes_no_duration(
    project: Project, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    from support.course.cli.app import main

    project.chapter("alpha", [], record=True)
    real, calls = time.time, []

    def jumping() -> float:
        calls.append(0)
        return real() + (jump_s if len(calls) % 2 else 0)

    monkeypatch.setattr(time, "time", jumping)
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--seeds", "0-1", "--out", "out"])
    assert ended.value.code == 0
    for one in records(project.root / "out").values():
        assert 0 < one["wall_s"] < 120
        assert one["record"]["wall_s"] == one["wall_s"]

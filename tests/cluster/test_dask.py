"""Runs on a real Dask cluster: workers die, the client is interrupted, all is there."""

import json
import os
import signal
import sys
from pathlib import Path

import pytest

from tests.cluster.conftest import Dask
from tests.course.conftest import Project, wait_until

SEEDS = 24
pytestmark = pytest.mark.slow


@pytest.mark.slow
def test_workers_die_and_the_client_is_interrupted_and_all_records_are_there_once(
    project: Project, dask: Dask
) -> None:
    runs = project.root / "out" / "runs"

    def recorded() -> int:
        return len(list(runs.glob("*.json")))

    project.chapter("alpha", [], record=True)
    for _ in range(2):
        dask.worker()
    words = ("--scheduler", dask.address, "--seeds", f"0-{SEEDS - 1}")

    first = project.start("bench", "--out", "out", *words)
    assert wait_until(lambda: recorded() >= 4, 200), dask.folder
    first.send_signal(signal.SIGINT)
    text, _ = first.communicate(timeout=120)
    assert first.returncode == 130, text
    kept = recorded()
    assert 4 <= kept < SEEDS
    assert os.listdir(project.root / "out" / "taken") == []

    second = project.start("bench", "--out", "out", *words)
    assert wait_until(lambda: recorded() >= SEEDS // 2, 200)
    os.kill(dask.workers[0].pid, signal.SIGKILL)
    assert recorded() < SEEDS
    text, _ = second.communicate(timeout=120)
    assert second.returncode == 0, text
    assert f"{SEEDS - kept} to run, {kept} done" in text
    assert f"{SEEDS - kept} done, 0 failed" in text

    found = {}
    for path in runs.iterdir():
        content = json.loads(path.read_text(encoding="utf-8"))
        seed = content["configuration"]["seed"]
        assert seed not in found
        assert content["state"] == "done"
        assert content["record"]["claims"] == {"alpha.1": 1 + seed / 100}
        found[seed] = path
    assert sorted(found) == list(range(SEEDS))
    table = project.course("bench", "export", "out", "t.parquet")
    assert table.returncode == 0, table.stderr  # none is damaged
    assert f"{SEEDS} runs" in table.stdout


@pytest.mark.slow
def test_a_method_travels_and_cards_are_asked_for(project: Project, dask: Dask) -> None:
    package = project.root / "mine"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "two.txt").write_text("2")
    (project.root / "beside.py").write_text("ONE = 1\n")
    (package / "numbers.py").write_text(
        "from pathlib import Path\n"
        "TWO = int((Path(__file__).parent / 'two.txt').read_text())\n"
    )
    (package / "entry.py").write_text(
        "from beside import ONE\nfrom mine.numbers import TWO\n\n"
        "METHOD_FILES = ['two.txt']\n\n\n"
        "class Times:\n"
        "    def __init__(self, factor):\n        self.factor = factor\n\n"
        "    def __call__(self, x):\n        return x * self.factor * ONE\n\n\n"
        "f = Times(TWO)\n"
    )
    cell = f"""
import os
from mine.entry import f
assert f(21) == 42
assert os.environ["CUDA_VISIBLE_DEVICES"] in ("5", "6")
assert not os.getcwd().startswith({str(project.root)!r})
assert {str(project.root)!r} not in os.environ["PYTHONPATH"]
"""
    project.chapter("alpha", [cell], record=True)
    dask.worker()  # without a card: it must get nothing
    cards = {"CUDA_VISIBLE_DEVICES": "5,6"}
    dask.worker("--resources", "GPU=2", "--nthreads", "2", **cards)
    words = ("alpha", "--scheduler", dask.address, "--method", "mine.entry:f")
    running = project.start(
        "bench", "--out", "out", *words, "--device", "cuda", "--seeds", "0-1"
    )
    text, _ = running.communicate(timeout=200)
    assert running.returncode == 0, text
    assert "2 done, 0 failed" in text


@pytest.mark.slow
def test_a_worker_with_another_package_says_so(project: Project, dask: Dask) -> None:
    project.module("own", "VALUE = 1\n")  # the project's own little support
    project.chapter("alpha", ["from support.own import VALUE"], record=True)
    dask.worker()
    words = ("--scheduler", dask.address, "--seeds", "0")
    answer = project.start("bench", "--out", "out", *words)
    text, _ = answer.communicate(timeout=200)
    assert answer.returncode == 1
    assert "the package differs there: install the same version" in text


@pytest.mark.slow
def test_a_scheduler_that_is_lost_is_told_and_what_was_finished_is_kept(
    project: Project, dask: Dask
) -> None:
    wait = "import time\ntime.sleep(600 if seed else 0)"
    project.chapter("alpha", [wait], record=True)
    dask.worker()
    words = ("bench", "--out", "out", "--seeds", "0-1", "--scheduler", dask.address)
    running = project.start(*words)
    runs = project.root / "out" / "runs"
    assert wait_until(lambda: len(list(runs.glob("*.json"))) == 1, 200)
    dask.processes[0].kill()
    text, _ = running.communicate(timeout=200)
    assert running.returncode == 1
    assert "The scheduler is lost" in text
    assert "Traceback" not in text, text
    assert len(list(runs.iterdir())) == 1
    assert os.listdir(project.root / "out" / "taken") == []


@pytest.mark.slow
def test_nobody_there_is_told_in_one_line(project: Project) -> None:
    project.chapter("alpha", [], record=True)
    words = ("bench", "--out", "out", "--scheduler", "tcp://127.0.0.1:9")
    answer = project.course(*words)
    assert answer.returncode == 2
    assert "nobody answers at 'tcp://127.0.0.1:9'" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.parametrize(
    ("module", "options"),
    [
        ("distributed", ["--scheduler", "tcp://127.0.0.1:9"]),
        ("dask_jobqueue", ["--slurm", "workers=1"]),
    ],
)
def test_a_missing_extra_is_named(
    project: Project,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: str,
    options: list[str],
) -> None:
    from support.course.cli.app import main

    project.chapter("alpha", [], record=True)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(SystemExit) as ended:
        main(["bench", "--out", "out", *options])
    assert ended.value.code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert "pip install -e '.[cluster]'" in line
    assert not Path("out/taken").exists()

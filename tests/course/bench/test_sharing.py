"""Exactly one process is at a run; the dead hold nothing; clocks may jump."""

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from support.course.bench.sharing import PATIENCE_S, Sharing


class Clock:
    """A steady clock that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def held_elsewhere(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"machine": "another", "process": 1}))


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def test_a_run_is_taken_once_and_given_back(tmp_path: Path) -> None:
    first, second = Sharing(tmp_path), Sharing(tmp_path)
    assert first.take("k")
    assert not first.take("k")
    assert not second.take("k")
    assert not second.is_free("k")
    assert second.take("other")
    first.release("k")
    assert second.is_free("k")
    assert second.take("k")
    second.release_all()
    assert os.listdir(tmp_path) == []


def test_of_many_that_reach_for_it_one_gets_it(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        for turn in range(20):
            each = [Sharing(tmp_path) for _ in range(16)]
            got = list(pool.map(Sharing.take, each, [str(turn)] * 16))
            assert sum(got) == 1


def test_of_many_that_reach_for_what_a_dead_one_held_one_gets_it(
    tmp_path: Path,
) -> None:
    me = Sharing(tmp_path)
    dead = dead_process()
    with ThreadPoolExecutor(16) as pool:
        for turn in range(20):
            me.take(str(turn))
            path = tmp_path / f"{turn}.0"
            content = json.loads(path.read_text())
            path.write_text(json.dumps({**content, "process": dead}))
            each = [Sharing(tmp_path) for _ in range(16)]
            got = list(pool.map(Sharing.take, each, [str(turn)] * 16))
            assert sum(got) == 1
            each[got.index(True)].release(str(turn))
            assert not list(tmp_path.glob(f"{turn}.*"))


def test_another_machine_is_given_up_when_it_is_silent_for_long(tmp_path: Path) -> None:
    clock = Clock()
    sharing = Sharing(tmp_path, clock)
    held_elsewhere(tmp_path / "k.0")
    assert not sharing.take("k")
    clock.now = PATIENCE_S - 1
    assert not sharing.take("k")
    os.utime(tmp_path / "k.0", ns=(1, 1))  # it lives
    assert not sharing.take("k")
    clock.now = 2 * PATIENCE_S - 2
    assert not sharing.take("k")
    clock.now = 2 * PATIENCE_S + 2
    assert sharing.take("k")
    assert (tmp_path / "k.1").exists()
    sharing.release("k")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("jump_s", [-86_400, 86_400 * 400])
def test_a_clock_that_jumps_frees_nothing_that_is_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, jump_s: float
) -> None:
    mine, other = Sharing(tmp_path), Sharing(tmp_path)
    assert mine.take("k")
    held_elsewhere(tmp_path / "far.0")
    assert not other.take("far")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + jump_s)
    for name in ("k.0", "far.0"):
        os.utime(tmp_path / name, (now + jump_s, now + jump_s))
    assert not other.take("k")
    assert not other.take("far")


def test_a_holder_shows_that_it_lives(tmp_path: Path) -> None:
    clock = Clock()
    sharing = Sharing(tmp_path, clock)
    sharing.take("k")
    os.utime(tmp_path / "k.0", ns=(1, 1))
    sharing.touch()
    assert (tmp_path / "k.0").stat().st_mtime_ns == 1  # not every time
    clock.now = 11
    sharing.touch()
    assert (tmp_path / "k.0").stat().st_mtime_ns > 1


def test_an_unreadable_file_still_holds(tmp_path: Path) -> None:
    (tmp_path / "k.0").write_text("")
    assert not Sharing(tmp_path).take("k")

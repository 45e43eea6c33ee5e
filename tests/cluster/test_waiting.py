"""Waiting is said, and given up: no worker, no card, no Slurm, a job refused."""

import os
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from support.course.kernel.execution import Outcome
from support.course.project.errors import CourseError
from support.course.run import places
from support.course.run.parcels import Parcel
from support.course.run.waiting import Waiting
from tests.cluster.conftest import Dask
from tests.course.conftest import Project

PLAN = ("bench", "alpha", "--out", "out", "--seeds", "0")


class Nobody:
    """A place that waits until it is told that it need not."""

    patience_s = 100.0
    words = "no worker has come"

    def waits(self) -> str:
        return self.words


def test_after_ten_seconds_it_says_so_then_every_minute_then_gives_up() -> None:
    now, place = [0.0], Nobody()
    said: list[str] = []
    waiting = Waiting(place, said.append, lambda: now[0])

    def until(seconds: int) -> list[str]:
        said.clear()
        while now[0] < seconds:
            waiting.look()
            now[0] += 1.0
        return said

    assert until(10) == []
    assert until(60) == ["waiting for 10 s: no worker has come"]
    assert len(until(80)) == 1
    place.words = ""
    assert until(200) == []
    place.words = "no worker has come"
    assert len(until(299)) == 2  # the time begins anew
    with pytest.raises(CourseError, match=r"Given up after 1 min 40 s.*--wait"):
        until(320)


def test_without_sbatch_nothing_is_waited_for(project: Project) -> None:
    project.chapter("alpha", [], record=True)
    answer = project.course(*PLAN, "--slurm", "workers=1")
    assert answer.returncode == 2
    assert "there is no command 'sbatch' here" in answer.stderr


@pytest.mark.slow
def test_what_slurm_says_of_a_job_that_it_refuses_ends_the_command(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.chapter("alpha", [], record=True)
    sbatch = project.root / "bin" / "sbatch"
    sbatch.parent.mkdir()
    words = "sbatch: error: invalid partition specified: gpu"
    sbatch.write_text(f"#!/bin/sh\necho '{words}' >&2\nexit 1\n")
    sbatch.chmod(0o755)
    monkeypatch.setenv("PATH", f"{sbatch.parent}{os.pathsep}{os.environ['PATH']}")
    answer = project.course(*PLAN, "--slurm", "queue=gpu")
    assert answer.returncode == 1, answer.stdout
    assert f"--slurm: Slurm refuses the jobs: {words}" in answer.stderr
    assert "Traceback" not in answer.stderr


@pytest.mark.slow
def test_a_scheduler_without_workers_that_can_is_given_up(
    project: Project, dask: Dask
) -> None:
    project.chapter("alpha", [], record=True)
    words = (*PLAN, "--scheduler", dask.address, "--wait", "1")
    answer = project.course(*words)
    assert answer.returncode == 1
    assert f"no worker has come to {dask.address} yet" in answer.stderr
    dask.worker("--name", "without")
    answer = project.course(*words[:-1], "30", "--device", "cuda")
    assert answer.returncode == 1
    assert "waiting for 10 s" in answer.stdout
    assert "none of the 1 worker(s)" in answer.stderr
    assert "start one with --resources GPU=1" in answer.stderr


def test_the_kernels_of_one_worker_see_a_card_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    both = Barrier(2, timeout=60)
    seen: list[str | None] = []

    def perform(parcel: Parcel, gpu: str | None = None) -> Outcome:
        both.wait()
        seen.append(gpu)
        return Outcome("done")

    monkeypatch.setattr(places, "perform", perform)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,6")  # as Slurm says it
    places._cards_there.cache_clear()
    parcel = Parcel("alpha", "{}", {"device": "cuda"}, "quick")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(places.perform_there, [parcel] * 4))
    assert set(seen[:2]) == set(seen[2:]) == {"5", "6"}
    seen.clear()
    with ThreadPoolExecutor(2) as pool:
        one = Parcel("alpha", "{}", {"device": "cuda:1"}, "quick")
        list(pool.map(places.perform_there, [one] * 2))
    assert seen == [None, None]  # it names its card itself
    places._cards_there.cache_clear()

"""One kernel a graphics card, whatever the number of threads."""

import threading
from pathlib import Path

import pytest

from support.course.kernel.execution import Outcome
from support.course.project.project import Project
from support.course.run import places
from support.course.run.parcels import Parcel
from support.course.run.places import Here, visible_gpus


def test_cards_are_those_that_are_visible(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, GPU-abc")
    assert visible_gpus() == ["2", "GPU-abc"]
    for none in ("", "-1"):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", none)
        assert visible_gpus() == []
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES")
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\necho 'GPU 0: one'\necho 'GPU 1: two'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert visible_gpus() == ["0", "1"]
    monkeypatch.setenv("PATH", str(tmp_path / "none"))
    assert visible_gpus() == []


def test_no_two_kernels_are_on_one_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7")
    busy: set[str] = set()
    used: set[str] = set()
    lock = threading.Lock()

    def perform(parcel: Parcel, report: object, gpu: str) -> Outcome:
        with lock:
            assert gpu not in busy
            busy.add(gpu)
            used.add(gpu)
        threading.Event().wait(0.01)
        with lock:
            busy.remove(gpu)
        return Outcome("done")

    monkeypatch.setattr(places, "perform", perform)
    here = Here(Project(Path(), Path(), (), ()), None, "cuda")
    assert here.slots() == 2
    parcel = Parcel("test", "", {}, "quick")
    futures = [here.submit(parcel, print) for _ in range(20)]
    assert {future.result().state for future in futures} == {"done"}
    here.close(now=False)
    assert used == {"5", "7"}


def test_the_processor_knows_no_cards(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "5,7,8")
    assert Here.width(None, "auto") == 3
    assert Here.width(4, "cuda") == 4
    monkeypatch.setattr(places, "default_jobs", lambda: 9)
    assert Here.width(None, "cpu") == 9

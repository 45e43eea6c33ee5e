"""A benchmark's file is read at once, and its mistakes are named."""

from pathlib import Path
from typing import Any

import pytest

from support.course.bench.settings import (
    Settings,
    load_settings,
    parse_seeds,
    settings_from,
)
from support.course.project.errors import CourseError


def test_what_is_not_given_has_its_default() -> None:
    assert settings_from({"out": "x"}, "f.yml") == Settings(out="x")


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "first.yml"
    path.write_text(
        "chapters: [alpha, beta]\nmethods: [paper, 'mine:f']\ndatasets: [embedded]\n"
        "seeds: 0-2, 7\nprofile: full\ndevice: cuda\nout: there\njobs: 3\n"
        "timeout: 60\nslurm: {workers: 4, queue: gpu, walltime: '02:00:00', gpus: 1}\n"
    )
    made = settings_from(load_settings(path), path.name)
    assert made.seeds == (0, 1, 2, 7)
    assert made.methods == ("paper", "mine:f")
    assert (made.profile, made.device, made.jobs, made.timeout) == (
        *("full", "cuda", 3, 60),
    )
    assert made.slurm == {
        **{"workers": 4, "queue": "gpu", "walltime": "02:00:00", "gpus": 1}
    }


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        ({"sedes": [1]}, ["unknown key 'sedes'", "Did you mean 'seeds'?", "datasets"]),
        ({"seeds": "a-b"}, ["seeds: got 'a-b'", "such as 0-9"]),
        ({"seeds": "3-1"}, ["runs backwards"]),
        ({"seeds": [0, -1]}, ["seeds: got [0, -1] (a list)", "at least 0"]),
        ({"seeds": [True]}, ["seeds"]),
        ({"seeds": []}, ["seeds: got []"]),
        ({"seeds": 1.5}, ["seeds: got 1.5 (a number)"]),
        ({"methods": "mine:f"}, ["methods: got 'mine:f' (a text)", "a list of texts"]),
        ({"datasets": []}, ["datasets: got []"]),
        ({"chapters": [1]}, ["chapters: got [1]"]),
        ({"profile": "quik"}, ["profile: got 'quik'", "Did you mean 'quick'?"]),
        ({"device": 0}, ["device: got 0 (a whole number); expected a text"]),
        ({"jobs": 0}, ["jobs: got 0", "at least 1"]),
        ({"jobs": "2"}, ["jobs: got '2' (a text)"]),
        ({"jobs": True}, ["jobs: got True (true or false)"]),
        ({"timeout": -1}, ["timeout: got -1", "1 or more"]),
        ({"timeout": float("nan")}, ["timeout: got nan", "1 or more"]),
        ({"wait": 0.5}, ["wait: got 0.5", "1 or more"]),
        ({"slurm": {"gpus": "²"}}, ["slurm: gpus: got '²' (a text)"]),
        ({"slurm": 4}, ["slurm: got 4", "workers: 4"]),
        ({"slurm": {"que": "x"}}, ["unknown key 'que'", "Did you mean 'queue'?"]),
        ({"slurm": {"workers": "four"}}, ["slurm: workers: got 'four' (a text)"]),
        ({"slurm": {"walltime": "soon"}}, ["walltime: got 'soon'", "02:00:00"]),
        ({"slurm": {"memory": 4}}, ["slurm: memory: got 4"]),
        ({"slurm": {}, "scheduler": "tcp://x:1"}, ["exclude each other"]),
    ],
)
def test_mistakes_name_the_key_what_was_given_and_what_is_allowed(
    content: dict[str, Any], parts: list[str]
) -> None:
    with pytest.raises(CourseError) as caught:
        settings_from({"out": "x", **content}, "first.yml")
    assert str(caught.value).startswith("first.yml")
    for part in parts:
        assert part in str(caught.value)


def test_the_folder_must_be_named() -> None:
    with pytest.raises(CourseError, match="out is missing"):
        settings_from({"seeds": [1]}, "first.yml")


@pytest.mark.parametrize("text", ["- a\n", "", "seeds: [", "a: b: c"])
def test_a_file_that_is_none_is_told(tmp_path: Path, text: str) -> None:
    path = tmp_path / "first.yml"
    path.write_text(text)
    with pytest.raises(CourseError, match="--config: "):
        load_settings(path)
    with pytest.raises(CourseError, match="cannot be read"):
        load_settings(tmp_path / "gone.yml")


def test_seeds_are_kept_once_in_order() -> None:
    assert parse_seeds("5,0-2, 1") == (5, 0, 1, 2)


def test_numbers_in_a_file_are_read_as_people_read_them(tmp_path: Path) -> None:
    path = tmp_path / "first.yml"

    def read(text: str) -> Any:
        path.write_text(f"out: x\n{text}\n", "utf-8-sig")  # with a byte-order mark
        return settings_from(load_settings(path), "first.yml")

    made = read("seeds: 7\ntimeout: 1.5\nslurm: {walltime: 04:00:00}")
    assert (made.seeds, made.timeout) == ((7,), 1.5)
    assert made.slurm == {"workers": 1, "walltime": "04:00:00"}
    for text in ("seeds: 1:9", "seeds: 010", "seeds: 0x1F", "timeout: 15:00"):
        with pytest.raises(CourseError, match=f"got {text.split()[1]!r}"):
            read(text)
    with pytest.raises(CourseError, match="line 3 gives 'seeds' a second time"):
        read("seeds: 0\nseeds: 1")

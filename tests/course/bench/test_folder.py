"""A record is whole, or it is not there, or it is reported as damaged."""

import errno
import json
import os
from pathlib import Path

import pytest

from support.course.bench.folder import DamagedRecordError, Entry, Folder
from support.course.project.errors import CourseError
from tests.course.bench.conftest import configuration, entry


def file_of(folder: Folder, key: str) -> Path:
    return folder.path / "runs" / f"{key}.json"


def test_what_is_written_is_read(folder: Folder) -> None:
    key = configuration().key
    assert folder.read(key) is None
    folder.write(entry())
    read = folder.read(key)
    assert read is not None
    assert read == entry(stamp=read.stamp)
    assert json.loads(file_of(folder, key).read_text())["record"]["seed"] == 0
    assert [key for key, _ in folder.entries()] == [key]


def test_the_key_is_the_configuration_and_nothing_else() -> None:
    keys = {
        configuration(**change).key
        for change in (
            {},
            {"seed": 1},
            {"chapter": "beta"},
            {"profile": "full"},
            {"dataset": "other"},
            {"method": "a:b"},
            {"device": "cuda"},
        )
    }
    assert len(keys) == 7
    assert configuration().key == "7426239b323dcdb168fb"  # on every machine


def test_a_failed_run_keeps_its_notebook_until_it_does_well(folder: Folder) -> None:
    key = configuration().key
    folder.write(entry(state="failed", reason="why"), "a notebook")
    assert folder.notebook(key).read_text() == "a notebook"
    folder.write(entry())
    assert not folder.notebook(key).exists()


def damage(text: str, kind: str) -> str:
    content = json.loads(text)
    return {
        "empty": "",
        "half": text[: len(text) // 2],
        "list": "[]",
        "null": "null",
        "bytes": "\x00" * 64,
        "one digit": text.replace("0.25", "0.35"),
        "another": json.dumps({**content, "state": "failed"}),
        "no checksum": json.dumps({k: content[k] for k in content if k != "sha256"}),
    }[kind]


@pytest.mark.parametrize(
    "kind",
    ["empty", "half", "list", "null", "bytes", "one digit", "another", "no checksum"],
)
def test_a_damaged_record_is_told_and_never_counted(folder: Folder, kind: str) -> None:
    folder.write(entry())
    path = file_of(folder, configuration().key)
    path.write_text(damage(path.read_text(), kind))
    with pytest.raises(DamagedRecordError):
        folder.read(configuration().key)
    assert not any(isinstance(found, Entry) for _, found in folder.entries())


def test_a_record_under_another_name_is_damaged(folder: Folder) -> None:
    folder.write(entry(0))
    other = configuration(1).key
    file_of(folder, configuration(0).key).rename(file_of(folder, other))
    with pytest.raises(DamagedRecordError, match="does not belong to its name"):
        folder.read(other)


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_record_before_it(
    folder: Folder, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    folder.write(entry())
    before = file_of(folder, configuration().key).read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(CourseError, match="No space left"):
        folder.write(entry(wall_s=9.0))
    assert file_of(folder, configuration().key).read_bytes() == before
    assert len(os.listdir(folder.path / "runs")) == 1


def test_what_a_crash_left_is_cleared_away_but_not_what_is_being_written(
    folder: Folder,
) -> None:
    dead, living = configuration(0).key, configuration(1).key
    for key in (dead, living):
        (folder.path / "runs" / f".{key}.json.x.tmp").touch()
    folder.sharing.take(living)
    folder.prepare()
    assert os.listdir(folder.path / "runs") == [f".{living}.json.x.tmp"]


def test_a_folder_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match=r"file cannot be written"):
        Folder(tmp_path / "file").prepare()
    with pytest.raises(CourseError, match="holds no benchmark"):
        Folder(tmp_path).require()

"""Nothing is ever half written, and nothing damaged is ever used."""

import errno
import json
import os
from pathlib import Path

import pytest

from support.course.project.errors import CourseError
from support.course.project.files import write_atomic
from support.course.project.project import Project
from support.course.run.store import Status, Store


def test_the_layout_tells_the_book_from_other_parameters(tmp_path: Path) -> None:
    store = Store(Project.at(tmp_path))
    book = store.place("alpha", "lesson")
    other = store.place("alpha", "lesson", {"seed": 1})
    assert book.notebook == tmp_path / "_build/executed/alpha/lesson.ipynb"
    assert book.status == tmp_path / "_build/executed/alpha/lesson.json"
    assert other.notebook.parent == tmp_path / "_build/runs/alpha"
    assert other == store.place("alpha", "lesson", {"seed": 1})
    assert other != store.place("alpha", "lesson", {"seed": 2})


def test_what_is_written_is_read(tmp_path: Path) -> None:
    store = Store(Project.at(tmp_path))
    place = store.place("alpha", "lesson")
    assert store.read(place) == (None, "never executed")
    store.write(place, Status("done", key="k", wall_s=7.0, finished="2026"), "{}")
    status, note = store.read(place)
    assert status is not None
    assert (status.key, status.wall_s, note) == ("k", 7.0, "")
    assert store.expected_s("alpha", "lesson", "quick") == 7.0
    assert store.expected_s("alpha", "lesson", "full") is None


@pytest.mark.parametrize("content", ["", "{", "[]", "null", '{"reason": "x"}', "\x00"])
def test_a_damaged_status_is_no_status(tmp_path: Path, content: str) -> None:
    store = Store(Project.at(tmp_path))
    place = store.place("alpha", "lesson")
    store.write(place, Status("done"), "{}")
    place.status.write_text(content, encoding="utf-8")
    assert store.read(place) == (None, "its status file is damaged")
    assert store.expected_s("alpha", "lesson", "quick") is None


def test_a_notebook_that_does_not_match_its_status_is_not_used(tmp_path: Path) -> None:
    store = Store(Project.at(tmp_path))
    place = store.place("alpha", "lesson")
    store.write(place, Status("done"), "{}")
    place.notebook.write_text("{ }", encoding="utf-8")
    assert "not the one" in store.read(place)[1]
    place.notebook.unlink()
    assert "gone" in store.read(place)[1]


@pytest.mark.parametrize("call", ["fsync", "replace"])
def test_a_full_disk_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    path = tmp_path / "x.json"
    write_atomic(path, "old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, call, full)
    with pytest.raises(CourseError, match="No space left") as caught:
        write_atomic(path, "new")
    assert caught.value.exit_code == 1
    assert path.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.json"]


def test_files_can_be_read_by_others_as_usual(tmp_path: Path) -> None:
    write_atomic(tmp_path / "a", "text")
    (tmp_path / "b").write_text("text")
    assert (tmp_path / "a").stat().st_mode == (tmp_path / "b").stat().st_mode


def test_a_build_folder_that_cannot_be_written_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "_build").write_text("a file in its place")
    with pytest.raises(CourseError, match="cannot be written") as caught:
        Store(Project.at(tmp_path)).prepare()
    assert caught.value.exit_code == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where others may not")
def test_a_read_only_build_folder_is_told_first(tmp_path: Path) -> None:
    (tmp_path / "_build").mkdir(mode=0o555)
    with pytest.raises(CourseError, match="Permission denied"):
        Store(Project.at(tmp_path)).prepare()


def test_left_temporary_files_are_cleared_away(tmp_path: Path) -> None:
    folder = tmp_path / "_build" / "executed" / "alpha"
    folder.mkdir(parents=True)
    old, young = folder / ".lesson.json.a.tmp", folder / ".lesson.json.b.tmp"
    for path in (old, young):
        path.touch()
    os.utime(old, (0, 0))
    Store(Project.at(tmp_path)).prepare()
    assert not old.exists()
    assert young.exists()


def test_a_status_of_a_later_version_is_read(tmp_path: Path) -> None:
    store = Store(Project.at(tmp_path))
    place = store.place("alpha", "lesson")
    store.write(place, Status("failed", reason="x"), "")
    content = json.loads(place.status.read_text()) | {"new": 1}
    place.status.write_text(json.dumps(content))
    status, _ = store.read(place)
    assert status is not None
    assert status.reason == "x"

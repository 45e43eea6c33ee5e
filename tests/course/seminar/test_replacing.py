"""A folder is replaced file by file, and a killed replacement can be repeated."""

import json
import os
from pathlib import Path

import pytest

from support.course.seminar import replacing
from support.course.seminar.replacing import NOTE, replace

ABOUT = {"chapters": ["demo"]}


def made(folder: Path, **files: str) -> Path:
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def texts(folder: Path) -> dict[str, str]:
    found = {path.name: path.read_text("utf-8") for path in folder.iterdir()}
    found.pop(NOTE)
    return found


def test_the_note_names_every_file_with_its_digest(tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert replace(made(tmp_path / "new", a="1", b="2"), out, ABOUT) == []
    note = json.loads((out / NOTE).read_text("utf-8"))
    assert note["chapters"] == ["demo"]
    assert sorted(note["files"]) == ["a", "b"]
    assert not (tmp_path / "new").exists()


def test_a_replacement_that_was_killed_goes_on_when_it_is_given_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    replace(made(tmp_path / "one", a="1", b="1", c="1"), out, ABOUT)
    (out / "mine").write_text("mine", "utf-8")
    moved: list[str] = []

    def dies(source: Path, target: Path) -> None:
        if Path(target).name != NOTE:
            if moved:
                raise OSError(28, "No space left on device")
            moved.append(Path(target).name)
        os.rename(source, target)

    monkeypatch.setattr(replacing.os, "replace", dies)
    with pytest.raises(OSError, match="No space"):
        replace(made(tmp_path / "two", a="2", b="2", d="2"), out, ABOUT)
    monkeypatch.undo()
    assert texts(out) == {"a": "2", "b": "1", "c": "1", "mine": "mine"}
    kept = replace(made(tmp_path / "three", a="3", b="3", d="3"), out, ABOUT)
    assert kept == ["mine"]
    assert texts(out) == {"a": "3", "b": "3", "d": "3", "mine": "mine"}


def test_a_folder_in_the_place_of_a_file_and_a_file_in_that_of_a_folder_stay(
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    replace(made(tmp_path / "one", a="1"), out, ABOUT)
    (out / "b").mkdir()
    (out / "b" / "note").write_text("mine", "utf-8")
    (out / "c").write_text("mine", "utf-8")
    new = made(tmp_path / "two", a="2", b="2")
    (new / "c").mkdir()
    (new / "c" / "d").write_text("2", "utf-8")
    assert replace(new, out, ABOUT) == ["b", "b/note", "c", "c/d"]
    assert (out / "c").read_text("utf-8") == "mine"
    assert (out / "a").read_text("utf-8") == "2"

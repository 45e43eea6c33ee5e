"""Downloading corpora; every way in which that can fail."""

import errno
import io
import os
import shutil
import zipfile

import pytest

from support.data.acquisition import acquiring, registry, transfer
from support.data.errors import (
    ChecksumError,
    DataError,
    DownloadError,
    MissingDataError,
)
from tests.data_fixtures import WHOLE, tree

get = registry.fetch


def test_download_goes_to_the_cache_and_is_used_again(tiny, web, cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny) + "/")
    assert get("apple", progress=False) == cache / "apple"
    assert tree(cache) == WHOLE
    asked = len(web.asked)
    assert asked == 2
    get("apple")
    assert len(web.asked) == asked
    assert [p for p in cache.iterdir() if p.name.startswith(".apple")] == []


def test_download_goes_to_the_named_folder(tiny, web, tmp_path, cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    setting, argument = tmp_path / "setting", tmp_path / "argument"
    setting.mkdir()
    argument.mkdir()
    monkeypatch.setenv("COURSE_DATA", str(setting))
    assert get("apple", argument, progress=False) == argument / "apple"
    assert get("berry", progress=False) == setting / "berry"
    assert tree(cache) == []


def test_a_read_only_course_data_leaves_downloads_to_the_cache(
    tiny, web, tmp_path, cache, monkeypatch
):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    (tmp_path / "setting").mkdir()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "setting"))
    monkeypatch.setattr(acquiring.os, "access", lambda *_args: False)
    assert get("apple", progress=False) == cache / "apple"


def test_address_patterns(tiny, web, cache, monkeypatch):
    web.content["/v1/berry.berry.bin"] = tiny.files["berry"]["berry.bin"]
    pattern = f"{web.address}/v1/{{corpus}}.{{file}}"
    monkeypatch.setenv("COURSE_DATA_RELEASE", pattern)
    assert get("berry", progress=False) == cache / "berry"


@pytest.mark.parametrize("top", ["", "apple/"])
def test_one_archive_a_corpus(tiny, web, cache, monkeypatch, top):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("README.txt", "hello")
        for name, content in tiny.files["apple"].items():
            archive.writestr(top + name, content)
    web.content["/apple.zip"] = buffer.getvalue()
    monkeypatch.setenv("COURSE_DATA_RELEASE", f"{web.address}/{{corpus}}.zip")
    assert get("apple", progress=False) == cache / "apple"
    assert tree(cache) == WHOLE
    assert web.asked == ["/apple.zip"]


@pytest.mark.parametrize("damage", ["truncated", "traversal", "incomplete", "bomb"])
def test_bad_archives_leave_nothing(tiny, web, cache, monkeypatch, damage):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("apple.csv", tiny.files["apple"]["apple.csv"])
        if damage != "incomplete":
            archive.writestr("more/notes.txt", b"notes")
        if damage == "traversal":
            archive.writestr("../../evil.txt", b"evil")
        if damage == "bomb":
            archive.writestr("bomb", bytes(8 << 20))
    content = buffer.getvalue()
    web.content["/apple.zip"] = content[:-30] if damage == "truncated" else content
    monkeypatch.setenv("COURSE_DATA_RELEASE", f"{web.address}/{{corpus}}.zip")
    with pytest.raises(DownloadError, match=r"apple could not be downloaded"):
        get("apple", progress=False)
    assert tree(cache.parent.parent) == ["tiny.toml"]


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ("missing", "the server answered 404"),
        ("fail", "the server answered 500"),
        ("truncate", "broke off|cut short"),
        ("unannounced", r"cut short, \d+,\d+ of \d+,\d+ bytes came"),
        ("longer", "more than the expected"),
        ("drop", "no connection|broke off"),
        ("other", "another file came"),
    ],
)
def test_bad_deliveries_are_told_apart_and_leave_nothing(
    tiny, web, cache, monkeypatch, how, message
):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    if how == "missing":
        web.content.clear()
    web.behave["/berry/berry.bin"] = how
    kind = ChecksumError if how == "other" else DownloadError
    with pytest.raises(kind, match=message) as caught:
        get("berry", progress=False)
    assert "Set COURSE_DATA" in str(caught.value)
    assert tree(cache) == []
    web.offer(tiny)
    web.behave.clear()
    assert get("berry", progress=False) == cache / "berry"


def test_a_second_file_that_fails_takes_the_first_with_it(
    tiny, web, cache, monkeypatch
):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    web.behave["/apple/more/notes.txt"] = "fail"
    with pytest.raises(DownloadError):
        get("apple", progress=False)
    assert tree(cache) == []


def test_mirrors_are_tried_in_turn(tiny, web, cache, monkeypatch):
    mirrors = [f"{web.address}/bad", f"{web.address}/good"]
    tiny.add("berry", tiny.files["berry"], mirrors=mirrors)
    web.content["/bad/berry/berry.bin"] = bytes(len(tiny.files["berry"]["berry.bin"]))
    web.content["/good/berry/berry.bin"] = tiny.files["berry"]["berry.bin"]
    monkeypatch.setenv("COURSE_DATA_RELEASE", f"{web.address}/gone")
    assert get("berry", progress=False) == cache / "berry"
    assert [path.split("/")[1] for path in web.asked] == ["gone", "bad", "good"]


def test_what_must_not_be_passed_on_is_never_asked_of_the_release(
    tiny, web, cache, monkeypatch
):
    web.offer(tiny)
    tiny.add("berry", tiny.files["berry"], redistribute=False)
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.address)
    with pytest.raises(DownloadError, match="no address to download"):
        get("berry")
    assert web.asked == []


def test_without_an_address_the_error_says_so(tiny, cache):
    with pytest.raises(DownloadError) as caught:
        get("apple")
    text = str(caught.value)
    assert "not published yet" in text
    assert "COURSE_DATA_RELEASE" in text
    assert "https://example.org/home" in text


def test_offline_with_nothing(tiny, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("COURSE_DATA_RELEASE", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match="no connection"):
        get("apple")
    with pytest.raises(MissingDataError, match=r"downloading is off.*apple/apple\.csv"):
        get("apple", download=False)
    monkeypatch.setenv("COURSE_DATA_RELEASE", "ftp://example.org")
    with pytest.raises(DownloadError, match="is not an http"):
        get("apple")


def test_a_server_that_hangs_is_given_up(tiny, web, cache, monkeypatch):
    monkeypatch.setattr(transfer, "TIMEOUT", 0.3)
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    web.behave["/berry/berry.bin"] = "hang"
    with pytest.raises(DownloadError, match=r"no answer|no connection"):
        get("berry", progress=False)
    assert tree(cache) == []


@pytest.mark.parametrize("progress", [True, False])
def test_the_bar_is_on_stderr_and_can_be_switched_off(
    tiny, web, monkeypatch, capsys, progress
):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    get("berry", progress=progress)
    out, err = capsys.readouterr()
    assert out == ""
    assert ("berry/berry.bin: 100%" in err) is progress


def test_a_full_disk_is_noticed_before_and_while_writing(tiny, web, cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    usage = shutil.disk_usage("/")
    with monkeypatch.context() as patch:
        patch.setattr(
            acquiring.shutil, "disk_usage", lambda _path: usage._replace(free=10)
        )
        with pytest.raises(DataError, match=f"The disk of {cache} is full"):
            get("berry")
        assert web.asked == []

    def full(_self, _count):
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(transfer._Meter, "update", full)
        with pytest.raises(DataError, match=f"The disk of {cache} is full"):
            get("berry", progress=False)
    assert tree(cache) == []


def test_a_folder_that_cannot_be_written(tiny, web, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    (tmp_path / "here").mkdir()

    def denied(*_args, **_options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(acquiring.tempfile, "mkdtemp", denied)
    with pytest.raises(DataError, match=r"cannot be written \(Permission denied\)"):
        get("apple", tmp_path / "here")
    assert web.asked == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder(tiny, web, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    folder = tmp_path / "here"
    folder.mkdir(mode=0o555)
    with pytest.raises(DataError, match="cannot be written"):
        get("apple", folder)

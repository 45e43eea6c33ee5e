"""What the registry says of corpora: checked, digested, unverifiable, installed."""

import json

import pytest

from support.data.acquisition import acquiring, registry
from support.data.errors import (
    ArchiveError,
    ChecksumError,
    DataError,
    DownloadError,
    MissingDataError,
    UnverifiedDataWarning,
)
from tests.data_fixtures import WHOLE, Tiny, Web, sha256, tree

get = registry.fetch


def test_check_reports_right_wrong_and_missing(tiny, tmp_path):
    folder = tiny.place(tmp_path / "here", "apple")
    (folder / "apple/more/notes.txt").write_bytes(b"nodes")
    states = {(f.corpus, f.file): f.state for f in registry.check((), folder)}
    assert states == {
        ("apple", "apple.csv"): "right",
        ("apple", "more/notes.txt"): "wrong",
        ("berry", "berry.bin"): "missing",
    }
    with pytest.raises(registry.UnknownCorpusError):
        registry.check(["cherry"])


def test_digest_follows_from_the_registry_alone(tiny, tmp_path):
    apple = registry.digest("apple")
    lines = sorted(
        f"apple/{name} {sha256(content)}\n"
        for name, content in tiny.files["apple"].items()
    )
    assert apple == sha256("".join(lines).encode())
    tiny.place(tmp_path / "here")
    assert registry.digest("apple") == apple
    assert registry.digest("berry") != apple
    tiny.files["apple"]["apple.csv"] += b"3,4\n"
    tiny.write()
    assert registry.digest("apple") != apple


def test_composites_give_a_mapping(tiny, tmp_path):
    tiny.add("bowl", {}, parts=["apple", "berry"])
    folder = tiny.place(tmp_path / "here", "apple", "berry")
    both = {"apple": folder / "apple", "berry": folder / "berry"}
    assert get("bowl", folder) == both
    assert registry.available("bowl", folder) == "local"
    assert registry.locate("bowl", folder) == folder / "apple"
    assert len(registry.check(["bowl"], folder)) == 3
    parts = {registry.digest("apple"), registry.digest("berry")}
    assert registry.digest("bowl") not in parts
    with pytest.raises(DataError, match="fetch its parts: apple, berry"):
        registry.fetch_folder("bowl", folder)


@pytest.fixture
def unknown(tiny: Tiny, web: Web) -> Tiny:
    web.offer(tiny)
    files = tiny.files["berry"]
    tiny.add("berry", files, sha256="unknown", origin=f"{web.address}/berry")
    return tiny


def test_an_unknown_checksum_is_announced_and_recorded(unknown, web, cache):
    content = unknown.files["berry"]["berry.bin"]
    before = registry.digest("berry")
    with pytest.warns(UnverifiedDataWarning, match=sha256(content)):
        folder = get("berry", progress=False)
    record = json.loads((folder / "berry.bin.received.json").read_text())
    assert record["sha256"] == sha256(content)
    assert record["bytes"] == len(content)
    assert record["address"] == f"{web.address}/berry/berry.bin"
    assert get("berry") == folder  # known by now: no warning, no download
    assert len(web.asked) == 1
    assert registry.digest("berry") != before
    assert [f.state for f in registry.check(["berry"])] == ["unverified"]


def test_a_file_that_changed_since_its_record_is_refused(unknown, cache):
    with pytest.warns(UnverifiedDataWarning):
        folder = get("berry", progress=False)
    (folder / "berry.bin").write_bytes(b"something else")
    with pytest.raises(ChecksumError, match="has changed since it was downloaded"):
        get("berry", download=False)
    assert [f.state for f in registry.check(["berry"])] == ["wrong"]


def test_an_own_copy_without_record_is_used_with_a_warning(unknown, tmp_path):
    folder = unknown.place(tmp_path / "here", "berry")
    with pytest.warns(UnverifiedDataWarning, match="not verified"):
        assert get("berry", folder) == folder / "berry"


def test_the_release_is_never_asked_for_what_it_cannot_verify(
    unknown, web, monkeypatch
):
    monkeypatch.setenv("COURSE_DATA_RELEASE", f"{web.address}/release")
    row = registry.corpus("berry")
    assert acquiring.addresses(row, row.files[0]) == [f"{web.address}/berry/berry.bin"]


def test_install_copies_what_is_here(tiny, web, tmp_path, monkeypatch):
    here = tiny.place(tmp_path / "here")
    monkeypatch.setenv("COURSE_DATA", str(here))
    target = tmp_path / "new" / "folder"
    assert registry.install("apple", target) == {"apple": target / "apple"}
    assert tree(target) == WHOLE
    assert registry.install("apple", target) == {"apple": target / "apple"}
    assert web.asked == []


def test_install_downloads_what_is_not_and_refuses_what_is_wrong(
    tiny, web, tmp_path, monkeypatch
):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    target = tmp_path / "new"
    registry.install("apple", target, progress=False)
    assert tree(target) == WHOLE
    (target / "apple/apple.csv").write_bytes(b"damaged")
    with pytest.raises(ChecksumError):
        registry.install("apple", target)
    wrong = tiny.place(tmp_path / "wrong")
    (wrong / "berry/berry.bin").write_bytes(bytes(76_800))
    monkeypatch.setenv("COURSE_DATA", str(wrong))
    with pytest.raises(ChecksumError):
        registry.install("berry", target)
    assert not (target / "berry").exists()
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="cannot be made"):
        registry.install("apple", tmp_path / "file" / "x")
    with pytest.raises(registry.UnknownCorpusError):
        registry.install("cherry", tmp_path / "never")
    assert not (tmp_path / "never").exists()


def test_install_of_an_unverifiable_copy_takes_its_record_along(
    unknown, tmp_path, cache
):
    with pytest.warns(UnverifiedDataWarning):
        get("berry", progress=False)
    registry.install("berry", tmp_path / "new")
    assert (tmp_path / "new/berry/berry.bin.received.json").is_file()


def test_errors_are_one_family():
    for kind in (ArchiveError, ChecksumError, DownloadError, MissingDataError):
        assert issubclass(kind, DataError)
    assert str(MissingDataError("plain words")) == "plain words"

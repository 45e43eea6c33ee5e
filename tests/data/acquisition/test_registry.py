"""Finding, verifying and downloading corpora; every way in which that can fail."""

import errno
import io
import json
import os
import shutil
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import pytest

from support.data.acquisition import acquiring, registry, storage, transfer
from support.data.errors import (
    ArchiveError,
    ChecksumError,
    DataError,
    DownloadError,
    MissingDataError,
    UnverifiedDataWarning,
)
from tests.data_fixtures import Tiny, Web, sha256

ROOT = Path(__file__).resolve().parents[3]
get = registry.fetch


def tree(folder: Path) -> list[str]:
    """All files below a folder but the memory of checksums."""
    return sorted(
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and ".verified" not in path.parts
    )


WHOLE = ["apple/apple.csv", "apple/more/notes.txt"]


# --- looking ------------------------------------------------------------------------


def test_places_come_in_the_promised_order(tmp_path, cache, monkeypatch):
    shared = storage.Place(tmp_path / "shared", "../shared/data", True)
    monkeypatch.setattr(storage, "_shared", lambda: shared)
    (tmp_path / "argument").mkdir()
    (tmp_path / "setting").mkdir()
    monkeypatch.setenv("COURSE_DATA", str(tmp_path / "setting"))
    folders = [place.folder for place in registry.places(tmp_path / "argument")]
    expected = ["argument", "setting", "shared"]
    assert folders == [*(tmp_path / name for name in expected), cache]


def test_each_place_is_used_when_it_is_the_first_with_the_files(tiny, tmp_path):
    folder = tiny.place(tmp_path / "here")
    assert get("apple", folder) == folder / "apple"


def test_the_argument_precedes_course_data(tiny, tmp_path, monkeypatch):
    one, two = tiny.place(tmp_path / "one"), tiny.place(tmp_path / "two")
    monkeypatch.setenv("COURSE_DATA", str(two))
    assert get("apple") == two / "apple"
    assert get("apple", one) == one / "apple"
    (one / "apple/apple.csv").unlink()  # incomplete: the next place has it
    assert get("apple", one) == two / "apple"


def test_course_data_precedes_the_shared_folder_and_the_cache(
    tiny, tmp_path, cache, monkeypatch
):
    shared = storage.Place(tiny.place(tmp_path / "shared"), "../shared/data", True)
    tiny.place(cache)
    assert get("apple") == cache / "apple"
    monkeypatch.setattr(storage, "_shared", lambda: shared)
    assert get("apple") == tmp_path / "shared/apple"
    setting = tiny.place(tmp_path / "setting")
    monkeypatch.setenv("COURSE_DATA", f"  {setting} ")
    assert get("apple") == setting / "apple"


def test_shared_folder_is_found_above_the_cursor(tmp_path, monkeypatch):
    monkeypatch.setattr(storage, "_ROOT", tmp_path / "elsewhere" / "project")
    deep = tmp_path / "project" / "chapters" / "concepts"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert storage._shared() is None
    folder = tmp_path / "shared" / "data"
    folder.mkdir(parents=True)
    assert storage._shared() is None  # some folder of that name, but not ours
    (folder / "MANIFEST.json").write_text("{}")
    assert storage._shared().folder == folder


@pytest.mark.parametrize("kind", ["absent", "file"])
def test_a_named_folder_must_be_there(tiny, tmp_path, monkeypatch, kind):
    named = tmp_path / "named"
    if kind == "file":
        named.write_text("")
    with pytest.raises(DataError, match=r"data_dir .*names .*create it"):
        get("apple", named)
    monkeypatch.setenv("COURSE_DATA", str(named))
    with pytest.raises(DataError, match=r"COURSE_DATA names .*create it"):
        get("apple")


def test_available_and_locate_do_not_hash(tiny, tmp_path, monkeypatch):
    def never(*_args, **_options):
        raise AssertionError("hashed")

    monkeypatch.setattr(storage, "sha256_of", never)
    assert registry.available("apple") == "absent"
    assert registry.locate("apple") is None
    monkeypatch.setenv("COURSE_DATA_RELEASE", "https://example.org/data")
    assert registry.available("apple") == "downloadable"
    folder = tiny.place(tmp_path / "here")
    assert registry.available("apple", folder) == "local"
    assert registry.locate("apple", folder) == folder / "apple"


# --- verifying ----------------------------------------------------------------------


def test_a_wrong_file_in_a_named_folder_is_an_error(tiny, web, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    folder = tiny.place(tmp_path / "here")
    path = folder / "apple/apple.csv"
    path.write_bytes(path.read_bytes().replace(b"1,2", b"1,3", 1))
    with pytest.raises(
        ChecksumError, match=r"apple\.csv is not the file of apple.*Del"
    ):
        get("apple", folder)
    path.write_bytes(b"short")
    with pytest.raises(ChecksumError, match=r"5 bytes, expected 3,\d+"):
        get("apple", folder)
    assert web.asked == []  # never silently replaced by a download


def test_a_wrong_file_in_the_cache_is_fetched_again(tiny, web, cache, monkeypatch):
    tiny.place(cache)
    (cache / "apple/apple.csv").write_bytes(b"damaged")
    with pytest.raises(ChecksumError):
        get("apple", download=False)
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    get("apple", progress=False)
    assert (cache / "apple/apple.csv").read_bytes() == tiny.files["apple"]["apple.csv"]


def test_a_checksum_is_remembered_until_the_file_changes(tiny, tmp_path, monkeypatch):
    folder = tiny.place(tmp_path / "here")
    path = folder / "apple/apple.csv"
    get("apple", folder)
    opened = []
    genuine = Path.open

    def spy(self, *args, **options):
        opened.append(self)
        return genuine(self, *args, **options)

    monkeypatch.setattr(Path, "open", spy)
    monkeypatch.setattr(storage, "_REMEMBERED", {})  # as in a new process
    get("apple", folder)
    assert path.resolve() not in opened
    registry.check(["apple"], folder)  # check never trusts memory
    assert path.resolve() in opened
    content = path.read_bytes().replace(b"1,2", b"9,9", 1)
    path.write_bytes(content)
    os.utime(path, ns=(1, 1))
    with pytest.raises(ChecksumError):
        get("apple", folder)


def test_a_cache_that_cannot_be_written_costs_only_memory(tiny, tmp_path, monkeypatch):
    folder = tiny.place(tmp_path / "here")
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where a folder should be")
    monkeypatch.setattr(storage, "cache_folder", lambda: blocked)
    assert get("apple", folder) == folder / "apple"


def test_a_nonsensical_memory_is_ignored(tiny, tmp_path, cache):
    folder = tiny.place(tmp_path / "here")
    get("apple", folder)
    for marker in (cache / ".verified").iterdir():
        marker.write_text("{not json")
    storage._REMEMBERED.clear()
    assert get("apple", folder) == folder / "apple"


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


# --- downloading --------------------------------------------------------------------


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


# --- disks --------------------------------------------------------------------------


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


# --- interruptions and company ------------------------------------------------------


def test_an_interruption_leaves_nothing(tiny, web, cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))

    def interrupted(_self, _count):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(transfer._Meter, "update", interrupted)
        with pytest.raises(KeyboardInterrupt):
            get("berry", progress=False)
    assert tree(cache) == []
    assert [p.name for p in cache.iterdir() if p.name.startswith(".berry")] == []
    assert get("berry", progress=False) == cache / "berry"


def test_threads_that_fetch_at_once_all_get_whole_files(tiny, web, cache, monkeypatch):
    monkeypatch.setenv("COURSE_DATA_RELEASE", web.offer(tiny))
    start, problems = threading.Barrier(6), []

    def work():
        start.wait()
        try:
            content = (get("berry", progress=False) / "berry.bin").read_bytes()
            assert content == tiny.files["berry"]["berry.bin"]
        except BaseException as error:
            problems.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert tree(cache) == ["berry/berry.bin"]


SCRIPT = """
import sys
from pathlib import Path
from support.data.acquisition import corpora, registry, storage
corpora._TABLE = Path(sys.argv[1])
storage._shared = lambda: None
storage.cache_folder = lambda: Path(sys.argv[2])
folder = registry.fetch("berry", progress=False)
print(len((folder / "berry.bin").read_bytes()))
"""


def process(tiny: Tiny, web: Web, cache: Path) -> subprocess.Popen:
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tiny.table), str(cache)],
        env={**os.environ, "COURSE_DATA_RELEASE": web.address},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def test_processes_that_fetch_at_once(tiny, web, cache):
    web.offer(tiny)
    both = [process(tiny, web, cache) for _ in range(2)]
    for one in both:
        out, err = one.communicate(timeout=60)
        assert (one.returncode, out) == (0, "76800\n"), err
    assert tree(cache) == ["berry/berry.bin"]


def test_a_killed_process_leaves_no_half_file_and_its_rest_goes(tiny, web, cache):
    web.offer(tiny)
    web.behave["/berry/berry.bin"] = "hang"
    one = process(tiny, web, cache)
    deadline = time.monotonic() + 30
    while not web.asked and time.monotonic() < deadline:
        time.sleep(0.02)
    one.kill()
    one.communicate()
    assert not (cache / "berry").exists()
    rest = [path for path in cache.iterdir() if path.name.startswith(".berry-")]
    assert len(rest) == 1
    os.utime(rest[0], (1, 1))
    web.behave.clear()
    two = process(tiny, web, cache)
    out, err = two.communicate(timeout=60)
    assert (two.returncode, out) == (0, "76800\n"), err
    assert tree(cache) == ["berry/berry.bin"]


# --- what nobody can verify ---------------------------------------------------------


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


# --- filling a folder ---------------------------------------------------------------


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

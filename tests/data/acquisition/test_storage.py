"""Where corpora are looked for, and how a file is known to be the right one."""

import os
from pathlib import Path

import pytest

from support.data.acquisition import registry, storage
from support.data.errors import ChecksumError, DataError

get = registry.fetch


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

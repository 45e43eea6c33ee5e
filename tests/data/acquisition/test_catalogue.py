"""The table of corpora: complete rows, and refusal of incomplete ones."""

import importlib
import json
import subprocess
import sys

import pytest

from support.data.acquisition import registry
from support.data.acquisition.catalogue import read_catalogue

PACKED = [
    "mnist", "lpc_sprites", "eurosat32", "fashion_mnist_sprite", "zoo", "fsdd",
    "arabic_digits", "ravdess", "librispeech", "ami_excerpts", "audio_excerpts",
    "esc10", "rir", "vocalset_egemaps", "faircv_statistics", "reference_results",
]  # fmt: skip


# Fetched from their authors' address, and never passed on.
FETCHED = ["adult", "dsprites"]


def test_every_packed_corpus_has_a_row_and_three_more():
    assert registry.names() == (*PACKED, *FETCHED, "broadcast")


@pytest.mark.parametrize("name", [*PACKED, *FETCHED, "broadcast"])
def test_rows_are_complete(name):
    row = registry.corpus(name)
    assert row.title
    assert row.note.endswith(".")
    assert row.citation.endswith(".")
    assert row.home.startswith("http")
    module, _, function = row.loader.rpartition(".")
    assert callable(getattr(importlib.import_module(module), function))
    for file in row.files:
        assert file.bytes > 0 or not file.verifiable


def test_only_dsprites_has_no_known_checksum():
    unknown = {
        row.name
        for row in registry.catalogue().values()
        for file in row.files
        if not file.verifiable
    }
    assert unknown == {"dsprites"}


def test_registry_agrees_with_the_manifest_beside_the_data(real_corpora):
    manifest = json.loads((real_corpora / "MANIFEST.json").read_text("utf-8"))
    described = {
        file["path"]: (file["bytes"], file["sha256"])
        for corpus in manifest["datasets"]
        for file in corpus["files"]
    }
    registered = {
        f"{row.name}/{file.path}": (file.bytes, file.sha256)
        for row in registry.catalogue().values()
        for file in row.files
        if row.name not in FETCHED
    }
    assert registered == described


@pytest.mark.parametrize(
    ("name", "noncommercial", "share_alike"),
    [
        ("ravdess", "all", "all"),
        ("mnist", "no", "all"),
        ("rir", "some files", "some files"),
        ("audio_excerpts", "some files", "no"),
        ("zoo", "no", "no"),
        ("broadcast", "some files", "no"),  # the strictest of its parts, marked
    ],
)
def test_licence_marks(name, noncommercial, share_alike):
    row = registry.corpus(name)
    assert (row.noncommercial, row.share_alike) == (noncommercial, share_alike)


def test_licences_lists_every_corpus_with_files_once():
    rows = registry.licences()
    assert [row["corpus"] for row in rows] == [*PACKED, *FETCHED]
    assert all(row["licence"] for row in rows)


def test_describe_names_licence_and_citation():
    text = registry.describe("ravdess")
    assert "CC BY-NC-SA 4.0; non-commercial: all; share-alike: all" in text
    assert "Livingstone" in text
    assert "parts: librispeech" in registry.describe("broadcast")


def test_unknown_name_suggests_the_nearest_and_lists_all():
    with pytest.raises(registry.UnknownCorpusError) as caught:
        registry.corpus("FSD")
    assert "Did you mean fsdd?" in str(caught.value)
    assert "librispeech" in str(caught.value)
    with pytest.raises(LookupError, match=r"no corpus 'xyzzy'\. Known"):
        registry.corpus("xyzzy")


def test_a_folder_is_told_the_way_into_a_lesson(tmp_path):
    with pytest.raises(LookupError, match=f"--dataset path:{tmp_path}"):
        registry.corpus(str(tmp_path))


ROW = """
[a]
title = "A"
kind = "table"
content = "c"
home = "https://example.org"
licence = "CC0"
citation = "N."
loader = "x.y"
"""
FILE = f'[[a.files]]\npath = "a.csv"\nbytes = 1\nsha256 = "{"0" * 64}"\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ROW, "needs either files or parts"),
        (ROW + 'colour = "red"\n' + FILE, "unknown fields"),
        (ROW.replace('"CC0"', '""') + FILE, "licence is empty"),
        (ROW.replace('"table"', '"smell"') + FILE, "kind must be"),
        (ROW + 'noncommercial = "maybe"\n' + FILE, "noncommercial must be"),
        (ROW + FILE.replace("a.csv", "../a.csv"), "leaves it"),
        (ROW + FILE.replace("a.csv", "/a.csv"), "leaves it"),
        (ROW + FILE.replace("0" * 64, "abc"), "64 lower-case"),
        (ROW + 'parts = ["nowhere"]\n', "unknown parts"),
    ],
)
def test_incomplete_rows_are_refused(tmp_path, text, message):
    path = tmp_path / "table.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        read_catalogue(path)


def test_a_good_row_is_read(tmp_path):
    path = tmp_path / "table.toml"
    path.write_text(ROW + FILE, encoding="utf-8")
    assert read_catalogue(path)["a"].bytes == 1


def test_import_needs_neither_torch_numpy_nor_a_network_library():
    code = (
        "import sys, support.data.acquisition.registry\n"
        "heavy = {'torch', 'numpy', 'pandas', 'pooch', 'requests', 'tqdm'}\n"
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr

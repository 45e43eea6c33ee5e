"""The table holds every value of every good record, and says what it left out."""

import csv
import sys
from pathlib import Path

import pytest

from support.course.bench.exporting import COLUMNS, export
from support.course.bench.folder import Folder
from support.course.project.errors import CourseError
from tests.course.bench.conftest import configuration, entry, record


@pytest.fixture
def filled(folder: Folder) -> Folder:
    folder.write(entry(0))
    folder.write(entry(1, "failed", reason="it, broke"))
    of = configuration(2, method="mine:f")
    failed = record(of, failures={"mine:f": "NaN"}, claims={}, scores={})
    folder.write(entry(2, record=failed, configuration=of))
    folder.write(entry(3))
    (folder.path / "runs" / f"{configuration(3).key}.json").write_text("{")
    return folder


def test_csv_and_parquet_hold_the_same(filled: Folder, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    for kind in ("csv", "parquet"):
        count, damaged = export(filled, tmp_path / f"t.{kind}", kind)
        assert count == 3
        assert list(damaged) == [configuration(3).key]
    with open(tmp_path / "t.csv", newline="", encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    table = parquet.read_table(tmp_path / "t.parquet").to_pylist()
    assert list(written[0]) == list(table[0]) == list(COLUMNS)
    same = [{k: "" if v is None else str(v) for k, v in row.items()} for row in table]
    assert same == written

    def values(seed: int) -> list[tuple[object, ...]]:
        names = ("kind", "name", "metric", "value", "state", "reason", "method")
        return [tuple(r[n] for n in names) for r in table if r["seed"] == seed]

    assert values(0) == [
        ("claim", "alpha.1", "", 1.0, "done", "", "paper"),
        ("score", "ours", "accuracy", 0.5, "done", "", "paper"),
        ("score", "ours", "error", 0.25, "done", "", "paper"),
    ]
    assert values(1) == [("run", "", "", None, "failed", "it, broke", "paper")]
    assert ("failure", "mine:f", "", None, "done", "NaN", "mine:f") in values(2)


def test_an_empty_folder_gives_an_empty_table(folder: Folder, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    assert export(folder, tmp_path / "t.parquet", "parquet") == (0, {})
    assert parquet.read_table(tmp_path / "t.parquet").num_rows == 0
    assert export(folder, tmp_path / "t.csv", "csv") == (0, {})
    assert (tmp_path / "t.csv").read_text() == ",".join(COLUMNS) + "\n"


def test_without_pyarrow_one_line_says_what_to_do(
    folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(CourseError, match=r"pip install .*\[cluster\]"):
        export(folder, tmp_path / "t.parquet", "parquet")
    assert not (tmp_path / "t.parquet").exists()


def test_a_table_takes_its_place_only_when_it_is_complete(
    filled: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support.course.bench import exporting

    path = tmp_path / "t.csv"
    path.write_text("before")

    def broken(*_: object) -> object:
        raise RuntimeError

    monkeypatch.setattr(exporting, "rows", broken)
    with pytest.raises(RuntimeError):
        export(filled, path, "csv")
    assert path.read_text() == "before"
    assert [p.name for p in tmp_path.iterdir() if p.suffix == ".tmp"] == []

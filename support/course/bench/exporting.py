"""The records as one table, a row a measured value: for R, pandas or a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

from support.course.bench.folder import Entry, Folder
from support.course.bench.settings import PAPER
from support.course.project.errors import CourseError
from support.course.project.files import open_atomic

__all__ = ["COLUMNS", "Rows", "export", "rows"]

#: What a run's rows share, and the rest of each.
Rows = tuple[list[Any], list[list[Any]]]

#: Names and kinds of the columns.  A run without values has one row of kind "run".
COLUMNS: dict[str, type] = {
    "key": str,
    "chapter": str,
    "profile": str,
    "dataset": str,
    "method": str,
    "seed": int,
    "device": str,
    "hardware": str,
    "state": str,
    "wall_s": float,
    "peak_rss_bytes": int,
    "code_digest": str,
    "data_digest": str,
    "kind": str,
    "name": str,
    "metric": str,
    "value": float,
    "reason": str,
}
_AT_ONCE = 50_000


def export(folder: Folder, path: Path, kind: str) -> tuple[int, dict[str, str]]:
    """Write the table; it takes its place when it is complete.

    Args:
        folder: of the records.
        path: of the table.
        kind: ``csv`` or ``parquet``.

    Returns:
        The number of runs in it, and the damaged records left out, with the reason.

    Raises:
        CourseError: it cannot be written, or pyarrow is missing.
    """
    runs: list[str] = []
    damaged: dict[str, str] = {}
    made = _parts(folder, runs, damaged)
    if kind == "csv":
        _write_csv(path, made)
    else:
        _write_parquet(path, made)
    return len(runs), damaged


def rows(key: str, entry: Entry) -> Rows:
    """Write one record as rows: its claims, the scores of each method, its failures.

    Args:
        key: of the record.
        entry: how the run ended.

    Returns:
        The values that its rows share, and those in which they differ; together in
        the order of :data:`COLUMNS`.
    """
    c, record = entry.configuration, entry.record or {}
    shared = [key, c.chapter, c.profile, c.dataset, c.method or PAPER, c.seed]
    shared += [c.device, record.get("device") or "", entry.state, entry.wall_s]
    shared += [entry.peak_rss_bytes, entry.code_digest, entry.data_digest]
    own: list[list[Any]] = [
        ["failure", name, "", None, reason] for name, reason in entry.failures.items()
    ]
    for name, value in record.get("claims", {}).items():
        own.append(["claim", name, "", value, ""])
    for name, row in record.get("scores", {}).items():
        own += [["score", name, metric, value, ""] for metric, value in row.items()]
    return shared, own or [["run", "", "", None, entry.reason]]


def _parts(folder: Folder, runs: list[str], damaged: dict[str, str]) -> Iterator[Rows]:
    for key, entry in folder.entries():
        if isinstance(entry, Entry):
            runs.append(key)
            yield rows(key, entry)
        else:
            damaged[key] = entry


class _Prefixed:
    """A file for csv's writer that begins each line with what a run's rows share."""

    def __init__(self, file: TextIO) -> None:
        self._file, self.prefix = file, ""

    def write(self, line: str) -> int:
        return self._file.write(self.prefix + line)


def _write_csv(path: Path, made: Iterator[Rows]) -> None:
    with open_atomic(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        prefixed = _Prefixed(text)
        writer = csv.writer(prefixed, lineterminator="\n")
        writer.writerow(COLUMNS)
        for shared, own in made:
            line = io.StringIO()
            csv.writer(line, lineterminator=",").writerow(shared)
            prefixed.prefix = line.getvalue()
            writer.writerows(own)
        text.flush()
        text.detach()


def _write_parquet(path: Path, made: Iterator[Rows]) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise CourseError(
            "Parquet needs pyarrow, which is not installed: pip install "
            "-e '.[cluster]' in the project's folder, or export to a .csv file."
        ) from None
    kinds = {str: pyarrow.string(), int: pyarrow.int64(), float: pyarrow.float64()}
    schema = pyarrow.schema([(name, kinds[kind]) for name, kind in COLUMNS.items()])
    with open_atomic(path) as file, parquet.ParquetWriter(file, schema) as writer:
        block: list[list[Any]] = []

        def flush() -> None:
            columns = list(zip(*block, strict=True)) or [()] * len(schema)
            arrays = [
                pyarrow.array(column, entry.type)
                for column, entry in zip(columns, schema, strict=True)
            ]
            writer.write_table(pyarrow.Table.from_arrays(arrays, schema=schema))
            block.clear()

        for shared, own in made:
            block += [[*shared, *row] for row in own]
            if len(block) >= _AT_ONCE:
                flush()
        flush()

"""The records as one table, a row a measured value: for R, pandas or a spreadsheet."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from support.course.bench.folder import Entry, Folder
from support.course.bench.settings import PAPER
from support.course.errors import CourseError
from support.course.store import open_atomic

__all__ = ["COLUMNS", "export", "rows"]

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
    "reason": str,
    "kind": str,
    "name": str,
    "metric": str,
    "value": float,
    "wall_s": float,
    "peak_rss_bytes": int,
    "code_digest": str,
    "data_digest": str,
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
    made = _entries(folder, runs, damaged)
    if kind == "csv":
        _write_csv(path, made)
    else:
        _write_parquet(path, made)
    return len(runs), damaged


def rows(key: str, entry: Entry) -> Iterator[list[Any]]:
    """Write one record as rows: its claims, the scores of each method, its failures.

    Args:
        key: of the record.
        entry: how the run ended.

    Yields:
        Values in the order of :data:`COLUMNS`.
    """
    c, record = entry.configuration, entry.record or {}
    run = [key, c.chapter, c.profile, c.dataset, c.method or PAPER, c.seed, c.device]
    run += [record.get("device") or "", entry.state, entry.reason]
    cost = [entry.wall_s, entry.peak_rss_bytes, entry.code_digest, entry.data_digest]
    found = [("claim", name, "", v) for name, v in record.get("claims", {}).items()]
    for name, row in record.get("scores", {}).items():
        found += [("score", name, metric, value) for metric, value in row.items()]
    for name, reason in entry.failures.items():
        yield [*run[:-1], reason, "failure", name, "", None, *cost]
    for kind, name, metric, value in found or [("run", "", "", None)]:
        yield [*run, kind, name, metric, value, *cost]


def _entries(
    folder: Folder, runs: list[str], damaged: dict[str, str]
) -> Iterator[list[Any]]:
    for key, entry in folder.entries():
        if isinstance(entry, Entry):
            runs.append(key)
            yield from rows(key, entry)
        else:
            damaged[key] = entry


def _write_csv(path: Path, made: Iterator[list[Any]]) -> None:
    with open_atomic(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(made)
        text.flush()
        text.detach()


def _write_parquet(path: Path, made: Iterator[list[Any]]) -> None:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise CourseError(
            "Parquet needs pyarrow, which is not installed: pip install "
            "'legible-representations[cluster]', or export to a .csv file."
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

        for row in made:
            block.append(row)
            if len(block) >= _AT_ONCE:
                flush()
        flush()

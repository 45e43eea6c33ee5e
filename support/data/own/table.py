"""The table of a reader's data: found, read and checked before any sample is read.

Importing this module imports no torch, so that a command can refuse a table before a
kernel starts.
"""

import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from support.data.errors import DataError

__all__ = ["FILE", "KINDS", "GivenDataError", "arrays", "files_of", "table_of"]

#: The column that names the file of a sample.
FILE = "file"
KINDS: Mapping[str, str] = {
    "images": "a picture: a file (PNG, JPEG) of any size, or a row of an array `x` of "
    "(n, height, width) or (n, height, width, channels), integers of 0 to 255 or "
    "floats of 0 to 1; the middle square is taken and brought to the size of the "
    "chapter's networks",
    "recordings": "a recording: a file (WAV, FLAC) of a tenth of a second or more, of "
    "any sampling rate; of several channels the mean is taken",
    "vectors": "a vector, such as an embedding: a row of an array `x` of (n, d) finite "
    "numbers",
    "table": "nothing but its values",
}
"""The modalities, and what belongs to a row of the table in each."""

_TABLE, _FEWEST = "table.csv", 20


class GivenDataError(DataError, ValueError):
    """Data of a reader's that cannot be used: the place, what is there, what to do."""


def table_of(path: Path, kind: str, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Read the table of a reader's data, and see that nothing is missing from it.

    Args:
        path: a folder with ``table.csv``, a CSV file, or an npz file whose arrays
            but ``x`` are the columns.
        kind: one of `KINDS`.
        columns: that it must have.

    Returns:
        A row a sample.

    Raises:
        GivenDataError: there is no table, it lacks a column or a value, it is too
            short, or it does not belong to samples of this kind.
    """
    frame, place = _frame(path)
    names = list(frame.columns)
    if missing := [name for name in columns if name not in names]:
        raise GivenDataError(
            f"{place}: there is no column {missing[0]!r}; its columns are "
            f"{', '.join(names) or 'none'}. Add it, or rename the one that is meant."
        )
    if len(frame) < _FEWEST:
        raise GivenDataError(
            f"{place}: it has {len(frame)} rows. Give {_FEWEST} or more."
        )
    for name in frame.columns[frame.isna().any()]:
        row = int(np.flatnonzero(frame[name].isna())[0])
        raise GivenDataError(
            f"{place}: column {name!r} has no value in row {row + 1}, or a word that "
            "stands for none, such as NA or None. Fill it in, or leave the row or the "
            "column out."
        )
    for name in frame.select_dtypes("number"):
        if not np.isfinite(frame[name]).all():
            row = int(np.flatnonzero(~np.isfinite(frame[name]))[0])
            raise GivenDataError(
                f"{place}: column {name!r} holds {frame[name][row]} in row "
                f"{row + 1}. Give finite numbers, or leave the row out."
            )
    if kind in ("images", "recordings") and path.suffix.lower() == ".csv":
        raise GivenDataError(
            f"{place}: a table alone holds no {kind}. Give their folder, path:"
            f"{path.parent}, with the table in it as {_TABLE}."
        )
    if kind == "recordings" and FILE not in names:
        raise GivenDataError(
            f"{place}: there is no column {FILE!r}. Let it name each row's recording, "
            "from the table's folder."
        )
    if kind in ("images", "vectors") and FILE not in names and not _has_array(path):
        kinds = f"a column {FILE!r} or " if kind == "images" else ""
        raise GivenDataError(
            f"{place}: nothing says where the {kind} are. Give {kinds}an array x: in "
            f"the npz file, or as x.npy beside {_TABLE}."
        )
    return frame


def files_of(path: Path, frame: pd.DataFrame) -> list[Path]:
    """The file of each row, all of them there.

    Raises:
        GivenDataError: one is not there, lies elsewhere, or is named twice.
    """
    home, found = path.resolve(), dict[Path, int]()
    for row, name in enumerate(frame[FILE].astype(str), 1):
        named = f"{path}: column {FILE!r} names {name!r} in row {row}"
        try:
            file = (home / name).resolve()
            there = file.is_file()
        except (OSError, RuntimeError, ValueError):  # no name, or links in a circle
            there = False
        if not there:
            raise GivenDataError(
                f"{named}, and there is no such file in {home}. Give paths from that "
                "folder, none outside it."
            )
        if not file.is_relative_to(home):
            raise GivenDataError(
                f"{named}, which lies in {file.parent}, outside {home}. Copy it there."
            )
        if file in found:  # it could be learned from, and judged on as well
            raise GivenDataError(
                f"{named}, which row {found[file]} names already. Give each file one "
                "row."
            )
        found[file] = row
    return list(found)


def arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays of an npz file, none of which may hold Python objects.

    Raises:
        GivenDataError: it cannot be read.
    """
    try:
        with np.load(path, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except (OSError, ValueError, zipfile.BadZipFile, AttributeError, EOFError) as error:
        raise GivenDataError(
            f"{path}: it is no npz file of numbers and words ({error}). Write it by "
            "numpy.savez(path, x=..., label=...), without Python objects."
        ) from error


def _frame(path: Path) -> tuple[pd.DataFrame, Path]:
    """The table, and the file that it was read from."""
    try:
        place = path / _TABLE if path.is_dir() else path
        there = place.is_file()
    except OSError as error:
        raise GivenDataError(
            f"{path} cannot be read ({error.strerror}). Give one that you may read."
        ) from error
    if not there:
        raise GivenDataError(
            f"{place} is not there. Give a folder with {_TABLE}, a CSV file, or an npz "
            "file."
        )
    if place.suffix.lower() == ".npz":
        columns = {k: v for k, v in arrays(place).items() if k != "x"}
        lengths = {name: values.shape for name, values in columns.items()}
        if any(len(shape) != 1 for shape in lengths.values()) or (
            len(set(lengths.values())) > 1
        ):
            raise GivenDataError(
                f"{place}: its arrays have the shapes {lengths}. Give all but x one "
                "value a sample."
            )
        return _stripped(pd.DataFrame(columns)), place
    try:
        first = _csv(place, header=None, nrows=1, dtype=str, keep_default_na=False)
        names = [str(name).strip() for name in first.iloc[0]]
        frame = _csv(place)
    except (OSError, ValueError) as error:  # ValueError: what pandas raises of a text
        raise GivenDataError(
            f"{place}: it cannot be read as CSV ({str(error).strip()}). Give UTF-8, "
            "commas, and the names of the columns in the first line."
        ) from error
    if len(names) == 1 and any(mark in names[0] for mark in ";\t|"):
        raise GivenDataError(
            f"{place}: its first line, {names[0]!r}, has no commas. Put them between "
            "all values, and a point into decimals."
        )
    _check_names(names, place)
    if not isinstance(frame.index, pd.RangeIndex):  # pandas would shift the columns
        raise GivenDataError(
            f"{place}: its rows have more values than the {len(names)} columns that "
            "its first line names. Name every column, and end no row with a comma."
        )
    frame.columns = pd.Index(names)
    return _stripped(frame), place


def _csv(place: Path, **options: Any) -> pd.DataFrame:
    return pd.read_csv(
        place, encoding="utf-8-sig", skipinitialspace=True, low_memory=False, **options
    )


def _check_names(names: list[str], place: Path) -> None:
    if "" in names:
        raise GivenDataError(
            f"{place}: column {names.index('') + 1} has no name. Name it, or leave it "
            "out; pandas writes such a column unless to_csv is told index=False."
        )
    if twice := [name for name in names if names.count(name) > 1]:
        raise GivenDataError(
            f"{place}: {names.count(twice[0])} columns are called {twice[0]!r}. Give "
            "each another name, or leave all but one out."
        )


def _stripped(frame: pd.DataFrame) -> pd.DataFrame:
    """Take the blanks off words, so that ``yes`` and ``yes `` are one value."""
    words = [name for name, kind in frame.dtypes.items() if kind.kind == "O"]
    for name in words:
        frame[name] = frame[name].map(lambda x: x.strip() if isinstance(x, str) else x)
    return frame


def _has_array(path: Path) -> bool:
    if path.is_dir():
        return (path / "x.npy").is_file()
    return path.suffix.lower() == ".npz" and "x" in arrays(path)

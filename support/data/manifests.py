"""Manifests of the audio corpora: one line a file, and how to pick lines.

Reading a manifest decodes nothing, so it is the way to look at a corpus first.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from support.data.acquisition.registry import corpus, fetch_folder
from support.data.errors import DataError

__all__ = [
    "Select",
    "commercial_use",
    "load_manifest",
    "pick",
    "read_manifest",
    "read_segments",
    "require_audio",
]

#: What picks rows of a manifest: ``{column: value or values}``, or a function of the
#: frame that returns a boolean mask.
Select = Mapping[str, Any] | Callable[[pd.DataFrame], Any]

# Codes that look like numbers but are names.
_TEXT = {"speaker": str, "freesound_id": str, "take": str}
_NUMBERED_TAKES = ("fsdd", "arabic_digits")


def require_audio(name: str) -> None:
    """Refuse a corpus that is no single audio corpus.

    Raises:
        DataError: it holds something else; the message names its loader.
    """
    row = corpus(name)
    if row.kind != "audio":
        raise DataError(f"{name} is no audio corpus ({row.kind}): use {row.loader}.")


def read_manifest(
    name: str, *, data_dir: Path | str | None = None, download: bool = True
) -> pd.DataFrame:
    """The manifest of an audio corpus, without decoding any audio.

    Args:
        name: audio corpus.
        data_dir: folder to look in first.
        download: False never touches the network.

    Returns:
        One line a file. Empty text is ``""``; speakers and identifiers are text.

    Raises:
        DataError: no audio corpus, not to be had, or damaged.

    Example:
        >>> len(read_manifest("fsdd"))  # doctest: +SKIP
        3000
    """
    require_audio(name)
    return load_manifest(name, fetch_folder(name, data_dir, download))


def load_manifest(name: str, folder: Path) -> pd.DataFrame:
    """Read the manifest in a folder that was fetched before; see read_manifest."""
    types = dict(_TEXT)
    if name in _NUMBERED_TAKES:
        del types["take"]
    frame = pd.read_csv(folder / "manifest.csv", dtype=types)
    missing = [column for column in ("path", "sr") if column not in frame]
    if missing or frame["path"].duplicated().any():
        raise DataError(
            f"{folder / 'manifest.csv'} needs the columns path (unique) and sr. Run "
            f"`course data check {name}`."
        )
    text = frame.select_dtypes(exclude="number").columns
    return frame.fillna(dict.fromkeys(text, ""))


def pick(frame: pd.DataFrame, select: Select | None, name: str) -> pd.DataFrame:
    """Lines of a manifest that are asked for, in their order.

    Args:
        frame: manifest.
        select: a mapping of column to value(s), all of which must hold; a function of
            the frame that returns a mask; or None for all lines.
        name: corpus, for messages.

    Returns:
        The lines, with their index kept.

    Raises:
        ValueError: a column or value does not occur, or the mask does not fit.
        TypeError: ``select`` is something else.

    Example:
        >>> frame = pd.DataFrame({"path": ["a", "b"], "digit": [0, 1]})
        >>> pick(frame, {"digit": 1}, "fsdd")["path"].tolist()
        ['b']
    """
    if select is None:
        return frame
    if callable(select):
        mask = np.asarray(select(frame))
        if mask.dtype != bool or mask.shape != (len(frame),):
            raise ValueError(
                "select must return one True or False a line of the manifest "
                f"({len(frame)}), got shape {mask.shape} and dtype {mask.dtype}."
            )
    elif isinstance(select, Mapping):
        mask = np.ones(len(frame), bool)
        for column, wanted in select.items():
            if column not in frame:
                raise ValueError(
                    f"select names the column {column!r}; the manifest of {name} has "
                    f"{', '.join(frame.columns)}."
                )
            scalar = isinstance(wanted, str) or not isinstance(wanted, Iterable)
            values = [wanted] if scalar else list(wanted)
            known = frame[column].unique()
            strange = sorted(set(values) - set(known), key=str)
            if strange:
                shown = ", ".join(map(str, known[:12]))
                raise ValueError(
                    f"select asks for {column} = {strange[0]!r}, which does not occur "
                    f"in {name}; it has {shown}{', ...' if len(known) > 12 else ''}."
                )
            mask &= frame[column].isin(values).to_numpy()
    else:
        raise TypeError(
            "select must be a mapping of column to value(s) or a function of the "
            f"manifest, got {type(select).__name__}."
        )
    return frame[mask]


def commercial_use(frame: pd.DataFrame) -> np.ndarray:
    """Mask of the files whose licence allows commercial use.

    For corpora with a licence a file (rir, audio_excerpts, esc10); usable as
    ``select``.

    Args:
        frame: manifest with the column ``license`` or ``clip_license``.

    Returns:
        (n,) bool.

    Raises:
        ValueError: the manifest has neither column.

    Example:
        >>> commercial_use(pd.DataFrame({"license": ["CC BY-NC 3.0", "CC0"]})).tolist()
        [False, True]
    """
    for column in ("license", "clip_license"):
        if column in frame:
            noncommercial = frame[column].str.contains(r"\bNC\b|non-?commercial")
            return ~noncommercial.to_numpy(bool)
    raise ValueError("the manifest has no column license or clip_license.")


def read_segments(folder: Path, frame: pd.DataFrame) -> pd.DataFrame | None:
    """Turns of the files of a manifest: path, start_s, end_s, speaker, sex; or None."""
    path = folder / "segments.csv"
    if not path.is_file():
        return None
    turns = pd.read_csv(path, dtype=_TEXT)
    return turns[turns["path"].isin(set(frame["path"]))].reset_index(drop=True)

"""From a folder, a CSV or an npz file to what a chapter takes."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from support.data.audio import resample
from support.data.own.given import Given
from support.data.own.resizing import sized
from support.data.own.table import (
    FILE,
    KINDS,
    GivenDataError,
    arrays,
    files_of,
    table_of,
)

__all__ = ["read"]

_SIDE = 64  # pixels of the largest picture that a chapter takes
_SHORTEST_S = 0.1


def read(
    path: Path, kind: str, columns: Iterable[str] = (), rate: int = 16_000
) -> Given:
    """Read and check a reader's data.

    Args:
        path: a folder with ``table.csv``, a CSV file, or an npz file.
        kind: one of `KINDS`.
        columns: that the table must have.
        rate: to which recordings are brought, in samples a second.

    Raises:
        GivenDataError: something is missing or cannot be used; the message names
            the file, the column or the row, what was found, and what to do.
    """
    if kind not in KINDS:
        raise ValueError(f"kind: got {kind!r}; give one of {', '.join(KINDS)}")
    frame = table_of(path, kind, columns)
    known, where = frame.drop(columns=FILE, errors="ignore"), str(path)
    if kind == "table":
        return Given(where, known)
    if kind == "recordings":
        waves = [_wave(file, rate) for file in files_of(path, frame)]
        return Given(where, known, waves=waves, rate=rate)
    if kind == "images" and FILE in frame:
        return _differing(Given(where, known, _pictures(files_of(path, frame))))
    x = _array(path)
    if len(x) != len(frame):
        raise GivenDataError(
            f"{path}: x has {len(x)} rows, and its columns have {len(frame)}. Give "
            "both one a sample, in the same order."
        )
    if kind == "images":
        return _differing(Given(where, known, _images(x, where)))
    if x.ndim != 2 or not x.shape[1]:
        raise GivenDataError(
            f"{path}: x has the shape {x.shape}. Give (n, d), a vector a sample."
        )
    return _differing(Given(where, known, _floats(x, where)))


def _array(path: Path) -> np.ndarray:
    try:
        x = np.load(path / "x.npy", allow_pickle=False) if path.is_dir() else None
        if isinstance(x, np.lib.npyio.NpzFile):
            raise ValueError("it is an npz file")
    except (OSError, ValueError, EOFError) as error:
        raise GivenDataError(
            f"{path / 'x.npy'}: it cannot be read ({error}). Write it by numpy.save, "
            "without Python objects."
        ) from error
    x = arrays(path)["x"] if x is None else x
    if x.dtype.kind not in "fiu":
        raise GivenDataError(f"{path}: x holds {x.dtype}. Give numbers.")
    if not x.size or not x.ndim:
        raise GivenDataError(
            f"{path}: x has the shape {x.shape}. Give numbers, a row a sample."
        )
    return x


def _images(x: np.ndarray, where: str) -> Tensor:
    """(n, h, w) or (n, h, w, c) -> (n, c, h, w) float32 in [0, 1]."""
    if x.ndim not in (3, 4) or (x.ndim == 4 and x.shape[3] not in (1, 3, 4)):
        raise GivenDataError(
            f"{where}: pictures have the shape {x.shape}. Give (n, height, width) or "
            "(n, height, width, channels) with 1, 3 or 4 channels."
        )
    pixels = _floats(x, where)
    pixels = pixels[:, None] if x.ndim == 3 else pixels.permute(0, 3, 1, 2)[:, :3]
    pixels = pixels / 255 if x.dtype.kind in "iu" else pixels
    low, high = float(pixels.min()), float(pixels.max())
    if low < 0 or high > 1:
        raise GivenDataError(
            f"{where}: pixels run from {low:g} to {high:g}. Give integers of 0 to 255, "
            "or floats of 0 to 1."
        )
    return pixels.contiguous()


def _pictures(files: Iterable[Path]) -> Tensor:
    """The middle square of each file, brought to 64 pixels."""
    from matplotlib.image import imread
    from PIL.Image import DecompressionBombError

    found = []
    for file in files:
        try:
            pixels = np.asarray(imread(file))
        except (OSError, ValueError, SyntaxError, DecompressionBombError) as error:
            raise GivenDataError(
                f"{file}: it is no picture that can be read ({error}). Give PNG or "
                "JPEG, or leave its row out of the table."
            ) from error
        picture = _images(pixels[None], str(file)).expand(-1, 3, -1, -1)
        found.append(sized(picture, _SIDE))
    x = torch.cat(found)
    grey = bool((x == x[:, :1]).all())
    return x[:, :1].contiguous() if grey else x


def _wave(file: Path, rate: int) -> np.ndarray:
    import soundfile

    try:
        wave, found = soundfile.read(file, dtype="float32", always_2d=True)
    except (OSError, RuntimeError) as error:
        raise GivenDataError(
            f"{file}: it is no recording that can be read ({error}). Give WAV or FLAC, "
            "or leave its row out of the table."
        ) from error
    mono = wave.mean(1)
    span = float(np.ptp(mono)) if len(mono) else 0.0
    if len(mono) < _SHORTEST_S * found or not 0 < span < np.inf:
        raise GivenDataError(
            f"{file}: {len(mono) / found:.2f} s, its samples span {span:g}. Give "
            f"{_SHORTEST_S:g} s or more of sound, or leave its row out of the table."
        )
    return resample(mono, found, rate)


def _floats(x: np.ndarray, where: str) -> Tensor:
    """Numbers of any kind and byte order as float32."""
    with np.errstate(over="ignore"):
        values = torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))
    if not bool(values.isfinite().all()):
        row = int((~values.isfinite()).nonzero()[0, 0])
        raise GivenDataError(
            f"{where}: x is not finite in row {row + 1}, as float32. Repair it, or "
            "leave that row out."
        )
    return values


def _differing(given: Given) -> Given:
    """Refuse samples that are all alike, from which nothing can be learned."""
    x = given.samples
    if bool((x == x[:1]).all()):
        raise given.refused(f"all {len(x)} samples are the same", "Give others.")
    return given

"""LPC sprites: real pixel art on a full grid of seven known factors.

Every combination of skin (5), hair_style (6), hair_color (5), shirt (4), pants (4),
direction (4) and pose (2) occurs exactly once, the last factor varying fastest. The
figure stands on mid grey (128, 128, 128) and fills rows 9-62, columns 17-46.

Source: Universal LPC spritesheet, artists in ``AUTHORS.txt``; CC BY-SA 3.0 or GPL 3.0.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from support.data.acquisition.registry import fetch_folder
from support.data.errors import DataError
from support.data.stored_arrays import load_arrays

__all__ = ["LPC_FACTORS", "LpcSprites", "load_lpc_sprites"]

#: Factor names and their numbers of levels, slowest first.
LPC_FACTORS = {
    "skin": 5,
    "hair_style": 6,
    "hair_color": 5,
    "shirt": 4,
    "pants": 4,
    "direction": 4,
    "pose": 2,
}
_SIDE = 64
_COUNT = 19_200
_RESOLUTIONS = (64, 32, 16, 8)


@dataclass(frozen=True, slots=True)
class LpcSprites:
    """Images and their factors.

    Args:
        images: (n, side, side, 3) uint8, RGB.
        factors: (n, 7) int64, index of the level of each factor.
        names: the seven factor names, in the order of the columns.
        sizes: number of levels of each factor.
        values: names of the levels, by factor.
        rows: (n,) int64, position of each image in the full grid.
    """

    images: np.ndarray
    factors: np.ndarray
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    values: dict[str, tuple[str, ...]]
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.images)

    def caption(self, index: int) -> str:
        """The factors of one image in words, for instance as alternative text."""
        levels = zip(self.names, self.factors[index], strict=True)
        return ", ".join(
            f"{name.replace('_', ' ')} {self.values[name][level]}"
            for name, level in levels
        )


def _rows(select: ArrayLike | None) -> np.ndarray:
    if select is None:
        return np.arange(_COUNT)
    rows = np.asarray(select)
    if rows.dtype == bool and rows.shape == (_COUNT,):
        return np.flatnonzero(rows)
    if rows.size == 0 and rows.ndim == 1:
        return rows.astype(np.int64)
    if rows.ndim != 1 or rows.dtype.kind not in "iu":
        raise ValueError(
            "select must be a one-dimensional array of row numbers or a boolean mask "
            f"of {_COUNT} entries, got shape {rows.shape} and dtype {rows.dtype}."
        )
    if rows.min() < 0 or rows.max() >= _COUNT:
        raise ValueError(
            f"select must hold row numbers in 0..{_COUNT - 1}, got "
            f"{rows.min()}..{rows.max()}."
        )
    return rows.astype(np.int64)


def load_lpc_sprites(
    select: ArrayLike | None = None,
    *,
    resolution: int = _SIDE,
    data_dir: Path | str | None = None,
    download: bool = True,
) -> LpcSprites:
    r"""Load the sprites as RGB images with their ground-truth factors.

    With :math:`r = 64 / \text{resolution}`, a pixel of a smaller image is the mean of
    the :math:`r \times r` pixels it stands for, rounded to the nearest integer.

    Args:
        select: row numbers, or a boolean mask over the 19,200 rows; all by default
            (236 MB at 64 pixels).
        resolution: side of the images: 64, 32, 16 or 8.
        data_dir: folder to look in first.
        download: False never touches the network.

    Returns:
        Images, factors and names; see :class:`LpcSprites`.

    Raises:
        ValueError: ``select`` or ``resolution`` is out of range.
        DataError: the corpus is not to be had, or is damaged.

    Example:
        >>> sprites = load_lpc_sprites(range(8), resolution=32)  # doctest: +SKIP
        >>> sprites.images.shape  # doctest: +SKIP
        (8, 32, 32, 3)
    """
    if resolution not in _RESOLUTIONS:
        raise ValueError(f"resolution must be in {_RESOLUTIONS}, got {resolution!r}.")
    rows = _rows(select)
    path = fetch_folder("lpc_sprites", data_dir, download) / "lpc_sprites.npz"
    wanted = ["idx", "palette", "factors", "factor_names", "factor_sizes"]
    arrays = load_arrays(path, wanted + [f"values_{name}" for name in LPC_FACTORS])
    _validate(arrays, path)
    factors = arrays["factors"].astype(np.int64)[rows]
    pixels = _expand(arrays["idx"], arrays["palette"], rows, resolution)
    return LpcSprites(
        images=pixels,
        factors=factors,
        names=tuple(LPC_FACTORS),
        sizes=tuple(LPC_FACTORS.values()),
        values={
            name: tuple(map(str, arrays[f"values_{name}"])) for name in LPC_FACTORS
        },
        rows=rows,
    )


def _expand(
    index: np.ndarray, palette: np.ndarray, rows: np.ndarray, resolution: int
) -> np.ndarray:
    """Palette indices to RGB, in blocks so that floats of all images never coexist."""
    step = _SIDE // resolution
    images = np.empty((len(rows), resolution, resolution, 3), np.uint8)
    for start in range(0, len(rows), 1024):
        block = palette[index[rows[start : start + 1024]]]
        if step > 1:
            # At most 64 pixels of 255: the sums fit in 16 bits.
            sums = np.zeros((len(block), resolution, resolution, 3), np.uint16)
            for row in range(step):
                for column in range(step):
                    sums += block[:, row::step, column::step]
            block = (sums + step * step // 2) // (step * step)
        images[start : start + 1024] = block
    return images


def _validate(arrays: dict[str, np.ndarray], path: Path) -> None:
    names = tuple(map(str, arrays["factor_names"]))
    facts = {
        "idx": arrays["idx"].shape == (_COUNT, _SIDE, _SIDE),
        "palette": arrays["palette"].ndim == 2 and arrays["palette"].shape[1] == 3,
        "factors": arrays["factors"].shape == (_COUNT, len(LPC_FACTORS)),
        "factor_names": names == tuple(LPC_FACTORS),
        "factor_sizes": arrays["factor_sizes"].tolist() == list(LPC_FACTORS.values()),
    }
    wrong = [name for name, right in facts.items() if not right]
    wrong += [
        f"values_{name}"
        for name, size in LPC_FACTORS.items()
        if len(arrays[f"values_{name}"]) != size
    ]
    if wrong:
        raise DataError(
            f"{path} is not the sprite grid: unexpected {', '.join(wrong)}. Run "
            "`course data check lpc_sprites`."
        )

"""Labelled image corpora: MNIST, EuroSAT at 32x32, Fashion-MNIST excerpt, dSprites.

Images come as uint8 as they are stored; scaling them is the lesson's decision. LPC
sprites have a module of their own, :mod:`support.data.lpc`.
"""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import ArrayLike

from support.data.acquisition.registry import corpus, fetch_folder
from support.data.errors import ArchiveError, DataError
from support.data.stored_arrays import load_arrays

__all__ = [
    "DSPRITES_FACTORS",
    "FactorImages",
    "ImageSplits",
    "LabelledImages",
    "load_dsprites",
    "load_eurosat32",
    "load_fashion_mnist_sprite",
    "load_mnist",
]

#: The varying factors of dSprites and their numbers of levels, slowest first.
DSPRITES_FACTORS = {
    "shape": 3,
    "scale": 6,
    "orientation": 40,
    "position_x": 32,
    "position_y": 32,
}
_DSPRITES_COUNT = 737_280


@dataclass(frozen=True, slots=True)
class LabelledImages:
    """Images with one class each.

    Args:
        images: (n, height, width) or (n, height, width, 3) uint8.
        labels: (n,) int64 in 0..classes-1.
        class_names: one name a class.
    """

    images: np.ndarray
    labels: np.ndarray
    class_names: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True, slots=True)
class ImageSplits:
    """A training and a test part of the same classes."""

    train: LabelledImages
    test: LabelledImages


@dataclass(frozen=True, slots=True)
class FactorImages:
    """Images on a full grid of known factors.

    Args:
        images: (n, height, width) uint8, 0 or 1.
        factors: (n, factors) int64, index of the level of each factor.
        names: the factor names, in the order of the columns.
        sizes: number of levels of each factor.
        rows: (n,) int64, position of each image in the full grid.
    """

    images: np.ndarray
    factors: np.ndarray
    names: tuple[str, ...]
    sizes: tuple[int, ...]
    rows: np.ndarray

    def __len__(self) -> int:
        return len(self.images)


def _labelled(
    name: str,
    images: np.ndarray,
    labels: np.ndarray,
    class_names: tuple[str, ...],
    shape: tuple[int, ...],
) -> LabelledImages:
    right = (
        images.dtype == np.uint8
        and images.shape == shape
        and labels.shape == shape[:1]
        and len(np.unique(labels)) == len(class_names)
        and int(labels.max()) == len(class_names) - 1
    )
    if not right:
        raise DataError(
            f"{name} is not what was expected: images {images.shape} {images.dtype} "
            f"instead of {shape} uint8, labels {labels.shape} of "
            f"{len(class_names)} classes. Run `course data check {name}`."
        )
    return LabelledImages(images, labels.astype(np.int64), class_names)


def _splits(
    name: str, arrays: dict[str, np.ndarray], classes: tuple[str, ...], *shapes: tuple
) -> ImageSplits:
    parts = [
        _labelled(name, arrays[f"x_{part}"], arrays[f"y_{part}"], classes, shape)
        for part, shape in zip(("train", "test"), shapes, strict=True)
    ]
    return ImageSplits(*parts)


def load_mnist(
    *, data_dir: Path | str | None = None, download: bool = True
) -> ImageSplits:
    """MNIST: 60,000 + 10,000 grey 28x28 digits; 0 is background, 255 is ink.

    Args:
        data_dir: folder to look in first.
        download: False never touches the network.

    Raises:
        DataError: the corpus is not to be had, or is damaged.

    Example:
        >>> load_mnist().test.images.shape  # doctest: +SKIP
        (10000, 28, 28)
    """
    path = fetch_folder("mnist", data_dir, download) / "mnist.npz"
    arrays = load_arrays(path, ["x_train", "y_train", "x_test", "y_test"])
    classes = tuple("0123456789")
    return _splits("mnist", arrays, classes, (60_000, 28, 28), (10_000, 28, 28))


def load_eurosat32(
    *, data_dir: Path | str | None = None, download: bool = True
) -> ImageSplits:
    """EuroSAT: 9,000 + 2,000 RGB 32x32 satellite images of ten balanced classes.

    The split is the project's own, so accuracies do not compare with published ones
    on the full 64x64 set.

    Args:
        data_dir: folder to look in first.
        download: False never touches the network.

    Raises:
        DataError: the corpus is not to be had, or is damaged.

    Example:
        >>> load_eurosat32().train.class_names[0]  # doctest: +SKIP
        'AnnualCrop'
    """
    path = fetch_folder("eurosat32", data_dir, download) / "eurosat32.npz"
    wanted = ["x_train", "y_train", "x_test", "y_test", "class_names"]
    arrays = load_arrays(path, wanted)
    classes = tuple(map(str, arrays["class_names"]))
    shapes = (9_000, 32, 32, 3), (2_000, 32, 32, 3)
    return _splits("eurosat32", arrays, classes, *shapes)


def load_fashion_mnist_sprite(
    *, data_dir: Path | str | None = None, download: bool = True
) -> LabelledImages:
    """Fashion-MNIST excerpt: 900 grey 28x28 images, 90 a class, ordered by class.

    Args:
        data_dir: folder to look in first.
        download: False never touches the network.

    Raises:
        DataError: the corpus is not to be had, or is damaged.

    Example:
        >>> len(load_fashion_mnist_sprite())  # doctest: +SKIP
        900
    """
    name = "fashion_mnist_sprite"
    path = fetch_folder(name, data_dir, download) / "fashion_mnist_900.npz"
    arrays = load_arrays(path, ["x", "y", "class_names"])
    classes = tuple(map(str, arrays["class_names"]))
    return _labelled(name, arrays["x"], arrays["y"], classes, (900, 28, 28))


@contextmanager
def _stored_array(path: Path, name: str) -> Iterator[tuple[IO[bytes], tuple, np.dtype]]:
    """An array of an npz file as an open stream, its shape and its type."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(f"{name}.npy") as stream:
            version = np.lib.format.read_magic(stream)
            if version == (1, 0):
                shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
            else:
                shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
            if fortran or dtype.hasobject:
                raise ArchiveError(f"{path}, {name}: the stored order is not read.")
            yield stream, shape, dtype
    except (zipfile.BadZipFile, KeyError, EOFError, ValueError) as error:
        raise ArchiveError(
            f"{path} is damaged or has no array {name} ({error}). Delete it and run "
            "`course data get dsprites`."
        ) from error


def load_dsprites(
    select: ArrayLike | None = None,
    *,
    data_dir: Path | str | None = None,
    download: bool = True,
) -> FactorImages:
    """DSprites: binary 64x64 images of a square, an ellipse or a heart.

    The constant factor colour is left out. The images are read as a stream, so the
    memory is that of the rows asked for; the whole set takes 3 GB. Only the arrays of
    images and classes are read: the file's metadata would need pickle.

    Args:
        select: row numbers in 0..737279 in any order; all by default.
        data_dir: folder to look in first.
        download: False never touches the network.

    Returns:
        Images and factors, in the order of ``select``.

    Raises:
        ValueError: ``select`` is no array of row numbers.
        DataError: the corpus is not to be had, or is damaged.

    Example:
        >>> load_dsprites(range(0, 737280, 1000)).images.shape  # doctest: +SKIP
        (738, 64, 64)
    """
    rows = np.arange(_DSPRITES_COUNT) if select is None else np.asarray(select)
    whole = rows.ndim == 1 and (rows.dtype.kind in "iu" or rows.size == 0)
    if not whole or (rows.size and (rows.min() < 0 or rows.max() >= _DSPRITES_COUNT)):
        raise ValueError(
            "select must be a one-dimensional array of row numbers in "
            f"0..{_DSPRITES_COUNT - 1}, got shape {rows.shape}, dtype {rows.dtype}."
        )
    rows = rows.astype(np.int64)
    name = corpus("dsprites").files[0].path
    path = fetch_folder("dsprites", data_dir, download) / name
    classes = load_arrays(path, ["latents_classes"])["latents_classes"]
    names, sizes = tuple(DSPRITES_FACTORS), tuple(DSPRITES_FACTORS.values())
    # Column 0 is colour, the same everywhere.
    factors = np.asarray(classes)[:, 1:].astype(np.int64)
    grid = np.stack(np.unravel_index(np.arange(len(factors)), sizes), axis=1)
    if len(factors) != _DSPRITES_COUNT or not np.array_equal(factors, grid):
        raise DataError(f"{path} is not the dSprites grid of {_DSPRITES_COUNT} rows.")
    return FactorImages(_pick(path, rows), factors[rows], names, sizes, rows)


def _pick(path: Path, rows: np.ndarray, block: int = 4096) -> np.ndarray:
    """Rows of the array ``imgs``, reading it once from front to back."""
    order = np.argsort(rows, kind="stable")
    wanted = rows[order]
    images = np.empty((len(rows), 64, 64), np.uint8)
    with _stored_array(path, "imgs") as (stream, shape, dtype):
        if shape != (_DSPRITES_COUNT, 64, 64) or dtype != np.uint8:
            raise DataError(f"{path} holds images {shape} {dtype}, not dSprites.")
        last = int(wanted[-1]) + 1 if len(wanted) else 0
        for start in range(0, last, block):
            count = min(block, _DSPRITES_COUNT - start)
            content = stream.read(count * 64 * 64)
            if len(content) != count * 64 * 64:
                raise ArchiveError(f"{path} is cut short.")
            low, high = np.searchsorted(wanted, [start, start + count])
            if high > low:
                chunk = np.frombuffer(content, np.uint8).reshape(-1, 64, 64)
                images[order[low:high]] = chunk[wanted[low:high] - start]
    return images

"""Images with ten classes, and two coarser tasks nested in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from torch import Tensor

from support.data.images import ImageSplits, load_eurosat32, load_mnist
from support.training import generator

__all__ = ["DATASETS", "ImageWorld", "load_world"]

DATASETS = ("embedded", "mnist", "eurosat32")

_DIGIT_TASKS = {
    10: tuple(range(10)),
    5: tuple(digit // 2 for digit in range(10)),
    2: tuple(int(digit >= 4) for digit in range(10)),
}
# Crops, grass, forest, built, water; then green against grey and blue.
_LAND_TASKS = {
    10: tuple(range(10)),
    5: (0, 2, 1, 3, 3, 1, 0, 3, 4, 4),
    2: (0, 0, 0, 1, 1, 0, 0, 1, 1, 1),
}
_NOISE = {"embedded": 0.2, "mnist": 0.2, "eurosat32": 0.05}


@dataclass(frozen=True)
class ImageWorld:
    """Two disjoint sets of images and three nested tasks on them.

    Args:
        x_fit: (N, channels, side, side) in [0, 1], for training and stitching.
        y_fit: (N,) the ten fine labels.
        x_test: (N', ...) held out from both.
        y_test: (N',).
        tasks: number of classes to the class of each fine label, finest first;
            each task is a function of the one before it.
        noise: standard deviation of the pixel noise that training adds.
    """

    x_fit: Tensor
    y_fit: Tensor
    x_test: Tensor
    y_test: Tensor
    tasks: Mapping[int, Tensor]
    noise: float

    def to(self, device: torch.device) -> "ImageWorld":
        """The same world on another device."""
        parts = {name: getattr(self, name).to(device) for name in _PARTS}
        tasks = {count: table.to(device) for count, table in self.tasks.items()}
        return replace(self, **parts, tasks=tasks)


_PARTS = ("x_fit", "y_fit", "x_test", "y_test")


def load_world(
    dataset: str, seed: int, *, n_fit: int | None = None, n_test: int | None = None
) -> ImageWorld:
    """Load images and split them.

    Args:
        dataset: ``embedded`` (scikit-learn's 8 x 8 digits, split 60 to 40 by
            the seed), ``mnist`` or ``eurosat32`` (their own splits, shuffled).
        seed: of the split or the order.
        n_fit: at most this many images for fitting; all when left out.
        n_test: at most this many held-out images.

    Raises:
        ValueError: the data set is unknown.
        DataError: a corpus is not to be had.

    >>> load_world("embedded", 0).x_fit.shape
    torch.Size([1078, 1, 8, 8])
    """
    loaders: dict[str, Callable[[], ImageSplits]] = {
        "mnist": load_mnist,
        "eurosat32": load_eurosat32,
    }
    if dataset not in DATASETS:
        raise ValueError(f"dataset: got {dataset!r}; this chapter has {DATASETS}")
    order = generator(seed, "order")
    if dataset == "embedded":
        digits = load_digits()
        pixels, labels = digits.images[:, None] / 16.0, digits.target
        places = torch.randperm(len(labels), generator=order)
        cut = int(0.6 * len(labels))
        halves = [_part(pixels, labels, p) for p in (places[:cut], places[cut:])]
    else:
        splits = loaders[dataset]()
        halves = []
        for part in (splits.train, splits.test):
            pixels = part.images.reshape(*part.images.shape[:3], -1) / 255.0
            places = torch.randperm(len(part), generator=order)
            halves.append(_part(pixels.transpose(0, 3, 1, 2), part.labels, places))
    (x_fit, y_fit), (x_test, y_test) = halves
    tables = _LAND_TASKS if dataset == "eurosat32" else _DIGIT_TASKS
    return ImageWorld(
        x_fit[:n_fit],
        y_fit[:n_fit],
        x_test[:n_test],
        y_test[:n_test],
        {count: torch.tensor(table) for count, table in tables.items()},
        _NOISE[dataset],
    )


def _part(
    pixels: NDArray[np.float64], labels: Sequence[int], places: Tensor
) -> tuple[Tensor, Tensor]:
    images = torch.from_numpy(np.ascontiguousarray(pixels, dtype=np.float32))
    return images[places], torch.as_tensor(labels, dtype=torch.int64)[places]

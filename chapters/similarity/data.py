"""The chapter's data: images with ten classes, and two coarser tasks nested in them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from support.data.images import load_eurosat32, load_mnist
from support.training import generator, stream_seed

__all__ = ["DATASETS", "Data", "load"]

DATASETS = ("embedded", "mnist", "eurosat32")
SIZES = {"quick": (10_000, 2000), "full": (None, None)}
"""At most so many images to train on and to hold out, by profile; None for all."""

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
_PARTS = ("x_train", "y_train", "x_test", "y_test")


@dataclass(frozen=True)
class Data:
    """Two disjoint sets of images and three nested tasks on them.

    Args:
        x_train: (N, channels, side, side) in [0, 1], for training and stitching.
        y_train: (N,) the ten fine labels.
        x_test: (N', ...) held out from both.
        y_test: (N',).
        tasks: number of classes to the class of each fine label, finest first;
            each task is a function of the one before it.
        noise: standard deviation of the pixel noise that training adds.
    """

    x_train: Tensor
    y_train: Tensor
    x_test: Tensor
    y_test: Tensor
    tasks: Mapping[int, Tensor]
    noise: float

    def to(self, device: torch.device | str) -> "Data":
        """The same images and tasks on another device."""
        parts = {name: getattr(self, name).to(device) for name in _PARTS}
        tasks = {count: table.to(device) for count, table in self.tasks.items()}
        return replace(self, **parts, tasks=tasks)


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Load images and split them.

    Args:
        dataset: ``embedded`` (scikit-learn's 8 x 8 digits, split 60 to 40 by
            the seed), ``mnist`` or ``eurosat32`` (their own splits, shuffled).
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; its stream "data" draws the split or the order.
        device: where the tensors are put.

    Raises:
        ValueError: the data set or the profile is unknown.
        DataError: a corpus is not to be had.

    >>> load("embedded", "quick", 0).x_train.shape
    torch.Size([1078, 1, 8, 8])
    """
    if dataset not in DATASETS:
        raise ValueError(f"dataset: got {dataset!r}; this chapter has {DATASETS}")
    if profile not in SIZES:
        raise ValueError(f"profile: got {profile!r}; give {' or '.join(SIZES)}")
    order = generator(stream_seed(seed, "data"), "order")
    if dataset == "embedded":
        digits = load_digits()
        pixels, labels = digits.images[:, None] / 16.0, digits.target
        places = torch.randperm(len(labels), generator=order).numpy()
        cut = int(0.6 * len(labels))
        halves = [(pixels[p], labels[p]) for p in (places[:cut], places[cut:])]
    else:
        splits = load_mnist() if dataset == "mnist" else load_eurosat32()
        halves = []
        for part in (splits.train, splits.test):
            pixels = part.images.reshape(*part.images.shape[:3], -1) / 255.0
            places = torch.randperm(len(part), generator=order).numpy()
            halves.append((pixels.transpose(0, 3, 1, 2)[places], part.labels[places]))
    parts: dict[str, Any] = {}
    for name, half, most in zip(("train", "test"), halves, SIZES[profile], strict=True):
        rows = np.ascontiguousarray(half[0][:most], dtype=np.float32)
        parts[f"x_{name}"] = torch.from_numpy(rows)
        parts[f"y_{name}"] = torch.as_tensor(half[1][:most]).long()
    tables = _LAND_TASKS if dataset == "eurosat32" else _DIGIT_TASKS
    tasks = {count: torch.tensor(table) for count, table in tables.items()}
    return Data(**parts, tasks=tasks, noise=_NOISE[dataset]).to(device)

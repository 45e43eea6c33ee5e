"""The chapter's data: images with ten classes, and two coarser tasks nested in them."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.datasets import load_digits
from torch import Tensor

from support.data.images import load_eurosat32
from support.training import generator, stream_seed

__all__ = ["DATASETS", "Data", "load"]

DATASETS = ("embedded", "eurosat32")
SIZES = {
    "quick": {"embedded": (1078, 719), "eurosat32": (3000, 2000)},
    "full": {"embedded": (1078, 719), "eurosat32": (9000, 2000)},
}
"""Images to train on and to hold out, by profile."""

_TASKS = {
    "embedded": {
        10: tuple(range(10)),
        5: tuple(digit // 2 for digit in range(10)),
        2: tuple(int(digit >= 4) for digit in range(10)),
    },
    # Crops, grass, forest, built, water; then green against grey and blue.
    "eurosat32": {
        10: tuple(range(10)),
        5: (0, 2, 1, 3, 3, 1, 0, 3, 4, 4),
        2: (0, 0, 0, 1, 1, 0, 0, 1, 1, 1),
    },
}
_NOISE = {"embedded": 0.2, "eurosat32": 0.05}


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


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Load images and split them anew for each seed.

    Args:
        dataset: ``embedded`` (scikit-learn's 8 x 8 digits, split 60 to 40) or
            ``eurosat32`` (satellite images; both parts of the corpus are pooled).
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; its stream "data" draws the split.
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
    if dataset == "embedded":
        digits = load_digits()
        pixels, labels = digits.images[:, None] / 16, digits.target
    else:
        splits = load_eurosat32()
        parts = splits.train, splits.test
        pixels = np.concatenate([part.images for part in parts]) / 255
        pixels = pixels.transpose(0, 3, 1, 2)
        labels = np.concatenate([part.labels for part in parts])
    draw = generator(stream_seed(seed, "data"), "order")
    order = torch.randperm(len(labels), generator=draw).numpy()
    train, test = SIZES[profile][dataset]
    halves = order[:train], order[train : train + test]
    # Contiguous, since noise like an image with its channels last is drawn slowly.
    x_train, x_test = (
        torch.from_numpy(pixels[rows]).float().contiguous() for rows in halves
    )
    y_train, y_test = (torch.from_numpy(labels[rows]).long() for rows in halves)
    tasks = {
        count: torch.tensor(table, device=device)
        for count, table in _TASKS[dataset].items()
    }
    return Data(
        x_train.to(device),
        y_train.to(device),
        x_test.to(device),
        y_test.to(device),
        tasks,
        _NOISE[dataset],
    )

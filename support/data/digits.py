"""Scikit-learn's bundled digits, and twenty attributes read off the pixels.

The attributes are facts of the single picture (how much ink, how far left, how
slanted), not of its class.  Each is cut at its median, which gives binary,
balanced, instance-level concepts on real data without a download.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.datasets import load_digits
from torch import Tensor

__all__ = [
    "ATTRIBUTES",
    "DigitAttributes",
    "DigitTask",
    "digit_attributes",
    "digit_task",
]

ATTRIBUTES: tuple[str, ...] = (
    "ink",
    "centre_x",
    "centre_y",
    "spread_x",
    "spread_y",
    "slant",
    "left_right_symmetry",
    "top_bottom_symmetry",
    "ink_top_left",
    "ink_top_right",
    "ink_bottom_left",
    "ink_bottom_right",
    "ink_middle_square",
    "ink_top_rows",
    "ink_bottom_rows",
    "ink_middle_rows",
    "horizontal_edges",
    "vertical_edges",
    "heaviest_column",
    "heaviest_row",
)
"""Names of the attributes, in the order of the columns."""


class DigitAttributes(NamedTuple):
    """Pixels (1797, 64) in [0, 1], digits (1797,), concepts (1797, 20), names."""

    x: Tensor
    y: Tensor
    concepts: Tensor
    names: tuple[str, ...]


def digit_attributes() -> DigitAttributes:
    """Return the 1,797 digits with twenty binary attributes.

    Returns:
        ``x`` float32 in [0, 1]; ``y`` int64; ``concepts`` float32 in {0, 1},
        1 where the attribute lies above its median over all images; ``names``.
        The cut uses no label, and the pictures come in scikit-learn's order.

    >>> digit_attributes().concepts.shape
    torch.Size([1797, 20])
    """
    digits = load_digits()
    images = digits.images / 16.0
    values = _attributes(images)
    concepts = values > np.median(values, axis=0)
    return DigitAttributes(
        torch.from_numpy(images.reshape(len(images), -1).astype(np.float32)),
        torch.from_numpy(digits.target.astype(np.int64)),
        torch.from_numpy(concepts.astype(np.float32)),
        ATTRIBUTES,
    )


class DigitTask(NamedTuple):
    """Noisy digits, some of their attributes, the digit; for two splits."""

    x_train: Tensor
    c_train: Tensor
    y_train: Tensor
    x_test: Tensor
    c_test: Tensor
    y_test: Tensor
    names: tuple[str, ...]


def digit_task(
    seed: int, *, n_concepts: int = 14, noise: float = 0.4, n_train: int = 1200
) -> DigitTask:
    """Draw a concept task from the digits.

    Args:
        seed: of the choice of concepts, the noise and the split.
        n_concepts: how many of the twenty attributes are concepts.
        noise: standard deviation of the noise added once to every pixel, so
            that concepts are imperfect and there is something to correct.
        n_train: training pictures of 1,797.

    Returns:
        A `DigitTask`; pictures (n, 64) float32, concepts (n, n_concepts)
        float32 in {0, 1}, digits (n,) int64.

    Raises:
        ValueError: a number is out of range.

    >>> digit_task(0).c_test.shape
    torch.Size([597, 14])
    """
    data = digit_attributes()
    count = len(data.x)
    if not 1 <= n_concepts <= len(ATTRIBUTES) or not 1 <= n_train < count or noise < 0:
        raise ValueError(
            f"n_concepts {n_concepts}, n_train {n_train}, noise {noise}: give 1 to "
            f"{len(ATTRIBUTES)}, 1 to {count - 1}, and at least 0"
        )
    source = torch.Generator().manual_seed(seed)
    kept = torch.randperm(len(ATTRIBUTES), generator=source)[:n_concepts]
    order = torch.randperm(count, generator=source)
    x = data.x + noise * torch.randn(data.x.shape, generator=source)
    c, train, test = data.concepts[:, kept], order[:n_train], order[n_train:]
    return DigitTask(
        x[train],
        c[train],
        data.y[train],
        x[test],
        c[test],
        data.y[test],
        tuple(ATTRIBUTES[index] for index in kept),
    )


def _attributes(images: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 8, 8) ink in [0, 1] to (n, 20) real attributes."""
    ink = images.sum((1, 2))
    place = np.arange(8) - 3.5
    columns, rows = images.sum(1), images.sum(2)
    x, y = columns @ place / ink, rows @ place / ink
    dx, dy = place - x[:, None], place - y[:, None]
    var_x = (columns * dx**2).sum(1) / ink
    var_y = (rows * dy**2).sum(1) / ink
    covariance = np.einsum("nij,ni,nj->n", images, dy, dx) / ink
    # Shares of the ink rather than sums: sums of 16 grey levels tie too often.
    shared = images / ink[:, None, None]
    # The two heaviest lines, softly: a plain maximum ties too often as well.
    heavy = [np.linalg.norm(line, ord=4, axis=1) for line in (columns, rows)]
    return np.stack(
        [
            ink,
            x,
            y,
            var_x,
            var_y,
            covariance / np.sqrt(var_x * var_y),
            -np.abs(shared - shared[:, :, ::-1]).sum((1, 2)),
            -np.abs(shared - shared[:, ::-1]).sum((1, 2)),
            shared[:, :4, :4].sum((1, 2)),
            shared[:, :4, 4:].sum((1, 2)),
            shared[:, 4:, :4].sum((1, 2)),
            shared[:, 4:, 4:].sum((1, 2)),
            shared[:, 2:6, 2:6].sum((1, 2)),
            shared[:, :2].sum((1, 2)),
            shared[:, 6:].sum((1, 2)),
            shared[:, 3:5].sum((1, 2)),
            np.abs(np.diff(shared, axis=2)).sum((1, 2)),
            np.abs(np.diff(shared, axis=1)).sum((1, 2)),
            *heavy,
        ],
        axis=1,
    )

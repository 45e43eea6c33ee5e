"""How far apart do classes lie in a space, beside how wide each of them is?"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import normalize

from support.arrays import classes, real

__all__ = [
    "CosineDistances",
    "class_mean_cosines",
    "cosine_distances",
    "fisher_ratio",
]

_ROWS = 2048


def fisher_ratio(z: Tensor, y: Tensor) -> float:
    r"""Spread between classes divided by spread within them.

    $$\frac{\frac1n\sum_i\|\mu_{y_i}-\mu\|^2}{\frac1n\sum_i\|z_i-\mu_{y_i}\|^2}$$

    Numerator and denominator add up to the total spread.  No rotation, shift or
    common factor changes it; a factor on one dimension does.

    Args:
        z: (n, k) embeddings.
        y: (n,) classes from 0; a number that does not occur is left out.

    Returns:
        At least 0, higher is better separated; infinite, or huge by rounding, where
        every class is one point, and there are two different ones.

    Raises:
        ValueError: lengths differ, a number is not finite, fewer than two classes, or
            all samples are one point.

    Source: Fisher, The use of multiple measurements in taxonomic problems, 1936, by
    traces; Caliński and Harabasz, 1974, times (C - 1) / (n - C).

    >>> z = torch.tensor([[0.0], [2.0], [10.0], [12.0]])
    >>> round(fisher_ratio(z, torch.tensor([0, 0, 1, 1])), 9)
    25.0
    """
    z, y, means = _by_class(z, y)
    largest = float(z.abs().max()) or 1.0  # squares of 1e200 or 1e-200 are none
    means = means / largest
    counts = y.bincount().double()
    away = means - (counts @ means) / len(y)
    between = float(counts @ away.square().sum(1))
    within = 0.0
    for rows, classes_of in _blocks(z, y):
        apart = (rows / largest - means[classes_of]).flatten()
        within += float(apart @ apart)
    if within == 0:
        if between == 0:
            raise ValueError("z: all samples are one point; nothing can be compared")
        return float("inf")
    return between / within


class CosineDistances(NamedTuple):
    """Means of one minus the cosine, over pairs of one class and of two."""

    within: float
    between: float


def cosine_distances(z: Tensor, y: Tensor) -> CosineDistances:
    r"""Mean cosine distance of two different samples, of one class and of two.

    $1-\cos(z_i,z_j)$ over all pairs $i\ne j$; found from the sums of unit rows by
    class, so that no table of pairs is made.

    Args:
        z: (n, k) embeddings, none of them 0.
        y: (n,) classes from 0.

    Returns:
        `CosineDistances`, each in [0, 2]; ``within`` is NaN where every class has one
        sample.

    Raises:
        ValueError: lengths differ, a number is not finite, fewer than two classes, or
            a row is 0 and has no direction.

    >>> cosine_distances(torch.eye(2)[[0, 0, 1, 1]], torch.tensor([0, 0, 1, 1]))
    CosineDistances(within=0.0, between=1.0)
    """
    z, y, _ = _by_class(z, y)
    if not bool(z.any(1).all()):
        raise ValueError("z: a row is 0, which has no direction; leave it out")
    counts, n = y.bincount().double(), len(y)
    sums = torch.zeros(len(counts), z.shape[1], dtype=torch.double, device=z.device)
    for rows, classes_of in _blocks(z, y):
        sums.index_add_(0, classes_of, _unit(rows))
    # Of a class: the squared length of its sum is the sum of cosines over all pairs.
    inside = float(sums.square().sum())
    everything = float(sums.sum(0).square().sum())
    same = float((counts * (counts - 1)).sum())
    within = 1 - (inside - n) / same if same else float("nan")
    between = 1 - (everything - inside) / (n * (n - 1) - same)
    # rounding may leave [0, 2]; NaN, where there is no pair, stays
    return CosineDistances(*(min(max(d, 0.0), 2.0) for d in (within, between)))


def class_mean_cosines(z: Tensor, y: Tensor, *, centre: bool = False) -> Tensor:
    r"""Cosines of the class means with one another.

    Near 0 for classes at right angles.  With ``centre`` the mean of the class means
    is taken off first: $-\frac1{C-1}$ everywhere for a regular simplex, the limit of
    *neural collapse*.

    Args:
        z: (n, k) embeddings.
        y: (n,) classes, each of 0 to C - 1.
        centre: take off the mean of the class means.

    Returns:
        (C, C) in float64, 1 on the diagonal.

    Raises:
        ValueError: lengths differ, a number is not finite, fewer than two classes, a
            class is missing, or a mean is 0 and has no direction.

    Source: Papyan, Han and Donoho, Prevalence of neural collapse, PNAS 2020.

    >>> class_mean_cosines(torch.eye(2), torch.tensor([0, 1]))
    tensor([[1., 0.],
            [0., 1.]], dtype=torch.float64)
    """
    _, y, means = _by_class(z, y)
    missing = (y.bincount() == 0).nonzero().flatten().tolist()
    if missing:
        raise ValueError(f"y: there is no sample of class {missing[0]}; give one")
    if centre:
        means = means - means.mean(0)
    if not bool(means.any(1).all()):
        raise ValueError("z: the mean of a class is 0, which has no direction")
    unit = _unit(means)
    return unit @ unit.T


def _blocks(z: Tensor, y: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Rows in float64 and their classes, few enough to stay in a cache."""
    for rows, classes_of in zip(z.split(_ROWS), y.split(_ROWS), strict=True):
        yield rows.double(), classes_of


def _unit(rows: Tensor) -> Tensor:
    """Rows of length 1, however short or long they were."""
    return normalize(rows / rows.abs().amax(1, keepdim=True), dim=1)


def _by_class(z: Tensor, y: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Rows, classes, and the mean of each class in float64, 0 where it is empty."""
    z = real("z", z).detach()
    y = classes("y", y, like=z)
    if z.ndim != 2 or y.shape != z.shape[:1] or not z.numel():
        raise ValueError(
            f"z, y: got shapes {tuple(z.shape)} and {tuple(y.shape)}; give (n, k) and "
            "(n,), neither number 0"
        )
    counts = y.bincount()
    if int((counts > 0).sum()) < 2:
        raise ValueError("y: one class only; give two or more")
    sums = torch.zeros(len(counts), z.shape[1], dtype=torch.double, device=z.device)
    for rows, classes_of in _blocks(z, y):
        sums.index_add_(0, classes_of, rows)
    return z, y, sums / counts.clamp_min(1)[:, None]

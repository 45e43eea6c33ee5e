"""How far apart do classes lie in a space, beside how wide each of them is?"""

from collections.abc import Iterator
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes, real
from support.directions import directions

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
    given = _by_class(z, y)
    means, counts = given.means, given.counts
    away = means - (counts @ means) / counts.sum()
    between = float(counts @ away.square().sum(1))
    within = 0.0
    for rows, places in given.blocks():
        apart = (rows - means[places]).flatten()
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
    given = _by_class(z, y)
    if not bool(given.z.any(1).all()):
        raise ValueError("z: a row is 0, which has no direction; leave it out")
    counts, n = given.counts, len(given.z)
    sums = torch.zeros_like(given.means)
    for rows, places in given.blocks():
        sums.index_add_(0, places, directions(rows))
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
    given = _by_class(z, y)
    means, expected = given.means, torch.arange(len(given.numbers)).to(given.numbers)
    missing = expected[given.numbers != expected]
    if len(missing):
        raise ValueError(f"y: there is no sample of class {int(missing[0])}; give one")
    if centre:
        means = means - means.mean(0)
    if not bool(means.any(1).all()):
        raise ValueError("z: the mean of a class is 0, which has no direction")
    unit = directions(means)
    return unit @ unit.T


class _Classes(NamedTuple):
    """Rows by class, in units of the largest number of all: squares of 1e200 are none.

    ``numbers`` (C,) are those of the classes that occur, in order, ``places`` (n,)
    says which of them is whose; ``counts`` (C,) and ``means`` (C, k) are in float64.
    """

    z: Tensor
    places: Tensor
    numbers: Tensor
    counts: Tensor
    means: Tensor
    largest: float

    def blocks(self) -> Iterator[tuple[Tensor, Tensor]]:
        """Rows in float64 and their places, few enough to stay in a cache."""
        for rows, of in zip(self.z.split(_ROWS), self.places.split(_ROWS), strict=True):
            yield rows.double() / self.largest, of


def _by_class(z: Tensor, y: Tensor) -> _Classes:
    z = real("z", z).detach()
    y = classes("y", y, like=z).to(z.device)
    if z.ndim != 2 or y.shape != z.shape[:1] or not z.numel():
        raise ValueError(
            f"z, y: got shapes {tuple(z.shape)} and {tuple(y.shape)}; give (n, k) and "
            "(n,), neither number 0"
        )
    numbers, places, counts = y.unique(return_inverse=True, return_counts=True)
    if len(numbers) < 2:
        raise ValueError("y: one class only; give two or more")
    sums = torch.zeros(len(numbers), z.shape[1], dtype=torch.double, device=z.device)
    largest = float(z.abs().max()) or 1.0
    found = _Classes(z, places, numbers, counts.double(), sums, largest)
    for rows, of in found.blocks():
        sums.index_add_(0, of, rows)
    sums /= found.counts[:, None]
    return found

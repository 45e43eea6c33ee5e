"""Do two representations put the same samples next to each other?"""

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize

from support.metrics.similarity.inputs import centred, check_pair

__all__ = ["mutual_neighbours"]

_ROWS = 1024
_DISTANCES = ("euclidean", "cosine")


def mutual_neighbours(
    x: Tensor, y: Tensor, *, k: int = 10, distance: str = "euclidean"
) -> float:
    r"""Share of the k nearest neighbours that two representations have in common.

    $$\frac1n\sum_i\frac{|N_k^X(i)\cap N_k^Y(i)|}{k}$$

    without the sample itself.  (The mean Jaccard index, which others report, is
    $o/(2-o)$ a sample, with $o$ its share.)  Symmetric; in [0, 1]; higher is more
    alike; $k/(n-1)$ by chance.  Unchanged by permutations, rotations and one common
    scale; *euclidean* also by shifts.  Blind to how far the neighbours are.
    Memory: blocks of 1,024 rows of the n x n distances, and k indices a sample.

    Args:
        x: (n, p) one row a sample.
        y: (n, q) the same samples in the same order.
        k: how many neighbours, from 1 to n - 1.
        distance: ``"euclidean"`` or ``"cosine"`` (rows divided by their length).

    Returns:
        A number in [0, 1].

    Raises:
        ValueError: fewer than 3 rows, unequal lengths, values that are not finite,
            no variance, k out of range, an unknown word, or a zero row with
            *cosine*.

    Source: Huh et al., The Platonic Representation Hypothesis, ICML 2024,
    appendix (mutual k-nearest neighbours).

    >>> x = torch.tensor([[0.0], [1], [3], [7], [12]])
    >>> mutual_neighbours(x, -2 * x, k=2)
    1.0
    """
    check_pair(x, y, 3, ("x", "y"))
    if distance not in _DISTANCES:
        raise ValueError(f"distance: got {distance!r}; give one of {_DISTANCES}")
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k < len(x):
        raise ValueError(
            f"k: got {k!r}; give an integer from 1 to n - 1 = {len(x) - 1}"
        )
    a, b = _points("x", x, distance), _points("y", y, distance)
    shared = 0
    for start in range(0, len(x), _ROWS):
        near_a, near_b = _neighbours(a, start, k), _neighbours(b, start, k)
        rows = torch.arange(len(near_a), device=x.device)[:, None]
        member = torch.zeros(len(near_a), len(x), dtype=torch.bool, device=x.device)
        member[rows, near_a] = True
        shared += int(member[rows, near_b].sum())
    return shared / (k * len(x))


def _points(name: str, side: Tensor, distance: str) -> Tensor:
    if distance == "euclidean":
        return centred(side)
    points = side.double()
    zero = (points.abs().amax(1) == 0).nonzero()
    if len(zero):
        raise ValueError(
            f"{name}: row {int(zero[0])} is all 0 and has no direction; leave it out "
            "of both sides, or give distance='euclidean'"
        )
    return normalize(points, dim=1)


def _neighbours(points: Tensor, start: int, k: int) -> Tensor:
    """Indices (rows, k) of the nearest to each row of one block, itself left out."""
    block = points[start : start + _ROWS]
    # |p_i - p_j|^2 less what is the same for the whole row.
    away = torch.addmm(points.square().sum(1), block, points.T, alpha=-2)
    index = torch.arange(len(block), device=points.device)
    away[index, start + index] = torch.inf
    return _smallest(away, k)


def _smallest(rows: Tensor, k: int) -> Tensor:
    """Places (m, k) of the k smallest values of each row of (m, n), in two steps.

    The k smallest lie in the k pieces of a row whose own smallest are least; with
    pieces of about sqrt(n) little is left to be searched.
    """
    count, n = rows.shape
    piece = math.isqrt(n)
    if (k + 1) * piece > n // 2:
        return rows.topk(k, largest=False).indices
    spare = -n % piece
    pieces = torch.nn.functional.pad(rows, (0, spare), value=torch.inf)
    pieces = pieces.view(count, -1, piece)
    chosen = pieces.amin(2).topk(k, largest=False).indices
    inside = pieces.gather(1, chosen[:, :, None].expand(-1, -1, piece)).flatten(1)
    found = inside.topk(k, largest=False).indices
    return chosen.gather(1, found // piece) * piece + found % piece

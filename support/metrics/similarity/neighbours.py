"""Do two representations put the same samples next to each other?"""

import math

import torch
from torch import Tensor
from torch.nn.functional import normalize, pad

from support.metrics.similarity.inputs import centred, check_pair

__all__ = ["mutual_neighbours"]

_CELLS = 500_000
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
    Memory: a few million distances at a time, whatever the number of samples.

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
    near_x = _Neighbours(_points("x", x, distance), k)
    near_y = _Neighbours(_points("y", y, distance), k)
    shared, n = 0, len(x)
    for rows in torch.arange(n, device=x.device).split(max(1, _CELLS // n)):
        member = torch.zeros(len(rows), near_x.wide, dtype=torch.bool, device=x.device)
        member.scatter_(1, near_x.of(rows), True)
        shared += int(member.gather(1, near_y.of(rows)).sum())
    return shared / (k * n)


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


class _Neighbours:
    """The k nearest of some rows, in two steps: pieces, then what is in them.

    The k smallest of a row of distances lie in the k pieces of it whose own smallest
    are least; with pieces of about sqrt(n) little is left to be searched.  The
    points are filled up with ones at infinity, so that all pieces are whole.
    """

    def __init__(self, points: Tensor, k: int) -> None:
        n = len(points)
        piece = math.isqrt(n)
        self.piece = piece if 2 * (k + 1) * piece <= n else 0
        self.points, self.k = points, k
        spare = -n % piece if self.piece else 0
        self.wide = n + spare
        self.others = pad(points, (0, 0, 0, spare)).T
        self.squares = pad(points.square().sum(1), (0, spare), value=torch.inf)

    def of(self, rows: Tensor) -> Tensor:
        """(m,) consecutive rows -> (m, k) places of their nearest, not themselves."""
        block = self.points[int(rows[0]) : int(rows[-1]) + 1]
        # |p_i - p_j|^2 less what is the same for the whole row.
        away = torch.addmm(self.squares, block, self.others, alpha=-2)
        away.scatter_(1, rows[:, None], torch.inf)
        if not self.piece:
            return away.topk(self.k, largest=False).indices
        pieces = away.view(len(rows), -1, self.piece)
        chosen = pieces.amin(2).topk(self.k, largest=False).indices
        places = chosen[:, :, None].expand(-1, -1, self.piece)
        inside = pieces.gather(1, places).flatten(1)
        found = inside.topk(self.k, largest=False).indices
        return chosen.gather(1, found // self.piece) * self.piece + found % self.piece

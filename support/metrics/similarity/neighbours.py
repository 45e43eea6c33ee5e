"""Do two representations put the same samples next to each other?"""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad

from support.metrics.similarity.inputs import check_pair

__all__ = ["mutual_neighbours"]

_CELLS = 500_000
_DISTANCES = ("euclidean", "cosine")
_DIFFERENCES = "donot_use_mm_for_euclid_dist"
_EPS = torch.finfo(torch.float64).eps


def mutual_neighbours(
    x: Tensor, y: Tensor, *, k: int = 10, distance: str = "euclidean"
) -> float:
    r"""Share of the k nearest neighbours that two representations have in common.

    $$\frac1n\sum_i\frac{|N_k^X(i)\cap N_k^Y(i)|}{k}$$

    without the sample itself.  Where samples tie for the last places, each counts by
    its chance of a place under random breaking of ties, on either side by itself, so
    that the order of rows does not matter and $k/(n-1)$ stays the value by chance;
    with many ties even a copy stays below 1.  Distances tie when they differ by the
    rounding of the rows alone.  (The mean Jaccard index, which others report, is
    $o/(2-o)$ a sample, with $o$ its share.)  Symmetric; in [0, 1]; higher is more
    alike; $k/(n-1)$ by chance.  Unchanged by permutations, rotations and one common
    scale; *euclidean* also by shifts.  Blind to how far the neighbours are.
    Memory: a few million distances at a time, whatever the number of samples.  Rows
    whose last places are undecided by the rounding of expanded squares are measured
    again by differences.

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
    x, y = check_pair(x, y, 3)
    if distance not in _DISTANCES:
        raise ValueError(f"distance: got {distance!r}; give one of {_DISTANCES}")
    if isinstance(k, bool) or not isinstance(k, int) or not 1 <= k < len(x):
        raise ValueError(
            f"k: got {k!r}; give an integer from 1 to n - 1 = {len(x) - 1}"
        )
    near_x, near_y = _Neighbours("x", x, k, distance), _Neighbours("y", y, k, distance)
    shared, n = 0.0, len(x)
    for rows in torch.arange(n, device=x.device).split(max(1, _CELLS // n)):
        found_x, found_y = near_x.of(rows), near_y.of(rows)
        if found_x.open.numel() or found_y.open.numel():
            shares = near_x.shares(rows, found_x), near_y.shares(rows, found_y)
            shared += float((shares[0] * shares[1]).sum())
            continue
        member = torch.zeros(len(rows), near_x.wide, dtype=torch.bool, device=x.device)
        member.scatter_(1, found_x.places, True)
        shared += int(member.gather(1, found_y.places).sum())
    return shared / (k * n)


class _Found(NamedTuple):
    """Places (m, k) of the nearest, and which of the rows are not decided by them."""

    places: Tensor
    open: Tensor


class _Neighbours:
    """The k nearest of some rows, in two steps: pieces, then what is in them.

    The k smallest of a row of distances lie in the k pieces of it whose own smallest
    are least; with pieces of about sqrt(n) little is left to be searched.  The
    points are filled up with ones at infinity, so that all pieces are whole.
    """

    def __init__(self, name: str, side: Tensor, k: int, distance: str) -> None:
        n = len(side)
        piece = math.isqrt(n)
        self.piece = piece if 2 * (k + 2) * piece <= n else 0
        self.k = k
        # Differences are taken of the rows as they are, products of centred ones.
        self.rows = side.double() if distance == "euclidean" else _unit(name, side)
        self.points = self.rows - self.rows.mean(0)
        spare = -n % piece if self.piece else 0
        self.wide = n + spare
        self.others = pad(self.points, (0, 0, 0, spare)).T
        self.squares = pad(self.points.square().sum(1), (0, spare), value=torch.inf)

    def of(self, rows: Tensor) -> _Found:
        """(m,) consecutive rows -> the places of their nearest, not themselves."""
        here = slice(int(rows[0]), int(rows[-1]) + 1)
        # |p_i - p_j|^2 less what is the same for the whole row.
        away = torch.addmm(self.squares, self.points[here], self.others, alpha=-2)
        away.scatter_(1, rows[:, None], torch.inf)
        if self.piece:
            pieces = away.view(len(rows), -1, self.piece)
            chosen = pieces.amin(2).topk(self.k + 1, largest=False).indices
            places = chosen[:, :, None].expand(-1, -1, self.piece)
            inside = pieces.gather(1, places).flatten(1)
            nearest, found = inside.topk(self.k + 1, largest=False)
            places = chosen.gather(1, found // self.piece) * self.piece
            places += found % self.piece
        else:
            nearest, places = away.topk(self.k + 1, largest=False)
        # The last place is decided if the next is further by more than rounding.
        own, last = self.squares[here], nearest[:, -2]
        width = (self.points.shape[1] + 8) * _EPS
        rounding = width * (4 * own + 2 * (last + own).clamp_min(0))
        decided = nearest[:, -1] - last > rounding
        return _Found(places[:, :-1], (~decided).nonzero().flatten())

    def shares(self, rows: Tensor, found: _Found) -> Tensor:
        """(m, wide) chance of each sample to be among the k nearest of each row."""
        share = torch.zeros(
            len(rows), self.wide, dtype=torch.float64, device=rows.device
        )
        share.scatter_(1, found.places, 1.0)
        if not found.open.numel():
            return share
        seen = rows[found.open]
        away = torch.cdist(self.rows[seen], self.rows, compute_mode=_DIFFERENCES)
        away.scatter_(1, seen[:, None], torch.inf)
        last = away.kthvalue(self.k, dim=1, keepdim=True).values
        size = torch.linalg.vector_norm(self.rows[seen], dim=1, keepdim=True)
        rounding = 16 * _EPS * (size + last)
        below = away < last - rounding
        tied = (away <= last + rounding) & ~below
        free = (self.k - below.sum(1, keepdim=True)).double()
        share[found.open, : len(self.rows)] = below + tied * (free / tied.sum(1, True))
        return share


def _unit(name: str, side: Tensor) -> Tensor:
    """Rows of length 1, whatever their unit."""
    rows = side.double()
    largest = rows.abs().amax(1, keepdim=True)
    zero = (largest == 0).nonzero()
    if len(zero):
        raise ValueError(
            f"{name}: row {int(zero[0, 0])} is all 0 and has no direction; leave it "
            "out of both sides, or give distance='euclidean'"
        )
    rows = rows / largest
    return rows / torch.linalg.vector_norm(rows, dim=1, keepdim=True)

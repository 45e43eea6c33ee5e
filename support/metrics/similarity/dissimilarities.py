"""Representational similarity analysis: compare who is unlike whom."""

import math

import torch
from torch import Tensor
from torch.nn.functional import pad

from support.metrics.similarity.inputs import check_pair

__all__ = ["rsa"]

_DISTANCES = ("correlation", "euclidean")
_COMPARISONS = ("spearman", "pearson")


def rsa(
    x: Tensor,
    y: Tensor,
    *,
    distance: str = "correlation",
    comparison: str = "spearman",
) -> float:
    r"""Correlation of two dissimilarity matrices over pairs of samples $i<j$.

    *correlation*: $D_{ij}=1-\mathrm{Pearson}(x_i,x_j)$ over the features;
    *euclidean*: $D_{ij}=\|x_i-x_j\|$.  Compared by Spearman's or Pearson's
    correlation; ties take the mean of their ranks.

    Symmetric; in [-1, 1]; higher is more alike.  Unchanged by permutations of the
    features and by one common scale of either side.  *euclidean* is also unchanged
    by rotations and shifts; *correlation* is **not**, since the mean over features
    has no meaning under a rotation.  Neither is unchanged by invertible maps.
    Memory: a few vectors of n (n - 1) / 2 numbers in float64.

    Circulating code compares the whole matrices, with the n zeros of the diagonal
    and each pair twice, and stores 0 where the score could not be computed.  Here
    what cannot be computed is an error.

    Args:
        x: (n, p) one row a sample; p at least 2 for *correlation*.
        y: (n, q) the same samples in the same order.
        distance: ``"correlation"`` or ``"euclidean"``.
        comparison: ``"spearman"`` or ``"pearson"``.

    Returns:
        A number in [-1, 1].

    Raises:
        ValueError: fewer than 3 rows, unequal lengths, values that are not finite,
            an unknown word, a constant row with *correlation* (a dead layer; its
            correlation is undefined), or all pairs equally unlike.

    Source: Kriegeskorte et al., Frontiers in Systems Neuroscience 2008.

    >>> x = torch.tensor([[0.0, 1, 5], [1, 3, 0], [2, 0, 1], [5, 1, 1]])
    >>> round(rsa(x, 3 * x[:, [2, 0, 1]]), 6)
    1.0
    """
    if distance not in _DISTANCES:
        raise ValueError(f"distance: got {distance!r}; give one of {_DISTANCES}")
    if comparison not in _COMPARISONS:
        raise ValueError(f"comparison: got {comparison!r}; give one of {_COMPARISONS}")
    x, y = check_pair(x, y, 3)
    sides = []
    for name, side in (("x", x), ("y", y)):
        values = _dissimilarities(name, side, distance)
        low, high = (float(end) for end in values.aminmax())
        if not high - low > 1e-12 * high:
            raise ValueError(
                f"{name}: all pairs of rows are equally unlike; nothing to compare"
            )
        values = _ranks(values) if comparison == "spearman" else values
        sides.append(values.sub_(values.mean()))
    a, b = sides
    value = float(a @ b) / math.sqrt(float(a @ a) * float(b @ b))
    return min(1.0, max(-1.0, value))


def _dissimilarities(name: str, side: Tensor, distance: str) -> Tensor:
    """(n, d) -> (n (n - 1) / 2,) float64, of the pairs i < j.

    From differences and not from expanded squares: equal rows are exactly 0 apart,
    and close ones keep their digits whatever they have in common.
    """
    if distance == "correlation":
        rows = side.double()
        rows = rows - rows[:, :1]  # a constant row is exactly 0
        rows = rows - rows.mean(1, keepdim=True)
        length = torch.linalg.vector_norm(rows, dim=1, keepdim=True)
        size = torch.linalg.vector_norm(side.double(), torch.inf, 1, True)
        constant = (length <= 4 * torch.finfo(side.dtype).eps * size).nonzero()
        if len(constant):
            raise ValueError(
                f"{name}: {len(constant)} rows are constant (the first is row "
                f"{int(constant[0, 0])}), their correlation is undefined; leave those "
                "samples out of both sides, or give distance='euclidean'"
            )
        # of rows of length 1, 1 - a.b = |a - b|^2 / 2
        return torch.pdist(rows / length).square_().div_(2)
    return torch.pdist(side.double())


def _ranks(values: Tensor) -> Tensor:
    """Ranks from 1, ties sharing their mean, in float64.

    Distances that are equal by design differ by rounding once they are computed:
    neighbours in order that are within 1e-12 of the largest are ties again.
    Integers also sort in a third of the time.
    """
    steps = values.mul(2.0**50 / values.max()).round_().long()
    ordered, order = steps.sort()
    changes = (ordered.diff() > 2**10).nonzero().flatten() + 1
    starts = pad(changes, (1, 0))
    ends = pad(changes, (0, 1), value=len(values))
    shared = ((starts + ends + 1).double() / 2).repeat_interleave(ends - starts)
    return torch.empty_like(shared).scatter_(0, order, shared)

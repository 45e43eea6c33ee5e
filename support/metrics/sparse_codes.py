"""What a sparse code costs and keeps: unexplained variance, active and dead units."""

from typing import Any, NamedTuple

import torch
from torch import Tensor

from support.arrays import real

__all__ = ["Activity", "activity", "fvu"]


def fvu(x: Any, recon: Any) -> Tensor:
    r"""Share of the variance of vectors that a reconstruction leaves unexplained.

    $$\frac{\sum_n\|x_n-\hat x_n\|^2}{\sum_n\|x_n-\bar x\|^2}$$

    0 of a perfect reconstruction, 1 of the mean of these very vectors, above 1 of
    worse.  Unlike a mean squared error it has no unit: vectors of other length or
    number of entries can be compared.

    Args:
        x: (n, D) vectors that were not learnt from, n at least 2.
        recon: (n, D) what a code rebuilds.

    Returns:
        One number at least 0, float64.

    Raises:
        ValueError: no matrices, of differing shape, fewer than two rows, an undefined
            number, or vectors that are all the same.

    >>> fvu(torch.eye(2), torch.full((2, 2), 0.5))
    tensor(1., dtype=torch.float64)
    """
    vectors, rebuilt = real("x", x).double(), real("recon", recon).double()
    if vectors.ndim != 2 or len(vectors) < 2 or not vectors.shape[1]:
        raise ValueError(
            f"x: got shape {tuple(vectors.shape)}; give (n, D), n at least 2"
        )
    if rebuilt.shape != vectors.shape:
        raise ValueError(
            f"recon: got shape {tuple(rebuilt.shape)}; give {tuple(vectors.shape)}, "
            "as x"
        )
    largest = vectors.detach().abs().max().clamp(min=torch.finfo(torch.double).tiny)
    vectors, rebuilt = vectors / largest, rebuilt / largest  # squares stay in range
    total = (vectors - vectors.mean(0)).square().sum()
    rounding = vectors.numel() * torch.finfo(torch.double).eps ** 2 * 16
    if float(total.detach()) <= rounding:
        raise ValueError("x: all vectors are the same; give vectors that vary")
    return (vectors - rebuilt.to(vectors)).square().sum() / total


class Activity(NamedTuple):
    """How many units a code uses.

    Args:
        active: active units of a row in the mean ("L0"), in [0, N].
        dead: share of units that no row uses, in [0, 1].
    """

    active: float
    dead: float


def activity(code: Any) -> Activity:
    """Count active and dead units of a code; a unit is active where it is not 0.

    Args:
        code: (n, N), n and N at least 1.

    Returns:
        `Activity`.

    Raises:
        ValueError: no matrix, empty, or an undefined number.

    >>> activity(torch.tensor([[1.0, 0, 0, 2], [3, 0, 0, 0]]))
    Activity(active=1.5, dead=0.5)
    """
    used = real("code", code).detach() != 0
    if used.ndim != 2 or not used.numel():
        raise ValueError(
            f"code: got shape {tuple(used.shape)}; give (n, N), both at least 1"
        )
    return Activity(
        float(used.double().sum(1).mean()), float((~used.any(0)).double().mean())
    )

"""Four interleaved spiral arms of very unequal size, in the plane."""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["Spirals", "spirals"]


class Spirals(NamedTuple):
    """Points (n, 2), arm of each (n,), regression target (n,), for two splits."""

    x_train: Tensor
    c_train: Tensor
    y_train: Tensor
    x_test: Tensor
    c_test: Tensor
    y_test: Tensor


def spirals(
    seed: int,
    *,
    size: int = 400,
    shares: Sequence[float] = (1.0, 0.4, 0.05, 0.05),
    noise: float = 0.1,
    test_share: float = 0.3,
) -> Spirals:
    r"""Draw spiral arms; the arm is the concept, the target is a function of it.

    Point $i$ of $n_j$ on arm $j$ has radius $r=i/n_j$ and angle
    $t=4j+4r+\mathrm{noise}\cdot\mathcal N(0,1)$, so $x=(r\sin t,r\cos t)$; the
    target is $y=c+2$.  Points are standardised by the training split.

    Args:
        seed: of noise and split.
        size: points of an arm of share 1.
        shares: size of each arm relative to ``size``; at least two arms.
        noise: standard deviation of the angle, in radians.
        test_share: fraction held out, in (0, 1).

    Returns:
        A `Spirals` of float32 points and targets and int64 arms.

    Raises:
        ValueError: fewer than two arms, or an empty arm or split.

    Source: the toy example of the authors' released code of *There Was Never a
    Bottleneck in Concept Bottleneck Models* (ICLR 2026).

    >>> spirals(seed=0).x_train.shape
    torch.Size([420, 2])
    """
    counts = [int(size * share) for share in shares]
    if len(counts) < 2 or min(counts) < 1:
        raise ValueError(
            f"shares: got {list(shares)}; give two arms or more, none empty"
        )
    source = torch.Generator().manual_seed(seed)
    arm = torch.repeat_interleave(torch.arange(len(counts)), torch.tensor(counts))
    radius = torch.cat([torch.arange(count) / count for count in counts])
    angle = 4 * arm + 4 * radius + noise * torch.randn(len(arm), generator=source)
    x = torch.stack([radius * angle.sin(), radius * angle.cos()], dim=1)
    order = torch.randperm(len(arm), generator=source)
    cut = round(len(arm) * (1 - test_share))
    if not 1 < cut < len(arm):
        raise ValueError(f"test_share: got {test_share}; both splits need points")
    train, test = order[:cut], order[cut:]
    x = (x - x[train].mean(0)) / x[train].std(0, correction=0)
    y = arm.float() + 2
    return Spirals(x[train], arm[train], y[train], x[test], arm[test], y[test])

r"""Diagonal Gaussians: densities and moments that keep their digits.

$(x-\mu)^2/\sigma^2$ over all pairs of frames and Gaussians is fastest as products of
matrices of $x^2$, $x\mu$ and $\mu^2$, but these cancel where means are large beside
deviations.  So a common centre is taken off first, and where means still lie hundreds
of deviations from it, differences are formed one Gaussian at a time.
"""

import math

import torch
from torch import Tensor

__all__ = ["far_off", "floors", "log_densities", "moments"]

# (mean / deviation)^2 up to which products of matrices lose five of sixteen digits.
_FAR = 1e5
_EPSILON = torch.finfo(torch.float64).eps


def far_off(mean: Tensor, variance: Tensor) -> Tensor:
    """Where a square about 0 would lose more than five digits, as its mean is large."""
    return mean.square() > _FAR * variance


def log_densities(x: Tensor, mean: Tensor, variance: Tensor) -> Tensor:
    r"""$\log\mathcal N(\mathbf x_t;\mu_k,\sigma_k^2)$ of each frame and Gaussian.

    Args:
        x: (..., T, D).
        mean: (..., K, D) float64.
        variance: (..., K, D) float64, above 0.

    Returns:
        (..., T, K) float64.
    """
    centre = mean.mean(-2, keepdim=True)
    x, mean, precision = x.double() - centre, mean - centre, 1 / variance
    volume = (2 * math.pi * variance).log()
    if not bool(far_off(mean, variance).any()):
        constant = (mean.square() * precision + volume).sum(-1)
        squares = x.square() @ precision.mT + constant.unsqueeze(-2)
        return x @ (mean * precision).mT - squares / 2
    pairs = zip(mean.unbind(-2), precision.unbind(-2), strict=True)
    away = [(x - m.unsqueeze(-2)).square() @ p.unsqueeze(-1) for m, p in pairs]
    return -(torch.cat(away, -1) + volume.sum(-1).unsqueeze(-2)) / 2


def moments(x: Tensor, share: Tensor, about: Tensor) -> tuple[Tensor, Tensor]:
    r"""Sums over frames of $\gamma_{tk}(x_{td}-a_{kd})$, and of its squares.

    Args:
        x: (T, D) float64.
        share: $\gamma$, (T, K) float64.
        about: $a$, (K, D), or (1, D) for one point for all, which is faster.

    Returns:
        Two of (K, D).
    """
    if len(about) == 1:
        away = x - about
        return share.T @ away, share.T @ away.square()
    first, second = [], []
    for weight, point in zip(share.T, about, strict=True):
        away = x - point
        first.append(weight @ away)
        second.append(weight @ away.square())
    return torch.stack(first), torch.stack(second)


def floors(mean: Tensor, variance: Tensor, share: float) -> tuple[Tensor, Tensor]:
    """Least variances of features, relative to what each has over all frames.

    Args:
        mean: (D,) over all frames.
        variance: (D,) over all frames.
        share: least variance as a share of that; 0 keeps it from being exactly 0.

    Returns:
        (D,) bool, whether a feature varies beyond the rounding of its mean; and (D,)
        least variances, 1 where it does not: such a feature tells nothing.
    """
    varies = variance > (8 * _EPSILON * mean).square()
    least = max(share, _EPSILON**2) * variance
    return varies, torch.where(varies, least, torch.ones_like(least))

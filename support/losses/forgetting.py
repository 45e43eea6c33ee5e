r"""What a map on a frozen representation should keep, and what it should lose.

All terms are sums over features and means over samples, so that one weight $\lambda$,
$\mathcal L=\mathcal L_r+\lambda\mathcal L_f$, means the same in both regimes.  The
authors' code takes $\mathcal L_r$ as a *mean* over D features in the standard regime,
so that their $\beta$ there is $\lambda/D$; in the zero-shot regime $\beta=\lambda$.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes, real, tensor
from support.scalars import number

__all__ = [
    "ZeroShotLosses",
    "forget_loss",
    "forget_loss_pairwise",
    "retain_loss",
    "zero_shot_losses",
]

Map = Callable[[Tensor], Tensor]


def retain_loss(f: Map, z: Tensor) -> Tensor:
    r"""Distance by which a map moves the features of retained samples.

    $$\mathcal L_r=\frac1B\sum_b\|f(z_b)-z_b\|^2$$

    Args:
        f: (B, D) features -> (B, D) features.
        z: (B, D) features of retained samples.

    Returns:
        A scalar, at least 0; 0 for the identity.

    Raises:
        ValueError: no row, not finite, or the map changes the shape.

    Source: *Representation Unlearning* (2026), the term of retention without noise.

    >>> retain_loss(lambda z: z + 1, torch.zeros(4, 3))
    tensor(3.)
    """
    z = _rows("z", z)
    return (_mapped(f, z) - z).square().sum(1).mean()


def forget_loss(f: Map, z_f: Tensor, mean: Tensor) -> Tensor:
    r"""Pull of all forgotten features towards one point, the mean feature.

    $$\mathcal L_f=\frac1B\sum_b\|f(z_b)-\mu\|^2$$

    Args:
        f: (B, D) features -> (B, D) features.
        z_f: (B, D) features of samples to forget.
        mean: (D,) mean $\mu$ of retained and forgotten features together.

    Returns:
        A scalar, at least 0.

    Raises:
        ValueError: no row, not finite, or shapes that do not fit.

    >>> forget_loss(lambda z: z, torch.ones(4, 3), torch.zeros(3))
    tensor(3.)
    """
    z_f = _rows("z_f", z_f)
    mean = real("mean", mean, like=z_f)
    if mean.shape != z_f.shape[1:]:
        raise ValueError(
            f"mean: got shape {tuple(mean.shape)}; give ({z_f.shape[1]},), a number "
            "for each feature"
        )
    return (_mapped(f, z_f) - mean).square().sum(1).mean()


def forget_loss_pairwise(f: Map, z_f: Tensor, z_ref: Tensor) -> Tensor:
    r"""Distance of each forgotten feature to each reference feature, as published.

    $$\frac1{BN}\sum_{b,n}\|f(z_b)-z_n\|^2=\frac1B\sum_b\|f(z_b)-\mu\|^2
    +\frac1N\sum_n\|z_n-\mu\|^2$$

    with $\mu$ the mean of the references: `forget_loss` and a constant.

    Args:
        f: (B, D) features -> (B, D) features.
        z_f: (B, D) features of samples to forget.
        z_ref: (N, D) features drawn from retained and forgotten samples.

    Returns:
        A scalar, at least the total variance of the references.

    Raises:
        ValueError: no row, not finite, or widths that differ.

    Source: *Representation Unlearning* (2026), standard regime.

    >>> z_ref = torch.tensor([[1.0], [3.0]])
    >>> forget_loss_pairwise(lambda z: z, torch.ones(2, 1), z_ref)
    tensor(2.)
    """
    z_f = _rows("z_f", z_f)
    z_ref = _rows("z_ref", z_ref)
    if z_ref.shape[1] != z_f.shape[1]:
        raise ValueError(
            f"z_ref: got {z_ref.shape[1]} features, z_f has {z_f.shape[1]}; give "
            "features of one layer"
        )
    return (_mapped(f, z_f)[:, None] - z_ref).square().sum(2).mean()


class ZeroShotLosses(NamedTuple):
    """The two terms of the regime that sees no retained sample."""

    retain: Tensor
    forget: Tensor


def zero_shot_losses(
    f: Map,
    rows: Tensor,
    z_f: Tensor,
    shares: Tensor,
    retained: Tensor,
    *,
    scale: float = 1.0,
    noise: float = 0.0,
    generator: torch.Generator | None = None,
) -> ZeroShotLosses:
    r"""Both terms with rows of the head in the place of retained samples.

    $$\mathcal L_r=\sum_{c\in R}\frac{\pi_c}{\pi_R}\|f(sw_c+\varepsilon)-sw_c\|^2,\qquad
    \mathcal L_f=\frac1B\sum_b\sum_c\pi_c\|f(z_b+\varepsilon)-sw_c\|^2$$

    Args:
        f: (B, D) features -> (B, D) features.
        rows: (C, D) weights $w_c$ of the head.
        z_f: (B, D) features of samples to forget.
        shares: (C,) shares $\pi_c$ of the classes in the training data; they sum to 1.
        retained: class numbers in R, no mask.
        scale: $s$; neural collapse makes rows parallel to class means, not as long.
        noise: standard deviation of $\varepsilon$, at least 0; without a generator
            it draws from torch's own.
        generator: draws the noise, on the features' device.

    Returns:
        `ZeroShotLosses`.

    Raises:
        ValueError: shapes that do not fit, shares that do not sum to 1, a mask, a
            class that does not exist, comes twice or has no share, or a bad scale or
            noise.

    Source: *Representation Unlearning* (2026), equations 7 and 17 by the comments of
    its code; the scale is ours.

    >>> eye, half = torch.eye(2), torch.ones(2) / 2
    >>> zero_shot_losses(lambda z: z, eye, eye[:1], half, torch.tensor([1]))
    ZeroShotLosses(retain=tensor(0.), forget=tensor(1.))
    """
    rows, z_f = _rows("rows", rows), _rows("z_f", z_f)
    kind = torch.promote_types(rows.dtype, z_f.dtype)
    rows, z_f = rows.to(kind), z_f.to(kind)
    shares = real("shares", shares, like=rows).to(rows)
    retained = tensor("retained", retained, rows)
    if retained.dtype == torch.bool:
        raise ValueError(
            "retained: got a mask; give the class numbers, mask.nonzero()[:, 0]"
        )
    retained = classes("retained", retained, len(rows), like=rows)
    if z_f.shape[1] != rows.shape[1] or shares.shape != rows.shape[:1]:
        raise ValueError(
            f"rows {tuple(rows.shape)}, z_f {tuple(z_f.shape)}, shares "
            f"{tuple(shares.shape)}: give (C, D), (B, D) and (C,)"
        )
    least, total = float(shares.min()), float(shares.sum())
    if least < 0 or abs(total - 1) > 1e-4:
        raise ValueError(
            f"shares: from {least:g}, sum {total:g}; give shares of at least 0 that "
            "sum to 1"
        )
    if retained.ndim != 1 or not 0 < len(retained) == len(retained.unique()):
        raise ValueError(
            f"retained: got {retained.tolist()}; give each class that stays, once"
        )
    kept = shares[retained]
    if not float(kept.sum()) > 0:
        raise ValueError("retained: these classes have no share; give at least one")
    scale, noise = number("scale", scale, above=0), number("noise", noise, least=0)

    def noisy(z: Tensor) -> Tensor:
        if not noise:
            return z
        drawn = torch.randn(z.shape, generator=generator, device=z.device)
        return z + noise * drawn.to(z)

    prototypes = scale * rows
    anchors = prototypes[retained]
    moved = (_mapped(f, noisy(anchors)) - anchors).square().sum(1)
    far = _mapped(f, noisy(z_f))[:, None] - prototypes
    return ZeroShotLosses(
        (moved * kept).sum() / kept.sum(),
        (far.square().sum(2) @ shares).mean(),
    )


def _rows(name: str, z: Tensor) -> Tensor:
    z = real(name, z)
    if z.ndim != 2 or not len(z):
        raise ValueError(
            f"{name}: got shape {tuple(z.shape)}; give (n, D) with n at least 1"
        )
    return z


def _mapped(f: Map, z: Tensor) -> Tensor:
    out = real("f, its features", f(z))
    if out.shape != z.shape:
        raise ValueError(
            f"f: made shape {tuple(out.shape)} of {tuple(z.shape)}; give a map that "
            "keeps the shape"
        )
    return out

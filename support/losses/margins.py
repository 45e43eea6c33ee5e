r"""Classification by cosines, with a margin that training has to earn."""

import math

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, one_hot

from support.arrays import classes, real
from support.directions import directions

__all__ = ["angular_margin_loss", "cosine_margin_loss"]


def angular_margin_loss(
    embedding: Tensor,
    weight: Tensor,
    target: Tensor,
    *,
    margin: float = 0.2,
    scale: float = 30.0,
) -> Tensor:
    r"""Cross-entropy with the true class's angle made larger (AAM-softmax, ArcFace).

    $$\mathcal L=-\log\frac{e^{s\cos(\theta_y+m)}}
    {e^{s\cos(\theta_y+m)}+\sum_{c\ne y}e^{s\cos\theta_c}}$$

    Where $\theta_y+m$ would pass $\pi$, the cosine would rise again; there
    $\cos\theta_y-m\sin m$ goes on falling in its place.

    Args:
        embedding: (B, E); lengths are taken out here.
        weight: (C, E), a direction a class.
        target: (B,) classes.
        margin: $m$ in radians, in [0, pi).
        scale: $s$, above 0.

    Returns:
        A scalar; lower is better.

    Raises:
        ValueError: shapes disagree, a number is not finite, a class is out of range,
            the margin or the scale too.

    Source: Deng et al., ArcFace, 2019, eq. 3.

    >>> angular_margin_loss(torch.eye(2), torch.eye(2), torch.tensor([0, 1])) < 1e-6
    tensor(True)
    """
    if not 0 <= margin < math.pi:
        raise ValueError(f"margin: got {margin}; give radians in [0, pi)")
    cosine, target = _cosines(embedding, weight, target, scale)
    # The root has an infinite slope at 0, where the angle is 0 or pi.
    sine = (1 - cosine.square()).clamp_min(1e-12).sqrt()
    moved = cosine * math.cos(margin) - sine * math.sin(margin)
    beyond = cosine <= math.cos(math.pi - margin)
    moved = torch.where(beyond, cosine - margin * math.sin(margin), moved)
    true = one_hot(target, len(weight)).bool()
    return cross_entropy(scale * torch.where(true, moved, cosine), target)


def cosine_margin_loss(
    embedding: Tensor,
    weight: Tensor,
    target: Tensor,
    *,
    margin: float = 0.2,
    scale: float = 30.0,
) -> Tensor:
    r"""Cross-entropy with the true class's cosine made smaller (AM-softmax, CosFace).

    $$\mathcal L=-\log\frac{e^{s(\cos\theta_y-m)}}
    {e^{s(\cos\theta_y-m)}+\sum_{c\ne y}e^{s\cos\theta_c}}$$

    Args:
        embedding: (B, E); lengths are taken out here.
        weight: (C, E), a direction a class.
        target: (B,) classes.
        margin: $m\ge0$, of cosines.
        scale: $s$, above 0.

    Returns:
        A scalar; lower is better.

    Raises:
        ValueError: as `angular_margin_loss`.

    Source: Wang et al., Additive margin softmax for face verification, 2018, eq. 6.

    >>> cosine_margin_loss(torch.eye(2), torch.eye(2), torch.tensor([0, 1])) < 1e-6
    tensor(True)
    """
    if not 0 <= margin < math.inf:
        raise ValueError(f"margin: got {margin}; give a number of at least 0")
    cosine, target = _cosines(embedding, weight, target, scale)
    return cross_entropy(
        scale * (cosine - margin * one_hot(target, len(weight))), target
    )


def _cosines(
    embedding: Tensor, weight: Tensor, target: Tensor, scale: float
) -> tuple[Tensor, Tensor]:
    """Cosines (B, C) in at least float32, and classes (B,) of int64."""
    embedding = real("embedding", embedding)
    weight = real("weight", weight, like=embedding)
    if embedding.ndim != 2 or weight.shape[1:] != embedding.shape[1:]:
        raise ValueError(
            f"embedding, weight: got shapes {tuple(embedding.shape)} and "
            f"{tuple(weight.shape)}; give (B, E) and (C, E)"
        )
    target = classes("target", target, len(weight), like=embedding)
    if target.shape != embedding.shape[:1] or not len(target):
        raise ValueError(
            f"target: got shape {tuple(target.shape)}; give one class for each of the "
            f"{len(embedding)} embeddings, and at least one"
        )
    if not 0 < scale < math.inf:
        raise ValueError(f"scale: got {scale}; give a number above 0")
    # Half precision has two or three digits, and a sine of 1e-6 is none of them.
    with torch.autocast(embedding.device.type, enabled=False):
        return directions(embedding) @ directions(weight.to(embedding)).T, target

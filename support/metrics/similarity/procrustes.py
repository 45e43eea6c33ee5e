"""The best rotation of one representation onto another."""

import math
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import pad as pad_columns

from support.metrics.similarity.inputs import centred, check_pair

__all__ = ["Procrustes", "procrustes"]

_CLOSE = 1e-3


class Procrustes(NamedTuple):
    """How well a rotation does, which one, and the two shape distances."""

    r2: float
    """Variance of y explained by the rotated x, at most 1."""
    rotation: Tensor
    """(w, w) orthogonal matrix, w the larger width; float64."""
    factor: float
    """The scalar that multiplies the rotated, centred x."""
    distance: float
    """$\\sqrt{2-2\\|X^\\top Y\\|_*}$ of the sides scaled to norm 1, in [0, sqrt 2]."""
    angle: float
    """$\\arccos\\|X^\\top Y\\|_*$ in radians, in [0, pi/2]; a metric."""


def procrustes(
    x: Tensor, y: Tensor, *, scale: bool = True, pad: bool = True
) -> Procrustes:
    r"""Orthogonal Procrustes: rotate x onto y.

    With centred columns, $Q=UV^\top$ from $U\Sigma V^\top=X^\top Y$ minimises
    $\|Y-aXQ\|_F$ for every $a>0$, and with $s=\|X^\top Y\|_*/(\|X\|_F\|Y\|_F)$

    $$R^2=s^2\ \ (a=\langle Y,XQ\rangle/\|X\|_F^2\text{, scaled}),\qquad
    R^2=2s-1\ \ (a=\|Y\|_F/\|X\|_F\text{, the norms alone}).$$

    $R^2$, distance and angle are symmetric and unchanged by permutations, rotations,
    reflections, shifts and one common scale of either side; invertible maps change
    them.  $R^2$ higher, distance and angle lower, is more alike.  One scalar fits
    the whole matrix: a scale a column would be another family.  Here both sides
    are scaled alike, so that, other than in ``scipy.linalg.orthogonal_procrustes``,
    the result does not depend on their units.

    Args:
        x: (n, p) one row a sample.
        y: (n, q) the same samples in the same order.
        scale: fit the scalar; otherwise both sides only get the same norm.
        pad: fill up the narrower side with zero columns; otherwise unequal widths
            are refused.

    Returns:
        A `Procrustes`; the rotation acts on the padded x.

    Raises:
        ValueError: fewer than 2 rows, unequal lengths, values that are not finite,
            no variance, or unequal widths with ``pad=False``.

    Source: Schoenemann, Psychometrika 1966; Williams et al., NeurIPS 2021, for the
    angle.

    >>> x = torch.tensor([[0.0, 1], [1, 3], [2, 0], [5, 1]])
    >>> result = procrustes(x, 3 * x.flip(1) + 1)
    >>> round(result.r2, 6), round(result.factor, 6)
    (1.0, 3.0)
    """
    x, y = check_pair(x, y, 2)
    width = max(x.shape[1], y.shape[1])
    if not pad and x.shape[1] != y.shape[1]:
        raise ValueError(
            f"x has {x.shape[1]} features and y has {y.shape[1]}; give equal widths, "
            "or pad=True to fill up with zeros"
        )
    a, b = centred(x), centred(y)
    norm_a, norm_b = float(torch.linalg.norm(a)), float(torch.linalg.norm(b))
    cross = a.T @ b
    if x.shape[1] != y.shape[1]:
        cross = pad_columns(cross, (0, width - y.shape[1], 0, width - x.shape[1]))
    left, sigma, right = torch.linalg.svd(cross)
    overlap = min(1.0, float(sigma.sum()) / (norm_a * norm_b))
    ratio, rotation = norm_b / norm_a, left @ right
    distance = math.sqrt(2 - 2 * overlap)
    if distance < _CLOSE:  # take the difference itself, which keeps its digits
        moved = (a / norm_a) @ rotation[: a.shape[1]]
        moved[:, : b.shape[1]] -= b / norm_b
        distance = min(distance, float(torch.linalg.norm(moved)))
    return Procrustes(
        r2=overlap**2 if scale else 2 * overlap - 1,
        rotation=rotation,
        factor=ratio * overlap if scale else ratio,
        distance=distance,
        angle=2 * math.asin(distance / 2) if distance < _CLOSE else math.acos(overlap),
    )

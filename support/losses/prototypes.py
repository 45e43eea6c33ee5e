"""Losses that tell an embedding where to stand, or classes to stand at right angles."""

from typing import Literal

import torch
from torch import Tensor

from support.arrays import classes, real
from support.directions import directions
from support.scalars import number

__all__ = ["orthogonal_projection", "prototype_distance"]


def prototype_distance(
    z: Tensor,
    p: Tensor,
    kind: Literal["euclidean", "cosine"] = "euclidean",
    over: Literal["sum", "mean"] = "sum",
) -> Tensor:
    r"""How far each embedding is from the prototype that it was given.

    *euclidean*: $d=\|z-p\|^2$, or that divided by k with ``over="mean"``, which makes
    the pull weaker the wider the space.  *cosine*: $d=1-\cos(z,p)$, blind to lengths;
    ``over`` does not matter there; an embedding of 0 has no direction and gets 1.

    Args:
        z: (N, k) embeddings.
        p: (N, k), the prototype of each.
        kind: ``"euclidean"`` or ``"cosine"``.
        over: ``"sum"`` or ``"mean"`` over the k dimensions.

    Returns:
        (N,), at least 0, for *cosine* at most 2; in at least float32.

    Raises:
        ValueError: shapes differ, there is no row, a number is not finite, a word is
            unknown, or for *cosine* a prototype is 0 and has no direction.

    Source: Almudévar et al., Predefined Prototypes, Interspeech 2024; sum and mean as
    in its predecessor and in the code of its sister paper.

    >>> prototype_distance(torch.zeros(1, 4), torch.ones(1, 4))
    tensor([4.])
    """
    for name, given, known in (
        ("kind", kind, ("euclidean", "cosine")),
        ("over", over, ("sum", "mean")),
    ):
        if given not in known:
            raise ValueError(f"{name}: got {given!r}; give one of {', '.join(known)}")
    z = real("z", z)
    p = real("p", p, like=z)
    if z.ndim != 2 or z.shape != p.shape or not z.numel():
        raise ValueError(
            f"z, p: got shapes {tuple(z.shape)} and {tuple(p.shape)}; give two of "
            "(N, k), neither number 0"
        )
    if kind == "cosine":
        if not bool(p.detach().any(1).all()):
            raise ValueError(
                "p: a prototype is 0, which has no direction; give kind='euclidean' or "
                "a scale above 0"
            )
        return 1 - (directions(z) * directions(p)).sum(1)
    squares = (z - p).square()
    distance = squares.sum(1) if over == "sum" else squares.mean(1)
    if not bool(distance.detach().isfinite().all()):
        largest = float((z - p).detach().abs().max())
        raise ValueError(
            f"z, p: differences up to {largest:.3g} have squares that {distance.dtype} "
            "cannot hold; give float64 or smaller numbers"
        )
    return distance


def orthogonal_projection(z: Tensor, y: Tensor, gamma: float = 2.0) -> Tensor:
    r"""Samples of one class in one direction, those of two at right angles.

    $$\mathcal L=\big(1-\overline{\cos}_{\rm same}\big)
    +\gamma\,\overline{|\cos|}_{\rm different}$$

    with means over all pairs of different samples of the batch; where a batch has no
    pair of a sort, that sort's term is 0.  No prototypes: directions are found in
    training.  Memory: two tables (B, B).

    Args:
        z: (B, k) embeddings; only directions count, and 0 has none: cosine 0.
        y: (B,) classes from 0.
        gamma: weight of the second term, in [0, 1e30].

    Returns:
        A scalar in [0, 2 + gamma]; 0 for tight classes at right angles.

    Raises:
        ValueError: lengths differ, fewer than two rows, a number is not finite or out
            of range, or a class is none.

    Source: Ranasinghe et al., Orthogonal Projection Loss, ICCV 2021; $\gamma=2$ as in
    comparisons by the authors of Predefined Prototypes.

    >>> orthogonal_projection(torch.eye(2)[[0, 0, 1]], torch.tensor([0, 0, 1]))
    tensor(0.)
    """
    z = real("z", z)
    y = classes("y", y, like=z)
    weight = number("gamma", gamma, least=0, most=1e30)
    if z.ndim != 2 or y.shape != z.shape[:1] or len(z) < 2 or not z.shape[1]:
        raise ValueError(
            f"z, y: got shapes {tuple(z.shape)} and {tuple(y.shape)}; give (B, k) and "
            "(B,), B at least 2"
        )
    unit = directions(z)
    cosines = unit @ unit.T
    alike = y[:, None] == y
    other, alike = ~alike, alike & ~torch.eye(len(y), dtype=torch.bool, device=y.device)
    loss = unit.new_zeros(())
    if bool(alike.any()):
        loss = loss + 1 - cosines[alike].mean()
    if bool(other.any()):
        loss = loss + weight * cosines[other].abs().mean()
    return loss

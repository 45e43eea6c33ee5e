"""Where classes and factors should stand, chosen before any training."""

from collections.abc import Sequence
from typing import Any

import torch
from scipy.linalg import helmert
from torch import Tensor

from support.generators import random_source
from support.models.rotations import random_rotations
from support.scalars import number, whole

__all__ = ["factor_tables", "orthogonal_table"]


def orthogonal_table(
    classes: int,
    dim: int,
    generator: torch.Generator,
    scale: float = 1.0,
    *,
    simplex: bool = False,
) -> Tensor:
    r"""One prototype a class, as far apart as the space allows.

    With $k\ge C$ the rows of a random rotation, so that $PP^\top=s^2I$ and any two
    lie $s\sqrt2$ apart.  With ``simplex`` the corners of a regular simplex: cosines
    $-\frac1{C-1}$, the farthest that C points of one length can be, already in
    $k=C-1$ dimensions.  With $k<C$ no C directions are orthogonal; the rows of a
    rotation of C dimensions are then thrown into k by a matrix of
    $\mathcal N(0,\frac1k)$, which keeps cosines at 0 up to about $1/\sqrt k$, and
    lengths at s likewise.

    Args:
        classes: C, at least 2.
        dim: k, at least 1.
        generator: of rotation and projection.
        scale: s in [1e-30, 1e30]; multiply by 0 for a control without geometry.
        simplex: corners of a simplex in place of orthogonal directions.

    Returns:
        (C, k) in float32, made in float64, on the generator's device.

    Raises:
        ValueError: a count or the scale is out of range, the generator is none,
            ``simplex`` no truth value, or a simplex of C corners does not fit into k
            dimensions.

    Source: Almudévar et al., Predefined Prototypes, Interspeech 2024; the projection
    as in their Variational Bayes Classifier, after Johnson and Lindenstrauss.

    >>> table = orthogonal_table(3, 8, torch.Generator().manual_seed(0), 2.0)
    >>> (table @ table.T).round(decimals=4).diag()
    tensor([4., 4., 4.])
    """
    count, width = whole("classes", classes, 2), whole("dim", dim)
    length = number("scale", scale, least=1e-30, most=1e30)
    generator = random_source("generator", generator)
    if not isinstance(simplex, bool):  # the word "no" would be true
        raise ValueError(f"simplex: got {simplex!r}; give True or False")
    if simplex:
        if width < count - 1:
            raise ValueError(
                f"dim: got {width}; a simplex of {count} corners needs at least "
                f"{count - 1} dimensions"
            )
        corners = torch.from_numpy(helmert(count).T)  # C rows of C - 1 coordinates
        corners = (corners / corners.norm(dim=1, keepdim=True)).to(generator.device)
        turned = corners @ _rotation(width, generator)[: count - 1].double()
        return (length * turned).float()
    if width >= count:
        return length * _rotation(width, generator)[:count]
    projection = torch.randn(
        count, width, generator=generator, device=generator.device, dtype=torch.double
    )
    thrown = _rotation(count, generator).double() @ projection / width**0.5
    return (length * thrown).float()


def factor_tables(
    levels: Sequence[int],
    block_dims: Sequence[int],
    generator: torch.Generator,
    scale: float = 1.0,
) -> list[Tensor]:
    r"""A table of prototypes for each factor, in a block of the embedding of its own.

    $\mathbb R^k=\bigoplus_a\mathbb R^{k_a}$; level $\ell$ of factor a stands at
    $s\,o^{(a)}_\ell$ with orthonormal $o^{(a)}_1,\dots,o^{(a)}_{L_a}$.  The prototype
    of a sample is the rows of its levels, side by side.

    Args:
        levels: $L_a\ge2$, how many levels each factor has.
        block_dims: $k_a\ge L_a$, how wide its block is.
        generator: of the rotations.
        scale: s in [1e-30, 1e30].

    Returns:
        A list of tables $(L_a,k_a)$ in float32.

    Raises:
        ValueError: no factors, unequal lengths, a count or the scale out of range, no
            generator, or a block that is narrower than its factor has levels.

    Source: our reading of Almudévar et al., Predefined Prototypes, Interspeech 2024,
    whose construction was not found; orthogonal blocks as in their Open-Set Source
    Tracing, arXiv 2607.03134.

    >>> [tuple(table.shape) for table in
    ...  factor_tables([3, 2], [4, 4], torch.Generator().manual_seed(0))]
    [(3, 4), (2, 4)]
    """
    counts = _each("levels", levels, 2)
    widths = _each("block_dims", block_dims, 1)
    if len(counts) != len(widths):
        raise ValueError(
            f"levels, block_dims: got {len(counts)} and {len(widths)} numbers; give "
            "one of each a factor"
        )
    for place, (count, width) in enumerate(zip(counts, widths, strict=True)):
        if width < count:
            raise ValueError(
                f"block_dims: block {place} has {width} dimensions for {count} levels; "
                f"give at least {count}"
            )
    return [
        orthogonal_table(count, width, generator, scale)
        for count, width in zip(counts, widths, strict=True)
    ]


def _rotation(dim: int, generator: torch.Generator) -> Tensor:
    return random_rotations(1, dim, generator)[0]


def _each(name: str, given: Any, least: int) -> list[int]:
    try:
        values = [] if isinstance(given, str | bytes) else list(given)
    except TypeError:
        values = []
    if not values:
        raise ValueError(f"{name}: got {given!r}; give one integer a factor")
    return [whole(name, value, least) for value in values]

"""Coarser tasks: classes that are unions of finer ones."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from support.arrays import real, tensor

__all__ = ["aggregate_probabilities", "coarsen"]

Merging = Mapping[int, int] | Sequence[int] | Tensor


def coarsen(labels: Tensor, mapping: Merging) -> Tensor:
    r"""Replace each label by its coarser one, $Y'=g(Y)$.

    Args:
        labels: integers of any shape.
        mapping: the coarse class of every fine one: a sequence whose entry c is
            g(c), or a dictionary.

    Returns:
        int64, the shape and device of ``labels``.

    Raises:
        ValueError: labels are not integers, the mapping is not total (a label has
            no coarse class), or a coarse class is negative.

    >>> coarsen(torch.tensor([0, 3, 2]), [0, 0, 1, 1])
    tensor([0, 1, 1])
    """
    if labels.is_floating_point() or labels.is_complex() or labels.dtype == torch.bool:
        raise ValueError(f"labels: got {labels.dtype}; give integers")
    table = _table(mapping)
    if labels.numel():
        low, high = int(labels.min()), int(labels.max())
        if low < 0 or high >= len(table):
            missing = low if low < 0 else high
            raise ValueError(
                f"mapping: it is not total; label {missing} has no coarse class "
                f"(it has 0 to {len(table) - 1})"
            )
    return table.to(labels.device)[labels.long()]


def aggregate_probabilities(probabilities: Tensor, mapping: Merging) -> Tensor:
    r"""Add up fine probabilities, $p'(y')=\sum_{y:g(y)=y'}p(y)$.

    Dividing lines between merged classes are forgotten, so no divergence between
    two distributions can grow: $\mathrm{KL}(g_\#q\|g_\#p)\le\mathrm{KL}(q\|p)$,
    sample by sample.

    Args:
        probabilities: (..., C).
        mapping: the coarse class of each of the C fine ones; see `coarsen`.

    Returns:
        (..., C'), C' one more than the largest coarse class; the device of the input
        and its dtype (float64 for integers), summed in at least float32.

    Raises:
        ValueError: the mapping does not have exactly C entries, or a value is
            negative or not finite.

    >>> aggregate_probabilities(torch.tensor([0.25, 0.25, 0.5]), [0, 0, 1])
    tensor([0.5000, 0.5000])
    """
    table = _table(mapping)
    given = tensor("probabilities", probabilities)
    shares = real("probabilities", given)
    if not probabilities.ndim or probabilities.shape[-1] != len(table):
        raise ValueError(
            f"mapping: {len(table)} classes for probabilities of shape "
            f"{tuple(probabilities.shape)}; give the coarse class of every fine one"
        )
    if bool((shares < 0).any()):
        raise ValueError(
            f"probabilities: got {float(shares.min())}; give numbers of at least 0"
        )
    sums = shares.new_zeros(*shares.shape[:-1], int(table.max()) + 1)
    sums.scatter_add_(-1, table.to(shares.device).expand_as(shares), shares)
    return sums.to(given.dtype) if given.is_floating_point() else sums


def _table(mapping: Merging) -> Tensor:
    """Any mapping as an int64 tensor (C,)."""
    if isinstance(mapping, Mapping):
        missing = [label for label in range(len(mapping)) if label not in mapping]
        if missing:
            raise ValueError(
                f"mapping: it is not total; label {missing[0]} has no coarse class"
            )
        mapping = [mapping[label] for label in range(len(mapping))]
    table = torch.as_tensor(mapping)
    if table.ndim != 1 or not len(table) or table.is_floating_point():
        raise ValueError("mapping: give one integer for every fine class")
    if int(table.min()) < 0:
        raise ValueError(f"mapping: got class {int(table.min())}; give 0 and more")
    return table.long()

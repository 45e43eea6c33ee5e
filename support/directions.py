"""Rows as directions, however long or short they are."""

from torch import Tensor
from torch.nn.functional import normalize

__all__ = ["directions"]


def directions(rows: Tensor) -> Tensor:
    r"""Rows of length 1, $x/\|x\|$, whose squares need not fit; gradients pass.

    Args:
        rows: (n, k), finite, in float32 or float64; a row of 0 stays 0.

    Returns:
        (n, k) of the same type.

    >>> import torch
    >>> directions(torch.tensor([[3e30, 4e30], [0.0, 0.0]]))
    tensor([[0.6000, 0.8000],
            [0.0000, 0.0000]])
    """
    largest = rows.detach().abs().amax(1, keepdim=True)
    return normalize(rows / largest.where(largest > 0, 1.0), dim=1)

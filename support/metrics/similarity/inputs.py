"""What every measure of similarity asks of its two inputs, and how it centres them."""

import math

import torch
from torch import Tensor

__all__ = ["BLOCK", "centred", "check_pair", "check_side", "column_mean", "upper_pairs"]

BLOCK = 4096
"""Rows, or columns, brought to float64 at a time where an input may be large."""


def check_side(name: str, side: Tensor, least: int) -> None:
    """Refuse a representation that no measure could read.

    Args:
        name: of the argument, for the message.
        side: (n, d), one row a sample.
        least: the fewest rows allowed.

    Raises:
        ValueError: not (n, d) with d of at least 1, fewer than ``least`` rows,
            complex numbers, a value that is not finite, or all rows equal.
    """
    if not isinstance(side, Tensor) or side.is_complex():
        raise ValueError(f"{name}: got {type(side).__name__}; give a real torch tensor")
    if side.ndim != 2 or not side.shape[1]:
        raise ValueError(
            f"{name}: got shape {tuple(side.shape)}; give (n, d), one row a sample "
            "(flatten or pool feature maps first)"
        )
    if len(side) < least:
        raise ValueError(f"{name}: got {len(side)} rows; give at least {least}")
    low, high = side.aminmax(dim=0)
    low, high = low.double(), high.double()
    spread = high - low  # NaN or infinite where a value of the column is
    widest = float(spread.max())
    if not math.isfinite(widest):
        column = int((~torch.isfinite(spread)).nonzero()[0])
        row = int((~torch.isfinite(side[:, column].double())).nonzero()[0])
        raise ValueError(
            f"{name}: row {row}, column {column} is {float(side[row, column])}; "
            "give finite values"
        )
    # A constant column leaves rounding noise when centred, which is no variance.
    if not bool((spread > 1e-12 * (1 + torch.maximum(high, -low))).any()):
        raise ValueError(f"{name}: all rows are equal; there is no variance to compare")


def check_pair(x: Tensor, y: Tensor, least: int, names: tuple[str, str]) -> None:
    """Refuse two representations that cannot be compared.

    Args:
        x: (n, p).
        y: (n, q), the same samples in the same order, on the same device.
        least: the fewest rows allowed.
        names: of the arguments, for the message.

    Raises:
        ValueError: as `check_side`, or unequal numbers of rows, or two devices.
    """
    for name, side in zip(names, (x, y), strict=True):
        check_side(name, side, least)
    if len(x) != len(y):
        raise ValueError(
            f"{names[0]} has {len(x)} rows and {names[1]} has {len(y)}; give the "
            "same samples in the same order"
        )
    if x.device != y.device:
        raise ValueError(
            f"{names[0]} is on {x.device} and {names[1]} on {y.device}; move one"
        )


def column_mean(side: Tensor) -> Tensor:
    """(n, d) of any real type -> (d,) means in float64, block by block."""
    total = side.new_zeros(side.shape[1], dtype=torch.float64)
    for block in side.split(BLOCK):
        total += block.double().sum(0)
    return total / len(side)


def centred(side: Tensor) -> Tensor:
    """(n, d) -> a float64 copy whose columns have mean 0."""
    values = side.double()
    return values - values.mean(0)


def upper_pairs(n: int, device: torch.device) -> Tensor:
    """Places of the pairs i < j in a flattened (n, n) matrix, for `Tensor.take`."""
    rows, columns = torch.triu_indices(n, n, 1, device=device)
    return rows.mul_(n).add_(columns)

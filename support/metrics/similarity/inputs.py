"""What every measure of similarity asks of its two inputs, and how it centres them."""

import math
from typing import Any

import torch
from torch import Tensor

from support.arrays import real

__all__ = [
    "BLOCK",
    "centred",
    "check_pair",
    "check_side",
    "check_test",
    "column_mean",
]

BLOCK = 4096
"""Rows, or columns, brought to float64 at a time where an input may be large."""
_LEAST, _MOST = 1e-60, 1e60  # beyond, a product of four leaves float64


def check_side(name: str, side: Any, least: int) -> Tensor:
    """Take a representation; refuse one that no measure could read.

    Args:
        name: of the argument, for the message.
        side: (n, d), one row a sample; a tensor or an array.
        least: the fewest rows allowed.

    Returns:
        (n, d) float32 or float64, detached.

    Raises:
        ValueError: not (n, d) with d of at least 1, fewer than ``least`` rows,
            complex numbers, a value that is not finite, or all rows equal.
    """
    side = real(name, side, finite=False).detach()
    if side.ndim != 2 or not side.shape[1]:
        raise ValueError(
            f"{name}: got shape {tuple(side.shape)}; give (n, d), one row a sample "
            "(flatten or pool feature maps first)"
        )
    if len(side) < least:
        raise ValueError(f"{name}: got {len(side)} rows; give at least {least}")
    low, high = side.amin(0), side.amax(0)  # quicker than aminmax(dim=0)
    widest = float((high - low).max())  # NaN or infinite where a value is
    if not math.isfinite(widest):
        spread = high.double() - low.double()
        if not bool(spread.isfinite().all()):
            column = int((~spread.isfinite()).nonzero()[0])
            row = int((~side[:, column].isfinite()).nonzero()[0])
            raise ValueError(
                f"{name}: row {row}, column {column} is {float(side[row, column])}; "
                "give finite values"
            )
        widest = float(spread.max())
    # What differs by the rounding of its type alone is equal.
    eps = 4 * torch.finfo(side.dtype).eps
    if widest <= eps * max(float(high.max()), -float(low.min())):
        rounding = eps * torch.maximum(high, -low)
        if not bool((high - low > rounding).any()):
            raise ValueError(
                f"{name}: all rows are equal; there is no variance to compare"
            )
    if not _LEAST < widest < _MOST:
        raise ValueError(
            f"{name}: values spread over {widest:.3g}, whose powers leave float64; "
            "give other units"
        )
    return side


def check_pair(
    x: Any, y: Any, least: int, names: tuple[str, str] = ("x", "y")
) -> tuple[Tensor, Tensor]:
    """Take two representations; refuse those that cannot be compared.

    Args:
        x: (n, p).
        y: (n, q), the same samples in the same order, on the same device.
        least: the fewest rows allowed.
        names: of the arguments, for the message.

    Returns:
        Both as `check_side` gives them.

    Raises:
        ValueError: as `check_side`, or unequal numbers of rows, or two devices.
    """
    x, y = check_side(names[0], x, least), check_side(names[1], y, least)
    if len(x) != len(y):
        raise ValueError(
            f"{names[0]} has {len(x)} rows and {names[1]} has {len(y)}; give the "
            "same samples in the same order"
        )
    if x.device != y.device:
        raise ValueError(
            f"{names[0]} is on {x.device} and {names[1]} on {y.device}; move one"
        )
    return x, y


def check_test(
    x: Tensor, y: Tensor, x_test: Any, y_test: Any, least: int = 2
) -> tuple[Tensor, Tensor]:
    """Take the test split of two representations.

    Args:
        x: (n, p) of the fit split, checked.
        y: (n, q).
        x_test: (m, p).
        y_test: (m, q), which varies.
        least: the fewest rows allowed.

    Returns:
        Both as float32 or float64, detached.

    Raises:
        ValueError: other widths, lengths or devices, values that are not finite.
    """
    x_test = real("x_test", x_test).detach()
    y_test = check_side("y_test", y_test, least)
    for name, side, like in (("x_test", x_test, x), ("y_test", y_test, y)):
        if side.ndim != 2 or side.shape[1] != like.shape[1]:
            raise ValueError(
                f"{name}: got shape {tuple(side.shape)}; give (m, {like.shape[1]}), "
                "as wide as the fit split"
            )
        if side.device != like.device:
            raise ValueError(f"{name} is on {side.device}, the fit on {like.device}")
    if len(x_test) != len(y_test):
        raise ValueError(
            f"x_test has {len(x_test)} rows and y_test has {len(y_test)}; give the "
            "same samples in the same order"
        )
    return x_test, y_test


def column_mean(side: Tensor) -> Tensor:
    """(n, d) -> (d,) means in float64, block by block.

    Sums run over differences from the first row: a constant column has its very
    value for a mean, and leaves no rounding noise when centred.
    """
    first = side[0].double()
    total = torch.zeros_like(first)
    for block in side.split(BLOCK):
        total += (block.double() - first).sum(0)
    return first + total / len(side)


def centred(side: Tensor) -> Tensor:
    """(n, d) -> a float64 copy whose columns have mean 0."""
    away = side.to(torch.float64, copy=True).sub_(side[0])
    return away.sub_(away.sum(0).div_(len(side)))  # quicker than mean(0)

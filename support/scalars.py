"""The door of single numbers: counts, weights and limits that a caller gives.

Beside `support.arrays`, which takes tensors.  A word, a truth value, NaN, a fraction
where things are counted: refused by name, before any sum is made.
"""

import math
import operator
from typing import Any

from torch import Tensor

__all__ = ["number", "whole"]


def whole(name: str, value: Any, least: int = 1, most: int | None = None) -> int:
    """A whole number in [least, most].

    Args:
        name: of the argument, for the message.
        value: an integer, of Python, NumPy or torch; True is none.
        least: the least that is taken.
        most: the greatest that is taken; None sets no limit.

    Raises:
        ValueError: no integer, or out of range.

    >>> whole("k", 3)
    3
    """
    wanted = f"of at least {least}" if most is None else f"from {least} to {most}"
    try:
        if isinstance(value, bool):
            raise TypeError
        taken = operator.index(value)
    except TypeError:
        raise ValueError(f"{name}: got {value!r}; give an integer {wanted}") from None
    if taken < least or (most is not None and taken > most):
        raise ValueError(f"{name}: got {taken}; give an integer {wanted}")
    return taken


def number(
    name: str,
    value: Any,
    *,
    least: float | None = None,
    above: float | None = None,
    most: float | None = None,
) -> float:
    """A finite number in a range.

    Args:
        name: of the argument, for the message.
        value: a number, of Python, NumPy or torch (one without axes); True is none.
        least: the least that is taken.
        above: in the place of `least`, where the end itself is not taken.
        most: the greatest that is taken.

    Raises:
        ValueError: no number, NaN, infinite, or out of range.

    >>> number("share", 1, above=0, most=1)
    1.0
    """
    limits = (("at least", least), ("above", above), ("at most", most))
    bounds = [f"{word} {end:g}" for word, end in limits if end is not None]
    wanted = " ".join(["a finite number", " and ".join(bounds)]).strip()
    try:
        axes = getattr(value, "ndim", 0)
        if isinstance(value, bool | str | bytes) or axes:
            raise TypeError
        taken = float(value.detach() if isinstance(value, Tensor) else value)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: got {value!r}; give {wanted}") from None
    if (
        not math.isfinite(taken)
        or (least is not None and taken < least)
        or (above is not None and taken <= above)
        or (most is not None and taken > most)
    ):
        raise ValueError(f"{name}: got {taken:g}; give {wanted}")
    return taken

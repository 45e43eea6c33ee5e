"""The door of every measure, loss and fit: what a caller gives becomes what sums need.

Tensors, NumPy arrays and lists are taken alike.  Each function names the argument in
its errors, and is called once, where a public function begins:

* `real`: finite numbers in float32 or float64; half precision is widened, integers
  and bools go to float64, which holds them;
* `classes`: int64 class numbers in [0, count), so that no byte is read as a mask, no
  probability is cut down to a class, and -100 is no class;
* `flags`: bools, out of bools or of zeros and ones.
"""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["classes", "flags", "real", "tensor"]

_EXACT = (torch.float32, torch.float64)
_NARROW = (torch.float16, torch.bfloat16)


def tensor(name: str, values: Any, like: Tensor | None = None) -> Tensor:
    """A tensor of real numbers, as it is, or made of an array or a list.

    Args:
        name: of the argument, for the message.
        values: a tensor, an array, or (nested) numbers.
        like: a tensor on whose device an array or a list is put; else the CPU.

    Raises:
        ValueError: complex numbers, words, rows of unequal length.

    >>> tensor("scores", np.array([1, 2], dtype=np.int16))
    tensor([1, 2], dtype=torch.int16)
    """
    if isinstance(values, Tensor):
        if values.is_complex():
            raise ValueError(f"{name}: got {values.dtype}; give real numbers")
        return values
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name}: {error}; give rows of equal length") from error
    kind = array.dtype.kind
    if kind not in "biuf":
        raise ValueError(
            f"{name}: got {type(values).__name__} of {array.dtype}; give real numbers "
            "in a tensor, an array or a list"
        )
    # torch knows neither foreign bytes, nor wider floats, nor every unsigned number
    if kind == "u" and array.itemsize > 1:
        array = array.astype(np.float64 if array.itemsize == 8 else np.int64)
    elif array.itemsize > 8:
        array = array.astype(np.float64)
    array = array.astype(array.dtype.newbyteorder("="), copy=False)
    if not array.flags.writeable or any(step < 0 for step in array.strides):
        array = array.copy()
    made = torch.from_numpy(array) if array.ndim else torch.as_tensor(array.item())
    return made if like is None else made.to(like.device)


def real(
    name: str, values: Any, *, finite: bool = True, like: Tensor | None = None
) -> Tensor:
    """Finite numbers in a type that sums can be made in; gradients pass.

    float32 and float64 stay; half precision becomes float32; integers and bools
    become float64, which holds them up to 2^53.

    Args:
        name: of the argument, for the message.
        values: a tensor, an array, or (nested) numbers.
        finite: refuse NaN and infinity; False leaves that to the caller.
        like: see `tensor`.

    Raises:
        ValueError: no real numbers, or one that is not finite.

    >>> real("scores", torch.tensor([1.5], dtype=torch.half)).dtype
    torch.float32
    >>> real("scores", [1, 2])
    tensor([1., 2.], dtype=torch.float64)
    """
    given = tensor(name, values, like)
    if given.dtype not in _EXACT:
        given = given.float() if given.dtype in _NARROW else given.double()
    if finite:
        _refuse_infinite(name, given)
    return given


def classes(
    name: str, values: Any, count: int | None = None, *, like: Tensor | None = None
) -> Tensor:
    """Numbers of classes as int64, each in [0, count).

    Args:
        name: of the argument, for the message.
        values: integers or bools; floats only where they are whole numbers.
        count: how many classes there are; None asks only that none is negative.
        like: see `tensor`.

    Raises:
        ValueError: a fraction (a probability where a prediction belongs), NaN, or a
            number out of range (-100 too: no sample is left out without a word).

    >>> classes("labels", torch.tensor([True, False]), 2)
    tensor([1, 0])
    """
    given = tensor(name, values, like).detach()
    if given.is_floating_point():
        broken = given != given.trunc()  # NaN is unequal to itself
        if bool((broken | given.isinf()).any()):
            place, value = _first(given, broken | given.isinf())
            raise ValueError(
                f"{name}: got {value}{place}; give whole numbers, the number of each "
                "class (of probabilities, their argmax)"
            )
    whole = given if given.dtype == torch.long else given.long()
    if whole.numel():
        low, high = (int(end) for end in whole.aminmax())
        if low < 0 or (count is not None and high >= count):
            wanted = "at least 0" if count is None else f"in [0, {count})"
            raise ValueError(
                f"{name}: got values from {low} to {high}; give integers {wanted}"
            )
    return whole


def flags(name: str, values: Any, *, like: Tensor | None = None) -> Tensor:
    """Bools, out of bools or of zeros and ones.

    Args:
        name: of the argument, for the message.
        values: bools, or numbers that are 0 or 1.
        like: see `tensor`.

    Raises:
        ValueError: a number other than 0 and 1.

    >>> flags("is_target", np.array([1.0, 0.0]))
    tensor([ True, False])
    """
    given = tensor(name, values, like).detach()
    if given.dtype == torch.bool:
        return given
    true = given == 1
    other = ~(true | (given == 0))
    if bool(other.any()):
        place, value = _first(given, other)
        raise ValueError(f"{name}: got {value}{place}; give true and false, or 1 and 0")
    return true


def _refuse_infinite(name: str, given: Tensor) -> None:
    values = given.detach()
    # one cheap pass where all is well: a finite sum has finite terms
    if math.isfinite(float(values.sum())) or bool(values.isfinite().all()):
        return
    place, value = _first(values, ~values.isfinite())
    raise ValueError(f"{name}: got {value}{place}; give finite numbers")


def _first(values: Tensor, wrong: Tensor) -> tuple[str, float | int]:
    """Where the first wrong value stands, in words, and what it is."""
    index = tuple(wrong.nonzero()[0].tolist())
    where = f" at {index[0] if len(index) == 1 else index}" if index else ""
    return where, values[index].item()

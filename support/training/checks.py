"""What comes from outside: the device asked for, and what a reader's method gave."""

from collections.abc import Sequence
from typing import Any

import torch

__all__ = ["require_tensor", "resolve_device"]


def resolve_device(spec: str) -> torch.device:
    """Turn ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"cuda:1"`` into a device.

    ``"auto"`` is the first GPU when there is one, else the CPU.

    Raises:
        ValueError: the word is no device, or the device is not there.

    >>> resolve_device("cpu")
    device(type='cpu')
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if spec == "auto":
        return torch.device("cuda:0" if count else "cpu")
    if spec == "cpu":
        return torch.device("cpu")
    name, _, index = str(spec).partition(":")
    if name != "cuda" or (":" in str(spec) and not index.isdigit()):
        raise ValueError(
            f"device: got {spec!r}; give 'auto', 'cpu', 'cuda' or 'cuda:N'"
        )
    if int(index or 0) >= count:
        raise ValueError(
            f"device: got {spec!r}, but this machine has {count} usable GPU(s); "
            "give 'cpu' or 'auto'"
        )
    return torch.device("cuda", int(index or 0))


def require_tensor(value: Any, *, shape: Sequence[int], what: str) -> Any:
    """Return what a reader's method gave, once its kind, shape and values are checked.

    Args:
        value: a tensor, an array or a number.
        shape: what its shape must be; -1 stands for any length, ``()`` for a number.
        what: it is, for the message.

    Returns:
        The value itself, so that gradients and types are kept.

    Raises:
        ValueError: it is no tensor, has another shape, or is not finite throughout.

    >>> require_tensor(0.5, shape=(), what="the loss")
    0.5
    """
    try:
        tensor = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        kind = type(value).__name__
        raise ValueError(f"{what} is a {kind}; give a tensor or a number") from None
    given = tuple(tensor.shape)
    fits = len(given) == len(shape) and all(
        wanted in (-1, size) for size, wanted in zip(given, shape, strict=True)
    )
    if not fits:
        wanted = tuple("any" if size == -1 else size for size in shape)
        words = f"({', '.join(map(str, wanted))})" if wanted else "(), one number"
        raise ValueError(f"{what} has shape {given}; expected {words}")
    finite = torch.isfinite(tensor)
    if not finite.all():
        bad = int((~finite).sum())
        raise ValueError(
            f"{what} is not finite: {bad} of {tensor.numel()} value(s) are NaN or "
            "infinite"
        )
    return value

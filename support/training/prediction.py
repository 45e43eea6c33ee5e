"""Run what was trained: in evaluation mode, without gradients, a batch at a time."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["evaluating", "predict"]


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Hold a module in evaluation mode inside the block; put each part's mode back.

    >>> model = nn.Dropout()
    >>> with evaluating(model):
    ...     model.training
    False
    >>> model.training
    True
    """
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, training in modes:
            part.training = training


def predict(
    module: nn.Module,
    *inputs: Tensor,
    call: Callable[..., Any] | None = None,
    batch_size: int = 2048,
) -> Any:
    """Apply a trained module to all samples; the one loop for that, as `fit` is.

    Args:
        module: in evaluation mode while it runs; the mode of each part is put back.
        inputs: equally long tensors (n, ...), on any device; each batch is moved to
            the module's.  With n = 0 the module sees one empty batch, so that the
            result has its right shape.
        call: called with a batch in place of the module itself, such as
            ``lambda x: model.encode(x)[0]``.
        batch_size: samples at a time; bounds the memory.

    Returns:
        What the module returns, for all samples, on the device of the first input:
        a tensor, None, or a tuple, named tuple, dictionary or data class of these.

    Raises:
        ValueError: no inputs, lengths that differ, a size below 1, or a result that
            does not have a row a sample.

    >>> predict(nn.Linear(2, 3), torch.zeros(5, 2), batch_size=2).shape
    torch.Size([5, 3])
    """
    lengths = {len(tensor) for tensor in inputs}
    if len(lengths) != 1:
        raise ValueError(
            f"inputs: got lengths {sorted(lengths)}; give tensors of one length"
        )
    if batch_size < 1:
        raise ValueError(f"batch_size: got {batch_size}; give at least 1")
    home = inputs[0].device
    first = next(module.parameters(), None)
    device = home if first is None else first.device
    call = call or module
    with evaluating(module), torch.no_grad():
        parts = [
            call(*(tensor.to(device) for tensor in batch))
            for batch in zip(
                *(tensor.split(batch_size) for tensor in inputs), strict=True
            )
        ]
        return _joined(parts, [len(rows) for rows in inputs[0].split(batch_size)], home)


def _joined(parts: list[Any], sizes: list[int], home: torch.device) -> Any:
    """Results of batches of these sizes as one of their kind, tensor by tensor."""
    first = parts[0]
    if first is None:
        return None
    if isinstance(first, Tensor):
        if [part.shape[:1] for part in parts] != [(size,) for size in sizes]:
            raise ValueError(
                f"module: gave shape {tuple(first.shape)} for {sizes[0]} samples; its "
                "results need one row a sample"
            )
        return torch.cat(parts).to(home)
    if isinstance(first, Mapping):
        return {
            name: _joined([part[name] for part in parts], sizes, home) for name in first
        }
    if is_dataclass(first) and not isinstance(first, type):
        names = [field.name for field in fields(first)]
        rows = [[getattr(part, name) for name in names] for part in parts]
        columns = [_joined(list(c), sizes, home) for c in zip(*rows, strict=True)]
        return replace(first, **dict(zip(names, columns, strict=True)))
    if isinstance(first, tuple | list):
        columns = [_joined(list(c), sizes, home) for c in zip(*parts, strict=True)]
        return getattr(first, "_make", type(first))(columns)  # a named tuple has _make
    raise ValueError(
        f"module: gave a {type(first).__name__}; give tensors, or a tuple, dictionary "
        "or data class of them"
    )

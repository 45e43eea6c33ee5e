"""Activations of a network's layers, and the network cut at one of them."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["capture", "cut"]


def capture(
    model: nn.Module,
    layer_names: Sequence[str],
    loader: Tensor | Iterable[Any],
    *,
    batch_size: int = 512,
) -> dict[str, Tensor]:
    """Collect the outputs of named layers, in evaluation mode, without gradients.

    Args:
        model: any module; its modes are put back, and its hooks are taken off.
        layer_names: as in ``model.named_modules()``, such as ``"blocks.2"``.
        loader: inputs (n, ...) as one tensor, cut into batches here; or batches,
            each a tensor or a tuple or list whose first part is the input.  Batches
            are moved to the model's device.
        batch_size: samples at a time for one tensor of inputs.

    Returns:
        For each name a tensor (n, ...) on the model's device, rows in the order of
        the inputs.

    Raises:
        ValueError: an unknown layer (the nearest name is told), no name, no batch, a
            layer that did not run or ran more than once, or one whose output is
            not a tensor.

    >>> model = nn.Sequential(nn.Linear(2, 3), nn.ReLU())
    >>> capture(model, ["1"], torch.zeros(5, 2))["1"].shape
    torch.Size([5, 3])
    """
    modules = {name: part for name, part in model.named_modules() if name}
    for name in layer_names:
        _known(name, list(modules))
    if not layer_names:
        raise ValueError("layer_names: got none; name at least one layer")
    first = next(model.parameters(), None)
    device = first.device if first is not None else None
    batches = loader.split(batch_size) if isinstance(loader, Tensor) else loader
    parts: dict[str, list[Tensor]] = {name: [] for name in layer_names}
    handles = [
        modules[name].register_forward_hook(_keeper(name, parts[name]))
        for name in dict.fromkeys(layer_names)
    ]
    modes, count = [(part, part.training) for part in model.modules()], 0
    model.eval()
    try:
        with torch.no_grad():
            for batch in batches:
                x = batch[0] if isinstance(batch, tuple | list) else batch
                model(x if device is None else x.to(device))
                count += 1
                for name, kept in parts.items():
                    _once(name, len(kept), count)
    finally:
        for part, training in modes:
            part.training = training
        for handle in handles:
            handle.remove()
    if not count:
        raise ValueError("loader: it gave no batch; give at least one")
    return {name: torch.cat(kept) for name, kept in parts.items()}


def cut(model: nn.Sequential, layer_name: str) -> tuple[nn.Module, nn.Module]:
    """Cut a sequence of layers in two: up to a layer, and what follows.

    The parts share their weights with the model.

    Args:
        model: a sequence; the halves of a network with branches are its author's
            to write.
        layer_name: the last layer of the first part.

    Returns:
        (layers up to and with the named one, the layers after it).

    Raises:
        ValueError: not a sequence, an unknown layer, or the last one.

    >>> body, head = cut(nn.Sequential(nn.Linear(2, 3), nn.ReLU()), "0")
    >>> head(body(torch.zeros(5, 2))).shape
    torch.Size([5, 3])
    """
    if not isinstance(model, nn.Sequential):
        raise ValueError(f"model: got {type(model).__name__}; give an nn.Sequential")
    names = [name for name, _ in model.named_children()]
    _known(layer_name, names)
    place = names.index(layer_name) + 1
    if place == len(names):
        raise ValueError(f"layer_name: {layer_name!r} is the last; nothing follows it")
    children = dict(model.named_children())
    halves = (names[:place], names[place:])
    body, head = (nn.Sequential(*(children[name] for name in half)) for half in halves)
    return body, head


def _known(name: str, names: Sequence[str]) -> None:
    if name in names:
        return
    near = get_close_matches(name, names, n=1, cutoff=0)
    hint = f"the nearest is {near[0]!r}" if near else "the model has none"
    raise ValueError(f"layer {name!r}: the model has no such layer; {hint}")


def _keeper(name: str, kept: list[Tensor]) -> Callable[..., None]:
    def keep(module: nn.Module, args: Any, output: Any) -> None:
        if not isinstance(output, Tensor):
            raise ValueError(
                f"layer {name!r}: its output is a {type(output).__name__}; name a "
                "layer whose output is one tensor"
            )
        # A later layer may work in place (ReLU), which would change what is kept.
        kept.append(output.detach().clone())

    return keep


def _once(name: str, runs: int, batches: int) -> None:
    if runs != batches:
        often = "did not run" if runs < batches else "ran more than once"
        raise ValueError(
            f"layer {name!r}: it {often} in batch {batches}; name a layer that runs "
            "once a forward pass"
        )

"""What a public function promises of awkward inputs, as one row of a table.

A row names a function, a small example, and the invariances that it declares; the
tests of `test_properties.py` hold every row to the same rules:

* **kind in**: whatever type a number or a class number comes in, a tensor or an array,
  the outcome is that of the same numbers in float64 or int64, or it is refused;
* **kind out**: results of measures are float64, int64 or bool, of losses the input's
  but at least float32, of layers the input's;
* **order**: rows may change places; the result stays, or changes places with them;
* **scale**, **shift**: numbers times 1e-9 and 1e9, or plus a constant;
* **refusals**: NaN, infinity, -1 and half a class are refused by name; so is nothing.

Which input holds numbers, which classes and which bools is read off the example.
"""

import importlib
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

__all__ = ["Entry", "numbers_of", "outcome", "public_functions"]


def draw(seed: int, *shape: int) -> Tensor:
    """Normal numbers of a seed, in double precision."""
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


@dataclass(frozen=True)
class Entry:
    """One function with one set of options.

    Args:
        of: the public function or class that the row is about.
        example: makes the inputs, a fresh dictionary of tensors: float64 numbers,
            int64 classes (at least two different ones), bools.
        call: takes the inputs by name and returns numbers; by default ``of`` itself.
        options: further arguments of ``call``.
        variant: tells two rows of one function apart.
        rows: inputs whose first axis is the samples; by default all of them.
        order: ``"same"``, ``"moves"`` (the first axis of each result moves with the
            rows), or why it does depend on it.
        scale: inputs that may be multiplied one by one, and the power of the factor
            by which the result grows: 0 for an invariance.
        together: inputs that may only be multiplied all at once.
        shift: inputs to which a constant may be added, one by one.
        offset: that constant.
        infinite: inputs in which infinity has a meaning.
        missing: inputs in which NaN has a meaning.
        names: how an error names an input, where not by the name in the example.
        empty: ``"refused"``, or ``"defined"`` where no sample has a result.
        out: ``"exact"`` (float64, int64, bool), ``"input"``, or ``"single"`` (that of
            the input, at least float32).
        tolerance: of the comparisons, relative to the largest number of a result.
        half: of the comparisons in half precision.
    """

    of: Any
    example: Callable[[], dict[str, Tensor]]
    call: Callable[..., Any] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    rows: tuple[str, ...] | None = None
    order: str = "same"
    scale: Mapping[str, float] = field(default_factory=dict)
    together: tuple[str, ...] = ()
    shift: tuple[str, ...] = ()
    offset: float = 1e3
    infinite: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    empty: str = "refused"
    out: str = "exact"
    tolerance: float = 1e-6
    half: float = 1e-3

    def __str__(self) -> str:
        return self.of.__qualname__ + (f"-{self.variant}" if self.variant else "")

    def __call__(self, inputs: Mapping[str, Any]) -> Any:
        return (self.call or self.of)(**inputs, **self.options)

    def inputs(self, kind: str = "") -> list[str]:
        """Names of the inputs of one kind: numbers, classes, flags, or all."""
        kinds = {
            name: "numbers"
            if value.is_floating_point()
            else "flags"
            if value.dtype == torch.bool
            else "classes"
            for name, value in self.example().items()
        }
        return [name for name, found in kinds.items() if kind in ("", found)]

    def samples(self) -> tuple[str, ...]:
        """Names of the inputs that have one row a sample."""
        return tuple(self.example()) if self.rows is None else self.rows


def outcome(entry: Entry, inputs: Mapping[str, Any]) -> list[Tensor] | ValueError:
    """The numbers of a result, or the error that refused the input."""
    try:
        return list(numbers_of(entry(inputs)))
    except ValueError as error:
        return error


def numbers_of(result: Any) -> Iterator[Tensor]:
    """Every number of a result as a tensor, in order."""
    if isinstance(result, Tensor):
        yield result.detach().cpu()
    elif isinstance(result, bool | int | float | np.ndarray | np.generic):
        yield torch.as_tensor(np.asarray(result))
    elif isinstance(result, Mapping):
        for value in result.values():
            yield from numbers_of(value)
    elif isinstance(result, list | tuple):
        for value in result:
            yield from numbers_of(value)
    elif result is not None and not isinstance(result, str):
        raise TypeError(
            f"a result holds {type(result).__name__}; let `call` take it out"
        )


def public_functions(package: str) -> dict[str, Any]:
    """Functions and classes in the ``__all__`` of every module, but records."""
    root = importlib.import_module(package)
    found = {}
    for info in pkgutil.walk_packages(root.__path__, f"{package}."):
        module = importlib.import_module(info.name)
        for name in getattr(module, "__all__", ()):
            value = getattr(module, name)
            record = isinstance(value, type) and issubclass(value, tuple)
            if callable(value) and not record:
                home = getattr(value, "__module__", info.name)
                if home.startswith(package):
                    found[f"{home}.{value.__qualname__}"] = value
    return found

"""What is compared with what: one kernel of ours, one peer, three sizes."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import metadata
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

__all__ = ["SIZES", "Comparison", "numbers", "to_numpy"]

SIZES = ("small", "typical", "large")


@dataclass(frozen=True)
class Comparison:
    """One of our kernels beside the function of a library that does the same.

    Both get the same numbers and must give the same result; only then are they
    timed.  Import the peer inside ``theirs``, so that its absence is a line in the
    table and not an error.

    Args:
        name: what is computed, in a few words; with the peer it names one entry.
        kernel: ours, as a dotted path, ``support.metrics.auc.auc_binary``.
        peer: theirs, as one would look it up, ``sklearn.metrics.roc_auc_score``; for
            a plain implementation written in the case's own module, what it is.
        make: ``make(size, seed, device)`` gives the inputs of ours as a tuple; the
            same for the same arguments.
        ours: called with the inputs, on their device; gives numbers.
        theirs: called with the inputs as ``translate`` gives them.
        sizes: what ``make`` gets for small, typical and large (ten times typical).
        tolerance: largest difference of the results, relative and absolute.
        unit: what a size counts.
        package: the distribution that holds the peer, for its version; empty for a
            plain implementation written in the case's own module.
        translate: turns the inputs into those of the peer, once, outside the clock;
            :func:`to_numpy` where the library takes arrays.
        note: what else a reader should know, such as a difference in what is done.

    Raises:
        ValueError: a name is empty, sizes do not ascend, or large is not ten times
            typical.
    """

    name: str
    kernel: str
    peer: str
    make: Callable[[int, int, str], tuple[Any, ...]]
    ours: Callable[..., Any]
    theirs: Callable[..., Any]
    sizes: tuple[int, int, int]
    tolerance: float
    unit: str = "samples"
    package: str = ""
    translate: Callable[..., tuple[Any, ...]] | None = None
    note: str = ""

    def __post_init__(self) -> None:
        for field in ("name", "kernel", "peer", "unit"):
            if not getattr(self, field):
                raise ValueError(f"{field}: got nothing; give a text")
        small, typical, large = self.sizes
        if not 0 < small < typical or large != 10 * typical:
            raise ValueError(
                f"{self.name}: sizes are {self.sizes}; give small < typical and large "
                "= 10 × typical"
            )
        if not self.tolerance >= 0:
            raise ValueError(f"{self.name}: tolerance is {self.tolerance}; give ≥ 0")

    @property
    def version(self) -> str | None:
        """The version of the peer's distribution; None where it is not installed."""
        if not self.package:
            return ""
        try:
            return metadata.version(self.package)
        except metadata.PackageNotFoundError:
            return None


def to_numpy(*inputs: Any) -> tuple[Any, ...]:
    """Tensors as arrays in the memory of the machine; anything else as it is.

    >>> to_numpy(torch.ones(2), 3)
    (array([1., 1.], dtype=float32), 3)
    """
    return tuple(
        value.detach().cpu().numpy() if isinstance(value, torch.Tensor) else value
        for value in inputs
    )


def numbers(result: Any) -> NDArray[np.complex128]:
    """Every number of a result in one row: of tensors, arrays, tuples, mappings.

    Args:
        result: what a kernel gave back.

    Raises:
        TypeError: it holds something that is no number.

    >>> numbers((1.0, torch.tensor([2.0])))
    array([1.+0.j, 2.+0.j])
    """
    if isinstance(result, torch.Tensor):
        result = result.detach().cpu().numpy()
    if isinstance(result, dict):
        result = tuple(result.values())
    if isinstance(result, tuple | list):
        parts = [numbers(part) for part in result]
        return np.concatenate(parts) if parts else np.empty(0, np.complex128)
    try:
        return np.asarray(result, dtype=np.complex128).reshape(-1)
    except (TypeError, ValueError) as error:
        raise TypeError(f"a result holds {type(result).__name__}, no number") from error

"""Where a representation should stand, written down before any training."""

import torch
from torch import Tensor
from torch.nn.functional import one_hot

from support.arrays import classes, flags, real, tensor

__all__ = ["prototypes"]


def prototypes(
    c: Tensor, kind: str = "binary", scale: float = 3.0, *, n_values: int | None = None
) -> Tensor:
    r"""Fixed target $g(c)$ of the components that stand for a concept.

    With $\lambda$ = ``scale``: *binary* $g(c)=\lambda(2c-1)$; *class*
    $g(c)=\lambda\,\mathrm{onehot}(c)$; *real* $g(c)=\lambda c$.

    Args:
        c: binary, (..., n) in {0, 1}; class, (B,) integers from 0; real, any
            floating-point shape.
        kind: ``"binary"``, ``"class"`` or ``"real"``.
        scale: $\lambda$.
        n_values: for ``"class"``, the number of values K; by default one more
            than the largest in ``c``.

    Returns:
        Targets: the shape of ``c``, or (B, K) for ``"class"``; floating point.

    Raises:
        ValueError: the kind is unknown, or ``c`` does not fit it.

    Source: *There Was Never a Bottleneck in Concept Bottleneck Models*,
    representation heads; $\lambda=3$ as in the authors' code.

    >>> prototypes(torch.tensor([[0.0, 1.0]]))
    tensor([[-3.,  3.]])
    """
    c = tensor("c", c)
    if kind == "binary":
        return (2 * flags("c", c).to(_floating(c)) - 1) * scale
    if kind == "class":
        if c.ndim != 1 or c.is_floating_point():
            raise ValueError(
                f"c: got {c.dtype} of shape {tuple(c.shape)}; a class is (B,) integers"
            )
        values = -1 if n_values is None else n_values
        return one_hot(classes("c", c, n_values), values).to(_floating(c)) * scale
    if kind == "real":
        if not c.is_floating_point():
            raise ValueError(f"c: got {c.dtype}; a real concept is floating point")
        return real("c", c) * scale
    raise ValueError(f"kind: got {kind!r}; give 'binary', 'class' or 'real'")


def _floating(c: Tensor) -> torch.dtype:
    return c.dtype if c.is_floating_point() else torch.get_default_dtype()

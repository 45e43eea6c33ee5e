"""Maps that take an attribute out of a representation."""

import math
import warnings
from typing import Any

import torch
from torch import Tensor, nn

from support.arrays import real, tensor

__all__ = ["Leace", "SensitiveProjection", "leace", "reverse_gradient"]


class SensitiveProjection(nn.Module):
    r"""A linear map that starts as the identity, then unit length.

    $$\varphi(x)=\frac{Wx+b}{\|Wx+b\|}$$

    Args:
        features: numbers a sample, in and out.

    Raises:
        ValueError: features is below 1.

    Source: SensitiveNets' projection of a frozen embedding; the start is ours.

    >>> SensitiveProjection(2)(torch.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]], grad_fn=<DivBackward0>)
    """

    def __init__(self, features: int) -> None:
        super().__init__()
        if features < 1:
            raise ValueError(f"features: got {features}; give at least 1")
        self.linear = nn.Linear(features, features)
        nn.init.eye_(self.linear.weight)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: Tensor) -> Tensor:
        """(B, d) -> (B, d) of unit length."""
        return nn.functional.normalize(self.linear(x), dim=1)


class Leace(nn.Module):
    """The affine map that `leace` fits; it holds no trainable weight.

    Args:
        mean: (d,) of the samples it was fitted on.
        erasing: (d, d), subtracted from the identity.
    """

    mean: Tensor
    erasing: Tensor

    def __init__(self, mean: Tensor, erasing: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("erasing", erasing)

    def forward(self, x: Tensor) -> Tensor:
        """(B, d) -> (B, d), computed in float64; gradients pass.

        Returns:
            float32 and float64 stay; half precision gives float32 and integers float64,
            as rounding to their own type would bring back what was erased.

        Raises:
            ValueError: a number is not finite.
        """
        given = real("x", x)
        with torch.autocast(given.device.type, enabled=False):
            wide = given.double()
            return (wide - (wide - self.mean) @ self.erasing.T).to(given.dtype)


def leace(x: Tensor, z: Tensor, *, relative_tolerance: float = 1e-6) -> Leace:
    r"""Least-squares concept erasure: no linear probe is left anything.

    $$r(x)=x-W^+PW(x-\mu),\quad W=(\Sigma_{xx}^{1/2})^+,\quad
    P=\text{projector on the columns of }W\Sigma_{xz}$$

    Of all affine maps that make the class means equal, it moves the samples the
    least in the mean square.

    Args:
        x: (n, d) samples to fit on.
        z: (n,) or (n, 1) classes as integers; or fractions, (n,) or (n, K), read as
            numbers; (n, K) integers, K above 1, are numbers too.
        relative_tolerance: directions of less standard deviation than this
            share of the largest are left alone, with a warning.

    Returns:
        The map, in float64.

    Raises:
        ValueError: lengths differ, fewer than two samples, one class only, numbers
            that do not vary, or a value that is not finite.

    Source: Belrose et al., LEACE: Perfect linear concept erasure in closed form,
    NeurIPS 2023, theorem 4.3.

    >>> x = torch.tensor([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> leace(x, torch.tensor([0, 0, 1, 1]))(x)
    tensor([[0.5000, 0.0000],
            [0.5000, 1.0000],
            [0.5000, 0.0000],
            [0.5000, 1.0000]])
    """
    samples = real("x", x).detach().double()
    targets = _targets(tensor("z", z, samples))
    if samples.ndim != 2 or len(samples) != len(targets) or len(samples) < 2:
        raise ValueError(
            f"x, z: got shapes {tuple(samples.shape)} and {tuple(targets.shape)}; give "
            "(n, d) and (n,) or (n, K), n at least 2"
        )
    mean = samples.mean(0)
    centred, targets = samples - mean, _standardised(targets)
    values, vectors = torch.linalg.eigh(centred.T @ centred / len(samples))
    deviation = values.clamp(min=0).sqrt()
    kept = deviation > relative_tolerance * deviation.max()
    if not kept.all():
        warnings.warn(
            f"leace: {int((~kept).sum())} of {len(kept)} directions hardly vary and "
            "are left alone",
            stacklevel=2,
        )
    inverse = torch.where(kept, 1 / deviation.where(kept, 1.0), 0.0)
    whiten = vectors * inverse @ vectors.T
    restore = vectors * deviation.where(kept, 0.0) @ vectors.T
    shared = whiten @ (centred.T @ targets) / len(samples)
    left, strength, _ = torch.linalg.svd(shared, full_matrices=False)
    # Both sides have unit variance: these are correlations, and below that rounding.
    basis = left[:, strength > 1e-10]
    return Leace(mean, restore @ (basis @ basis.T) @ whiten)


def _targets(z: Tensor) -> Tensor:
    """(n, K) numbers; of classes one column each."""
    if z.is_floating_point() or (z.ndim == 2 and z.shape[1] > 1):
        numbers = real("z", z).detach().double()
        return numbers[:, None] if z.ndim == 1 else numbers
    if z.ndim not in (1, 2):
        raise ValueError(f"z: got shape {tuple(z.shape)}; give (n,) or (n, K)")
    z = z.flatten()
    classes = z.unique()
    if len(classes) < 2:
        raise ValueError(f"z: got one class only ({classes.tolist()}); give two")
    return (z[:, None] == classes).double()


def _standardised(targets: Tensor) -> Tensor:
    """Columns of mean 0 and variance 1; those that do not vary are left out."""
    centred = targets - targets.mean(0)
    deviation = centred.square().mean(0).sqrt()
    varies = deviation > 8 * torch.finfo(torch.float64).eps * targets.abs().amax(0)
    if not varies.any():
        raise ValueError(
            f"z: got {targets[0].tolist()} in every row; give numbers that vary"
        )
    return centred[:, varies] / deviation[varies]


def reverse_gradient(x: Tensor, scale: float = 1.0) -> Tensor:
    r"""The identity, whose gradient comes back with the other sign.

    $$r(x)=x,\qquad\frac{\partial r}{\partial x}:=-s\,I$$

    A detector behind it learns to find an attribute, and whatever stands before
    it learns, in the same step, to hide it.

    Args:
        x: any shape.
        scale: s, at least 0.

    Returns:
        The values of x.

    Raises:
        ValueError: the scale is negative.

    Source: Ganin and Lempitsky, Unsupervised domain adaptation by
    backpropagation, ICML 2015.

    >>> x = torch.ones(2, requires_grad=True)
    >>> reverse_gradient(x).sum().backward()
    >>> x.grad
    tensor([-1., -1.])
    """
    if not 0 <= scale < math.inf:
        raise ValueError(f"scale: got {scale}; give at least 0")
    return _Reversed.apply(x, scale)


class _Reversed(torch.autograd.Function):
    @staticmethod
    def forward(context: Any, x: Tensor, scale: float) -> Tensor:
        context.scale = scale
        return x.view_as(x)

    @staticmethod
    def backward(context: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return -context.scale * gradient, None

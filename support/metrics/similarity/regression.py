"""How much of one representation a family of maps rebuilds from the other."""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from support.metrics.similarity.inputs import check_pair, check_test, column_mean
from support.metrics.similarity.procrustes import procrustes

__all__ = ["FAMILIES", "FitR2", "fit_r2"]

FAMILIES = ("orthogonal", "scaled", "affine", "mlp")
"""Families of maps from x to y, each a part of the next."""

_RIDGES = tuple(10.0**power for power in range(-8, 3))
_HIDDEN, _EPOCHS, _BATCH, _RATE, _HELD = 128, 50, 256, 3e-3, 5


class FitR2(NamedTuple):
    """Explained variance on held-out samples, in two units, and the penalty."""

    r2: float
    """At most 1; below 0 where the map does worse than the mean."""
    information: float
    """Usable information in nats, inf where the fit is exact."""
    ridge: float
    """The penalty chosen, relative to the mean variance of x; 0 for rotations."""


def fit_r2(
    x: Tensor,
    y: Tensor,
    family: str,
    x_test: Tensor,
    y_test: Tensor,
    *,
    ridge: float | None = None,
    seed: int = 0,
) -> FitR2:
    r"""Rebuild y from x with a family of maps; score on held-out samples.

    $$R^2_{\mathcal F}=1-\frac{\sum\|y-f(x)\|^2}{\sum\|y-\bar y\|^2},\qquad
    I_{\mathcal V}(Z_A\to Z_B)=-\tfrac{d_B}2\log(1-R^2_{\mathcal F})$$

    with $f$ and $\bar y$ fitted on (x, y) and sums over the test samples; the
    second is the usable information for isotropic Gaussian noise of free variance.

    * *orthogonal*: the rotation of Procrustes, both sides given the same norm;
      the narrower side is filled up with zeros.
    * *scaled*: the same rotation and one fitted scalar.
    * *affine*: least squares with a ridge, chosen by the leave-one-out error on
      the fit split, in closed form.
    * *mlp*: that affine map plus one hidden layer of 128 ReLU units on standardised
      x, started at 0 and trained by Adam; the epoch is chosen on a fifth of the
      fit split.

    Not symmetric.  Higher is more alike.  Unchanged by permutations and rotations
    of either side (*mlp*: about), by a common scale of either side, and by shifts;
    *affine* also by invertible maps of x (exactly so for a ridge of 0), never of y.
    In-sample $R^2$ is 1 for any x with at least as many features as samples, so a
    test split is asked for; circulating code scores the split it fitted.

    Args:
        x: (n, p) source, fit split.
        y: (n, q) target, the same samples.
        family: one of ``FAMILIES``.
        x_test: (m, p) source, test split.
        y_test: (m, q) target.
        ridge: penalty of *affine* and *mlp* relative to the mean variance of the
            columns of x, at least 0; by default it is chosen.
        seed: of the initial weights, batches and held part of *mlp*.

    Returns:
        A `FitR2`.

    Raises:
        ValueError: fewer than 3 rows to fit (10 for *mlp*), no test row, widths of
            the splits differ, values that are not finite, no variance, an unknown
            family, or a negative ridge.

    Source: usable information of a Gaussian family, *Bridging Functional and
    Representational Similarity via Usable Information* (2026).

    >>> x = torch.tensor([[0.0, 1], [1, 3], [2, 0], [5, 1], [3, 3], [2, 7]])
    >>> y = x @ torch.tensor([[1.0, 2], [0, 1]]) - 5
    >>> round(fit_r2(x[:4], y[:4], "affine", x[4:], y[4:], ridge=0).r2, 6)
    1.0
    """
    if family not in FAMILIES:
        raise ValueError(f"family: got {family!r}; give one of {FAMILIES}")
    x, y = check_pair(x, y, 10 if family == "mlp" else 3)
    x_test, y_test = check_test(x, y, x_test, y_test)
    if ridge is not None and not 0 <= ridge < math.inf:
        raise ValueError(f"ridge: got {ridge}; give a finite number of at least 0")
    # In the scale of the data, so that the units of either side never matter.
    mean_x, mean_y = column_mean(x), column_mean(y)
    a, b = x.double() - mean_x, y.double() - mean_y
    scale_a, scale_b = a.square().mean().sqrt(), b.square().mean().sqrt()
    a, b = a / scale_a, b / scale_b
    chosen = 0.0
    if family in ("orthogonal", "scaled"):
        predict = _rotation(a, b, scale=family == "scaled")
    else:
        chosen, weight = _ridge(a, b, ridge)
        predict = _linear(weight)
        if family == "mlp":
            predict = _perceptron(a, b, chosen, seed)
    a_test = (x_test.double() - mean_x) / scale_a
    b_test = (y_test.double() - mean_y) / scale_b
    missed = (b_test - predict(a_test)).square().sum()
    r2 = 1 - float(missed / b_test.square().sum())
    information = -0.5 * y.shape[1] * math.log1p(-r2) if r2 < 1 else math.inf
    return FitR2(r2, information, chosen)


def _rotation(a: Tensor, b: Tensor, *, scale: bool) -> Callable[[Tensor], Tensor]:
    found = procrustes(a, b, scale=scale)
    matrix = found.factor * found.rotation[: a.shape[1], : b.shape[1]]
    return _linear(matrix)


def _linear(weight: Tensor) -> Callable[[Tensor], Tensor]:
    return lambda rows: rows @ weight


def _ridge(a: Tensor, b: Tensor, ridge: float | None) -> tuple[float, Tensor]:
    """Weights (p, q) for one penalty, or for the best of a grid by leave-one-out.

    With $A=USV^\\top$ the fit is $U\\,\\mathrm{diag}(s^2/(s^2+\\lambda))U^\\top B$, and
    leaving row i out divides its residual by one minus its leverage; the mean that
    was taken off adds $1/n$ to each leverage.
    """
    left, s, right = torch.linalg.svd(a, full_matrices=False)
    kept = s > torch.finfo(torch.float64).eps * max(a.shape) * s[0]
    left, s, right = left[:, kept], s[kept], right[kept]
    spread, target = s.square(), left.T @ b
    if ridge is None:
        shrinks = spread[:, None] / (spread[:, None] + _grid(a) * len(a))
        leverage = left.square() @ shrinks + 1 / len(a)
        free = (1 - leverage).clamp_min_(1e-12)
        errors = []
        for shrink, share in zip(shrinks.T, free.T, strict=True):
            residual = torch.addmm(b, left, shrink[:, None] * target, alpha=-1)
            missed = torch.linalg.vector_norm(residual, dim=1) / share
            errors.append(missed @ missed)
        ridge = _RIDGES[int(torch.stack(errors).argmin())]
    shrunk = s / (spread + ridge * len(a))
    return ridge, right.T @ (shrunk[:, None] * target)


def _grid(like: Tensor) -> Tensor:
    return like.new_tensor(_RIDGES)


def _perceptron(
    a: Tensor, b: Tensor, ridge: float, seed: int
) -> Callable[[Tensor], Tensor]:
    """Affine map plus one hidden layer; starts at the affine map's fit."""
    source = torch.Generator().manual_seed(seed)
    order = torch.randperm(len(a), generator=source).to(a.device)
    held, kept = order[: len(a) // _HELD], order[len(a) // _HELD :]
    linear = _ridge(a[kept], b[kept], ridge)[1]
    spread = a.std(0, correction=0)
    spread = torch.where(spread > 1e-8, spread, torch.ones_like(spread))
    # Only the correction is learnt by steps, and for that float32 is enough.
    inputs, rest = (a / spread).float(), (b - a @ linear).float()
    bound = 1 / math.sqrt(a.shape[1])
    first = (torch.rand(a.shape[1], _HIDDEN, generator=source) * 2 - 1) * bound
    offset = (torch.rand(_HIDDEN, generator=source) * 2 - 1) * bound
    shapes = ((_HIDDEN, b.shape[1]), (a.shape[1], b.shape[1]), (b.shape[1],))
    start = [first, offset, *(torch.zeros(shape) for shape in shapes)]
    weights = [part.to(a.device).requires_grad_() for part in start]
    optimizer = torch.optim.Adam(weights, lr=_RATE, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, _EPOCHS)
    best = [part.detach().clone() for part in weights]
    lowest = rest[held].square().mean()
    with torch.enable_grad():
        for _ in range(_EPOCHS):
            shuffled = kept[torch.randperm(len(kept), generator=source).to(a.device)]
            for index in shuffled.split(_BATCH):
                optimizer.zero_grad(set_to_none=True)
                (
                    _correct(inputs[index], weights) - rest[index]
                ).square().mean().backward()
                optimizer.step()
            schedule.step()
            with torch.no_grad():
                error = (_correct(inputs[held], weights) - rest[held]).square().mean()
                if error < lowest:
                    lowest = error
                    best = [part.detach().clone() for part in weights]
    final = [part.double() for part in best]

    def predict(rows: Tensor) -> Tensor:
        return rows @ linear + _correct(rows / spread, final)

    return predict


def _correct(rows: Tensor, weights: list[Tensor]) -> Tensor:
    """One hidden layer and a straight path: (n, p) -> (n, q)."""
    into, offset, out, slope, shift = weights
    return rows @ slope + torch.relu(rows @ into + offset) @ out + shift

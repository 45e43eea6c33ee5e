"""How much can an observer with limited means extract?  $\\mathcal V$-information.

Shannon's information asks what is there; usable information asks what a family of
predictors can get at.  It is at least 0, it differs with direction, and it may
**grow** when the input is processed, since processing can do an observer's work.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes, real
from support.metrics.probes import conditional_entropy, fit_probe
from support.metrics.similarity.inputs import centred, check_pair, column_mean

__all__ = ["UsableInformation", "gaussian_usable_information", "usable_information"]

Observer = Callable[[Tensor, Tensor], Callable[[Tensor], Tensor]]


class UsableInformation(NamedTuple):
    """An estimate over folds, in nats."""

    value: float
    """Mean over the folds; below 0 where the observer overfits."""
    error: float
    """Standard error of that mean over the folds; they share most of their fitting
    samples, so it is a little too small."""
    before: float
    """Entropy for an observer without x (and with ``given``, if there is any)."""
    after: float
    """Entropy for an observer with x."""
    folds: Tensor
    """(k,) value of each fold, float64."""


def usable_information(
    x: Tensor,
    y: Tensor,
    n_values: int,
    *,
    given: Tensor | None = None,
    observer: str | Observer = "logistic",
    folds: int = 5,
    seed: int = 0,
) -> UsableInformation:
    r"""Usable information that x holds about a label, for a family of observers.

    $$I_{\mathcal V}(X\to Y)=H_{\mathcal V}(Y\mid\varnothing)-H_{\mathcal V}(Y\mid X),
    \qquad H_{\mathcal V}(Y\mid X)=\inf_{f\in\mathcal V}\mathbb E[-\log f[X](Y)]$$

    and with ``given`` $I_{\mathcal V}(X\to Y\mid W)=H_{\mathcal V}(Y\mid W)-
    H_{\mathcal V}(Y\mid W,X)$.  Each entropy is a log-loss on samples that the
    observer was not fitted on; without W, the observer answers the class
    frequencies of its fit split (one count added to each class).  Higher is more;
    at most $H(Y)$; about 0 where nothing can be extracted.

    Args:
        x: (n, d) one row a sample.
        y: (n,) integers in [0, n_values).
        n_values: number of classes, at least 2.
        given: (n, k) what is known anyway, W.
        observer: a family of `support.metrics.probes.fit_probe`, ``"logistic"`` or
            ``"mlp"``; or a function of (features, labels) that returns a function
            of features -> (n, n_values) logits.
        folds: k, from 2 to n; each sample is held out once.
        seed: of the folds, and of the *mlp* observer.

    Returns:
        A `UsableInformation`.

    Raises:
        ValueError: shapes differ, a value is not finite, a label is no integer or
            out of range, one class only, or folds out of range.

    Source: Xu et al., A Theory of Usable Information, ICLR 2020, definitions 2 and
    3; Hewitt et al., EMNLP 2021, for the conditional form.

    >>> y = torch.arange(200) % 2
    >>> x = torch.stack([y, 1 - y], 1) + torch.arange(200)[:, None] / 2000
    >>> 0.6 < usable_information(x, y, 2).value <= 0.6932
    True
    """
    x, y, given = _checked(x, y, n_values, given)
    if (
        isinstance(folds, bool)
        or not isinstance(folds, int)
        or not 2 <= folds <= len(x)
    ):
        raise ValueError(f"folds: got {folds!r}; give an integer from 2 to {len(x)}")
    fit = _prober(observer, n_values, seed) if isinstance(observer, str) else observer
    both = x if given is None else torch.cat([given, x], dim=1)
    order = torch.randperm(len(x), generator=torch.Generator().manual_seed(seed))
    before, after = [], []
    for held in order.to(x.device).tensor_split(folds):
        kept = torch.ones(len(x), dtype=torch.bool, device=x.device)
        kept[held] = False
        if given is None:
            counts = torch.bincount(y[kept], minlength=n_values).double() + 1
            logits = counts.log().expand(len(held), -1)
        else:
            logits = fit(given[kept], y[kept])(given[held])
        before.append(conditional_entropy(logits, y[held]))
        answer = fit(both[kept], y[kept])(both[held])
        after.append(conditional_entropy(answer, y[held]))
    with_x, without = (
        torch.tensor(part, dtype=torch.float64) for part in (after, before)
    )
    gains = without - with_x
    return UsableInformation(
        float(gains.mean()),
        float(gains.std() / math.sqrt(folds)),
        float(without.mean()),
        float(with_x.mean()),
        gains,
    )


def gaussian_usable_information(
    x: Tensor,
    y: Tensor,
    x_test: Tensor,
    y_test: Tensor,
    *,
    noise: str = "full",
) -> float:
    r"""Usable information about a vector for affine Gaussian observers, in nats.

    The family is $\mathcal N(Wx+b,\Sigma)$, with W and b by least squares and
    $\Sigma$ the covariance of the residuals: *full*, or *isotropic*
    $\sigma^2I$.  The value is the difference of the log-losses on the test split
    with and without x.  Scored on the split that it was fitted on, it is

    $$-\tfrac12\sum_k\log(1-\rho_k^2)\ \text{(full)},\qquad
    -\tfrac{d}{2}\log(1-R^2)\ \text{(isotropic)}$$

    with the canonical correlations $\rho_k$ and the least-squares $R^2$: the first
    is Shannon's information of jointly Gaussian vectors, and the second may lie
    above or below it.  *full* is unchanged by invertible maps of either side,
    *isotropic* by those of x and rotations of y.  Higher is more.

    Args:
        x: (n, p) fit split, n above p + q for *full*.
        y: (n, q).
        x_test: (m, p) test split.
        y_test: (m, q).
        noise: ``"full"`` or ``"isotropic"``.

    Returns:
        Nats; below 0 where the fit does not carry over.

    Raises:
        ValueError: as `support.metrics.similarity.fit_r2`; an unknown word; or y is
            rebuilt exactly, so that the value is infinite (with as many features
            as samples it always is).

    Source: derived; for Gaussians Xu et al., ICLR 2020, appendix.

    >>> x = torch.tensor([[0.0], [1], [2], [3], [4], [5]])
    >>> y = 2 * x + torch.tensor([[0.1], [-0.1], [0.1], [-0.1], [0.1], [-0.1]])
    >>> round(gaussian_usable_information(x, y, x, y), 3)
    3.568
    """
    if noise not in ("full", "isotropic"):
        raise ValueError(f"noise: got {noise!r}; give 'full' or 'isotropic'")
    x, y = check_pair(x, y, 3)
    x_test, y_test = real("x_test", x_test), real("y_test", y_test)
    if len(x_test) != len(y_test) or not len(x_test):
        raise ValueError(
            f"x_test has {len(x_test)} rows and y_test {len(y_test)}; give the same "
            "samples, at least one"
        )
    if x_test.shape[1:] != x.shape[1:] or y_test.shape[1:] != y.shape[1:]:
        raise ValueError(
            f"x_test {tuple(x_test.shape)} and y_test {tuple(y_test.shape)} must be as "
            f"wide as x {tuple(x.shape)} and y {tuple(y.shape)}"
        )
    # Columns (or all of y together) get length 1: no unit decides what is nothing.
    a, b = centred(x), centred(y)
    unit_a = _units(x, a)
    unit_b = _units(y, b) if noise == "full" else torch.linalg.norm(b)
    a_test = (x_test.double() - column_mean(x)) / unit_a
    b_test = (y_test.double() - column_mean(y)) / unit_b
    a, b = a / unit_a, b / unit_b
    weight = torch.linalg.pinv(a, rtol=1e-10) @ b
    without = _log_loss(b, b_test, noise)
    return without - _log_loss(b - a @ weight, b_test - a_test @ weight, noise)


def _units(side: Tensor, data: Tensor) -> Tensor:
    """Length of each centred column; of one that rounding alone moves, infinity."""
    length = torch.linalg.vector_norm(data, dim=0)
    size = side.abs().amax(0).double() * math.sqrt(len(side))
    moves = length > 2 * torch.finfo(side.dtype).eps * size
    return length.where(moves, torch.inf)


def _log_loss(residual: Tensor, test: Tensor, noise: str) -> float:
    """Mean negative log-density of test rows, less what every family shares."""
    width = residual.shape[1]
    if noise == "isotropic":
        variance = residual.square().mean()
        if not bool(variance > 1e-24):
            raise ValueError(_EXACT)
        return (
            float(width * variance.log() + test.square().sum(1).mean() / variance) / 2
        )
    scale = residual.square().mean(0).sqrt()
    if not bool((scale > 1e-12).all()):
        raise ValueError(_EXACT)
    covariance = (residual / scale).T @ (residual / scale) / len(residual)
    factor, failed = torch.linalg.cholesky_ex(covariance)
    if int(failed) or float(factor.diagonal().min()) < 1e-7:
        raise ValueError(_EXACT)
    white = torch.linalg.solve_triangular(factor, (test / scale).T, upper=False)
    spread = 2 * (factor.diagonal().log().sum() + scale.log().sum())
    return float(spread + white.square().sum(0).mean()) / 2


_EXACT = (
    "y: a direction of it is constant, or is rebuilt exactly on the fit split, so the "
    "information is infinite; give more rows than features of x and y together, "
    "or leave the direction out"
)


def _prober(family: str, n_values: int, seed: int) -> Observer:
    def fit(features: Tensor, labels: Tensor) -> Callable[[Tensor], Tensor]:
        return fit_probe(features, labels, n_values, probe=family, seed=seed).logits

    return fit


def _checked(
    x: Tensor, y: Tensor, n_values: int, given: Tensor | None
) -> tuple[Tensor, Tensor, Tensor | None]:
    x = real("x", x)
    if given is not None:
        given = real("given", given, like=x).to(x)
    y = classes("y", y, n_values, like=x)
    for name, side in (("x", x), ("given", given)):
        if side is not None and (side.ndim != 2 or side.shape[:1] != y.shape):
            raise ValueError(
                f"{name}: got shape {tuple(side.shape)}; give (n, d) with the n of y, "
                f"whose shape is {tuple(y.shape)}"
            )
    if len(y.unique()) < 2:
        raise ValueError("y: one class only; there is nothing to extract")
    return x, y, given

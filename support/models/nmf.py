r"""Sparse non-negative matrix factorisation with a $\beta$-divergence.

$$\min_{W,H\ge0}D_\beta(X\,\|\,\tilde WH)+\mu\|H\|_1,\qquad\tilde w_k=w_k/\|w_k\|_2$$

by multiplicative updates (Lee and Seung 2001; Févotte and Idier 2011); those of the
dictionary follow the gradient through its normalisation (Le Roux, Weninger and
Hershey 2015), without which the penalty could be escaped by making columns longer.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from support.arrays import real
from support.scalars import number, whole

__all__ = ["SparseNMF", "activations", "beta_divergence", "sparse_nmf"]

_SMALL, _TINY = 1e-12, 1e-30  # keep quotients finite where a pattern has died
_QUIETEST, _LOUDEST = 1e-9, 1e12  # beyond these the two would count, or squares be lost


class SparseNMF(NamedTuple):
    """A dictionary, what it was activated by, and how the objective fell.

    Args:
        W: (F, K) patterns, at least 0; columns of length 1, or 0 where a pattern died
            because nothing sounds or the penalty costs more than it brings.
        H: (K, N) activations, at least 0.
        trace: (1 + ⌈iterations / every⌉,) the objective before the first iteration,
            after each ``every``-th, and at the end.
    """

    W: Tensor
    H: Tensor
    trace: Tensor


def beta_divergence(x: Tensor, y: Tensor, beta: float = 2.0) -> Tensor:
    r"""How far one non-negative array is from another, a sum over all entries.

    $$d_2=\tfrac12(x-y)^2,\qquad d_1=x\log\tfrac xy-x+y,\qquad
    d_0=\tfrac xy-\log\tfrac xy-1$$

    and $\frac{x^\beta+(\beta-1)y^\beta-\beta xy^{\beta-1}}{\beta(\beta-1)}$ elsewhere.

    Args:
        x: any shape, at least 0; above 0 where $\beta\le0$.
        y: the same shape, at least 0; above 0 where $\beta<2$.
        beta: 2 half the squared distance, 1 Kullback-Leibler's, 0 Itakura-Saito's.

    Returns:
        A scalar, at least 0; 0 where both are equal.  Summed in float64.

    Raises:
        ValueError: shapes differ, a number is negative or not finite, or one is 0
            where the divergence would not be finite.

    >>> beta_divergence(torch.tensor([3.0]), torch.tensor([1.0]))
    tensor(2.)
    """
    x, y = (real(name, value) for name, value in (("x", x), ("y", y)))
    if x.shape != y.shape:
        raise ValueError(
            f"y: got shape {tuple(y.shape)} for x of {tuple(x.shape)}; give one shape"
        )
    beta = number("beta", beta)
    _positive("x", x, strictly=beta <= 0)
    _positive("y", y, strictly=beta < 2)
    kind = torch.promote_types(x.dtype, y.dtype)
    return _divergence(x.double(), y.double(), beta).to(kind)


def sparse_nmf(
    X: Tensor,
    components: int,
    *,
    beta: float = 2.0,
    sparsity: float = 0.1,
    iterations: int = 100,
    generator: torch.Generator,
    W: Tensor | None = None,
    every: int = 10,
) -> SparseNMF:
    r"""Learn a dictionary of spectral patterns from frames.

    With $\Lambda=WH$, first the activations, then, with $\Lambda$ anew, the patterns,

    $$H\leftarrow H\odot\frac{W^\top(X\odot\Lambda^{\beta-2})}
    {W^\top\Lambda^{\beta-1}+\mu},\qquad
    W\leftarrow W\odot\frac{A+W\odot\mathbf1\mathbf1^\top(W\odot B)}
    {B+W\odot\mathbf1\mathbf1^\top(W\odot A)}$$

    where $A=(\Lambda^{\beta-2}\odot X)H^\top$ and $B=\Lambda^{\beta-1}H^\top$; columns
    are scaled to length 1 afterwards.  For $1\le\beta\le2$ the step of H provably never
    raises the objective; for that of W, and of H below 1, tests have not seen it.

    Args:
        X: (F, N) frames in columns, at least 0; above 0 where $\beta\le0$.
        components: K, at least 1.
        beta: 2 Euclid, 1 Kullback-Leibler, 0 Itakura-Saito; from 0 to 2.
        sparsity: $\mu\ge0$, of the sum of all activations.
        iterations: of both updates, at least 0.
        generator: draws the first W and H.
        W: (F, K) to start from, in place of random patterns.
        every: iterations between two values of the trace, each of which costs about
            half an iteration.

    Returns:
        `SparseNMF`, in the type of X, on its device.

    Raises:
        ValueError: X is empty, negative, not finite or no matrix, its largest entry or
            that of W is none from 1e-9 to 1e12 nor 0, it holds a 0 where $\beta\le0$,
            or an option is out of range.

    Source: Le Roux, Weninger and Hershey, *Sparse NMF: half-baked or well done?*,
    MERL TR2015-023, 2015.

    >>> source = torch.Generator().manual_seed(0)
    >>> found = sparse_nmf(torch.rand(5, 40, generator=source), 2, generator=source)
    >>> found.W.norm(dim=0).round(decimals=4)
    tensor([1., 1.])
    """
    X = _frames(X, beta)
    if X.ndim != 2:
        raise ValueError(f"X: got shape {tuple(X.shape)}; give a matrix (F, N)")
    components = whole("components", components)
    iterations = whole("iterations", iterations, 0)
    every = whole("every", every)
    sparsity = number("sparsity", sparsity, least=0)

    def uniform(*shape: int) -> Tensor:  # the same numbers for every type and device
        drawn = torch.rand(
            shape, dtype=torch.float64, generator=generator, device=generator.device
        )
        return drawn.to(X)

    if W is None:
        first = uniform(len(X), components)
    else:
        first = _dictionary(W, X)
        if first.shape[1] != components:
            raise ValueError(
                f"W: got {first.shape[1]} columns; give {components}, one a component"
            )
    P = _unit(first + _SMALL)
    H = uniform(components, X.shape[1])
    level = P.mean(0) @ H.mean(1)  # of the product
    H = H * (X.mean() / level.clamp_min(_SMALL))  # as loud as the frames
    turned = X.mT.contiguous()

    def objective() -> Tensor:
        y = P @ H if beta == 2 else (P @ H).clamp_min(_SMALL)
        return _divergence(X, y, beta) + sparsity * H.sum()

    trace = [objective()]
    for done in range(1, iterations + 1):
        less, more = _halves(X, P, beta)(H)
        H = _scaled(H, less, more, sparsity)
        less, more = (half.mT for half in _halves(turned, H.mT, beta)(P.mT))
        up = less + P * (P * more).sum(0)
        down = more + P * (P * less).sum(0)
        P = _unit(_scaled(P, up, down))
        if done % every == 0 or done == iterations:
            trace.append(objective())
    return SparseNMF(P, H, torch.stack(trace))


def activations(
    X: Tensor,
    W: Tensor,
    *,
    beta: float = 2.0,
    sparsity: float = 0.0,
    iterations: int = 100,
) -> Tensor:
    r"""The best non-negative activations of a fixed dictionary.

    The first of the two updates of `sparse_nmf`, from equal activations on; for
    $\beta\ge1$ the problem is convex, so that the start does not matter.

    Args:
        X: (..., F, N) frames in columns, at least 0; above 0 where $\beta\le0$.
        W: (F, K) patterns, at least 0.
        beta: as in `sparse_nmf`.
        sparsity: as in `sparse_nmf`.
        iterations: at least 0.

    Returns:
        (..., K, N), at least 0, in the type of X.

    Raises:
        ValueError: X or W is empty, negative or not finite, their widths differ, the
            largest entry of one is none from 1e-9 to 1e12 nor 0, X holds a 0 where
            $\beta\le0$, or an option is out of range.

    >>> activations(torch.tensor([[2.0], [3.0]]), torch.eye(2)).flatten()
    tensor([2., 3.])
    """
    X = _frames(X, beta)
    W = _dictionary(W, X)
    iterations = whole("iterations", iterations, 0)
    sparsity = number("sparsity", sparsity, least=0)
    level = X.mean() / W.sum(1).mean().clamp_min(_SMALL)
    H = level.expand(*X.shape[:-2], W.shape[1], X.shape[-1]).clone()
    halves = _halves(X, W, beta)
    for _ in range(iterations):
        less, more = halves(H)
        H = _scaled(H, less, more, sparsity)
    return H


def _scaled(values: Tensor, up: Tensor, down: Tensor, extra: float = 0.0) -> Tensor:
    """One multiplicative step, values × up / (down + extra), in three passes.

    It writes over ``down``.
    """
    return (values * up).div_(down.add_(extra + _TINY))


def _halves(
    X: Tensor, W: Tensor, beta: float
) -> Callable[[Tensor], tuple[Tensor, Tensor]]:
    """The gradient of the divergence in H, as what lowers it and what raises it."""
    if beta == 2:  # the squares need no product of the size of X but one
        cross, gram = W.mT @ X, W.mT @ W
        return lambda H: (cross, gram @ H)

    def halves(H: Tensor) -> tuple[Tensor, Tensor]:
        product = (W @ H).clamp_min_(_SMALL)
        if beta == 1:
            return W.mT @ torch.div(X, product, out=product), W.sum(0)[:, None]
        if beta == 0:
            inverse = product.reciprocal_()
            more = W.mT @ inverse
            return W.mT @ inverse.square_().mul_(X), more
        return W.mT @ (X * product.pow(beta - 2)), W.mT @ product.pow(beta - 1)

    return halves


def _divergence(x: Tensor, y: Tensor, beta: float) -> Tensor:
    if beta == 2:
        return mse_loss(x, y, reduction="sum") / 2
    if beta == 1:
        near, excess = _excess(y, x)
        far = torch.xlogy(x, x) - torch.xlogy(x, y) - x + y
        return torch.where(near, x * excess, far).sum()
    if beta == 0:
        near, excess = _excess(x, y)
        return torch.where(near, excess, x / y - (x / y).log() - 1).sum()
    if beta > 2:  # y may be 0
        cross = beta * x * y.pow(beta - 1)
        total = (x.pow(beta) + (beta - 1) * y.pow(beta) - cross).sum()
        return total / beta / (beta - 1)
    # the same, in differences of powers: near 0 and 1 nothing cancels
    heard = x > 0
    log = torch.where(heard, x, y).log() - y.log()
    first = x * y.pow(beta - 1) * torch.expm1((beta - 1) * log) / (beta - 1)
    second = y.pow(beta) * torch.where(heard, torch.expm1(beta * log), -1) / beta
    return (first - second).sum()


def _excess(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Where a is near b, and there r - log(1 + r) of r = a / b - 1, to the digit."""
    near = (a - b).abs() < b / 2
    r = torch.where(near, a - b, 0) / torch.where(near, b, 1)
    return near, r - r.log1p()


def _unit(W: Tensor) -> Tensor:
    return W / W.norm(dim=0).clamp_min(_SMALL)


def _frames(X: Tensor, beta: float) -> Tensor:
    number("beta", beta, least=0, most=2)
    X = real("X", X).detach()
    if X.ndim < 2 or not X.numel():
        raise ValueError(
            f"X: got shape {tuple(X.shape)}; give (..., F, N), not empty, with frames "
            "in columns"
        )
    _positive("X", X, strictly=beta <= 0)
    _in_range("X", X)
    return X


def _dictionary(W: Tensor, X: Tensor) -> Tensor:
    W = real("W", W, like=X).to(X).detach()
    if W.ndim != 2 or len(W) != X.shape[-2] or not W.shape[1]:
        raise ValueError(
            f"W: got shape {tuple(W.shape)}; give ({X.shape[-2]}, K), a row for each "
            "row of X"
        )
    _positive("W", W, strictly=False)
    _in_range("W", W)
    return W


def _in_range(name: str, values: Tensor) -> None:
    most = float(values.max())
    if most and not _QUIETEST <= most <= _LOUDEST:
        raise ValueError(
            f"{name}: the largest entry is {most:g}; give it on another scale, such as "
            f"{name} / {name}.max()"
        )


def _positive(name: str, values: Tensor, *, strictly: bool) -> None:
    low = float(values.detach().min()) if values.numel() else 1.0
    if low < 0 or (strictly and low == 0):
        wanted = "above 0 for this divergence" if strictly else "of at least 0"
        raise ValueError(f"{name}: got {low:g}; give numbers {wanted}")

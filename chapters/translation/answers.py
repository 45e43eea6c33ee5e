"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.exercises import check, expect, judged
from support.losses.information import gaussian_kl
from support.losses.reconstruction import gaussian_reconstruction
from support.models.rotations import RotatedPrior, random_rotations

__all__ = ["exchange", "loss", "price", "strength", "transport"]

Reader = Callable[..., Any]


def price(function: Reader) -> bool:
    """Hold nats between two priors to the divergence itself."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        return tuple(rng.normal(size=(2, int(rng.integers(2, 9)))))

    def wanted(one: np.ndarray, other: np.ndarray) -> float:
        zero = torch.zeros(1).double()
        means = (torch.from_numpy(np.asarray(mean)) for mean in (one, other))
        first, second = means
        return float(gaussian_kl(first, zero, second, zero))

    return check(function, against=wanted, inputs=inputs, what="1, the price")


def strength(function: Reader, weight: Reader) -> bool:
    """Hold a strength, and the weight that gives it, to each other."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        side, channels = int(rng.integers(8, 129)), int(rng.choice([1, 3]))
        return float(rng.uniform(1e-4, 1)), channels * side**2, rng.uniform(0.05, 1)

    first = check(
        function,
        against=lambda beta, values, variance: beta * values / variance,
        inputs=inputs,
        what="2, the strength",
    )
    second = check(
        weight,
        against=lambda kappa, values, variance: kappa * variance / values,
        inputs=inputs,
        what="2, the weight",
    )
    return first and second


def transport(function: Reader) -> bool:
    """Hold a translation of latents to the package's, row by row."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        source = torch.Generator().manual_seed(int(rng.integers(2**31)))
        rotations = random_rotations(3, 4, source).double().numpy()
        domains = rng.integers(0, 3, size=(2, 5))
        return rng.normal(size=(5, 4)), rotations, domains[0], domains[1]

    def wanted(z: Any, rotations: Any, source: Any, target: Any) -> Tensor:
        prior = RotatedPrior(3, 4, torch.Generator(), min_distance=0.0).double()
        prior.rotations = torch.from_numpy(np.asarray(rotations))
        return prior.transport(z, source, target)

    return check(function, against=wanted, inputs=inputs, what="3, the translation")


def exchange(function: Reader) -> bool:
    """Ask of a matrix that the objective not see it, and translation do."""
    what = "4, the exchange"

    def judge() -> bool:
        told = "the matrix passes on priors of 3 to 6 domains in 8 to 12 dimensions"
        for domains, d in ((3, 8), (5, 12), (6, 10)):
            source = torch.Generator().manual_seed(d)
            means = RotatedPrior(domains, d, source, 4.0, 0.0).means.double()
            given = function(means.numpy().copy())
            reason = _no_exchange(given, means)
            if reason:
                return expect(False, f"for {domains} means in {d}: {reason}", what=what)
        return expect(True, "", what=what, tried=told)

    return judged(judge, what)


def _no_exchange(given: Any, means: Tensor) -> str:
    """What is wrong with a matrix in words; empty where nothing is."""
    d = means.shape[1]
    if given is None:
        return f"it returned nothing; wanted a matrix of shape ({2 * d}, {2 * d})."
    matrix = torch.as_tensor(np.asarray(given, dtype=float))
    if matrix.shape != (2 * d, 2 * d):
        return f"shape {tuple(matrix.shape)}; wanted ({2 * d}, {2 * d})."
    if not bool(matrix.isfinite().all()):
        return "some entry is no finite number."
    off = float((matrix.T @ matrix - torch.eye(2 * d)).abs().max())
    if off > 1e-6:
        return f"OᵀO differs from the identity by {off:.2g}; wanted an orthogonal map."
    kept = torch.cat([means, torch.zeros_like(means)], 1)
    moved = float((kept @ matrix.T - kept).abs().max())
    if moved > 1e-6:
        return f"a mean (μ, 0) moves by {moved:.2g}; wanted every one in its place."
    across = float(torch.linalg.matrix_norm(matrix[:d, d:], 2))
    if across < 0.99:
        return (
            f"of no direction of z_u more than {across:.2f} arrives in z_l; wanted one "
            "that moves there whole."
        )
    return ""


def loss(function: Reader) -> bool:
    """Hold the loss of one model to error and divergences of the package."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        n, p, d, domains = 6, 9, 3, 4
        x, x_hat = torch.from_numpy(rng.normal(size=(2, n, p)))
        mean, log_var = torch.from_numpy(rng.normal(size=(2, n, 2 * d)))
        means = torch.from_numpy(rng.normal(size=(domains, d)))
        y = torch.from_numpy(rng.integers(0, domains, size=n))
        return x, x_hat, mean, log_var, means, y, float(rng.uniform(0.5, 20))

    def wanted(
        x: Tensor,
        x_hat: Tensor,
        mean: Tensor,
        log_var: Tensor,
        means: Tensor,
        y: Tensor,
        kappa: float,
    ) -> Tensor:
        centre = torch.cat([means[y], torch.zeros_like(means[y])], 1)
        paid = gaussian_kl(mean, log_var, centre, torch.zeros(1).double())
        return (gaussian_reconstruction(x_hat, x, "sum") + kappa * paid).mean()

    return check(function, against=wanted, inputs=inputs, what="5, the loss")

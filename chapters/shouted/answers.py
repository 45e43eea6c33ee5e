"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from scipy.stats import norm
from torch import Tensor

from support.exercises import check
from support.models.compensation import BiasCompensator, fit_mixture

__all__ = ["equal_error", "fair", "ratz", "single_biases"]

Reader = Callable[..., Any]


def equal_error(function: Reader) -> bool:
    """Hold an equal error rate to that of two Gaussians."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        return float(rng.uniform(0, 5)), float(rng.uniform(0.2, 4))

    def wanted(distance: float, spread: float) -> float:
        return float(norm.cdf(-distance / (2 * spread)))

    return check(function, against=wanted, inputs=inputs, what="1, the error rate")


def single_biases(function: Reader) -> bool:
    """Hold K biases to those that MEMLIN makes of K^2, on random posteriors."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        count, clusters = int(rng.integers(5, 30)), int(rng.integers(2, 5))
        of_y, of_x = rng.dirichlet(np.ones(clusters), size=(2, count))
        return of_y, of_x, rng.normal(size=(count, 3))

    def wanted(of_y: np.ndarray, of_x: np.ndarray, shift: np.ndarray) -> np.ndarray:
        J = of_y.T @ of_x
        biases = np.einsum("nj,ni,nd->jid", of_y, of_x, shift) / J[..., None]
        chance = J / J.sum(1, keepdims=True)
        return np.einsum("ji,jid->jd", chance, biases)

    return check(
        function, against=wanted, inputs=inputs, tolerance=1e-8, what="2, the biases"
    )


def ratz(function: Reader) -> bool:
    """Hold RATZ to the package's, for the same mixture of normal embeddings."""

    def drawn(seed: int) -> tuple[Tensor, Tensor, Tensor]:
        rng = np.random.default_rng(seed)
        cluster = rng.integers(0, 3, 90)
        x = 3 * rng.normal(size=(3, 2))[cluster] + rng.normal(size=(90, 2))
        y = x + rng.normal(size=(3, 2))[cluster] + 0.5 * rng.normal(size=(90, 2))
        sides = [torch.from_numpy(side) for side in (x, y)]
        return sides[0][:80], sides[1][:80], sides[1][80:]

    def source() -> torch.Generator:
        return torch.Generator().manual_seed(0)

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        x, y, test = drawn(int(rng.integers(2**31)))
        mixture = fit_mixture(x, 3, source(), variance_floor=0)
        parts = (mixture.log_weight.exp(), mixture.mean, mixture.variance)
        return x, y, *parts, test

    def wanted(x: Tensor, y: Tensor, *given: Tensor) -> Tensor:
        fitted = BiasCompensator("ratz", 3, variance_floor=0).fit(x, y, source())
        return fitted.transform(given[-1])

    return check(
        function,
        against=wanted,
        inputs=inputs,
        tries=3,
        tolerance=1e-8,
        what="3, RATZ",
    )


def fair(function: Reader) -> bool:
    """Hold a choice of trials to what a projection may have seen."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        speaker = rng.integers(0, 8, 30)
        fold = rng.permutation(np.arange(8) % 4)
        learned = np.arange(4)[:, None] != fold
        # one projection has learned from a speaker that it should not know
        learned[0, np.flatnonzero(fold == 0)[0]] = True
        first, second = np.array(np.triu_indices(30, 1))
        return speaker[first], speaker[second], fold, learned

    def wanted(
        first: np.ndarray, second: np.ndarray, fold: np.ndarray, learned: np.ndarray
    ) -> np.ndarray:
        space, other = fold[first], fold[second]
        seen = learned[space, first] | learned[other, second]
        return (space == other) & ~seen

    return check(function, against=wanted, inputs=inputs, what="4, the trials")

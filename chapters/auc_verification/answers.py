"""Checks of the exercises: each computes the right answer on inputs of its own."""

import math
from collections.abc import Callable
from time import perf_counter
from typing import Any

import numpy as np
import torch
from torch import Tensor

from chapters.auc_verification.gaussians import gaussian_area, gaussian_equal_error
from support.exercises import check, expect
from support.losses.pairwise import surrogate
from support.losses.verification import aauc_verification
from support.metrics.verification import (
    DCF08,
    equal_error_rate,
    error_rates,
    minimum_dcf,
    roc_area,
)

__all__ = ["equal_errors", "gaussians", "hardest", "loss", "measures"]

Function = Callable[..., Any]
_SLOW = 3.0  # seconds for 400,000 scores; one sort takes a twentieth of a second


def measures(function: Function) -> bool:
    """Exercise 1: EER, AUC and minDCF08 of nine scores."""
    rates = error_rates(
        torch.tensor([0.9, 0.8, 0.7, 0.4]), torch.tensor([0.6, 0.5, 0.3, 0.2, 0.1])
    )
    given = _numbers(_called(function), 3)
    if given is None:
        return expect(
            False, "give three numbers: EER, AUC and minDCF08", what="nine scores"
        )
    if abs(given[0] - 0.225) < 1e-9:
        # The mean of both errors at the nearest point, as some libraries have it.
        words = "whose convention: here the crossing is interpolated"
        passed = expect(True, "", what="EER", not_checked=words)
    else:
        passed = _near("EER", given[0], equal_error_rate(rates)[0])
    passed &= _near("AUC", given[1], roc_area(rates))
    return passed & _near("minDCF08", given[2], minimum_dcf(rates, DCF08)[0])


def _near(what: str, given: float, right: Tensor) -> bool:
    words = "look again; move the threshold from score to score, and note both errors"
    return expect(abs(given - float(right)) < 1e-6, words, what=what)


def gaussians(slope: Function, from_area: Function, two_systems: Function) -> bool:
    """Exercise 2: a pair's slope, EER from AUC, two systems of one area."""

    def wanted(gap: float, delta: float) -> Tensor:
        free = torch.tensor(gap, dtype=torch.float64, requires_grad=True)
        return torch.autograd.grad(surrogate(free, "sigmoid", delta), free)[0]

    def at(rng: np.random.Generator) -> tuple[float, float]:
        return float(rng.normal()), float(rng.uniform(0.5, 30))

    passed = check(slope, against=wanted, what="slope", inputs=at, tolerance=1e-9)
    passed &= check(
        lambda gap: from_area(gaussian_area(gap)),
        against=gaussian_equal_error,
        what="EER from AUC",
        inputs=lambda rng: (float(rng.uniform(0, 4)),),
    )
    try:
        rates = [
            error_rates(torch.as_tensor(true).float(), torch.as_tensor(false).float())
            for true, false in two_systems()
        ]
        areas = [float(roc_area(each)) for each in rates]
        errors = [float(equal_error_rate(each)[0]) for each in rates]
        alike, apart = abs(areas[0] - areas[1]), abs(errors[0] - errors[1])
    except Exception as error:  # whatever the reader's code raises is an answer
        words = f"give two pairs of lists of scores ({type(error).__name__}: {error})"
        return expect(False, words, what="two systems") & passed
    words = (
        f"areas ≈ {areas[0]:.3f} and ≈ {areas[1]:.3f}, error rates ≈ {errors[0]:.3f} "
        f"and ≈ {errors[1]:.3f}; wanted: areas alike, errors apart"
    )
    return expect(alike <= 0.005 and apart > 0.05, words, what="two systems") & passed


def loss(function: Function) -> bool:
    """Exercise 3: the anchored smooth area, its gradient, and the order of a batch."""

    def wanted(embedding: Tensor, identity: Tensor, delta: float) -> Tensor:
        return aauc_verification(embedding, identity, delta=delta, pairs="anchored")

    def gradient(of: Function) -> Function:
        def slope(embedding: Tensor, identity: Tensor, delta: float) -> Tensor:
            free = embedding.clone().requires_grad_()
            return torch.autograd.grad(of(free, identity, delta), free)[0]

        return slope

    passed = check(
        function, against=wanted, inputs=_batch, tolerance=1e-8, what="value"
    )
    return passed & check(
        gradient(function),
        against=gradient(wanted),
        inputs=_batch,
        tolerance=1e-8,
        what="gradient",
    )


def hardest(function: Function) -> bool:
    """Exercise 5: as exercise 3, on the hardest share of each anchor's negatives."""

    def wanted(
        embedding: Tensor, identity: Tensor, share: float, delta: float
    ) -> Tensor:
        return aauc_verification(
            embedding, identity, delta=delta, pairs="anchored", negative_fraction=share
        )

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor, float, float]:
        embedding, identity, delta = _batch(rng)
        return embedding, identity, float(rng.uniform(0.02, 1)), delta

    return check(function, against=wanted, inputs=inputs, tolerance=1e-5, what="value")


def equal_errors(function: Function) -> bool:
    """Exercise 4: the equal error rate with ties, in one sort."""

    def wanted(target: Tensor, nontarget: Tensor) -> Tensor:
        return equal_error_rate(error_rates(target, nontarget))[0]

    def tied(rng: np.random.Generator) -> list[Tensor]:
        sizes, coarse = rng.integers(1, 30, size=2), int(rng.integers(0, 3))
        draws = [torch.from_numpy(rng.normal(size=n) + k) for k, n in enumerate(sizes)]
        return [draw.round(decimals=coarse) for draw in draws[::-1]]

    def plain(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        same = torch.ones(int(rng.integers(2, 9)))
        return same, same[:1] * float(rng.integers(0, 2))

    passed = check(function, against=wanted, inputs=plain, what="equal or separated")
    passed &= check(
        function, against=wanted, inputs=tied, tries=60, tolerance=1e-9, what="ties"
    )
    if not passed:
        return False
    many = torch.linspace(-1, 1, 200_000)
    start = perf_counter()
    _called(lambda: function(many + 0.3, many))
    words = f"400,000 scores took more than {_SLOW:g} seconds"
    return expect(perf_counter() - start < _SLOW, words, what="speed")


def _batch(rng: np.random.Generator) -> tuple[Tensor, Tensor, float]:
    """Vectors of any length, three to five identities, a steepness."""
    identity = torch.from_numpy(rng.permutation(12) % rng.integers(3, 6))
    vectors = torch.from_numpy(3 * rng.normal(size=(12, 5)))
    return vectors, identity, float(rng.uniform(1, 30))


def _called(function: Function) -> Any:
    """What a function without arguments returns; None where it raises."""
    try:
        return function()
    except Exception:  # whatever the reader's code raises is no answer
        return None


def _numbers(given: Any, count: int) -> list[float] | None:
    try:
        numbers = [float(one) for one in given]
    except (TypeError, ValueError):
        return None
    right = len(numbers) == count and all(map(math.isfinite, numbers))
    return numbers if right else None

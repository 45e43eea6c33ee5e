"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.exercises import check, expect, judged
from support.losses.nmf_segmentation import masked_bce
from support.metrics.compactness import effective_number, mass_number

__all__ = ["audit", "counts", "cross_entropy", "rankings", "strength"]

Reader = Callable[..., Any]


def counts(function: Reader) -> bool:
    """Hold the two counts of exercise 1 to rows of relevances, dead components too."""

    def inputs(rng: np.random.Generator) -> tuple[np.ndarray]:
        row = rng.exponential(size=int(rng.integers(2, 12)))
        dead = np.zeros(int(rng.integers(0, 20)))
        return (rng.permutation(np.concatenate([row, dead])),)

    def wanted(row: np.ndarray) -> tuple[float, float]:
        rows = torch.from_numpy(row)[None]
        return float(mass_number(rows)), float(effective_number(rows))

    return check(
        function, against=wanted, inputs=inputs, tolerance=1e-3, what="1, the counts"
    )


def rankings(function: Reader) -> bool:
    """Hold an expected cosine to pairs of random permutations, then to its formula."""

    def simulated() -> bool:
        rng = np.random.default_rng(0)
        for size in (2, 5, 40):
            draws = rng.permuted(np.tile(np.arange(size), (2, 20_000, 1)), axis=2)
            cosine = (draws[0] * draws[1]).sum(1) / np.square(np.arange(size)).sum()
            error = cosine.std() / np.sqrt(len(cosine))
            given = float(function(size))
            if abs(given - cosine.mean()) > 5 * error:
                return expect(
                    False,
                    f"for n = {size} it gives {given:.4f}; 20,000 random pairs "
                    f"have {cosine.mean():.4f} ± {error:.4f}.",
                    what="2, the simulation",
                )
        return expect(True, "", what="2, the simulation", tried="n = 2, 5 and 40")

    exact = check(
        function,
        against=lambda size: 3 * (size - 1) / (2 * (2 * size - 1)),
        inputs=lambda rng: (int(rng.integers(2, 400)),),
        what="2, the formula",
    )
    return judged(simulated, "2, the simulation") and exact


def cross_entropy(function: Reader) -> bool:
    """Hold a masked cross-entropy to its value, and to its gradient."""

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        logits = torch.from_numpy(rng.normal(size=(3, 4)) * rng.choice([1.0, 30.0]))
        labels = torch.from_numpy(rng.integers(-1, 2, size=(3, 4))).double()
        labels[0, 0] = 1  # one is known at least
        return logits, labels

    def slope(loss: Reader) -> Reader:
        def gradient(logits: Tensor, labels: Tensor) -> Tensor:
            leaf = logits.clone().requires_grad_()
            return torch.autograd.grad(loss(leaf, labels), leaf)[0]

        return gradient

    value = check(function, against=masked_bce, inputs=inputs, what="3, the value")
    return value and check(
        slope(function),
        against=slope(masked_bce),
        inputs=inputs,
        what="3, the gradient",
    )


def audit(function: Reader) -> bool:
    """Hold the word for a probe and its two controls to tables of scores."""
    what = "4, the audit"
    words = ("is absent", "survives", "is made readable")

    def judge() -> bool:
        rng = np.random.default_rng(0)
        seen = set()
        for _ in range(200):
            chance = float(rng.choice([0.5, 0.1]))
            trained, untrained, spectrum = rng.uniform(chance - 0.05, 1, size=3)
            kind = rng.integers(6)  # where the limits lie, and far from them
            if kind < 2:
                trained = chance + (0.012, 0.028)[kind] + rng.uniform(-0.005, 0.005)
            elif kind < 4:  # above both controls, and by less than .02 above one
                low, high = sorted((untrained, spectrum))
                high = max(high, chance + 0.1)
                trained = high + 0.01
                untrained, spectrum = (high, low) if kind == 2 else (low, high)
            edges = np.array([chance, untrained, spectrum]) + 0.02
            if np.abs(trained - edges).min() < 0.003:
                continue  # so near the limit that rounding would decide
            wanted = words[_grade(trained, untrained, spectrum, chance)]
            given = function(trained, untrained, spectrum, chance)
            if given != wanted:
                return expect(
                    False,
                    f"trained {trained:.3f}, untrained {untrained:.3f}, spectrum "
                    f"{spectrum:.3f}, chance {chance:.2f}: it said {given!r}; expected "
                    f"{wanted!r}.",
                    what=what,
                )
            seen.add(wanted)
        return expect(
            len(seen) == len(words), "", what=what, tried="200 tables of scores"
        )

    return judged(judge, what)


def _grade(trained: float, untrained: float, spectrum: float, chance: float) -> int:
    if trained <= chance + 0.02:
        return 0
    return 1 + (trained > max(untrained, spectrum) + 0.02)


def strength(function: Reader) -> bool:
    """Hold a search for a weight to made curves of zero rates that rise with it."""
    what = "5, the strength"

    def curve(rng: np.random.Generator) -> tuple[Callable[[float], float], float]:
        middle, slope = rng.uniform(-3, 2), rng.uniform(1.0, 3)
        floor = rng.uniform(0, 0.5)

        def zero_rate(weight: float) -> float:
            rise = 1 / (1 + np.exp(-slope * (np.log10(weight) - middle)))
            return float(floor + (1 - floor) * rise)

        return zero_rate, float(rng.uniform(0.6, 0.9))

    def judge() -> bool:
        rng = np.random.default_rng(0)
        for _ in range(20):
            zero_rate, wanted = curve(rng)
            weight = float(function(zero_rate, wanted))
            if not 0 < weight < np.inf:
                return expect(
                    False, f"it gave {weight:g}; a weight is above 0.", what=what
                )
            rate = zero_rate(weight)
            if not abs(rate - wanted) <= 0.01:
                return expect(
                    False,
                    f"its weight {weight:.3g} has a zero rate of {rate:.3f}; "
                    f"{wanted:.3f} was wanted, give or take .01.",
                    what=what,
                )
        return expect(
            True,
            "",
            what=what,
            tried="20 curves, each with a wanted rate",
            not_checked="how often it asked; each zero rate may be a training",
        )

    return judged(judge, what)

"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from chapters.unlearning.data import load
from chapters.unlearning.problem import RECIPES, Problem, pose, train_network
from chapters.unlearning.scores import residual, through
from chapters.unlearning.systems import CONFIGURED, fit_map
from support.exercises import check, expect, judged
from support.losses.forgetting import forget_loss_pairwise
from support.models.forgetting import forget_map, solve_forget_map

__all__ = [
    "early",
    "example",
    "try_pull",
    "try_repair",
    "try_solve",
    "try_targets",
    "try_weight",
]

Reader = Callable[..., Any]


def try_weight(function: Reader) -> bool:
    """Hold a conversion of the authors' weight to both regimes."""

    def inputs(rng: np.random.Generator) -> tuple[float, int, bool]:
        beta = float(10 ** rng.uniform(-4, 0))
        return beta, int(rng.integers(2, 1000)), bool(rng.integers(2))

    return check(
        function,
        against=lambda beta, dim, zero_shot: beta if zero_shot else beta * dim,
        inputs=inputs,
        what="1, the weight",
    )


def try_pull(function: Reader) -> bool:
    """Hold a loss without pairs to the one with all pairs."""

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        width = int(rng.integers(1, 6))
        counts = rng.integers(1, 9, size=2)
        moved, z_ref = (rng.normal(1, 2, (int(n), width)) for n in counts)
        return torch.from_numpy(moved), torch.from_numpy(z_ref)

    return check(
        function,
        against=lambda moved, z_ref: forget_loss_pairwise(lambda z: z, moved, z_ref),
        inputs=inputs,
        tolerance=1e-8,
        what="2, without pairs",
    )


def try_solve(function: Reader) -> bool:
    """Hold weights and offsets to the minimum of the objective."""

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, float]:
        width = int(rng.integers(1, 5))
        z_r = torch.from_numpy(rng.normal(1, 1, (40, width)))
        z_f = torch.from_numpy(rng.normal(-1, 1, (15, width)))
        mean = torch.from_numpy(rng.normal(size=width))
        return z_r, z_f, mean, float(10 ** rng.uniform(-1, 1))

    def wanted(z_r: Tensor, z_f: Tensor, mean: Tensor, lam: float) -> Tensor:
        f = solve_forget_map(z_r, z_f, mean, lam)
        return torch.cat([f.linear.weight, f.offset[:, None]], dim=1).detach()

    return check(
        function,
        against=wanted,
        inputs=inputs,
        tolerance=1e-5,
        what="3, the closed form",
    )


@cache
def example() -> Problem:
    """A network trained on the digits that must forget the class 0."""
    data = load("embedded", "quick", 0)
    recipe = RECIPES["embedded", "quick"]
    return pose(data, train_network(data.x_train, data.y_train, recipe, 0), 0, 0)


@cache
def early() -> tuple[Tensor, Tensor, Tensor]:
    """Features of `example` after the linear map as configured: accuracy is gone."""
    posed = example()
    f = forget_map(posed.z[0].shape[1])
    fit_map(f, posed.z[0], posed.z[1], lam=0.64, recipe=CONFIGURED, seed=0)
    return through(f, posed)


def try_repair(function: Reader) -> bool:
    """Hold a map to three goals: the class unnamed, the rest kept, pictures gone."""
    what = "4, the repair"

    def judge() -> bool:
        posed = example()
        z_r, z_f, z_test = posed.z
        f = function(z_r.clone(), z_f.clone())
        moved = []
        for z in (z_r, z_f, z_test):
            out = torch.as_tensor(f(z.clone())).detach()
            if out.shape != z.shape or not bool(out.isfinite().all()):
                return expect(
                    False,
                    f"of features {tuple(z.shape)} your map made "
                    f"{tuple(out.shape)}; wanted the same shape, all finite",
                    what=what,
                )
            moved.append(out.float())
        with torch.no_grad():
            kept, named = (
                float((posed.net[1](z).argmax(1) == y).double().mean())
                for z, y in ((moved[0], posed.y_r), (moved[1], posed.y_f))
            )
        told = residual((moved[0], moved[1], moved[2]), posed, 0)[0.05]
        return expect(
            kept >= 0.99 and named <= 0.05 and told <= 0.2,
            f"A_r ≈ {kept:.3f} (wanted at least 0.99), A_f ≈ {named:.3f} (wanted at "
            f"most 0.05), R² at 5 % noise ≈ {told:.2f} (wanted at most 0.2)",
            what=what,
            tried="the digits, class 0",
        )

    return judged(judge, what)


def try_targets(function: Reader) -> bool:
    """Hold targets to the nearest retained class mean of each feature."""

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        classes, width = int(rng.integers(2, 6)), int(rng.integers(1, 4))
        place = torch.arange(20) % classes
        y_r = 2 * place + 1  # the numbers of retained classes have gaps
        z_r = torch.from_numpy(rng.normal(size=(20, width))) + 2 * place[:, None]
        return z_r, y_r, torch.from_numpy(rng.normal(3, 4, (7, width)))

    def wanted(z_r: Tensor, y_r: Tensor, z_f: Tensor) -> Tensor:
        means = torch.stack([z_r[y_r == c].mean(0) for c in y_r.unique()])
        return means[torch.cdist(z_f, means).argmin(1)]

    return check(
        function, against=wanted, inputs=inputs, tolerance=1e-8, what="5, the targets"
    )

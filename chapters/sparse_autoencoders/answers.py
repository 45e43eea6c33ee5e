"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import mse_loss

from chapters.sparse_autoencoders.systems import active_units
from support.exercises import check
from support.metrics.disentanglement.importances import completeness
from support.models.sparse_autoencoder import topk_relu

__all__ = ["audit", "auxiliary", "counts", "gradient", "topk"]

Reader = Callable[..., Any]


def counts(active: Reader, complete: Reader) -> bool:
    """Hold a number of units, and the completeness of equal ones, to their laws."""

    def sizes(rng: np.random.Generator) -> Sequence[Any]:
        sparsity = float(rng.choice([0.75, 0.8, 0.85, 0.9, 0.95, 0.99]))
        return sparsity, int(rng.choice([128, 512, 2048]))

    def equal(rng: np.random.Generator) -> Sequence[Any]:
        return int(rng.integers(1, 64)), int(rng.choice([64, 512, 2048]))

    first = check(active, against=active_units, inputs=sizes, what="1, the units")
    second = check(
        complete,
        against=lambda used, units: 1 - math.log(used) / math.log(units),
        inputs=equal,
        what="1, the completeness",
    )
    return first and second


def gradient(function: Reader) -> bool:
    """Hold a gradient by hand to the one that is computed automatically."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        n, dim, units = 4, 3, 8
        x, weight = rng.normal(size=(n, dim)), rng.normal(size=(units, dim))
        bias, back = rng.normal(size=units), rng.normal(size=(dim, units))
        return x, weight, bias, back, int(rng.integers(1, units))

    def wanted(x: Any, weight: Any, bias: Any, back: Any, k: int) -> Tensor:
        x, w, b, d = map(torch.from_numpy, (x, weight, bias, back))
        w = w.clone().requires_grad_()
        loss = mse_loss(topk_relu(x @ w.T + b, k) @ d.T, x)
        (found,) = torch.autograd.grad(loss, w)
        return found

    return check(function, against=wanted, inputs=inputs, what="2, the gradient")


def topk(function: Reader) -> bool:
    """Hold the choice of units to the package's, ties and short rows among them."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        n, units = 5, int(rng.integers(3, 9))
        a = np.round(rng.normal(size=(n, units)), int(rng.integers(0, 3)))
        a[0] -= 3  # a row with few positive numbers, or none
        return a, int(rng.integers(1, units + 1))

    def wanted(a: Any, k: int) -> Tensor:
        return topk_relu(a, k)

    return check(function, against=wanted, inputs=inputs, what="3, the k largest")


def audit(function: Reader) -> bool:
    """Hold three differences of two counts to the package's."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        def importances(units: int, used: int) -> np.ndarray:
            rows = np.zeros((5, units))
            for row in rows:
                row[rng.choice(units, used, replace=False)] = rng.exponential(size=used)
            return rows

        dense = importances(96, int(rng.integers(5, 20)))
        used = rng.integers(10, 60, size=2)
        return dense, importances(512, int(used[0])), importances(512, int(used[1]))

    def wanted(dense: Any, untrained: Any, trained: Any) -> list[float]:
        one, control, two = (completeness(P) for P in (dense, untrained, trained))
        C = [float(each.per_factor.mean()) for each in (one, control, two)]
        n = [float(each.effective.mean()) for each in (one, control, two)]
        return [C[2] - C[0], n[2] - n[0], n[2] - n[1]]

    return check(
        function,
        against=wanted,
        inputs=inputs,
        what="4, the audit",
        not_checked="your two sentences",
    )


def auxiliary(function: Reader) -> bool:
    """Hold the loss of dead units to their reconstruction of the residual."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        n, dim, units = 4, 3, 10
        x, recon = torch.from_numpy(rng.normal(size=(2, n, dim)))
        pre = torch.from_numpy(rng.normal(size=(n, units)))
        back = torch.from_numpy(rng.normal(size=(dim, units)))
        dead = torch.from_numpy(rng.permutation(units) < 6)
        return x, recon, pre, back, dead, int(rng.integers(1, 6))

    def wanted(
        x: Tensor, recon: Tensor, pre: Tensor, back: Tensor, dead: Tensor, k: int
    ) -> Tensor:
        code = topk_relu(pre[:, dead], k)
        return mse_loss(code @ back[:, dead].T, x - recon)

    return check(function, against=wanted, inputs=inputs, what="5, the dead units")

"""What the checks of the exercises try, on fresh inputs."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from support.exercises import check

__all__ = ["try_choice", "try_gradient", "try_step"]


def try_step(function: Callable[..., Any]) -> bool:
    """Check exercise 1, one step of gradient descent with decay."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        return rng.normal(size=3), rng.normal(size=3), *rng.uniform(0.1, 0.9, size=2)

    return check(function, against=_step, inputs=inputs, what="one step")


def try_gradient(function: Callable[..., Any]) -> bool:
    """Check exercise 2, the gradient of the cross-entropy by the logits."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        count = int(rng.integers(2, 6))
        return rng.normal(size=count), int(rng.integers(count))

    return check(function, against=_gradient, inputs=inputs, what="the gradient")


def try_choice(function: Callable[..., Any]) -> bool:
    """Check exercise 3, the decay to choose; ties go to the stronger one."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        count = int(rng.integers(2, 6))
        decays = np.sort(rng.uniform(0, 1, size=count))
        losses = rng.integers(1, 4, size=count) / 2  # coarse, so that there are ties
        order = rng.permutation(count)
        return decays[order].tolist(), losses.tolist()

    return check(function, against=_choice, inputs=inputs, what="the choice")


def _step(
    weight: np.ndarray, gradient: np.ndarray, rate: float, decay: float
) -> np.ndarray:
    return weight - rate * (gradient + decay * weight)


def _gradient(logits: np.ndarray, label: int) -> np.ndarray:
    values = torch.tensor(logits, requires_grad=True)
    loss = cross_entropy(values[None], torch.tensor([label]))
    return torch.autograd.grad(loss, values)[0].numpy()


def _choice(decays: Sequence[float], losses: Sequence[float]) -> float:
    pairs = zip(losses, decays, strict=True)
    return min(pairs, key=lambda pair: (pair[0], -pair[1]))[1]

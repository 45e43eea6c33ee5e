"""What is measured of a network that was made to forget, and what that cost."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.modules.module import register_module_forward_hook

from chapters.unlearning.problem import Problem
from support.losses.forgetting import forget_loss, retain_loss
from support.metrics.probes import fit_probe
from support.metrics.unlearning import membership_auc, residual_r2
from support.models.forgetting import solve_forget_map
from support.training import generator, predict

__all__ = [
    "NOISES",
    "Cost",
    "closed_form",
    "counted",
    "encoder",
    "measures",
    "membership_losses",
    "objective",
    "recall",
    "residual",
    "through",
]

#: Read-out noise in shares of the features' spread, from the sharpest reader on.
NOISES = (0.01, 0.05, 0.1)
Encoder = Callable[[Tensor], Tensor]


def measures(model: Callable[[Tensor], Tensor], problem: Problem) -> dict[str, float]:
    """Score a network that was made to forget.

    Args:
        model: (n, ...) samples to (n, classes) logits.
        problem: what it should have forgotten.

    Returns:
        ``A_r`` and ``A_f``, accuracies on retained and forgotten training samples,
        ``test``, on test samples of the classes that stay, and ``MIA``, the area of
        the membership attack; all in [0, 1].
    """
    data = problem.data
    retained, forgotten, test = (
        predict(problem.net, x, call=model)
        for x in (problem.x_r, problem.x_f, data.x_test)
    )
    stays = problem.stays
    return {
        "A_r": _accuracy(retained, problem.y_r),
        "A_f": _accuracy(forgotten, problem.y_f),
        "test": _accuracy(test[stays], data.y_test[stays]),
        "MIA": membership_auc(
            cross_entropy(forgotten, problem.y_f, reduction="none"),
            cross_entropy(test, data.y_test, reduction="none"),
        ),
    }


def _accuracy(logits: Tensor, y: Tensor) -> float:
    return float((logits.argmax(1) == y).double().mean())


def membership_losses(net: nn.Module, problem: Problem) -> dict[str, Tensor]:
    """Losses that the attack compares: of forgotten samples, and of test samples."""
    pairs = {
        "to forget": (problem.x_f, problem.y_f),
        "test": (problem.data.x_test, problem.data.y_test),
    }
    return {
        name: cross_entropy(predict(net, x), y, reduction="none").cpu()
        for name, (x, y) in pairs.items()
    }


class Cost:
    """Multiply-adds of the layers that ran while it counted."""

    total: float = 0.0


@contextmanager
def counted() -> Iterator[Cost]:
    """Count multiply-adds of linear and convolutional layers inside the block.

    A forward pass counts once; where gradients are asked for, three times, since
    going back through a layer costs about twice as much as going forward.

    >>> with counted() as cost, torch.no_grad():
    ...     nn.Linear(3, 2)(torch.zeros(5, 3)).shape
    torch.Size([5, 2])
    >>> cost.total
    30.0
    """
    cost = Cost()

    def hook(layer: nn.Module, _given: Any, made: Any) -> None:
        if isinstance(layer, nn.Linear | nn.Conv2d):
            # Each number that comes out is a sum over one output's share of weights.
            each = layer.weight[0].numel()
            times = 3 if made.requires_grad else 1
            cost.total += times * made.numel() * each

    handle = register_module_forward_hook(hook)
    try:
        yield cost
    finally:
        handle.remove()


def encoder(net: nn.Sequential) -> Encoder:
    """What a reader of the representation sees: samples to the head's input."""
    return lambda x: predict(net[0], x)


def through(f: nn.Module, problem: Problem) -> tuple[Tensor, Tensor, Tensor]:
    """A map's answers to retained, forgotten and test features."""
    retained, forgotten, test = (predict(f, z) for z in problem.z)
    return retained, forgotten, test


def residual(
    encode: Encoder | tuple[Tensor, Tensor, Tensor],
    problem: Problem,
    seed: int,
    noises: tuple[float, ...] = NOISES,
) -> dict[float, float]:
    """What the representation still tells of pictures of the forgotten class.

    Args:
        encode: samples to features, or features of retained, forgotten and test
            samples.
        problem: of class forgetting.
        seed: of the read-out noise.
        noises: shares of the features' root mean square spread.

    Returns:
        `residual_r2` for each noise: fitted on forgotten training pictures, scored
        on test pictures of the class.
    """
    data = problem.data
    if callable(encode):
        xs = (problem.x_r, problem.x_f, data.x_test)
        retained, forgotten, test = (encode(x) for x in xs)
    else:
        retained, forgotten, test = encode
    spread = float(torch.cat([retained, forgotten]).var(0).mean().sqrt())
    goes = ~problem.stays
    return {
        noise: residual_r2(
            forgotten,
            data.pictures(problem.x_f),
            test[goes],
            data.pictures(data.x_test[goes]),
            noise=noise * spread,
            generator=generator(seed, "read-out"),
        )
        for noise in noises
    }


def recall(net: nn.Sequential, problem: Problem) -> float:
    """Share of the forgotten class's test samples that a fresh linear head finds."""
    data, encode = problem.data, encoder(net)
    probe = fit_probe(encode(data.x_train), data.y_train, data.n_classes)
    answers = probe.logits(encode(data.x_test[~problem.stays])).argmax(1)
    return float((answers == problem.label).double().mean())


def closed_form(problem: Problem, lam: float) -> nn.Module:
    """The linear map with the least objective on all training samples."""
    return solve_forget_map(problem.z[0], problem.z[1], problem.mean, lam)


def objective(f: nn.Module, problem: Problem, lam: float) -> float:
    """The objective of a map on all training samples."""
    with torch.no_grad():
        kept = retain_loss(f, problem.z[0].double())
        return float(kept + lam * forget_loss(f, problem.z[1].double(), problem.mean))

"""What is measured of a network that was made to forget, and what that cost."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy
from torch.nn.modules.module import register_module_forward_hook

from chapters.unlearning.data import Ring
from chapters.unlearning.problem import Problem
from support.losses.forgetting import forget_loss, retain_loss
from support.metrics.probes import fit_probe
from support.metrics.unlearning import (
    distance_to_retraining,
    membership_auc,
    residual_r2,
)
from support.models.forgetting import solve_forget_map
from support.training import generator, predict

__all__ = [
    "NOISES",
    "Cost",
    "clock",
    "closed_form",
    "collapse",
    "counted",
    "decoded",
    "encoder",
    "first_at_most",
    "judged",
    "measures",
    "objective",
    "recall",
    "residual",
    "ring_scores",
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


def judged(
    model: Callable[[Tensor], Tensor], problem: Problem, gold: Mapping[str, float]
) -> dict[str, float]:
    """`measures` of a network, and ``distance``, how far they are from retraining.

    Args:
        model: samples to logits.
        problem: what it should have forgotten.
        gold: `measures` of the retrained network.
    """
    row = measures(model, problem)
    return row | {"distance": distance_to_retraining(row, gold)}


def _accuracy(logits: Tensor, y: Tensor) -> float:
    return float((logits.argmax(1) == y).double().mean())


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


def decoded(
    features: tuple[Tensor, Tensor, Tensor],
    problem: Problem,
    seed: int,
    noise: float = 0.05,
) -> Tensor:
    """Pictures of the forgotten class, rebuilt from what the head is given.

    A ridge learns, on the forgotten training pictures, to draw a picture from its noisy
    features; here it draws test pictures of the class.

    Args:
        features: of retained, forgotten and test samples, as `through` gives them.
        problem: of class forgetting.
        seed: of the read-out noise.
        noise: share of the features' root mean square spread.

    Returns:
        Shape of the test pictures of the class, in [0, 1].
    """
    retained, forgotten, test = features
    spread = torch.cat([retained, forgotten]).var(0).mean().sqrt()
    source = generator(seed, "read-out")
    z_fit, z_new = (
        z + noise * spread * torch.randn(z.shape, generator=source).to(z)
        for z in (forgotten, test[~problem.stays])
    )
    pictures = problem.data.pictures(problem.x_f)
    x = pictures.flatten(1)
    centre, mean = z_fit.mean(0), x.mean(0)
    away = z_fit - centre
    gram = away.T @ away
    gram.diagonal().add_(0.1 * gram.diagonal().mean())
    weights = torch.linalg.solve(gram, away.T @ (x - mean))
    drawn = (z_new - centre) @ weights + mean
    return drawn.clamp(0, 1).view(-1, *pictures.shape[1:])


def clock(
    kept: Mapping[int, nn.Module], problem: Problem, seed: int
) -> dict[int, dict[str | float, float]]:
    """What each step's map leaves: ``A_r``, ``A_f``, and `residual` by its noise.

    Args:
        kept: maps by the number of updates.
        problem: of class forgetting.
        seed: of the read-out noise.
    """
    head = problem.net[1]
    rows: dict[int, dict[str | float, float]] = {}
    for done, f in kept.items():
        features = through(f, problem)
        with torch.no_grad():
            retained, forgotten = (head(z) for z in features[:2])
        rows[done] = {
            "A_r": _accuracy(retained, problem.y_r),
            "A_f": _accuracy(forgotten, problem.y_f),
        }
        for noise, told in residual(features, problem, seed).items():
            rows[done][noise] = told
    return rows


def first_at_most(
    rows: Mapping[int, Mapping[Any, float]], key: str | float, level: float
) -> int:
    """The first counted step from which a clock stays down at a level.

    Returns:
        The step, or the last one where the clock does not stay there.

    >>> first_at_most({1: {"A_f": 0.9}, 2: {"A_f": 0.1}, 4: {"A_f": 0.0}}, "A_f", 0.1)
    2
    """
    above = max((done for done, row in rows.items() if row[key] > level), default=0)
    return min((done for done in rows if done > above), default=max(rows))


def recall(net: nn.Sequential, problem: Problem) -> float:
    """Share of the forgotten class's test samples that a fresh linear head finds."""
    data, encode = problem.data, encoder(net)
    probe = fit_probe(encode(data.x_train), data.y_train, data.n_classes)
    goes = ~problem.stays
    return _accuracy(probe.logits(encode(data.x_test[goes])), data.y_test[goes])


def collapse(problem: Problem) -> dict[str, float]:
    """How far the rows of the head stand for the classes' mean features.

    Returns:
        ``cosine`` of a class's centred mean feature and its centred row, and
        ``longer``, how many times as long the mean is; averages over the classes.
    """
    z = torch.cat(problem.z[:2])
    y = torch.cat([problem.y_r, problem.y_f])
    means = torch.stack([z[y == c].mean(0) for c in y.unique()]) - z.mean(0)
    rows = problem.head.weight.detach()
    rows = rows - rows.mean(0)
    ratio = means.norm(dim=1) / rows.norm(dim=1)
    cosine = torch.cosine_similarity(means, rows)
    return {"cosine": float(cosine.mean()), "longer": float(ratio.mean())}


def closed_form(problem: Problem, lam: float) -> nn.Module:
    """The linear map with the least objective on all training samples."""
    return solve_forget_map(problem.z[0], problem.z[1], problem.mean, lam)


def objective(f: nn.Module, problem: Problem, lam: float) -> float:
    """The objective of a map on all training samples."""
    with torch.no_grad():
        kept = retain_loss(f, problem.z[0].double())
        return float(kept + lam * forget_loss(f, problem.z[1].double(), problem.mean))


def ring_scores(net: nn.Sequential, f: nn.Module, ring: Ring) -> dict[str, float]:
    """Accuracy on the ring's class 0, to forget, and on the other five classes.

    Args:
        net: (body, head) trained on the ring.
        f: a map of the two features.
        ring: the points.

    Returns:
        ``A_r``, ``A_f``, and ``both``, min(1 - A_f, A_r): 1 where both goals are met.
    """
    logits = predict(net[1], predict(f, predict(net[0], ring.x)))
    goes = ring.y == 0
    kept = _accuracy(logits[~goes], ring.y[~goes])
    left = _accuracy(logits[goes], ring.y[goes])
    return {"A_r": kept, "A_f": left, "both": min(1 - left, kept)}

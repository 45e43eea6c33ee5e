"""Scores of pairs of representations, of pairs of networks, and of both at once."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from chapters.similarity.data import Data
from chapters.similarity.stitches import Pair, Stitching
from chapters.similarity.systems import Network
from support.data.tasks import aggregate_probabilities
from support.metrics.similarity import cca, fit_r2, linear_cka, procrustes, rsa, svcca

__all__ = [
    "SCORES",
    "by_kind",
    "by_tasks",
    "cloud_scores",
    "crossed_pairs",
    "invariances",
    "largest",
    "mean_accuracy",
    "step_divergences",
    "symmetry_gap",
    "two_way",
    "worst_step",
]

Score = Callable[[Tensor, Tensor], float]

SCORES: Mapping[str, Score] = {
    "CKA": linear_cka,
    "RSA": partial(rsa, distance="euclidean"),
    "Procrustes R²": lambda x, y: procrustes(x, y).r2,
    "CCA": lambda x, y: cca(x, y).mean,
    "SVCCA": lambda x, y: svcca(x, y).mean,
    "affine R²": lambda x, y: fit_r2(x, y, "affine", x, y, ridge=0).r2,
}
"""Scores of two representations of the same rows; affine R² is in-sample."""


def cloud_scores(z: Tensor, cloud: Tensor, upper: Tensor) -> dict[str, float]:
    """How alike a changed cloud is to the original, and what can still be read.

    Args:
        z: (n, 2) the changed cloud.
        cloud: (n, 2) the original.
        upper: (n,) booleans, the bit that a head reads off the original.

    Returns:
        Scores by name; CKA is the biased one, and ``read-out`` is the accuracy of
        a linear classifier of the bit, trained and scored on the changed cloud.
    """
    names = ("RSA", "Procrustes R²", "CCA", "affine R²")
    reader = LogisticRegression().fit(z.numpy(), upper.numpy())
    return {
        "CKA": linear_cka(z, cloud, unbiased=False),
        **{name: SCORES[name](z, cloud) for name in names},
        "read-out": float(reader.score(z.numpy(), upper.numpy())),
    }


def mean_accuracy(networks: Sequence[Network], data: Data) -> dict[int, float]:
    """Mean share of held-out images that the networks of each task get right."""
    right: dict[int, list[float]] = {}
    for network in networks:
        answers = network.head(network.z_test).argmax(1)
        truth = data.tasks[network.task][data.y_test]
        share = float((answers == truth).double().mean())
        right.setdefault(network.task, []).append(share)
    return {task: sum(shares) / len(shares) for task, shares in right.items()}


def crossed_pairs(networks: Sequence[Network]) -> list[Pair]:
    """Ordered pairs of networks of different runs."""
    return [(a, b) for a in networks for b in networks if a.run != b.run]


def two_way(
    pairs: Sequence[Pair],
    values: Tensor | Sequence[float],
    worse: Callable[[Tensor, Tensor], Tensor] = torch.maximum,
) -> Tensor:
    """(J,) the worse of each pair's value and of its reverse's.

    Args:
        pairs: (source, target), each in both orders.
        values: (J,) losses, or similarities.
        worse: ``torch.maximum`` of losses, ``torch.minimum`` of similarities.
    """
    places = {(a.name, b.name): place for place, (a, b) in enumerate(pairs)}
    there = torch.as_tensor(values, dtype=torch.float64)
    return worse(there, there[[places[b.name, a.name] for a, b in pairs]])


def symmetry_gap(pairs: Sequence[Pair], values: Sequence[float]) -> float:
    """Largest |score(A, B) − score(B, A)| over pairs that come in both orders."""
    return float((two_way(pairs, values) - two_way(pairs, values, torch.minimum)).max())


def largest(values: Tensor, rows: Tensor) -> float | None:
    """The largest of the chosen values; None where none is chosen."""
    return float(values[rows].max()) if bool(rows.any()) else None


def by_tasks(
    pairs: Sequence[Pair], values: Mapping[Any, Tensor | Sequence[float]]
) -> dict[tuple[int, int], dict[Any, float]]:
    """Means over the pairs of each kind, by the tasks of source and target.

    Args:
        pairs: (source, target).
        values: name to one value a pair.

    Returns:
        (task of the source, task of the target) to the mean of each name.
    """
    kinds = [(source.task, target.task) for source, target in pairs]
    rows: dict[tuple[int, int], dict[Any, float]] = {}
    for kind in dict.fromkeys(kinds):
        places = [place for place, other in enumerate(kinds) if other == kind]
        rows[kind] = {
            name: sum(float(row[place]) for place in places) / len(places)
            for name, row in values.items()
        }
    return rows


def by_kind(pairs: Sequence[Pair], x: Tensor, y: Tensor) -> dict[str, Tensor]:
    """Points (x, y), one a pair, grouped by the two tasks in any order.

    Returns:
        ``same task``, ``10 and 5``, ... to (n, 2) points.
    """
    groups: dict[str, list[Tensor]] = {}
    for (a, b), *point in zip(pairs, x, y, strict=True):
        fine, coarse = max(a.task, b.task), min(a.task, b.task)
        kind = "same task" if fine == coarse else f"{fine} and {coarse}"
        groups.setdefault(kind, []).append(torch.stack(point))
    return {kind: torch.stack(points) for kind, points in groups.items()}


def worst_step(rows: Mapping[str, Tensor | Sequence[float]]) -> float:
    """Largest rise of any pair from one row to the next; 0 where none rises.

    >>> worst_step({"poor": [0.2, 0.5], "rich": [0.1, 0.75]})
    0.25
    """
    table = [torch.as_tensor(row).double() for row in rows.values()]
    rises = [float((later - sooner).max()) for sooner, later in pairwise(table)]
    return max(0.0, *rises)


def step_divergences(
    scores: Stitching, tables: Sequence[Tensor]
) -> tuple[list[Tensor], float]:
    """Divergences after adding up probabilities, task by task.

    Args:
        scores: of stitched networks with a head for the finest task.
        tables: class of each finest class, from the finest task to the coarsest.

    Returns:
        (J,) mean divergences a task, and the largest excess of a coarser over
        the finer divergence on any single image, at least 0.
    """
    images = []
    for table in tables:
        q = aggregate_probabilities(scores.target, table)
        p = aggregate_probabilities(scores.stitched, table)
        images.append((torch.special.xlogy(q, q) - torch.special.xlogy(q, p)).sum(2))
    excess = max(float((coarse - fine).max()) for fine, coarse in pairwise(images))
    return [image.mean(1) for image in images], max(0.0, excess)


def invariances(
    score: Score, draw: torch.Generator, *, rows: int = 60, width: int = 5
) -> dict[str, float]:
    """How far a score moves when one of its two sides is changed.

    Args:
        score: of two representations.
        draw: a generator.
        rows: samples.
        width: features.

    Returns:
        By transformation of x, ``|score(x, y) − score(changed x, y)|``; under
        ``swap``, ``|score(x, y) − score(y, x)|``; NaN where the score failed.
    """
    x, noise = torch.randn(2, rows, width, generator=draw).double()
    mix = torch.randn(width, width, generator=draw).double()
    rotation = torch.linalg.qr(mix).Q
    y = x @ mix + noise
    changed = {
        "permutation": (x[:, torch.randperm(width, generator=draw)], y),
        "rotation": (x @ rotation, y),
        "scale": (3 * x, y),
        "shift": (x + 2, y),
        # Far from orthogonal, so that a direction all but vanishes.
        "invertible map": (x @ rotation * torch.logspace(0, -2, width), y),
        "swap": (y, x),
    }
    reference = _number(score, x, y)
    return {
        name: abs(_number(score, *sides) - reference) for name, sides in changed.items()
    }


def _number(score: Callable[..., Any], x: Tensor, y: Tensor) -> float:
    try:
        return float(score(x, y))
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return float("nan")

"""Scores of pairs of representations, of pairs of networks, and of both at once."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from chapters.similarity.networks import Head, Network
from chapters.similarity.stitches import Pair, StitchScores
from support.data.tasks import aggregate_probabilities, coarsen
from support.metrics.similarity import (
    cca,
    fit_r2,
    linear_cka,
    procrustes,
    rsa,
    svcca,
)

__all__ = [
    "SCORES",
    "by_tasks",
    "cloud_scores",
    "crossed_pairs",
    "grid_pairs",
    "heads_of",
    "invariances",
    "labels_of",
    "step_divergences",
    "symmetry_gap",
]

Score = Callable[[Tensor, Tensor], float]


def _euclidean(x: Tensor, y: Tensor) -> float:
    return rsa(x, y, distance="euclidean")


def _procrustes(x: Tensor, y: Tensor) -> float:
    return procrustes(x, y).r2


def _cca(x: Tensor, y: Tensor) -> float:
    return cca(x, y).mean


def _svcca(x: Tensor, y: Tensor) -> float:
    return svcca(x, y).mean


def _affine(x: Tensor, y: Tensor) -> float:
    return fit_r2(x, y, "affine", x, y, ridge=0).r2


SCORES: Mapping[str, Score] = {
    "CKA": linear_cka,
    "RSA": _euclidean,
    "Procrustes R²": _procrustes,
    "CCA": _cca,
    "SVCCA": _svcca,
    "affine R²": _affine,
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


def crossed_pairs(networks: Sequence[Network]) -> list[Pair]:
    """Ordered pairs of late networks of different runs."""
    late = [network for network in networks if not network.early]
    return [(a, b) for a in late for b in late if a.run != b.run]


def grid_pairs(networks: Sequence[Network]) -> list[Pair]:
    """Every network as the source of every other late one."""
    return [(a, b) for a in networks for b in networks if not b.early and a is not b]


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


def labels_of(
    pairs: Sequence[Pair],
    fine: Tensor,
    tasks: Mapping[int, Tensor],
    classes: int | None = None,
) -> Tensor:
    """(J, N) true classes of each pair's target, or of one task for all pairs."""
    return torch.stack(
        [coarsen(fine, tasks[classes or target.task]) for _, target in pairs]
    )


def heads_of(
    pairs: Sequence[Pair], networks: Sequence[Network], heads: Sequence[Head]
) -> list[Head]:
    """The head of each pair's target, from one head a network."""
    place = {id(network): head for network, head in zip(networks, heads, strict=True)}
    return [place[id(target)] for _, target in pairs]


def symmetry_gap(pairs: Sequence[Pair], values: Sequence[float]) -> float:
    """Largest |score(A, B) − score(B, A)| over pairs that come in both orders."""
    found = {(id(a), id(b)): value for (a, b), value in zip(pairs, values, strict=True)}
    return max(abs(value - found[b, a]) for (a, b), value in found.items())


def step_divergences(
    scores: StitchScores, tables: Sequence[Tensor]
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
        p = aggregate_probabilities(scores.probs, table)
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
        "permutation": x[:, torch.randperm(width, generator=draw)],
        "rotation": x @ rotation,
        "scale": 3 * x,
        "shift": x + 2,
        # Far from orthogonal, so that a direction all but vanishes.
        "invertible map": x @ rotation * torch.logspace(0, -2, width),
    }
    reference = _number(score, x, y)
    moved = {
        name: abs(_number(score, other, y) - reference)
        for name, other in changed.items()
    }
    return moved | {"swap": abs(_number(score, y, x) - reference)}


def _number(score: Callable[..., Any], x: Tensor, y: Tensor) -> float:
    try:
        return float(score(x, y))
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return float("nan")

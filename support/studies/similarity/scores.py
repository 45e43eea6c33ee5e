"""Scores of pairs of representations, of pairs of networks, and of both at once."""

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.data.tasks import aggregate_probabilities, coarsen
from support.metrics.similarity import (
    cca,
    fit_r2,
    linear_cka,
    procrustes,
    rsa,
    svcca,
)
from support.studies.similarity.networks import Head, Network
from support.studies.similarity.stitches import Pair, StitchScores

__all__ = [
    "SCORES",
    "by_tasks",
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


def crossed_pairs(networks: Sequence[Network]) -> list[Pair]:
    """Ordered pairs of late networks of different runs."""
    late = [network for network in networks if not network.early]
    return [(a, b) for a in late for b in late if a.run != b.run]


def grid_pairs(networks: Sequence[Network]) -> list[Pair]:
    """Every network as the source of every other late one."""
    return [(a, b) for a in networks for b in networks if not b.early and a is not b]


def by_tasks(pairs: Sequence[Pair], values: Tensor) -> dict[tuple[int, int], float]:
    """Mean of one value a pair, by the tasks of source and target."""
    kinds = [(source.task, target.task) for source, target in pairs]
    return {
        kind: float(values[[place == kind for place in kinds]].mean())
        for kind in dict.fromkeys(kinds)
    }


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


def symmetry_gap(score: Score, pairs: Sequence[Pair]) -> float:
    """Largest |score(A, B) − score(B, A)| on held-out activations."""
    return max(
        abs(score(a.z_test, b.z_test) - score(b.z_test, a.z_test)) for a, b in pairs
    )


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
    """How far a score moves from that of equal sides, by what is done to one side.

    Args:
        score: of two representations.
        draw: a generator.
        rows: samples.
        width: features.

    Returns:
        By transformation, ``|score(x, x) − score(x, changed x)|``; NaN where the
        score could not be computed.
    """
    x = torch.randn(rows, width, generator=draw).double()
    mix = torch.randn(width, width, generator=draw).double()
    changed = {
        "permutation": x[:, torch.randperm(width, generator=draw)],
        "rotation": x @ torch.linalg.qr(mix).Q,
        "scale": 3 * x,
        "shift": x + 2,
        "invertible map": x @ (mix + 3 * torch.eye(width)),
    }
    reference = _number(score, x, x)
    return {
        name: abs(_number(score, x, other) - reference)
        for name, other in changed.items()
    }


def _number(score: Callable[..., Any], x: Tensor, y: Tensor) -> float:
    try:
        return float(score(x, y))
    except (ValueError, ArithmeticError, np.linalg.LinAlgError):
        return float("nan")

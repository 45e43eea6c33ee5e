"""Separation of classes: the ratio of spreads beside scikit-learn's."""

from typing import Any

import torch
from torch import Tensor

from support.metrics.separation import fisher_ratio
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_CLASSES, _WIDTH = 10, 64


def _embeddings(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    y = torch.arange(size) % _CLASSES
    centres = torch.randn(_CLASSES, _WIDTH, generator=generator)
    z = centres[y] + torch.randn(size, _WIDTH, generator=generator)
    return z.to(device), y.to(device)


def _theirs(z: Any, y: Any) -> float:
    from sklearn.metrics import calinski_harabasz_score

    # theirs divides both spreads by their degrees of freedom
    score = calinski_harabasz_score(z, y)
    return float(score * (_CLASSES - 1) / (len(y) - _CLASSES))


COMPARISONS = [
    Comparison(
        name="Fisher ratio of ten classes",
        kernel="support.metrics.separation.fisher_ratio",
        peer="sklearn.metrics.calinski_harabasz_score",
        package="scikit-learn",
        make=_embeddings,
        ours=lambda z, y: torch.tensor(fisher_ratio(z, y)),
        theirs=_theirs,
        translate=to_numpy,
        sizes=(600, 10_000, 100_000),
        tolerance=1e-4,
        unit="embeddings",
        note="64 dimensions",
    ),
]

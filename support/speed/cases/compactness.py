"""Counts of relevant components, and a cross-entropy with gaps in its labels."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits

from support.losses.nmf_segmentation import masked_bce
from support.metrics.compactness import effective_number
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_COMPONENTS, _TASKS, _FRAMES = 256, 4, 200


def _relevances(size: int, seed: int, device: str) -> tuple[Tensor]:
    draw = torch.Generator().manual_seed(seed)
    rows = torch.rand(size, _COMPONENTS, generator=draw, dtype=torch.float64)
    return (rows.square().to(device),)


def _scipy_number(rows: Any) -> Any:
    import numpy as np
    from scipy.stats import entropy

    return np.exp(entropy(rows, axis=1))


def _labelled(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    logits = torch.randn(size, _TASKS, _FRAMES, generator=draw)
    labels = torch.randint(-1, 2, logits.shape, generator=draw).float()
    return logits.to(device), labels.to(device)


def _selected(logits: Tensor, labels: Tensor) -> Tensor:
    known = labels >= 0
    return binary_cross_entropy_with_logits(logits[known], labels[known])


COMPARISONS = [
    Comparison(
        name="effective number of components",
        kernel="support.metrics.compactness.effective_number",
        peer="scipy.stats.entropy",
        package="SciPy",
        make=_relevances,
        ours=effective_number,
        theirs=_scipy_number,
        translate=to_numpy,
        sizes=(50, 1_000, 10_000),
        tolerance=1e-9,
        note="256 components; the exponential of the entropy of each row",
    ),
    Comparison(
        name="binary cross-entropy of what has a label",
        kernel="support.losses.nmf_segmentation.masked_bce",
        peer="torch, after selecting",
        package="torch",
        make=_labelled,
        ours=masked_bce,
        theirs=_selected,
        sizes=(4, 40, 400),
        tolerance=1e-5,
        note="a third of the labels is missing; ours checks its input as well",
    ),
]

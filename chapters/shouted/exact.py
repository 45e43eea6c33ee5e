"""What holds to rounding: which compensations are one, and what undoes a shift."""

from typing import get_args

import torch
from torch import Tensor

from chapters.shouted.data import Data
from chapters.shouted.systems import Fold
from support.models.compensation import KINDS, BiasCompensator, Counts
from support.training import generator

__all__ = ["same_as_mean", "same_as_splice", "undone"]


def same_as_mean(data: Data, fold: Fold, seed: int) -> float:
    """Largest difference of one component's compensation from the global mean."""
    test = fold.z[~fold.train]
    mean = _moved("mean", 1, fold, test, seed)
    gaps = [(_moved(kind, 1, fold, test, seed) - mean).abs().max() for kind in KINDS]
    return float(torch.stack(gaps).max())


def same_as_splice(
    data: Data, fold: Fold, seed: int, components: int = 4
) -> dict[str, float]:
    """Largest difference of MEMLIN from SPLICE, with soft and with hard counts."""
    test = fold.z[~fold.train]
    splice = _moved("splice", components, fold, test, seed)
    found = {}
    for counts in get_args(Counts):
        memlin = _moved("memlin", components, fold, test, seed, counts)
        found[counts] = float((memlin - splice).abs().max())
    return found


def undone(generator: torch.Generator) -> float:
    """Largest error after a constant shift, and after two shifts of two far clusters.

    Args:
        generator: draws the embeddings and starts the mixtures.
    """
    x = torch.randn(40, 8, generator=generator, dtype=torch.float64)
    cluster = torch.arange(40) % 2
    far = x + 1000 * cluster[:, None]
    shifts = torch.randn(2, 8, generator=generator, dtype=torch.float64)
    worst = []
    for kind in KINDS:
        cases = [(x, x + shifts[0])]
        if kind != "mean":
            cases.append((far, far + shifts[cluster]))
        for normal, shouted in cases:
            fitted = BiasCompensator(kind, 2).fit(normal, shouted, generator)
            worst.append((fitted.transform(shouted) - normal).abs().max())
    return float(torch.stack(worst).max())


def _moved(
    kind: str,
    components: int,
    fold: Fold,
    test: Tensor,
    seed: int,
    counts: Counts = "soft",
) -> Tensor:
    fitted = BiasCompensator(kind, components, counts=counts)
    normal, shouted = fold.z[fold.normal], fold.z[fold.shouted]
    return fitted.fit(normal, shouted, generator(seed, "mixtures")).transform(test)

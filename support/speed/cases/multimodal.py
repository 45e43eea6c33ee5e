"""Two modalities: telling partners apart, and finding them again."""

from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, normalize

from support.losses.multimodal import info_nce
from support.metrics.retrieval import recall
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_WIDTH, _ITEMS, _TEMPERATURE = 64, 144, 0.07


def _unit(count: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return normalize(torch.randn(count, _WIDTH, generator=generator), dim=1)


def _partners(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    sides = (_unit(size, 2 * seed), _unit(size, 2 * seed + 1))
    a, b = (side.to(device).requires_grad_() for side in sides)
    return a, b


def _with_gradient(loss: Tensor, a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    return loss, *torch.autograd.grad(loss, (a, b))


def _ours(a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    return _with_gradient(info_nce(a, b, _TEMPERATURE), a, b)


def _torch(a: Tensor, b: Tensor) -> tuple[Tensor, ...]:
    own = torch.arange(len(a), device=a.device)
    return _with_gradient(cross_entropy(a @ b.T / _TEMPERATURE, own), a, b)


def _captions(size: int, seed: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    keys = torch.arange(size) % _ITEMS
    items = _unit(_ITEMS, seed)
    queries = items[keys] + 0.3 * _unit(size, seed + 1)
    return queries.to(device), items.to(device), keys.to(device)


def _our_recall(queries: Tensor, items: Tensor, keys: Tensor) -> float:
    return recall(queries, items, keys, torch.arange(_ITEMS, device=keys.device), k=5)


def _sklearn_recall(queries: Any, items: Any, keys: Any) -> float:
    from sklearn.metrics import top_k_accuracy_score

    labels = list(range(_ITEMS))
    return float(top_k_accuracy_score(keys, queries @ items.T, k=5, labels=labels))


COMPARISONS = [
    Comparison(
        name="InfoNCE and its gradient",
        kernel="support.losses.multimodal.info_nce",
        peer="torch.nn.functional.cross_entropy",
        package="torch",
        make=_partners,
        ours=_ours,
        theirs=_torch,
        sizes=(16, 128, 1_280),
        tolerance=1e-5,
        unit="pairs",
        note="theirs on the table of scores, made beforehand in the same clock",
    ),
    Comparison(
        name="recall at five",
        kernel="support.metrics.retrieval.recall",
        peer="sklearn.metrics.top_k_accuracy_score",
        package="scikit-learn",
        make=_captions,
        ours=_our_recall,
        theirs=_sklearn_recall,
        translate=to_numpy,
        sizes=(144, 1_000, 10_000),
        tolerance=1e-9,
        unit="queries",
        note=f"{_ITEMS} items, one a key",
    ),
]

"""The k largest units of a code, and a sparse reader of many factors."""

from typing import Any

import torch
from torch import Tensor

from support.metrics.disentanglement.importances import lasso_importances
from support.models.sparse_autoencoder import topk_relu
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_UNITS, _ACTIVE = 512, 51
_FACTORS, _ALPHA = 10, 0.1


def _activations(size: int, seed: int, device: str) -> tuple[Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return (torch.randn(size, _UNITS, generator=draw).to(device),)


def _sorted(a: Tensor) -> Tensor:
    positive = a.relu()
    values, places = positive.sort(stable=True, dim=1, descending=True)
    code = torch.zeros_like(positive)
    return code.scatter(1, places[:, :_ACTIVE], values[:, :_ACTIVE])


def _codes(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    z = torch.randn(size, 128, generator=draw, dtype=torch.float64)
    weight = torch.randn(8, _FACTORS, generator=draw, dtype=torch.float64)
    return z.to(device), (z[:, :8] @ weight).to(device)


def _one_lasso_a_factor(z: Any, y: Any) -> Any:
    import numpy as np
    from sklearn.linear_model import Lasso

    z, y = ((side - side.mean(0)) / side.std(0) for side in (z, y))
    weights = []
    for column in y.T:
        model = Lasso(_ALPHA).fit(z, column)
        for _ in ("rows of the fit", "test rows"):  # both are scored, as ours are
            model.score(z, column)
        weights.append(np.abs(model.coef_))
    return np.stack(weights)


COMPARISONS = [
    Comparison(
        name="the k largest units of a code",
        kernel="support.models.sparse_autoencoder.topk_relu",
        peer="a stable sort",
        package="torch",
        make=_activations,
        ours=lambda a: topk_relu(a, _ACTIVE),
        theirs=_sorted,
        sizes=(8, 100, 1_000),
        tolerance=1e-6,
        note="51 of 512 units, of equal ones the first; ours checks its input as well",
    ),
    Comparison(
        name="ten attributes read by a Lasso",
        kernel="support.metrics.disentanglement.importances.lasso_importances",
        peer="a Lasso for each",
        package="scikit-learn",
        make=_codes,
        ours=lambda z, y: lasso_importances(z, y, z, y, _ALPHA).importances,
        theirs=_one_lasso_a_factor,
        translate=to_numpy,
        sizes=(100, 400, 4_000),
        tolerance=1e-3,
        note="128 units; both score every reading twice; ours shares one Gram matrix",
    ),
]

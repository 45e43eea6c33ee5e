"""The map that forgets: weighted least squares, and a loss over all pairs."""

from typing import Any

import torch
from torch import Tensor

from support.losses.forgetting import forget_loss, forget_loss_pairwise
from support.models.forgetting import solve_forget_map
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_WIDTH, _WEIGHT = 32, 2.0


def _features(size: int, seed: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    z_r = torch.randn(size, _WIDTH, generator=generator)
    z_f = torch.randn(max(64, size // 9), _WIDTH, generator=generator) + 1
    return z_r.to(device), z_f.to(device), torch.cat([z_r, z_f]).mean(0).to(device)


def _our_map(z_r: Tensor, z_f: Tensor, mean: Tensor) -> Tensor:
    f = solve_forget_map(z_r, z_f, mean, _WEIGHT, ridge=1e-12)
    return torch.cat([f.linear.weight, f.offset[:, None]], dim=1).detach()


def _sklearn_map(z_r: Any, z_f: Any, mean: Any) -> Any:
    import numpy as np
    from sklearn.linear_model import LinearRegression

    x = np.concatenate([z_r, z_f]).astype("float64")
    y = np.concatenate([z_r, np.broadcast_to(mean, z_f.shape)])
    weight = np.repeat([1 / len(z_r), _WEIGHT / len(z_f)], [len(z_r), len(z_f)])
    model = LinearRegression().fit(x, y, sample_weight=weight)
    return np.concatenate([model.coef_, model.intercept_[:, None]], axis=1)


def _pull(z_r: Tensor, z_f: Tensor, mean: Tensor) -> Tensor:
    spread = (z_r - z_r.mean(0)).square().sum(1).mean()
    return forget_loss(lambda z: z, z_f, z_r.mean(0)) + spread


def _pairs(z_r: Tensor, z_f: Tensor, mean: Tensor) -> Tensor:
    return forget_loss_pairwise(lambda z: z, z_f, z_r)


COMPARISONS = [
    Comparison(
        name="linear map that forgets, in closed form",
        kernel="support.models.forgetting.solve_forget_map",
        peer="sklearn.linear_model.LinearRegression",
        package="scikit-learn",
        make=_features,
        ours=_our_map,
        theirs=_sklearn_map,
        translate=to_numpy,
        sizes=(200, 2_000, 20_000),
        tolerance=1e-3,
        note="the same weighted least squares; ours by its normal equations",
    ),
    Comparison(
        name="pull to the mean and a constant",
        kernel="support.losses.forgetting.forget_loss",
        peer="all pairs, as published",
        package="torch",
        make=_features,
        ours=_pull,
        theirs=_pairs,
        sizes=(50, 200, 2_000),
        tolerance=1e-3,
        note="one value; the gradients agree, too",
    ),
]

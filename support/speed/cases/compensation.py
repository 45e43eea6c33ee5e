"""Shifts of embeddings: a matrix fitted to pairs, biases weighed by a mixture."""

from typing import Any

import torch
from torch import Tensor

from support.models.compensation import BiasCompensator
from support.models.regression_compensation import LinearCompensator
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_SIZE, _CLUSTERS, _PENALTY = 64, 8, 0.5


def _pairs(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    x = torch.randn(size, _SIZE, generator=draw, dtype=torch.float64)
    noise = torch.randn(size, _SIZE, generator=draw, dtype=torch.float64)
    return x.to(device), (0.7 * x + 0.3 * noise + 1).to(device)


def _our_matrix(x: Tensor, y: Tensor) -> Tensor:
    return LinearCompensator(_PENALTY).fit(x, y, torch.Generator()).transform(y)


def _their_matrix(x: Any, y: Any) -> Any:
    from sklearn.linear_model import Ridge

    scatter = ((y - y.mean(0)) ** 2).sum() / y.shape[1]
    return y - Ridge(alpha=_PENALTY * scatter).fit(y, y - x).predict(y)


def _fitted(size: int, seed: int, device: str) -> tuple[Any, Tensor]:
    x, y = _pairs(1000, seed, "cpu")
    fitted = BiasCompensator("splice", _CLUSTERS)
    fitted.fit(x.to(device), y.to(device), torch.Generator().manual_seed(seed))
    return fitted.transform, _pairs(size, seed + 1, device)[1]


def _their_mixture(move: Any, y: Tensor) -> tuple[Any, Any, Any]:
    """The same Gaussians as a mixture of scikit-learn's."""
    from sklearn.mixture import GaussianMixture

    fitted: BiasCompensator = move.__self__
    assert fitted.mixture is not None
    theirs = GaussianMixture(_CLUSTERS, covariance_type="diag")
    unit = fitted.unit  # in which the clusters are learned
    variance = unit**2 * fitted.mixture.variance.cpu().numpy()
    theirs.weights_ = fitted.mixture.log_weight.exp().cpu().numpy()
    theirs.means_ = unit * fitted.mixture.mean.cpu().numpy()
    theirs.covariances_, theirs.precisions_cholesky_ = variance, variance**-0.5
    return theirs, unit * fitted.biases.cpu().numpy(), y.cpu().numpy()


COMPARISONS = [
    Comparison(
        name="one matrix fitted to pairs of embeddings",
        kernel="support.models.regression_compensation.LinearCompensator",
        peer="sklearn.linear_model.Ridge",
        package="scikit-learn",
        make=_pairs,
        ours=_our_matrix,
        theirs=_their_matrix,
        translate=to_numpy,
        sizes=(100, 1000, 10_000),
        tolerance=1e-6,
        unit="pairs",
        note="64 dimensions; fit and transform",
    ),
    Comparison(
        name="embeddings moved by the biases of eight clusters",
        kernel="support.models.compensation.BiasCompensator",
        peer="sklearn.mixture.GaussianMixture.predict_proba",
        package="scikit-learn",
        make=_fitted,
        ours=lambda move, y: move(y),
        theirs=lambda theirs, biases, y: y - theirs.predict_proba(y) @ biases,
        translate=_their_mixture,
        sizes=(100, 2000, 20_000),
        tolerance=1e-6,
        unit="embeddings",
        note="64 dimensions",
    ),
]

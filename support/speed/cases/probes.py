"""Probes and information terms."""

from typing import Any

import torch
from torch import Tensor

from support.losses.information import gaussian_kl
from support.metrics.explanations import oracle_impurity
from support.metrics.probes import conditional_entropy, fit_probe
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_FEATURES, _VALUES = 16, 4


def _labelled(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(size) % _VALUES
    features = torch.randn(size, _FEATURES, generator=generator)
    features[torch.arange(size), labels] += 1.5
    return features.to(device), labels.to(device)


def _logits(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    features, labels = _labelled(size, seed, device)
    return features[:, :_VALUES].contiguous(), labels


def _gaussians(size: int, seed: int, device: str) -> tuple[Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    return tuple(
        torch.randn(size, 32, generator=generator).to(device) for _ in range(4)
    )


def _concepts(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    truth = (torch.rand(size, 8, generator=generator) < 0.4).float()
    soft = torch.sigmoid(2 * truth + torch.randn(size, 8, generator=generator))
    return soft.to(device), truth.to(device)


def _our_probe(features: Tensor, labels: Tensor) -> Tensor:
    return fit_probe(features, labels, _VALUES).logits(features).softmax(1)


def _sklearn_probe(features: Any, labels: Any) -> Any:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(tol=1e-6, max_iter=500))
    return model.fit(features, labels).predict_proba(features)


def _sklearn_log_loss(logits: Any, labels: Any) -> float:
    from scipy.special import softmax
    from sklearn.metrics import log_loss

    return float(log_loss(labels, softmax(logits.astype("float64"), axis=1)))


def _torch_kl(*parts: Tensor) -> Tensor:
    from torch.distributions import Independent, Normal, kl_divergence

    (mean_p, log_p, mean_q, log_q) = parts
    return kl_divergence(
        Independent(Normal(mean_p, (0.5 * log_p).exp()), 1),
        Independent(Normal(mean_q, (0.5 * log_q).exp()), 1),
    )


def _sklearn_impurity(soft: Any, truth: Any) -> float:
    """The matrix of areas one entry at a time."""
    import numpy as np
    from sklearn.metrics import roc_auc_score

    def areas(scores: Any) -> Any:
        count = scores.shape[1]
        found = [
            [roc_auc_score(truth[:, j], scores[:, i]) for j in range(count)]
            for i in range(count)
        ]
        return np.maximum(found, 1 - np.array(found))

    gap = areas(soft) - areas(truth)
    return float(2 * np.linalg.norm(gap) / truth.shape[1])


COMPARISONS = [
    Comparison(
        name="logistic probe, fitted and read",
        kernel="support.metrics.probes.fit_probe",
        peer="sklearn.linear_model.LogisticRegression",
        package="scikit-learn",
        make=_labelled,
        ours=_our_probe,
        theirs=_sklearn_probe,
        translate=to_numpy,
        sizes=(100, 2_000, 20_000),
        tolerance=2e-3,
        note="both standardise; the same objective, optimised to convergence",
    ),
    Comparison(
        name="cross-entropy of a probe's answers",
        kernel="support.metrics.probes.conditional_entropy",
        peer="sklearn.metrics.log_loss",
        package="scikit-learn",
        make=_logits,
        ours=conditional_entropy,
        theirs=_sklearn_log_loss,
        translate=to_numpy,
        sizes=(100, 10_000, 100_000),
        tolerance=1e-6,
    ),
    Comparison(
        name="divergence of diagonal Gaussians",
        kernel="support.losses.information.gaussian_kl",
        peer="torch.distributions.kl_divergence",
        package="torch",
        make=_gaussians,
        ours=gaussian_kl,
        theirs=_torch_kl,
        sizes=(64, 4_096, 40_960),
        tolerance=1e-4,
    ),
    Comparison(
        name="oracle impurity of concepts",
        kernel="support.metrics.explanations.oracle_impurity",
        peer="sklearn.metrics.roc_auc_score, entry by entry",
        package="scikit-learn",
        make=_concepts,
        ours=oracle_impurity,
        theirs=_sklearn_impurity,
        translate=to_numpy,
        sizes=(100, 1_000, 10_000),
        tolerance=1e-9,
    ),
]

"""Mutual information and the scores of disentanglement."""

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.metrics.disentanglement import (
    irs,
    mig,
    minimality_sufficiency,
    modularity,
    neighbour_information,
    sap,
)
from support.metrics.information import discretise, mutual_information_matrix
from support.speed.comparison import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_FACTORS, _LATENTS, _VALUES, _BINS = 5, 10, 6, 10
_SIZES = (200, 5_000, 50_000)


def _encoded(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    """Five factors, ten latents that mix two of them each with noise."""
    generator = torch.Generator().manual_seed(seed)
    factors = torch.randint(_VALUES, (size, _FACTORS), generator=generator)
    mixing = torch.rand(_FACTORS, _LATENTS, generator=generator)
    noise = torch.randn(size, _LATENTS, generator=generator, dtype=torch.double)
    codes = factors.double() @ mixing.double().pow(4) + 0.5 * noise
    return factors.to(device), codes.to(device)


def _binned(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    factors, codes = _encoded(size, seed, device)
    return factors, discretise(codes, _BINS).values.contiguous()


def _nats(factors: Tensor, values: Tensor) -> Tensor:
    return mutual_information_matrix(factors, values, base=math.e)


def _sklearn_matrix(factors: Any, values: Any) -> Any:
    from sklearn.metrics import mutual_info_score

    return np.array(
        [[mutual_info_score(y, z) for z in values.T] for y in factors.T],
    )


def _cut(codes: Any) -> Any:
    """Bins one column at a time, as the published codes do."""
    cells = np.empty(codes.shape, dtype=int)
    for j, column in enumerate(codes.T):
        edges = np.histogram_bin_edges(column, _BINS)
        cells[:, j] = np.clip(np.digitize(column, edges), 1, _BINS) - 1
    return cells


def _entropy(column: Any) -> float:
    shares = np.bincount(column) / len(column)
    return float(-(shares[shares > 0] * np.log(shares[shares > 0])).sum())


def _plain_mig(factors: Any, codes: Any) -> float:
    told = np.sort(_sklearn_matrix(factors, _cut(codes)), axis=1)
    entropies = np.array([_entropy(y) for y in factors.T])
    return float(((told[:, -1] - told[:, -2]) / entropies).mean())


def _plain_bottleneck(factors: Any, codes: Any) -> tuple[float, float]:
    cells = _cut(codes)
    told = _sklearn_matrix(factors, cells)
    about_codes = np.array([_entropy(z) for z in cells.T])
    about_factors = np.array([_entropy(y) for y in factors.T])
    return (
        float((told / about_codes).max(0).mean()),
        float((told / about_factors[:, None]).max(1).mean()),
    )


def _plain_modularity(factors: Any, codes: Any) -> float:
    squares = _sklearn_matrix(factors, _cut(codes)) ** 2
    largest = squares.max(0)
    rest = (squares.sum(0) - largest) / ((len(squares) - 1) * largest)
    return float((1 - rest).mean())


def _plain_sap(factors: Any, codes: Any) -> float:
    """A line for each pair, as the published code fits them."""
    scores = np.empty((factors.shape[1], codes.shape[1]))
    for i, j in np.ndindex(*scores.shape):
        covariance = np.cov(codes[:, j], factors[:, i], ddof=1)
        product = covariance[0, 0] * covariance[1, 1]
        scores[i, j] = covariance[0, 1] ** 2 / product
    ordered = np.sort(scores, axis=1)
    return float((ordered[:, -1] - ordered[:, -2]).mean())


def _plain_irs(factors: Any, codes: Any) -> float:
    """A loop over factors and their values, as the published code runs it."""
    widest = np.abs(codes - codes.mean(0)).max(0)
    robust = np.empty((factors.shape[1], codes.shape[1]))
    for i, column in enumerate(factors.T):
        stray = []
        for value in np.unique(column):
            group = codes[column == value]
            stray.append(np.abs(group - group.mean(0)).max(0))
        robust[i] = 1 - np.mean(stray, axis=0) / widest
    return float((widest * robust.max(0).clip(0)).sum() / widest.sum())


def _sklearn_neighbours(factors: Any, codes: Any) -> Any:
    from sklearn.feature_selection import mutual_info_classif

    return np.array(
        [
            mutual_info_classif(
                codes, y, discrete_features=False, n_neighbors=10, random_state=0
            )
            for y in factors.T
        ]
    )


def _binned_bottleneck(factors: Tensor, codes: Tensor) -> tuple[float, float]:
    found = minimality_sufficiency(factors, codes, bins=_BINS)
    return found.minimality, found.sufficiency


_HOME = "support.metrics.disentanglement."

COMPARISONS = [
    Comparison(
        name="mutual information of 5 × 10 discrete columns",
        kernel="support.metrics.information.mutual_information_matrix",
        peer="sklearn.metrics.mutual_info_score, pair by pair",
        package="scikit-learn",
        make=_binned,
        ours=_nats,
        theirs=_sklearn_matrix,
        translate=to_numpy,
        sizes=_SIZES,
        tolerance=1e-9,
    ),
    Comparison(
        name="mutual information by nearest neighbours, 5 × 10",
        kernel=_HOME + "neighbour_information",
        peer="sklearn.feature_selection.mutual_info_classif",
        package="scikit-learn",
        make=_encoded,
        ours=neighbour_information,
        theirs=_sklearn_neighbours,
        translate=to_numpy,
        sizes=(200, 2_000, 20_000),
        tolerance=1e-6,
        note="both part equal codes by a jitter of 1e-10, drawn differently",
    ),
    Comparison(
        name="minimality and sufficiency",
        kernel=_HOME + "minimality_sufficiency",
        peer="the formula with sklearn.metrics.mutual_info_score",
        package="scikit-learn",
        make=_encoded,
        ours=_binned_bottleneck,
        theirs=_plain_bottleneck,
        translate=to_numpy,
        sizes=_SIZES,
        tolerance=1e-9,
        note="the published loop over pairs; ours counts all pairs at once",
    ),
    Comparison(
        name="mutual information gap",
        kernel=_HOME + "mig",
        peer="the formula with sklearn.metrics.mutual_info_score",
        package="scikit-learn",
        make=_encoded,
        ours=mig,
        theirs=_plain_mig,
        translate=to_numpy,
        sizes=_SIZES,
        tolerance=1e-9,
    ),
    Comparison(
        name="modularity",
        kernel=_HOME + "modularity",
        peer="the formula with sklearn.metrics.mutual_info_score",
        package="scikit-learn",
        make=_encoded,
        ours=modularity,
        theirs=_plain_modularity,
        translate=to_numpy,
        sizes=_SIZES,
        tolerance=1e-9,
    ),
    Comparison(
        name="separated attribute predictability",
        kernel=_HOME + "sap",
        peer="numpy.cov, pair by pair",
        package="numpy",
        make=_encoded,
        ours=sap,
        theirs=_plain_sap,
        translate=to_numpy,
        sizes=_SIZES,
        tolerance=1e-9,
    ),
    Comparison(
        name="interventional robustness",
        kernel=_HOME + "irs",
        peer="a loop over factors and values in NumPy",
        package="numpy",
        make=_encoded,
        ours=irs,
        theirs=_plain_irs,
        translate=to_numpy,
        sizes=_SIZES,
        tolerance=1e-9,
    ),
]

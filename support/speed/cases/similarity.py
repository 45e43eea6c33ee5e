"""Similarity of representations, stitches and usable information."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.metrics.similarity import (
    cca,
    fit_r2,
    hsic,
    linear_cka,
    mutual_neighbours,
    procrustes,
    rbf_cka,
    rsa,
)
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_FEATURES, _NEAR = 32, 10
_RIDGES = [10.0**power for power in range(-8, 3)]


def _pair(size: int, seed: int, device: str, *, features: int = _FEATURES) -> tuple:
    """Two representations that share half of their features."""
    generator = torch.Generator().manual_seed(seed)
    x, y = (torch.randn(size, features, generator=generator) for _ in range(2))
    y[:, : features // 2] += x[:, : features // 2]
    return x.to(device), y.to(device)


def _few(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    x, y = _pair(size, seed, device, features=6)
    return x, y


def _split(size: int, seed: int, device: str) -> tuple[Tensor, ...]:
    x, y = _pair(2 * size, seed, device)
    return x[:size], y[:size], x[size:], y[size:]


def _grams(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    x, y = (side.double() for side in _pair(size, seed, device))
    return x @ x.T, y @ y.T


def _centred_grams(*grams: Any) -> list[Any]:
    centre = np.eye(len(grams[0])) - 1 / len(grams[0])
    return [centre @ gram @ centre for gram in grams]


def _gram_cka(x: Any, y: Any) -> float:
    """The definition, with numpy: Gram matrices, centred by products."""
    sides = (side.astype(np.float64) for side in (x, y))
    K, L = _centred_grams(*(side @ side.T for side in sides))
    return float((K * L).sum() / (np.linalg.norm(K) * np.linalg.norm(L)))


def _scikit_rbf_cka(x: Any, y: Any) -> float:
    from sklearn.metrics.pairwise import euclidean_distances, rbf_kernel

    grams = []
    for side in (x.astype(np.float64), y.astype(np.float64)):
        squared = euclidean_distances(side, squared=True)
        upper = np.sort(squared[np.triu_indices(len(side), 1)])
        median = upper[(len(upper) - 1) // 2]
        grams.append(rbf_kernel(side, gamma=2 / median))
    K, L = _centred_grams(*grams)
    return float((K * L).sum() / (np.linalg.norm(K) * np.linalg.norm(L)))


def _trace_hsic(K: Any, L: Any) -> float:
    """The definition of the unbiased form, with numpy."""
    n = len(K)
    K, L = K - np.diag(np.diag(K)), L - np.diag(np.diag(L))
    product = K @ L
    both = K.sum() * L.sum() / ((n - 1) * (n - 2))
    return float(
        (np.trace(product) + both - 2 / (n - 2) * product.sum()) / (n * (n - 3))
    )


def _rsatoolbox(x: Any, y: Any) -> float:
    from rsatoolbox.data import Dataset
    from rsatoolbox.rdm import calc_rdm, compare

    def dissimilarities(side: Any) -> Any:
        return calc_rdm(Dataset(side.astype(np.float64)), method="correlation")

    found = compare(dissimilarities(x), dissimilarities(y), method="spearman")
    return float(found.item())


def _scipy_rsa(x: Any, y: Any) -> float:
    from scipy.spatial.distance import pdist
    from scipy.stats import spearmanr

    a, b = (pdist(side.astype(np.float64), "correlation") for side in (x, y))
    return float(spearmanr(a, b).statistic)


def _scikit_cca(x: Any, y: Any) -> Any:
    from sklearn.cross_decomposition import CCA

    width = x.shape[1]
    model = CCA(width, scale=False, tol=1e-12, max_iter=100_000)
    a, b = model.fit_transform(x.astype(np.float64), y.astype(np.float64))
    found = [abs(np.corrcoef(a[:, k], b[:, k])[0, 1]) for k in range(width)]
    return np.sort(found)[::-1]


def _scipy_procrustes(x: Any, y: Any) -> float:
    from scipy.spatial import procrustes as reference

    return 1 - reference(x, y)[2]


def _torchmetrics_procrustes(x: Tensor, y: Tensor) -> Tensor:
    from torchmetrics.functional.shape import procrustes_disparity

    return 1 - procrustes_disparity(x[None].double(), y[None].double())[0]


def _our_r2(x: Tensor, y: Tensor, x_test: Tensor, y_test: Tensor) -> float:
    return fit_r2(x, y, "affine", x_test, y_test).r2


def _scikit_r2(x: Any, y: Any, x_test: Any, y_test: Any) -> float:
    from sklearn.linear_model import RidgeCV

    x, y, x_test, y_test = (side.astype(np.float64) for side in (x, y, x_test, y_test))
    unit = x.var(0).mean() * len(x)
    model = RidgeCV([unit * ridge for ridge in _RIDGES]).fit(x, y)
    missed = ((y_test - model.predict(x_test)) ** 2).sum()
    return float(1 - missed / ((y_test - y.mean(0)) ** 2).sum())


def _scikit_neighbours(x: Any, y: Any) -> float:
    from sklearn.neighbors import NearestNeighbors

    near = [
        NearestNeighbors(n_neighbors=_NEAR)
        .fit(side.astype(np.float64))
        .kneighbors(return_distance=False)
        for side in (x, y)
    ]
    shared = sum(len(np.intersect1d(a, b)) for a, b in zip(*near, strict=True))
    return shared / (_NEAR * len(x))


COMPARISONS = [
    Comparison(
        name="linear CKA",
        kernel="support.metrics.similarity.linear_cka",
        peer="the definition, with Gram matrices in numpy",
        make=_pair,
        ours=lambda x, y: linear_cka(x, y, unbiased=False),
        theirs=_gram_cka,
        translate=to_numpy,
        sizes=(50, 200, 2_000),
        tolerance=1e-9,
    ),
    Comparison(
        name="CKA with Gaussian kernels",
        kernel="support.metrics.similarity.rbf_cka",
        peer="sklearn.metrics.pairwise.rbf_kernel, centred in numpy",
        package="scikit-learn",
        make=_pair,
        ours=lambda x, y: rbf_cka(x, y, unbiased=False),
        theirs=_scikit_rbf_cka,
        translate=to_numpy,
        sizes=(50, 200, 2_000),
        tolerance=1e-9,
    ),
    Comparison(
        name="unbiased HSIC",
        kernel="support.metrics.similarity.hsic",
        peer="the definition, with a product of matrices in numpy",
        make=_grams,
        ours=hsic,
        theirs=_trace_hsic,
        translate=to_numpy,
        sizes=(50, 200, 2_000),
        tolerance=1e-9,
    ),
    Comparison(
        name="RSA, correlation distance, Spearman",
        kernel="support.metrics.similarity.rsa",
        peer="rsatoolbox.rdm.compare",
        package="rsatoolbox",
        make=_pair,
        ours=rsa,
        theirs=_rsatoolbox,
        translate=to_numpy,
        sizes=(50, 200, 2_000),
        tolerance=1e-9,
    ),
    Comparison(
        name="RSA, correlation distance, Spearman",
        kernel="support.metrics.similarity.rsa",
        peer="scipy.stats.spearmanr of scipy.spatial.distance.pdist",
        package="scipy",
        make=_pair,
        ours=rsa,
        theirs=_scipy_rsa,
        translate=to_numpy,
        sizes=(50, 200, 2_000),
        tolerance=1e-9,
    ),
    Comparison(
        name="canonical correlations",
        kernel="support.metrics.similarity.cca",
        peer="sklearn.cross_decomposition.CCA",
        package="scikit-learn",
        make=_few,
        ours=lambda x, y: cca(x, y).rho,
        theirs=_scikit_cca,
        translate=to_numpy,
        sizes=(100, 1_000, 10_000),
        tolerance=1e-4,
        note="six features a side; theirs iterates, ours is closed",
    ),
    Comparison(
        name="Procrustes",
        kernel="support.metrics.similarity.procrustes",
        peer="scipy.spatial.procrustes",
        package="scipy",
        make=_pair,
        ours=lambda x, y: procrustes(x, y).r2,
        theirs=_scipy_procrustes,
        translate=to_numpy,
        sizes=(100, 2_000, 20_000),
        tolerance=1e-9,
    ),
    Comparison(
        name="Procrustes",
        kernel="support.metrics.similarity.procrustes",
        peer="torchmetrics.functional.shape.procrustes_disparity",
        package="torchmetrics",
        make=_pair,
        ours=lambda x, y: procrustes(x, y).r2,
        theirs=_torchmetrics_procrustes,
        sizes=(100, 2_000, 20_000),
        tolerance=1e-9,
    ),
    Comparison(
        name="held-out R² of a chosen ridge",
        kernel="support.metrics.similarity.fit_r2",
        peer="sklearn.linear_model.RidgeCV",
        package="scikit-learn",
        make=_split,
        ours=_our_r2,
        theirs=_scikit_r2,
        translate=to_numpy,
        sizes=(100, 2_000, 20_000),
        tolerance=1e-7,
        note="both choose among eleven penalties by leaving one out",
    ),
    Comparison(
        name="mutual nearest neighbours",
        kernel="support.metrics.similarity.mutual_neighbours",
        peer="sklearn.neighbors.NearestNeighbors",
        package="scikit-learn",
        make=_pair,
        ours=mutual_neighbours,
        theirs=_scikit_neighbours,
        translate=to_numpy,
        sizes=(100, 500, 5_000),
        tolerance=1e-9,
    ),
]

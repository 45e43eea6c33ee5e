"""Patterns and answers: NMF beside two libraries, distillation beside torch."""

import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.losses.distillation import bernoulli_kd
from support.models.nmf import activations, sparse_nmf
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_FREQUENCIES, _COMPONENTS, _ITERATIONS = 129, 32, 50
_LOSSES = {2.0: "frobenius", 1.0: "kullback-leibler", 0.0: "itakura-saito"}


def _frames(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    W = torch.rand(_FREQUENCIES, _COMPONENTS, generator=draw).pow(4)
    H = torch.rand(_COMPONENTS, size, generator=draw).pow(4)
    X = (10 * W @ H).log1p() + 0.5 * torch.rand(_FREQUENCIES, size, generator=draw)
    return X.to(device), (W + 1e-3).to(device)


def _our_fit(X: Tensor, beta: float) -> Tensor:
    found = sparse_nmf(
        X,
        _COMPONENTS,
        beta=beta,
        sparsity=0.0,
        iterations=_ITERATIONS,
        generator=torch.Generator().manual_seed(0),
        every=_ITERATIONS,
    )
    return (X - found.W @ found.H).norm() / X.norm()


def _their_fit(X: Any, beta: float) -> Any:
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    peer = NMF(
        _COMPONENTS,
        solver="mu",
        beta_loss=_LOSSES[beta],
        init="random",
        random_state=0,
        max_iter=_ITERATIONS,
        tol=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # so many are asked for
        H = peer.fit_transform(X.T)
    return np.linalg.norm(X - (H @ peer.components_).T) / np.linalg.norm(X)


def _their_activations(X: Any, W: Any, beta: float) -> Any:
    from sklearn.decomposition import non_negative_factorization
    from sklearn.exceptions import ConvergenceWarning

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        H, *_ = non_negative_factorization(
            X.T,
            H=np.ascontiguousarray(W.T),
            n_components=_COMPONENTS,
            update_H=False,
            solver="mu",
            beta_loss=_LOSSES[beta],
            max_iter=_ITERATIONS,
            tol=0,
        )
    return (H @ W.T).T


def _their_activations_on_the_device(X: Tensor, W: Tensor, beta: float) -> Tensor:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it compiles a function when it is imported
        from torchnmf.nmf import NMF
    start = torch.ones(X.shape[1], _COMPONENTS, device=X.device)
    peer = NMF(W=W, H=start, trainable_W=False)
    peer.fit(X.T, beta=beta, tol=0, max_iter=_ITERATIONS)
    return W @ peer.H.detach().T


def _our_activations(X: Tensor, W: Tensor, beta: float) -> Tensor:
    return W @ activations(X, W, beta=beta, iterations=_ITERATIONS)


def _logits(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    draw = torch.Generator().manual_seed(seed)
    student, teacher = 3 * torch.randn(2, size, 4, 200, generator=draw)
    return student.to(device), teacher.to(device)


def _their_kd(student: Tensor, teacher: Tensor) -> Tensor:
    from torch.distributions import Bernoulli, kl_divergence

    model, learner = Bernoulli(logits=teacher), Bernoulli(logits=student)
    return kl_divergence(model, learner).sum(1).mean()


COMPARISONS = [
    *(
        Comparison(
            name=f"50 iterations of NMF, {_LOSSES[beta]}",
            kernel="support.models.nmf.sparse_nmf",
            peer="sklearn.decomposition.NMF",
            package="scikit-learn",
            make=_frames,
            ours=lambda X, W, beta=beta: _our_fit(X, beta),
            theirs=lambda X, W, beta=beta: _their_fit(X, beta),
            translate=to_numpy,
            sizes=(200, 4_000, 40_000),
            tolerance=0.1,
            unit="frames",
            note="129 frequencies, 32 patterns; the fits' errors, which depend on the "
            "start: ours also keeps columns at length 1",
        )
        for beta in _LOSSES
    ),
    *(
        Comparison(
            name=f"activations of a dictionary, {_LOSSES[beta]}",
            kernel="support.models.nmf.activations",
            peer="sklearn.decomposition.non_negative_factorization",
            package="scikit-learn",
            make=_frames,
            ours=lambda X, W, beta=beta: _our_activations(X, W, beta),
            theirs=lambda X, W, beta=beta: _their_activations(X, W, beta),
            translate=to_numpy,
            sizes=(200, 4_000, 40_000),
            tolerance=0.05,
            unit="frames",
            note="129 frequencies, 32 patterns, 50 iterations from another scale",
        )
        for beta in (2.0, 1.0)  # theirs takes shorter steps for Itakura-Saito
    ),
    *(
        Comparison(
            name=f"activations of a dictionary in torch, {_LOSSES[beta]}",
            kernel="support.models.nmf.activations",
            peer="torchnmf.nmf.NMF",
            package="torchnmf",
            make=_frames,
            ours=lambda X, W, beta=beta: _our_activations(X, W, beta),
            theirs=lambda X, W, beta=beta: _their_activations_on_the_device(X, W, beta),
            sizes=(200, 4_000, 40_000),
            tolerance=1e-4,
            unit="frames",
            note="129 frequencies, 32 patterns, 50 iterations",
        )
        for beta in (2.0, 1.0)
    ),
    Comparison(
        name="divergence of yes-or-no answers",
        kernel="support.losses.distillation.bernoulli_kd",
        peer="torch.distributions.kl_divergence",
        package="torch",
        make=_logits,
        ours=bernoulli_kd,
        theirs=_their_kd,
        sizes=(8, 100, 1_000),
        tolerance=1e-4,
        unit="chunks",
        note="4 classes, 200 frames a chunk",
    ),
]

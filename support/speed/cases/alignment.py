"""Alignment of speech: chains and mixtures beside hmmlearn and scikit-learn."""

import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.models.gmm import DiagonalGMM
from support.models.hmm import PhraseHMM
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_STATES, _FRAMES, _FEATURES, _COMPONENTS, _STEPS = 10, 50, 20, 16, 5
_STAY = 0.8


def _utterances(size: int, seed: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Utterances of one phrase, its means and variances.

    The last feature marks the end, and only the last state can emit the mark:
    hmmlearn leaves the last state of a path free, ours does not.
    """
    draw = torch.Generator().manual_seed(seed)
    mean = torch.randn(_STATES, _FEATURES + 1, generator=draw)
    variance = torch.ones(_STATES, _FEATURES + 1)
    mean[:, -1], variance[:, -1] = 0, 1e-3
    mean[-1, -1], variance[-1, -1] = 0.5, 0.25
    state = torch.arange(_FRAMES) * _STATES // _FRAMES
    noise = torch.randn(size, _FRAMES, _FEATURES + 1, generator=draw)
    x = mean[state] + noise
    x[..., -1] = 0
    x[:, -1, -1] = 1
    return x.to(device), mean.to(device), variance.to(device)


def _ours(x: Tensor, mean: Tensor, variance: Tensor, *, soft: bool) -> Tensor:
    hmm = PhraseHMM(1, _STATES, _FEATURES + 1).to(x.device)
    hmm.mean, hmm.variance = mean[None].double(), variance[None].double()
    hmm.log_stay[:] = np.log(_STAY)
    hmm.log_next[:] = np.log(1 - _STAY)
    hmm.log_stay[:, -1] = 0
    frames = torch.full((len(x),), _FRAMES, device=x.device)
    found = hmm.align(x, frames, torch.zeros_like(frames), soft=soft)[0]
    return found if soft else found.argmax(2)


def _theirs(x: Any, mean: Any, variance: Any, *, soft: bool) -> Any:
    from hmmlearn.hmm import GaussianHMM

    peer = GaussianHMM(_STATES, covariance_type="diag")
    stay = np.full(_STATES, _STAY)
    stay[-1] = 1
    peer.startprob_ = np.eye(_STATES)[0]
    peer.transmat_ = np.diag(stay) + np.diag(1 - stay[:-1], 1)
    peer.means_, peer.covars_ = mean.astype(float), variance.astype(float)
    rows, lengths = x.reshape(-1, x.shape[2]).astype(float), [_FRAMES] * len(x)
    return (peer.predict_proba if soft else peer.predict)(rows, lengths)


def _frames(size: int, seed: int, device: str) -> tuple[Tensor]:
    draw = torch.Generator().manual_seed(seed)
    centre = 4 * torch.randn(_COMPONENTS, _FEATURES, generator=draw)
    x = centre[torch.arange(size) % _COMPONENTS]
    return ((x + torch.randn(size, _FEATURES, generator=draw)).double().to(device),)


def _our_mixture(x: Tensor) -> Tensor:
    gmm = DiagonalGMM(_COMPONENTS, _FEATURES, variance_floor=0).to(x.device)
    gmm.mean = x[:_COMPONENTS].clone()
    gmm.variance = x.var(0, correction=0).expand(_COMPONENTS, -1).clone()
    for _ in range(_STEPS):
        gmm.update(x)
    return gmm.mean


def _their_mixture(x: Any) -> Any:
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    peer = GaussianMixture(
        _COMPONENTS,
        covariance_type="diag",
        reg_covar=0,
        max_iter=_STEPS,
        tol=0,
        weights_init=np.full(_COMPONENTS, 1 / _COMPONENTS),
        means_init=x[:_COMPONENTS],
        precisions_init=np.tile(1 / x.var(0), (_COMPONENTS, 1)),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # five steps are asked for
        return peer.fit(x).means_


COMPARISONS = [
    Comparison(
        name="best path of a phrase",
        kernel="support.models.hmm.PhraseHMM",
        peer="hmmlearn.hmm.GaussianHMM.predict",
        package="hmmlearn",
        make=_utterances,
        ours=lambda *inputs: _ours(*inputs, soft=False),
        theirs=lambda *inputs: _theirs(*inputs, soft=False),
        translate=to_numpy,
        sizes=(10, 100, 1000),
        tolerance=0,
        unit="utterances",
        note="50 frames, 10 states, 20 features",
    ),
    Comparison(
        name="posteriors of a phrase's states",
        kernel="support.models.hmm.PhraseHMM",
        peer="hmmlearn.hmm.GaussianHMM.predict_proba",
        package="hmmlearn",
        make=_utterances,
        ours=lambda *inputs: _ours(*inputs, soft=True),
        theirs=lambda *inputs: _theirs(*inputs, soft=True),
        translate=to_numpy,
        sizes=(10, 100, 1000),
        tolerance=1e-5,
        unit="utterances",
        note="50 frames, 10 states, 20 features",
    ),
    Comparison(
        name="five steps of EM, 16 Gaussians",
        kernel="support.models.gmm.DiagonalGMM",
        peer="sklearn.mixture.GaussianMixture.fit",
        package="scikit-learn",
        make=_frames,
        ours=_our_mixture,
        theirs=_their_mixture,
        translate=to_numpy,
        sizes=(500, 10_000, 100_000),
        tolerance=1e-6,
        unit="frames",
        note="20 features, the same start",
    ),
]

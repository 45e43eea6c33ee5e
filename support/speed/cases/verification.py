"""Verification: errors, the area as a loss over pairs, back-ends, cepstra."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.losses.verification import aauc_verification
from support.metrics.verification import DCF08, error_rates, minimum_dcf
from support.models.backends import plda_scores
from support.models.tied_inference import tied_posterior
from support.signal.mfcc import mfcc
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_DELTA = 30.0


def _scores(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    """A tenth of the trials are targets."""
    draw = torch.Generator().manual_seed(seed)
    target = torch.randn(size // 10, generator=draw) + 2
    other = torch.randn(size - size // 10, generator=draw)
    return target.to(device), other.to(device)


def _our_cost(target: Tensor, other: Tensor) -> Tensor:
    return minimum_dcf(error_rates(target, other), DCF08)[0]


def _their_cost(target: Any, other: Any) -> float:
    from sklearn.metrics import roc_curve

    truth = np.r_[np.ones(len(target)), np.zeros(len(other))]
    false, true, _ = roc_curve(truth, np.r_[target, other], drop_intermediate=False)
    return float((1 - true + DCF08.beta * false).min())


def _batch(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    """Four utterances of each identity."""
    draw = torch.Generator().manual_seed(seed)
    identity = torch.arange(size) // 4
    centre = torch.randn(size // 4, 64, generator=draw)
    x = centre[identity] + torch.randn(size, 64, generator=draw)
    return x.to(device).requires_grad_(), identity.to(device)


def _our_area(x: Tensor, identity: Tensor) -> tuple[Tensor, Tensor]:
    loss = aauc_verification(x, identity, delta=_DELTA)
    return loss, torch.autograd.grad(loss, x)[0]


def _plain_area(x: Tensor, identity: Tensor) -> tuple[Tensor, Tensor]:
    """The definition as it stands: all differences of all pairs at once."""
    unit = x / x.norm(dim=1, keepdim=True)
    one, other = torch.triu_indices(len(x), len(x), 1, device=x.device)
    scores = (unit[one] * unit[other]).sum(1)
    same = identity[one] == identity[other]
    gaps = scores[~same][None, :] - scores[same][:, None]
    loss = torch.sigmoid(_DELTA * gaps).mean()
    return loss, torch.autograd.grad(loss, x)[0]


def _vectors(size: int, seed: int, device: str) -> tuple[Tensor, ...]:
    draw = torch.Generator().manual_seed(seed)
    a = torch.randn(2, 30, 30, generator=draw, dtype=torch.float64)
    between, within = a @ a.mT / 30 + 0.3 * torch.eye(30)
    enrolment = torch.randn(20, 3, 30, generator=draw, dtype=torch.float64)
    test = torch.randn(size, 30, generator=draw, dtype=torch.float64)
    made = (enrolment, test, between, within)
    return tuple(part.to(device) for part in made)


def _plain_plda(enrolment: Any, test: Any, between: Any, within: Any) -> Any:
    """Two Gaussian densities a model, by SciPy."""
    from scipy.stats import multivariate_normal

    count = enrolment.shape[1]
    gain = between @ np.linalg.inv(between + within / count)
    spread = between - gain @ between + within
    apart = multivariate_normal.logpdf(test, cov=between + within)
    return np.stack(
        [
            multivariate_normal.logpdf(test, gain @ mean, spread) - apart
            for mean in enrolment.mean(1)
        ]
    )


def _bands(size: int, seed: int, device: str) -> tuple[Tensor]:
    draw = torch.Generator().manual_seed(seed)
    return (torch.randn(size, 24, generator=draw).to(device),)


def _scipy_cepstrum(bands: Any) -> Any:
    from scipy.fft import dct

    return dct(bands, norm="ortho")[:, :20]


def _tied(size: int, seed: int, device: str) -> tuple[Tensor, Tensor, Tensor]:
    """Five speaker and five session factors, ten recordings a speaker."""
    draw = torch.Generator().manual_seed(seed)
    J = torch.randn(size, 40, 10, generator=draw, dtype=torch.float64)
    b = torch.randn(size, 10, generator=draw, dtype=torch.float64)
    return (J.mT @ J).to(device), b.to(device), (torch.arange(size) // 10).to(device)


def _our_factors(A: Tensor, b: Tensor, speaker: Tensor) -> tuple[Tensor, Tensor]:
    return tied_posterior(A, b, speaker, 5)[:2]


def _dense_factors(A: Any, b: Any, speaker: Any) -> tuple[Any, Any]:
    """All variables of a speaker at once, by NumPy."""
    y, x = [], []
    for one in range(speaker.max() + 1):
        rows = np.flatnonzero(speaker == one)
        whole, linear = np.eye(5 + 5 * len(rows)), np.zeros(5 + 5 * len(rows))
        for place, row in enumerate(rows):
            own = np.r_[0:5, 5 + 5 * place : 10 + 5 * place]
            whole[np.ix_(own, own)] += A[row]
            linear[own] += b[row]
        found = np.linalg.solve(whole, linear)
        y.append(found[:5])
        x.append(found[5:].reshape(-1, 5))
    return np.stack(y), np.concatenate(x)


COMPARISONS = [
    Comparison(
        name="least detection cost of a list of trials",
        kernel="support.metrics.verification.minimum_dcf",
        peer="sklearn.metrics.roc_curve",
        package="scikit-learn",
        make=_scores,
        ours=_our_cost,
        theirs=_their_cost,
        translate=to_numpy,
        sizes=(1000, 100_000, 1_000_000),
        tolerance=1e-6,
        unit="trials",
    ),
    Comparison(
        name="smooth area over pairs, with its gradient",
        kernel="support.losses.verification.aauc_verification",
        peer="all pairs of pairs at once",
        make=_batch,
        ours=_our_area,
        theirs=_plain_area,
        sizes=(16, 48, 480),
        tolerance=1e-4,
        unit="utterances",
    ),
    Comparison(
        name="PLDA of 20 models with three enrolments",
        kernel="support.models.backends.plda_scores",
        peer="scipy.stats.multivariate_normal, a model at a time",
        package="scipy",
        make=_vectors,
        ours=plda_scores,
        theirs=_plain_plda,
        translate=to_numpy,
        sizes=(100, 2000, 20_000),
        tolerance=1e-6,
        unit="tests",
        note="30 dimensions",
    ),
    Comparison(
        name="20 cepstral coefficients of 24 bands",
        kernel="support.signal.mfcc.mfcc",
        peer="scipy.fft.dct",
        package="scipy",
        make=_bands,
        ours=mfcc,
        theirs=_scipy_cepstrum,
        translate=to_numpy,
        sizes=(100, 10_000, 100_000),
        tolerance=1e-4,
        unit="frames",
    ),
    Comparison(
        name="tied factors of ten recordings a speaker",
        kernel="support.models.tied_inference.tied_posterior",
        peer="numpy.linalg.solve, a speaker at a time",
        package="numpy",
        make=_tied,
        ours=_our_factors,
        theirs=_dense_factors,
        translate=to_numpy,
        sizes=(100, 1000, 10_000),
        tolerance=1e-8,
        unit="recordings",
        note="5 + 5 factors",
    ),
]

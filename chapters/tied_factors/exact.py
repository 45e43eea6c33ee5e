"""What holds exactly: closed forms against dense algebra and against solvers."""

import torch
from torch import Tensor

from chapters.tied_factors.data import Data
from chapters.tied_factors.systems import Verifier
from support.models.frame_statistics import Statistics, relevance_map
from support.models.tied_factors import map_last_layer
from support.models.tied_inference import log_likelihood, tied_posterior

__all__ = ["centring_gap", "one_hot_gap", "posterior_gap", "solver_gap"]


def one_hot_gap(rng: torch.Generator) -> float:
    """Claim 3a: MAP of a layer with one-hot inputs against relevance MAP."""
    statistics, last = _drawn(rng, 6, 10, 4), _normal(rng, 10, 4)
    model = torch.arange(6)
    codes = torch.eye(10).double().expand(6, 10, 10)
    found = map_last_layer(codes, statistics, last, 4 * codes[0], model)
    return float((found - relevance_map(statistics, last, 4.0)).abs().max())


def solver_gap(rng: torch.Generator) -> float:
    """Claim 3b: MAP of a layer in closed form against L-BFGS on its objective."""
    statistics, last = _drawn(rng, 1, 10, 4), _normal(rng, 6, 4)
    phi = _normal(rng, 1, 10, 6)
    root = _normal(rng, 6, 6)
    prior = root @ root.T + torch.eye(6).double()
    B = last.clone().requires_grad_()

    def objective() -> Tensor:
        """Minus the logarithm of likelihood and prior; every variance is 1."""
        fit_of = log_likelihood(statistics, phi @ B, torch.ones(4).double()).sum()
        return ((B - last) * (prior @ (B - last))).sum() / 2 - fit_of

    solver = torch.optim.LBFGS(
        [B],
        max_iter=500,
        tolerance_grad=1e-9,
        tolerance_change=1e-14,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        solver.zero_grad()
        cost = objective()
        cost.backward()
        return cost

    solver.step(closure)
    exact = map_last_layer(phi, statistics, last, prior, torch.tensor([0]))[0]
    return float((exact - B.detach()).abs().max())


def posterior_gap(rng: torch.Generator) -> float:
    """Claim 3c: posterior by elimination against one dense Gaussian a speaker."""
    Ry, Rx, each = 3, 2, 4
    J = _normal(rng, each, 9, Ry + Rx)
    A, b = J.mT @ J, _normal(rng, each, Ry + Rx)
    found = tied_posterior(A, b, torch.zeros(each, dtype=torch.long), Ry)
    # the same, of [y; x_1; ...; x_4] at once
    whole = torch.eye(Ry + each * Rx).double()
    linear = torch.zeros(Ry + each * Rx).double()
    for h in range(each):
        own = Ry + h * Rx
        places = torch.cat([torch.arange(Ry), torch.arange(own, own + Rx)])
        whole[places[:, None], places] += A[h]
        linear[places] += b[h]
    covariance = torch.linalg.inv(whole)
    mean = covariance @ linear
    gaps = [
        mean - torch.cat([found.speaker[0], found.session.flatten()]),
        covariance[:Ry, :Ry] - found.speaker_covariance[0],
        covariance[Ry : Ry + Rx, Ry : Ry + Rx] - found.session_covariance[0],
        covariance[Ry : Ry + Rx, :Ry] - found.cross[0],
    ]
    return max(float(gap.abs().max()) for gap in gaps)


def centring_gap(verifier: Verifier, data: Data) -> float:
    """Claim 3c: log-likelihoods a frame of the background before and after centring.

    Args:
        verifier: a centred network, and the same before.
        data: whose background it was trained on.

    Raises:
        ValueError: the verifier was never centred.
    """
    if verifier.before is None:
        raise ValueError("verifier: it was never centred; give one of train_network")
    statistics, state, speaker = data.known
    found = []
    for each in (verifier.before, verifier):
        mean = each.model.mean(state, each.y[speaker], each.x)
        found.append(log_likelihood(statistics, mean, each.model.noise))
    return float(((found[0] - found[1]) / statistics.N.sum(1)).abs().max())


def _normal(rng: torch.Generator, *shape: int) -> Tensor:
    return torch.randn(*shape, generator=rng, dtype=torch.float64)


def _drawn(rng: torch.Generator, n: int, Q: int, D: int) -> Statistics:
    """Statistics of random frames, five a state."""
    frames = _normal(rng, n, Q, 5, D)
    count = torch.full((n, Q), 5.0).double()
    return Statistics(count, frames.sum(2), frames.square().sum(2))

"""What holds exactly: closed forms against dense algebra and against solvers."""

import torch
from torch import Tensor

from chapters.tied_factors.data import Data
from chapters.tied_factors.systems import Verifier
from support.models.factor_analysis import JointFactorAnalysis
from support.models.frame_statistics import Statistics, baum_welch, relevance_map
from support.models.tied_factors import map_last_layer
from support.models.tied_inference import log_likelihood

__all__ = ["centring_gap", "one_hot_gap", "posterior_gap", "solver_gap"]


def one_hot_gap(rng: torch.Generator) -> float:
    """Claim 3a: MAP of a layer with one-hot inputs against relevance MAP."""
    statistics, last = _drawn(rng, 6, 10, 4), _normal(rng, 10, 4)
    model = torch.arange(6) // 2  # two recordings a model
    codes = torch.eye(10).double().expand(6, 10, 10)
    found = map_last_layer(codes, statistics, last, 4 * codes[0], model)
    wanted = relevance_map(statistics.sum_by(model), last, 4.0)
    return float((found - wanted).abs().max())


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
    """Claim 3c: posterior by elimination against all frames' joint Gaussian."""
    Ry, Rx, Q, D = 2, 1, 3, 4
    jfa = JointFactorAnalysis(_normal(rng, Q, D), Ry, Rx)
    jfa.loadings, jfa.noise = _normal(rng, Q, D, Ry + Rx), _normal(rng, D).exp()
    speaker = torch.tensor([0, 0, 0, 1, 1])
    states = torch.randint(Q, (5, 9), generator=rng)
    frames = jfa.centre[states] + 2 * _normal(rng, 5, 9, D)
    A = torch.nn.functional.one_hot(states, Q).double()
    found = jfa.posterior(baum_welch(frames, A), torch.arange(Q).expand(5, Q), speaker)
    gaps = []
    for one in (0, 1):
        rows = (speaker == one).nonzero()[:, 0]
        L = jfa.loadings[states[rows]].flatten(1, 2)  # (recordings, 9 D, R)
        own = torch.block_diag(*L[..., Ry:])
        load = torch.cat([L[..., :Ry].flatten(0, 1), own], dim=1)
        every = load @ load.T + torch.diag(jfa.noise.repeat(9 * len(rows)))
        gain = torch.linalg.solve(every, load).T
        away = (frames - jfa.centre[states])[rows].flatten()
        covariance = torch.eye(load.shape[1]).double() - gain @ load
        both = torch.cat([found.speaker[one], found.session[rows].flatten()])
        last = slice(len(both) - Rx, None)
        gaps += [
            gain @ away - both,
            covariance[:Ry, :Ry] - found.speaker_covariance[one],
            covariance[last, last] - found.session_covariance[rows[-1]],
            covariance[last, :Ry] - found.cross[rows[-1]],
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
    """Statistics of random frames, none to nine a state."""
    count = torch.randint(10, (n, Q), generator=rng)
    there = (torch.arange(9) < count[..., None]).double()
    frames = _normal(rng, n, Q, 9, D) * there[..., None]
    return Statistics(count.double(), frames.sum(2), frames.square().sum(2))

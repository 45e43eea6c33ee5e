"""Most probable factors: where solvers end, where posteriors lie, awkward input."""

import math
from copy import deepcopy

import pytest
import torch

from support.data.tied_world import tied_world
from support.models.factor_analysis import JointFactorAnalysis
from support.models.frame_statistics import Statistics
from support.models.tied_factors import TiedFactorNetwork
from support.models.tied_inference import log_likelihood
from support.models.tied_search import best_log_likelihood, infer_factors


def normal(seed, *shape):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


@pytest.fixture(scope="module")
def world():
    return tied_world("tanh", 3, speakers=5, sessions=4, states=4, features=5)


@pytest.fixture(scope="module")
def statistics(world):
    return Statistics(world.N, world.F, world.S)


@pytest.fixture(scope="module")
def state():
    return torch.arange(4).expand(20, 4)


@pytest.fixture(scope="module")
def network():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return TiedFactorNetwork(4, 5, 2, 3, 8).double().requires_grad_(False)


def test_steps_end_where_a_gradient_solver_ends(network, statistics, state, world):
    y, x = infer_factors(network, statistics, state, world.speaker)
    tied = [torch.zeros_like(y).requires_grad_(), torch.zeros_like(x).requires_grad_()]
    solver = torch.optim.LBFGS(tied, max_iter=300, line_search_fn="strong_wolfe")

    def cost(y, x):
        mean = network.mean(state, y[world.speaker], x)
        told = log_likelihood(statistics, mean, network.noise).sum()
        return (y.square().sum() + x.square().sum()) / 2 - told

    def closure():
        solver.zero_grad()
        value = cost(*tied)
        value.backward()
        return value

    solver.step(closure)
    # a maximum may be another one; ours must not be a worse one
    ended = cost(*tied).detach()
    assert float(cost(y, x)) <= float(ended) + 0.01 * len(x)
    free = [y.clone().requires_grad_(), x.clone().requires_grad_()]
    slopes = torch.autograd.grad(cost(*free), free)
    assert max(float(slope.abs().max()) for slope in slopes) < 0.2


def test_in_a_linear_model_the_best_factors_are_the_posterior_means(
    statistics, state, world
):
    model = JointFactorAnalysis(normal(0, 4, 5), 2, 1)
    model.loadings = normal(1, 4, 5, 3)
    found = model.posterior(statistics, state, world.speaker)
    y, x = infer_factors(model, statistics, state, world.speaker)
    assert torch.allclose(y, found.speaker)
    assert torch.allclose(x, found.session)


def test_the_best_recording_is_never_worse_than_any_other(network, statistics, state):
    y = normal(5, 20, 2)
    best = best_log_likelihood(network, statistics, state, y)
    for seed in range(3):
        x = 0.5 * normal(seed, 20, 3)
        told = log_likelihood(statistics, network.mean(state, y, x), network.noise)
        assert (best >= told - x.square().sum(1) / 2 - 1e-3).all()


def test_many_recordings_are_judged_as_few_are(network, statistics, state):
    few = best_log_likelihood(network, statistics, state, torch.zeros(20, 2))
    many = Statistics(*(torch.cat(60 * [getattr(statistics, k)]) for k in "NFS"))
    found = best_log_likelihood(
        network, many, torch.cat(60 * [state]), torch.zeros(1200, 2)
    )
    assert torch.allclose(found, few.repeat(60), atol=1e-3)


def test_nobody_to_be_judged_is_an_empty_answer(network):
    none = Statistics(
        torch.zeros(0, 4).double(), *(torch.zeros(0, 4, 5).double() for _ in "FS")
    )
    states, y = torch.zeros(0, 4, dtype=torch.long), torch.zeros(0, 2)
    assert best_log_likelihood(network, none, states, y).shape == (0,)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"statistics": None}, "statistics: got NoneType"),
        ({"state": torch.zeros(20, 3)}, "state: got shape"),
        ({"state": torch.full((20, 4), 0.5)}, "state: got 0.5"),
        ({"y": torch.zeros(20, 1)}, "y: got shape"),
        ({"y": torch.full((20, 2), math.inf)}, "y: got inf"),
        ({"y": "zero"}, "y: "),
        ({"model": None}, "model: got NoneType"),
        ({"state": torch.full((20, 4), 4)}, "state: got values from 4"),
        ({"adapted": torch.zeros(3, 9, 5)}, "adapted: got shape"),
        ({"adapted": "no"}, "adapted: "),
    ],
)
def test_claims_that_do_not_fit_are_refused_by_name(
    change, words, network, statistics, state
):
    given = {"statistics": statistics, "state": state, "y": torch.zeros(20, 2)}
    with pytest.raises(ValueError, match=words):
        best_log_likelihood(**{"model": network} | given | change)


def test_a_model_of_other_features_is_refused(statistics, state):
    model = JointFactorAnalysis(torch.zeros(4, 6), 1, 0)
    with pytest.raises(ValueError, match="statistics: got 5 features"):
        infer_factors(model, statistics, state, torch.zeros(20, dtype=torch.long))


@pytest.mark.parametrize(
    ("speaker", "words"),
    [
        (torch.zeros(3), "speaker: got shape"),
        (torch.full((20,), -1), "speaker: got values"),
        ("two", "speaker: "),
    ],
)
def test_speakers_that_do_not_fit_are_refused(
    speaker, words, network, statistics, state
):
    with pytest.raises(ValueError, match=words):
        infer_factors(network, statistics, state, speaker)


def test_a_model_of_another_precision_is_refused(network, statistics, state, world):
    single = deepcopy(network).float()
    with pytest.raises(ValueError, match=r"statistics: got torch\.float64, the model"):
        infer_factors(single, statistics, state, world.speaker)


def test_a_held_speaker_stays_at_zero(network, statistics, state, world):
    y, x = infer_factors(network, statistics, state, world.speaker, hold=True)
    assert not y.any()
    told = log_likelihood(
        statistics, network.mean(state, y[world.speaker], x), network.noise
    )
    best = best_log_likelihood(network, statistics, state, torch.zeros(20, 2))
    assert torch.allclose(told - x.square().sum(1) / 2, best)

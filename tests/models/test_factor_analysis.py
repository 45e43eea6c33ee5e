"""Joint factor analysis: EM, its oracle, and what it refuses."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from sklearn.decomposition import FactorAnalysis

from support.data.tied_world import tied_world
from support.metrics.similarity import cca
from support.models.factor_analysis import JointFactorAnalysis, state_means
from support.models.frame_statistics import Statistics, baum_welch, relevance_map


def source(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.fixture(scope="module")
def world():
    return tied_world("linear", 0, speakers=40, sessions=5, states=6, features=6)


@pytest.fixture(scope="module")
def given(world):
    state = torch.arange(6).expand(len(world.N), 6)
    return Statistics(world.N, world.F, world.S), state, world.speaker


@pytest.fixture(scope="module")
def fitted(given):
    model = JointFactorAnalysis(state_means(*given[:2], 6), 3, 3)
    return model, model.fit(*given, iterations=15, generator=source())


def test_the_likelihood_never_falls(fitted):
    trace = fitted[1]
    assert len(trace) == 16
    assert min(b - a for a, b in pairwise(trace)) > -1e-9


def test_factors_and_noise_of_a_linear_world_are_found(world, given, fitted):
    found = fitted[0].posterior(*given)
    assert cca(found.speaker, world.y).rho.min() > 0.8
    assert cca(found.session, world.x).rho.min() > 0.8
    assert (fitted[0].noise - 1).abs().max() < 0.1


def test_the_likelihood_is_that_of_one_dense_gaussian():
    source_ = source(1)
    frames = torch.randn(2, 3, 2, generator=source_).double()  # 2 recordings of 3
    one = Statistics(
        torch.full((2, 1), 3.0).double(), frames.sum(1)[:, None],
        frames.square().sum(1)[:, None],
    )  # fmt: skip
    model = JointFactorAnalysis(torch.zeros(1, 2), 1, 1)
    state, speaker = torch.zeros(2, 1, dtype=torch.long), torch.zeros(2, dtype=int)
    trace = model.fit(one, state, speaker, iterations=3, generator=source())
    V, U = model.loadings[0, :, :1], model.loadings[0, :, 1:]
    size = 12
    law = torch.diag(model.noise.repeat(6))
    for a in range(6):
        for b in range(6):
            shared = V @ V.T + (U @ U.T if a // 3 == b // 3 else 0)
            law[2 * a : 2 * a + 2, 2 * b : 2 * b + 2] += shared
    whole = torch.distributions.MultivariateNormal(torch.zeros(size).double(), law)
    assert trace[-1] == pytest.approx(float(whole.log_prob(frames.flatten())) / 6)


def test_one_frame_a_speaker_is_plain_factor_analysis():
    rng = np.random.default_rng(0)
    loadings = rng.normal(size=(2, 5))
    x = rng.normal(size=(300, 2)) @ loadings + 0.7 * rng.normal(size=(300, 5))
    x -= x.mean(0)
    frames = torch.tensor(x)[:, None]
    one = Statistics(torch.ones(300, 1).double(), frames, frames.square())
    model = JointFactorAnalysis(torch.zeros(1, 5), 2, 0)
    state = torch.zeros(300, 1, dtype=torch.long)
    trace = model.fit(one, state, torch.arange(300), iterations=300, generator=source())
    # noise is of one feature each in both; the oracle's likelihood is the best
    oracle = FactorAnalysis(2, tol=1e-3, max_iter=5000).fit(x).score(x)
    assert trace[-1] == pytest.approx(oracle, abs=2e-3)


def test_without_factors_it_is_the_means_and_their_noise(given):
    model = JointFactorAnalysis(state_means(*given[:2], 6), 0, 0)
    before, after = model.fit(*given, iterations=1, generator=source())
    assert before == pytest.approx(after)
    statistics, state, speaker = given
    y, x = torch.zeros(40, 0).double(), torch.zeros(200, 0).double()
    offset = model.adapt(statistics, state, speaker, y, x, 4.0)
    wanted = relevance_map(statistics.sum_by(speaker), model.centre, 4.0)
    assert torch.allclose(model.centre + offset, wanted)


def test_a_strong_prior_adapts_nothing_and_a_weak_one_everything(given, fitted):
    model, (statistics, state, speaker) = fitted[0], given
    found = model.posterior(*given)
    known = statistics, state, speaker, found.speaker, found.session
    assert model.adapt(*known, 1e12).abs().max() < 1e-6
    weak = model.adapt(*known, 1e-9)
    N = statistics.sum_by(speaker).N[..., None]
    mean = model.mean(state, found.speaker[speaker], found.session)
    left = Statistics(
        statistics.N, statistics.F - statistics.N[..., None] * mean, statistics.S
    ).sum_by(speaker)
    assert torch.allclose(weak, left.F / N)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"statistics": "many"}, "statistics: got str"),
        ({"state": torch.full((200, 6), 9)}, "state: got values"),
        ({"state": torch.zeros(200, 6, dtype=torch.long)}, "have no frame"),
        ({"speaker": torch.zeros(3, dtype=torch.long)}, "speaker: got shape"),
        ({"speaker": torch.full((200,), -1)}, "speaker: got values"),
        ({"iterations": 0}, "iterations: got 0"),
        ({"iterations": 2.5}, "iterations: got 2.5"),
        ({"generator": None}, "generator: got None"),
    ],
)
def test_a_fit_of_what_does_not_fit_is_refused_by_name(given, change, words):
    names = ("statistics", "state", "speaker")
    inputs = dict(zip(names, given, strict=True)) | {"generator": source()} | change
    with pytest.raises(ValueError, match=words):
        JointFactorAnalysis(torch.zeros(6, 6), 1, 1).fit(**inputs)


@pytest.fixture(scope="module")
def frames():
    source_ = source(3)
    mean = 2 * torch.randn(3, 4, generator=source_)
    load = torch.randn(3, 4, 2, generator=source_)
    y = torch.randn(8, 2, generator=source_)
    noise = 0.5 * torch.randn(24, 30, 4, generator=source_)
    of = torch.arange(30) // 10
    moved = (load[of] @ y.repeat_interleave(3, 0)[:, None, :, None])[..., 0]
    return (mean[of] + moved + noise).double()


def fit_of(frames):
    A = torch.eye(3).double()[torch.arange(30) // 10].expand(24, 30, 3)
    heard = baum_welch(frames, A)
    state, speaker = torch.arange(3).expand(24, 3), torch.arange(24) // 3
    model = JointFactorAnalysis(state_means(heard, state, 3), 2, 1)
    trace = model.fit(heard, state, speaker, iterations=5, generator=source())
    return trace[-1], model.noise


@pytest.mark.parametrize("unit", [1e-30, 1e-9, 1e-4, 1e-3, 1e9])
def test_a_unit_of_the_features_is_no_matter(frames, unit):
    trace, noise = fit_of(frames)
    assert (noise < 0.4).all()
    of_unit, noise_of_unit = fit_of(unit * frames)
    assert of_unit + 4 * math.log(unit) == pytest.approx(trace, abs=1e-6)
    torch.testing.assert_close(noise_of_unit / unit**2, noise, rtol=1e-6, atol=0)


def test_an_offset_is_no_matter_or_refused(frames):
    assert fit_of(frames + 1e4)[0] == pytest.approx(fit_of(frames)[0], abs=1e-5)
    with pytest.raises(ValueError, match=r"features \[0, 1, 2, 3\] vary by less"):
        fit_of(frames + 1e8)
    constant = torch.nn.functional.pad(frames, (0, 1), value=0.1)
    with pytest.raises(ValueError, match=r"features \[4\] .* leave out what is const"):
        fit_of(constant)


def test_factors_in_single_precision_give_the_same_means(fitted):
    state = torch.tensor([[1, 0]])
    y, x = torch.ones(1, 3), torch.zeros(1, 3)
    wanted = fitted[0].mean(state, y.double(), x.double())
    assert torch.equal(fitted[0].mean(state, y, x), wanted)


def test_no_recordings_are_refused_by_name():
    none = Statistics(
        *(torch.zeros(0, *size).double() for size in ((1,), (1, 2), (1, 2)))
    )
    empty = torch.zeros(0, 1, dtype=torch.long)
    with pytest.raises(ValueError, match="at least one recording"):
        JointFactorAnalysis(torch.zeros(1, 2), 1, 1).fit(
            none, empty, empty[:, 0], generator=source()
        )


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ((torch.zeros(3), 1, 1), "mean: got shape"),
        ((torch.full((1, 1), math.nan), 1, 1), "mean: got nan"),
        (("means", 1, 1), "mean: "),
        ((torch.zeros(1, 1), -1, 1), "speaker_factors: got -1"),
        ((torch.zeros(1, 1), 1, True), "session_factors: got True"),
    ],
)
def test_a_model_of_what_is_none_is_refused_by_name(options, words):
    with pytest.raises(ValueError, match=words):
        JointFactorAnalysis(*options)


@pytest.mark.parametrize("strength", [0, -1.0, math.nan, "4", True, None])
def test_a_prior_worth_nothing_is_refused_by_name(given, fitted, strength):
    found = fitted[0].posterior(*given)
    with pytest.raises(ValueError, match="strength"):
        fitted[0].adapt(*given, found.speaker, found.session, strength)

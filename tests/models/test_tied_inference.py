"""Posterior of tied factors: known answers, dense algebra, and awkward input."""

import math

import pytest
import torch

from support.models.frame_statistics import Statistics, baum_welch
from support.models.tied_inference import log_likelihood, tied_posterior


def normal(seed, *shape):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


def test_statistics_tell_what_all_frames_tell():
    x, mean, variance = normal(0, 1, 9, 3), normal(1, 2, 3), normal(2, 3).exp()
    A = torch.eye(2).double()[torch.tensor([0, 0, 1, 1, 1, 0, 1, 0, 1])][None]
    frames = torch.distributions.Normal((A @ mean)[0], variance.sqrt())
    wanted = frames.log_prob(x[0]).sum()
    assert torch.allclose(log_likelihood(baum_welch(x, A), mean, variance), wanted)


def test_its_gradient_is_right():
    N, F = normal(0, 2, 3).exp(), normal(1, 2, 3, 2)
    spread = normal(2, 2, 3, 2).exp()
    statistics = Statistics(N, F, F.square() / N[..., None] + spread)

    def cost(mean, variance):
        return log_likelihood(statistics, mean, variance.exp())

    inputs = normal(3, 2, 3, 2).requires_grad_(), normal(4, 2).requires_grad_()
    assert torch.autograd.gradcheck(cost, inputs)


def test_one_scalar_factor_is_as_by_hand():
    found = tied_posterior(
        torch.tensor([[[4.0]]]), torch.tensor([[6.0]]), torch.tensor([0]), 1
    )
    assert found.speaker.item() == pytest.approx(1.2)
    assert found.speaker_covariance.item() == pytest.approx(0.2)
    wanted = 6**2 / 5 / 2 - math.log(5) / 2
    assert found.log_evidence.item() == pytest.approx(wanted)
    assert found.session.shape == (1, 0)


@pytest.mark.parametrize("Ry", [0, 1, 3])
def test_elimination_is_dense_conditioning(Ry):
    R, each = 3, 4
    J = normal(0, each, 7, R)
    A, b = J.mT @ J, normal(1, each, R)
    found = tied_posterior(A, b, torch.zeros(each, dtype=torch.long), Ry)
    size = Ry + each * (R - Ry)
    whole, linear = torch.eye(size).double(), torch.zeros(size).double()
    for h in range(each):
        own = torch.arange(R - Ry) + Ry + h * (R - Ry)
        places = torch.cat([torch.arange(Ry), own])
        whole[places[:, None], places] += A[h]
        linear[places] += b[h]
    covariance = torch.linalg.inv(whole)
    mean = torch.cat([found.speaker[0], found.session.flatten()])
    assert torch.allclose(mean, covariance @ linear)
    assert torch.allclose(found.speaker_covariance[0], covariance[:Ry, :Ry])
    own = torch.arange(R - Ry) + Ry
    assert torch.allclose(found.session_covariance[0], covariance[own[:, None], own])
    assert torch.allclose(found.cross[0], covariance[own][:, :Ry])
    evidence = (linear @ covariance @ linear - whole.logdet()) / 2
    assert torch.allclose(found.log_evidence[0], evidence)


def test_a_speaker_of_whom_nothing_is_heard_keeps_the_prior():
    found = tied_posterior(
        torch.ones(1, 1, 1).double(), normal(0, 1, 1), torch.tensor([1]), 1
    )
    assert found.speaker[0].item() == 0
    assert found.speaker_covariance[0].item() == 1
    assert found.log_evidence[0].item() == 0


def test_a_recording_cut_in_two_leaves_the_speaker_where_she_was():
    A, b = torch.eye(2).double()[None], normal(0, 1, 2)
    whole = tied_posterior(A, b, torch.tensor([0]), 2)
    parts = tied_posterior(
        torch.cat([A, A]) / 2, torch.cat([b, b]) / 2, torch.tensor([0, 0]), 2
    )
    assert torch.allclose(whole.speaker, parts.speaker)
    assert torch.allclose(whole.speaker_covariance, parts.speaker_covariance)


def test_single_and_double_precision_meet():
    A, b = torch.eye(2)[None], torch.ones(1, 2).double()
    assert tied_posterior(A, b, torch.tensor([0]), 1).speaker.dtype == torch.float64


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"precision": "much"}, "precision"),
        ({"precision": None}, "precision"),
        ({"precision": torch.full((2, 2, 2), math.nan)}, "precision: got nan"),
        ({"precision": torch.tensor([[4.0, 3], [0, 4]]).expand(2, 2, 2)}, "symmetric"),
        (
            {"precision": 1e-9 * torch.tensor([[4.0, 3], [0, 4]]).expand(2, 2, 2)},
            "precision: not symmetric",
        ),
        ({"precision": -4 * torch.ones(2, 2, 2)}, "precision: .*positive definite"),
        ({"precision": torch.ones(2, 2)}, "precision, linear, speaker: got shapes"),
        ({"linear": torch.ones(3, 2)}, "precision, linear, speaker: got shapes"),
        ({"linear": torch.ones(2)}, "precision, linear, speaker: got shapes"),
        ({"speaker": torch.tensor([0, -1])}, "speaker: got values"),
        ({"speaker": torch.tensor([0.5, 1])}, "speaker: got 0.5"),
        ({"speaker_factors": 3}, "speaker_factors: got 3"),
        ({"speaker_factors": True}, "speaker_factors: got True"),
        ({"speaker_factors": 1.5}, "speaker_factors: got 1.5"),
    ],
)
def test_what_is_no_posterior_is_refused_by_name(change, words):
    given = {
        "precision": torch.eye(2).expand(2, 2, 2),
        "linear": torch.ones(2, 2),
        "speaker": torch.tensor([0, 1]),
        "speaker_factors": 1,
    } | change
    with pytest.raises(ValueError, match=words):
        tied_posterior(**given)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"mean": torch.ones(3, 2)}, "mean: got shape"),
        ({"variance": torch.zeros(2)}, "variance"),
        ({"variance": torch.ones(3)}, "variance"),
        ({"mean": torch.full((1, 2), math.nan)}, "mean: got nan"),
        ({"variance": torch.tensor([1.0, 1e-5])}, r"statistics: features \[1\]"),
    ],
)
def test_likelihoods_of_what_is_none_are_refused(change, words):
    one = Statistics(*(torch.ones(size) for size in ((1, 1), (1, 1, 2), (1, 1, 2))))
    given = {"mean": torch.ones(1, 2), "variance": torch.ones(2)} | change
    with pytest.raises(ValueError, match=words):
        log_likelihood(one, **given)


def test_an_offset_beyond_the_digits_of_squares_is_refused():
    x, mean, variance = normal(0, 1, 9, 3), normal(1, 1, 3), torch.ones(3).double()
    A = torch.ones(1, 9, 1).double()

    def told(offset):
        return log_likelihood(baum_welch(x + offset, A), mean + offset, variance)

    assert torch.allclose(told(1e5), told(0))
    with pytest.raises(ValueError, match="take their means off before baum_welch"):
        told(1e8)


def test_squares_that_no_frames_have_are_refused():
    one = torch.ones(1, 1).double()
    lost = Statistics(4 * one, 6 * one[None], 8 * one[None])  # 8 < 6 * 6 / 4
    with pytest.raises(ValueError, match="statistics: a sum of squares S"):
        log_likelihood(lost, 1.5 * one, one[0])

"""Log-likelihood ratios: what they cost, and their calibration."""

import math

import pytest
import torch
from sklearn.linear_model import LogisticRegression

from support.metrics.likelihood_ratios import calibrate, cllr
from support.metrics.verification import DCF08, actual_dcf, error_rates, minimum_dcf

draw = torch.Generator().manual_seed(0)
GAP = 2.0
TARGET = torch.randn(4000, generator=draw).double() + GAP
OTHER = torch.randn(9000, generator=draw).double()


def test_cllr_is_its_definition():
    a, b = TARGET[:50].tolist(), OTHER[:70].tolist()
    wanted = sum(math.log2(1 + math.exp(-x)) for x in a) / (2 * len(a))
    wanted += sum(math.log2(1 + math.exp(x)) for x in b) / (2 * len(b))
    assert float(cllr(TARGET[:50], OTHER[:70])) == pytest.approx(wanted)


def test_useless_ratios_cost_one_bit_and_sure_ones_nothing(device):
    zeros = torch.zeros(3, device=device)
    assert float(cllr(zeros, zeros)) == pytest.approx(1)
    assert float(cllr(zeros + 900, zeros - 900)) == pytest.approx(0)
    assert float(cllr(zeros - 900, zeros + 900)) > 100


def test_gaussian_scores_are_calibrated_by_their_own_ratio():
    """The ratio of two unit Gaussians is GAP times the score, less GAP^2 / 2."""
    found = calibrate(TARGET, OTHER)
    assert found.scale == pytest.approx(GAP, rel=0.05)
    assert found.offset == pytest.approx(-(GAP**2) / 2, rel=0.05)


@pytest.mark.parametrize("prior", [0.5, 0.01, 0.9])
def test_it_is_weighted_logistic_regression(prior):
    found = calibrate(TARGET, OTHER, p_target=prior)
    scores = torch.cat([TARGET, OTHER])[:, None].numpy()
    truth = [1] * len(TARGET) + [0] * len(OTHER)
    weight = [prior / len(TARGET)] * len(TARGET)
    weight += [(1 - prior) / len(OTHER)] * len(OTHER)
    peer = LogisticRegression(C=1e12, tol=1e-12, max_iter=1000)
    peer.fit(scores, truth, sample_weight=[1e4 * w for w in weight])
    assert found.scale == pytest.approx(float(peer.coef_[0, 0]), rel=1e-3)
    offset = float(peer.intercept_[0]) - math.log(prior / (1 - prior))
    assert found.offset == pytest.approx(offset, rel=1e-3, abs=1e-3)


def test_any_affine_map_of_the_scores_ends_in_the_same_ratios():
    one = calibrate(TARGET, OTHER)
    other = calibrate(3 - 0.2 * TARGET, 3 - 0.2 * OTHER)
    assert torch.allclose(one(TARGET), other(3 - 0.2 * TARGET), atol=1e-8)


def test_calibrated_ratios_cost_little_more_than_the_least():
    found = calibrate(TARGET, OTHER)
    a, b = found(TARGET), found(OTHER)
    rates = error_rates(a, b)
    least = float(minimum_dcf(rates, DCF08)[0])
    assert least <= float(actual_dcf(a, b, DCF08)) <= 1.1 * least
    assert float(cllr(a, b)) < float(cllr(0.2 * a, 0.2 * b))
    assert float(cllr(a, b)) < float(cllr(a + 1, b + 1))


@pytest.mark.parametrize(
    ("target", "other", "words"),
    [
        (torch.empty(0), OTHER, "target"),
        (TARGET, torch.tensor([float("nan")]), "NaN"),
        (torch.ones(3), torch.ones(3), "equal"),
        (torch.tensor([2.0, 3.0]), torch.tensor([0.0, 1.0]), "separates"),
        (torch.tensor([1.0, 2.0]), torch.tensor([0.0, 1.0]), "ties on it|separates"),
        (torch.tensor([1.0, 1.0]), torch.tensor([1.0, 0.0]), "separates"),
        (torch.tensor([1.0, torch.inf]), OTHER, "infinite"),
    ],
)
def test_bad_scores_are_refused_in_words(target, other, words):
    with pytest.raises(ValueError, match=words):
        calibrate(target, other)


def test_a_bad_prior_is_refused_in_words():
    with pytest.raises(ValueError, match="p_target"):
        calibrate(TARGET, OTHER, p_target=1)

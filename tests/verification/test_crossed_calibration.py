"""Costs of ratios before and after a map that other speakers have fitted."""

from dataclasses import replace

import pytest
import torch

from support.data.trials import TrialKind, trial_list
from support.metrics.likelihood_ratios import cllr
from support.verification.calibration import crossed_calibration


@pytest.fixture(scope="module")
def listed():
    who, day = torch.cartesian_prod(torch.arange(8), torch.arange(6)).T
    made = trial_list(who, day, torch.zeros_like(who), enrol_sessions=(0, 1))
    return made, who


def drawn(trials, seed=0, apart=2.0):
    """Ratios of two Gaussians of variance 1, natural logarithm: calibrated."""
    source = torch.Generator().manual_seed(seed)
    noise = torch.randn(len(trials), generator=source).double()
    true = (trials.kind == TrialKind.TC).double()
    return apart * (noise + apart * (true - 0.5))


def test_calibrated_ratios_gain_next_to_nothing(listed):
    trials, speaker = listed
    costs = crossed_calibration(drawn(trials), trials, speaker)
    assert abs(costs.raw - costs.calibrated) < 0.1
    assert len(costs.ratios) == len(costs.kind)


def test_an_affine_mistake_is_taken_back(listed):
    trials, speaker = listed
    right = drawn(trials)
    good = crossed_calibration(right, trials, speaker)
    bad = crossed_calibration(9 * right + 20, trials, speaker)
    assert bad.raw > good.raw + 1
    assert bad.calibrated == pytest.approx(good.calibrated, abs=1e-6)


def test_ratios_that_say_nothing_cost_a_bit(listed):
    trials, speaker = listed
    costs = crossed_calibration(torch.zeros(len(trials)), trials, speaker)
    assert costs.raw == pytest.approx(1.0)


def test_nobody_is_judged_by_a_map_that_has_seen_her(listed):
    trials, speaker = listed
    scores, inside = drawn(trials), trials.model_speaker[trials.model_index] // 2 % 2
    # half 1 of the speakers answers reversed: what it teaches is wrong for half 0
    turned = torch.where(inside == 1, -scores, scores)
    assert crossed_calibration(turned, trials, speaker).calibrated > 1


def test_a_half_that_a_threshold_separates_has_no_map(listed):
    trials, speaker = listed
    perfect = (trials.kind == TrialKind.TC).double()
    costs = crossed_calibration(20 * perfect - 10, trials, speaker)
    assert costs.calibrated is None
    assert costs.raw < 0.01
    assert len(costs.ratios) == 0


def test_the_cost_is_the_mean_over_halves(listed):
    trials, speaker = listed
    scores = drawn(trials)
    owner, test = trials.model_speaker[trials.model_index], speaker[trials.test]
    halves = []
    for number in (0, 1):
        inside = (owner // 2 % 2 == number) & (test // 2 % 2 == number)
        true = trials.kind == TrialKind.TC
        halves.append(float(cllr(scores[inside & true], scores[inside & ~true])))
    costs = crossed_calibration(scores, trials, speaker)
    assert costs.raw == pytest.approx(sum(halves) / 2)


@pytest.mark.parametrize("scores", ["some", None, torch.zeros(3), torch.tensor(1.0)])
def test_scores_of_other_trials_are_refused_by_name(listed, scores):
    with pytest.raises(ValueError, match="scores"):
        crossed_calibration(scores, *listed)


def test_too_few_speakers_are_refused_in_words(listed):
    trials, speaker = listed
    few = trials.model_speaker[trials.model_index] < 2
    names = ("test", "model_index", "kind", "anagram")
    some = replace(trials, **{name: getattr(trials, name)[few] for name in names})
    with pytest.raises(ValueError, match="four speakers"):
        crossed_calibration(torch.zeros(len(some)), some, speaker)

"""Verification errors: worked cases, Gaussian closed forms, other libraries."""

import math
import time

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm
from sklearn.metrics import det_curve, roc_auc_score

from support.metrics.auc import auc_binary
from support.metrics.speaker_bootstrap import det_band, speaker_interval
from support.metrics.verification import (
    DCF08,
    DCF10,
    ErrorRates,
    OperatingPoint,
    actual_dcf,
    convex_hull,
    det_points,
    equal_error_rate,
    error_rates,
    minimum_dcf,
    roc_area,
)

TARGET = torch.tensor([0.9, 0.8, 0.7, 0.4])
OTHERS = torch.tensor([0.6, 0.5, 0.3, 0.2, 0.1])
SCORES = st.lists(st.integers(-5, 5), min_size=1, max_size=30)


def eer(target, others):
    return float(equal_error_rate(error_rates(target, others))[0])


def gaussian(distance, count=300_000, seed=0):
    source = torch.Generator().manual_seed(seed)
    draws = torch.randn(2, count, generator=source, dtype=torch.float64)
    return draws[0] + distance, draws[1]


def by_loop(target, others):
    """Both rates by definition, a threshold at a time."""
    thresholds = [-math.inf, *sorted({*target.tolist(), *others.tolist()})]
    miss = [float((target <= each).float().mean()) for each in thresholds]
    alarm = [float((others > each).float().mean()) for each in thresholds]
    return miss, alarm, thresholds


@given(SCORES, SCORES)
def test_rates_follow_their_definition(target, others):
    target, others = torch.tensor(target).float(), torch.tensor(others).float()
    rates = error_rates(target, others)
    miss, alarm, thresholds = by_loop(target, others)
    assert rates.miss.tolist() == pytest.approx(miss, abs=1e-6)
    assert rates.false_alarm.tolist() == pytest.approx(alarm, abs=1e-6)
    assert rates.thresholds.tolist() == pytest.approx(thresholds)


def test_the_worked_case(device):
    rates = error_rates(TARGET.to(device), OTHERS.to(device))
    assert float(equal_error_rate(rates)[0]) == pytest.approx(0.25)
    assert float(roc_area(rates)) == pytest.approx(0.90)
    assert float(minimum_dcf(rates, DCF08)[0]) == pytest.approx(0.25)


def test_perfect_useless_and_inverted_systems():
    high, low = torch.tensor([3.0, 2.0]), torch.tensor([1.0, 0.0])
    assert eer(high, low) == 0
    assert eer(low, high) == 1
    assert eer(torch.ones(3), torch.ones(5)) == 0.5
    same = error_rates(torch.ones(3), torch.ones(5))
    assert float(minimum_dcf(same, DCF08)[0]) == 1


@pytest.mark.parametrize(
    ("distance", "dcf08", "dcf10"),
    [(1, 0.989, 1.000), (2, 0.716, 0.997), (3, 0.348, 0.860)],
)
def test_gaussian_scores_have_closed_forms(distance, dcf08, dcf10):
    # The minimum over thresholds is optimistic; a million trials keep it near.
    rates = error_rates(*gaussian(distance, count=1_000_000))
    value = float(equal_error_rate(rates)[0])
    assert value == pytest.approx(norm.cdf(-distance / 2), abs=3e-3)
    area = norm.cdf(distance / math.sqrt(2))
    assert float(roc_area(rates)) == pytest.approx(area, abs=3e-3)
    assert float(minimum_dcf(rates, DCF08)[0]) == pytest.approx(dcf08, abs=3e-3)
    assert float(minimum_dcf(rates, DCF10)[0]) == pytest.approx(dcf10, abs=1e-2)


def test_gaussian_scores_lie_on_a_line_of_the_right_slope():
    target, others = gaussian(2, count=200_000)
    rates = error_rates(target / 2 + 1, others)
    x, y = det_points(rates, len(target), len(others))
    inner = (x.abs() < 2) & (y.abs() < 2)
    slope = np.polyfit(x[inner].numpy(), y[inner].numpy(), 1)[0]
    assert slope == pytest.approx(-2, abs=0.05)


def test_calibrated_ratios_pay_the_minimum_and_shifted_ones_more():
    distance = 2.0
    target, others = gaussian(distance, count=200_000)
    ratio = [distance * (score - distance / 2) for score in (target, others)]
    least = float(minimum_dcf(error_rates(*ratio), DCF08)[0])
    actual = float(actual_dcf(*ratio, DCF08))
    assert least <= actual == pytest.approx(least, rel=0.01)
    shifted = float(actual_dcf(ratio[0] + 2, ratio[1] + 2, DCF08))
    assert shifted > 1.2 * least


def test_agreement_with_scikit_learn():
    source = np.random.default_rng(0)
    target = torch.from_numpy(source.normal(1, 1, 300).round(1))
    others = torch.from_numpy(source.normal(0, 1, 500).round(1))
    labels = np.r_[np.ones(300), np.zeros(500)]
    scores = np.r_[target, others]
    rates = error_rates(target, others)
    assert float(roc_area(rates)) == pytest.approx(roc_auc_score(labels, scores))
    ours = auc_binary(torch.from_numpy(scores), torch.from_numpy(labels))
    assert float(roc_area(rates)) == pytest.approx(float(ours), abs=1e-12)
    alarm, miss, _ = det_curve(labels, scores)
    # scikit-learn accepts at the threshold: its points are ours, one step on.
    pairs = torch.stack([rates.false_alarm, rates.miss], dim=1).numpy().round(9)
    found = np.stack([alarm, miss], axis=1).round(9)
    assert set(map(tuple, found)) <= set(map(tuple, pairs))


@given(SCORES, SCORES)
def test_a_rising_map_changes_nothing_and_mirrors_exchange_the_errors(one, two):
    target, others = torch.tensor(one).double(), torch.tensor(two).double()
    value = eer(target, others)
    assert eer(target.exp(), others.exp()) == pytest.approx(value)
    assert eer(-others, -target) == pytest.approx(value)
    assert 0 <= value <= 1


@given(SCORES, SCORES)
def test_costs_are_normalised_and_fall_when_a_target_rises(one, two):
    target, others = torch.tensor(one).double(), torch.tensor(two).double()
    before = float(minimum_dcf(error_rates(target, others), DCF08)[0])
    raised = target.clone()
    raised[0] += 3
    after = float(minimum_dcf(error_rates(raised, others), DCF08)[0])
    assert 0 <= after <= before + 1e-12 <= 1 + 1e-12


@given(SCORES, SCORES)
def test_the_hull_is_convex_and_never_worse(one, two):
    rates = error_rates(torch.tensor(one).float(), torch.tensor(two).float())
    hull = convex_hull(rates)
    assert float(equal_error_rate(hull)[0]) <= float(equal_error_rate(rates)[0]) + 1e-9
    assert float(roc_area(hull)) >= float(roc_area(rates)) - 1e-9
    slopes = torch.atan2(hull.miss.diff(), -hull.false_alarm.diff())
    assert (slopes.diff() > -1e-9).all()
    for point in (DCF08, OperatingPoint(1, 1, 0.5)):
        least = float(minimum_dcf(rates, point)[0])
        assert float(minimum_dcf(hull, point)[0]) == pytest.approx(least)


def test_weights_count_as_repetitions():
    weights = torch.tensor([[1.0, 2.0, 0.0, 1.0], [1.0, 1.0, 1.0, 1.0]])
    rates = error_rates(TARGET, OTHERS, target_weights=weights)
    repeated = torch.tensor([0.9, 0.8, 0.8, 0.4])
    assert float(equal_error_rate(rates)[0][0]) == pytest.approx(eer(repeated, OTHERS))
    assert float(equal_error_rate(rates)[0][1]) == pytest.approx(0.25)


def test_a_million_trials_take_well_under_a_second():
    target, others = gaussian(1, count=500_000)
    error_rates(target[:10], others[:10])
    started = time.perf_counter()
    rates = error_rates(target, others)
    equal_error_rate(rates)
    minimum_dcf(rates, DCF08)
    assert time.perf_counter() - started < 2  # 0.2 s on an idle core


def trials(speakers=20, each=20, seed=0):
    source = torch.Generator().manual_seed(seed)
    speaker = torch.arange(speakers).repeat_interleave(2 * each)
    is_target = (torch.arange(len(speaker)) % 2).bool()
    skill = torch.randn(speakers, generator=source)[speaker]
    noise = torch.randn(len(speaker), generator=source)
    return noise + is_target * (1.5 + skill), is_target, speaker


def only_eer(rates):
    return equal_error_rate(rates)[0]


def test_speakers_are_drawn_whole_so_intervals_are_wide():
    scores, is_target, speaker = trials()
    source = torch.Generator().manual_seed(0)
    low, high = speaker_interval(
        scores, is_target, speaker, only_eer, generator=source, draws=400
    )
    value = eer(scores[is_target], scores[~is_target])
    assert low < value < high
    alone = torch.arange(len(speaker))
    narrow = speaker_interval(
        scores, is_target, alone, only_eer, generator=source, draws=400
    )
    assert high - low > 1.3 * (narrow[1] - narrow[0])


def test_the_same_generator_gives_the_same_interval():
    one, two = (
        speaker_interval(
            *trials(),
            only_eer,
            generator=torch.Generator().manual_seed(1),
            draws=100,
        )
        for _ in range(2)
    )
    assert one == two


def test_the_band_holds_the_curve():
    scores, is_target, speaker = trials()
    grid = torch.tensor([0.05, 0.1, 0.2, 0.5])
    low, high = det_band(
        scores,
        is_target,
        speaker,
        grid,
        generator=torch.Generator().manual_seed(0),
        draws=200,
    )
    rates = error_rates(scores[is_target], scores[~is_target])
    place = torch.searchsorted(-rates.false_alarm, -grid.double())
    assert ((low <= rates.miss[place]) & (rates.miss[place] <= high)).all()
    with pytest.raises(ValueError, match="false_alarm: give rates"):
        det_band(scores, is_target, speaker, grid + 1, generator=torch.Generator())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: error_rates(torch.empty(0), OTHERS), "target: got shape"),
        (lambda: error_rates(TARGET, OTHERS[None]), "nontarget: got shape"),
        (
            lambda: error_rates(TARGET, torch.tensor([0.0, math.nan])),
            "nontarget: got nan at 1",
        ),
        (
            lambda: error_rates(TARGET, OTHERS, target_weights=torch.ones(3)),
            r"target_weights: got shape \(3,\)",
        ),
        (
            lambda: error_rates(TARGET, OTHERS, nontarget_weights=torch.zeros(5)),
            "nontarget_weights: give weights",
        ),
        (
            lambda: minimum_dcf(error_rates(TARGET, OTHERS), OperatingPoint(1, 1, 1.0)),
            "point: got",
        ),
        (lambda: det_points(error_rates(TARGET, OTHERS), 0, 5), "targets: got 0"),
        (
            lambda: convex_hull(ErrorRates(*[torch.zeros(2, 2)] * 2, torch.zeros(2))),
            "rates: got shape",
        ),
        (
            lambda: speaker_interval(*trials(4), only_eer, generator=torch.Generator()),
            "speaker: got 4 speakers",
        ),
        (
            lambda: speaker_interval(
                *trials(), only_eer, generator=torch.Generator(), draws=9
            ),
            "draws, level: got 9",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

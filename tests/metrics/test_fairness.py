"""Fairness of scores: hand-made histograms, the floor, gaps and shares."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import entropy

from support.metrics.fairness import (
    kl_floor,
    p_rule,
    score_kl,
    score_kl_test,
    top_share,
    true_positive_gap,
)


def two(first, second, device="cpu"):
    scores = torch.tensor([*first, *second], device=device)
    groups = torch.tensor([0] * len(first) + [1] * len(second), device=device)
    return scores, groups


def test_equal_samples_have_no_divergence(device):
    values = [0.1, 0.5, 0.9, 0.9]
    assert score_kl(*two(values, values, device)) == 0


def test_three_bins_by_hand():
    scores, groups = two([0.1, 0.1, 0.5, 0.9], [0.1, 0.5, 0.5, 0.9])
    wanted = 0.5 * math.log(2) + 0.25 * math.log(0.5)
    assert score_kl(scores, groups, bins=3) == pytest.approx(wanted)


def test_agreement_with_scipy_where_no_bin_is_empty():
    source = np.random.default_rng(0)
    first, second = source.uniform(size=4000), source.beta(2, 2, size=4000)
    edges = np.linspace(0, 1, 11)
    wanted = entropy(np.histogram(first, edges)[0], np.histogram(second, edges)[0])
    assert score_kl(*two(first, second), bins=10) == pytest.approx(wanted)


def test_three_groups_are_averaged_over_pairs():
    scores = torch.rand(300, generator=torch.Generator().manual_seed(0))
    groups = torch.arange(300) % 3
    pairs = []
    for i, j in ((0, 1), (0, 2), (1, 2)):
        chosen = (groups == i) | (groups == j)
        pairs.append(score_kl(scores[chosen], (groups[chosen] == j).long()))
    assert score_kl(scores, groups) == pytest.approx(np.mean(pairs))


def test_the_highest_score_counts_and_the_ends_are_clipped_on_request():
    scores, groups = two([1.0, 0.0], [0.0, 0.0])
    assert score_kl(scores, groups) == pytest.approx(0.5 * math.log(0.5))
    with pytest.raises(ValueError, match=r"scores: run from 0 to 1\.5"):
        score_kl(scores * 1.5, groups)
    assert score_kl(scores * 1.5, groups, clip=True) == score_kl(scores, groups)


def test_the_floor_formula_is_right_within_a_fifth():
    source = torch.Generator().manual_seed(0)
    scores = torch.rand(4800, generator=source)
    groups = torch.arange(4800) % 2
    test = score_kl_test(scores, groups, seed=0)
    floor = kl_floor(50, 2400, 2400)
    assert test.null_mean == pytest.approx(floor, rel=0.2)
    assert test.null_95 > test.null_mean


def test_permutation_finds_a_shift_and_no_other():
    source = torch.Generator().manual_seed(0)
    scores = (0.45 + 0.1 * torch.randn(1000, generator=source)).clamp(0, 0.9)
    groups = torch.arange(1000) % 2
    assert score_kl_test(scores, groups, seed=0).p > 0.05
    shifted = score_kl_test(scores + 0.1 * groups, groups, seed=0)
    assert shifted.p == pytest.approx(1 / 201)
    assert shifted.value > shifted.null_95
    assert shifted == score_kl_test(scores + 0.1 * groups, groups, seed=0)


def test_bins_of_one_group_alone_are_not_seen():
    """The measure's blind spot: groups that share no bin look alike."""
    scores, groups = two([0.1, 0.2, 0.3], [0.7, 0.8, 0.9])
    assert score_kl(scores, groups) == 0


def test_false_alarms_of_the_permutation_test_are_as_rare_as_promised():
    source = torch.Generator().manual_seed(1)
    groups = torch.arange(200) % 2
    alarms = [
        score_kl_test(
            torch.rand(200, generator=source), groups, seed=seed, rounds=39, bins=10
        ).p
        <= 0.05
        for seed in range(200)
    ]
    # 200 tests at .05: mean 10, standard deviation 3.1.
    assert 2 <= sum(alarms) <= 20


@given(st.integers(0, 1000), st.integers(1, 50))
def test_shares_sum_to_one_and_follow_relabelling(seed, k):
    source = torch.Generator().manual_seed(seed)
    scores = torch.rand(50, generator=source)
    groups = torch.arange(50) % 3
    shares = top_share(scores, groups, k)
    assert float(shares.sum()) == pytest.approx(1)
    swapped = top_share(scores, (groups + 1) % 3, k)
    assert torch.equal(swapped, shares.roll(1))


def test_ties_share_the_last_places():
    scores, groups = torch.ones(4), torch.tensor([1, 0, 0, 0])
    for k in (1, 3, 4):
        assert top_share(scores, groups, k).tolist() == pytest.approx([0.75, 0.25])
    scores = torch.tensor([2.0, 1, 1, 0])
    assert top_share(scores, groups, 2).tolist() == pytest.approx([0.5, 0.5])
    assert top_share(scores, groups, 3).tolist() == pytest.approx([2 / 3, 1 / 3])


@pytest.mark.parametrize("bins", [7, 50, 100])
@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
def test_scores_on_a_grid_fall_into_their_bins(bins, kind):
    scores = (torch.arange(bins + 1).double() / bins).to(kind)
    scores = torch.cat([scores, scores])
    groups = torch.arange(2 * bins + 2) // (bins + 1)
    assert score_kl(scores, groups, bins=bins) == 0
    source = torch.Generator().manual_seed(0)
    scores = torch.randint(101, (400,), generator=source).double() / 100
    groups = torch.arange(400) % 2
    shares = [
        np.histogram(scores[groups == g], np.arange(101) / 100)[0] / 200 for g in (0, 1)
    ]
    both = (shares[0] > 0) & (shares[1] > 0)
    p, q = shares[0][both], shares[1][both]
    expected = float((p * np.log(p / q)).sum())
    assert score_kl(scores, groups, bins=100) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("draw", range(6))
def test_the_test_sees_groups_that_share_no_bin(draw):
    source = torch.Generator().manual_seed(draw)
    low, high = torch.rand(2, 50, generator=source) * 0.2
    scores, groups = torch.cat([low, 0.5 + high]), torch.arange(100) // 50
    found = score_kl_test(scores, groups, seed=draw)
    assert (found.value, found.p) == (0, pytest.approx(1 / 201))


def test_the_test_keeps_its_level():
    source = torch.Generator().manual_seed(0)
    p = [
        score_kl_test(
            torch.rand(60, generator=source), torch.arange(60) % 3, seed=draw, rounds=39
        ).p
        for draw in range(200)
    ]
    assert sum(value <= 0.1 for value in p) / 200 < 0.17
    assert sum(value <= 0.5 for value in p) / 200 == pytest.approx(0.5, abs=0.12)


def test_groups_may_be_bools():
    scores, groups = torch.tensor([0.1, 0.9, 0.9, 0.2]), torch.tensor([1, 0, 0, 1])
    for measure in (
        score_kl,
        lambda s, g: score_kl_test(s, g, seed=0).p,
        lambda s, g: float(top_share(s, g, 3)[0]),
        lambda s, g: true_positive_gap(
            s, s, 1 - g if g.dtype != torch.bool else ~g, 0.1
        ),
    ):
        assert measure(scores, groups.bool()) == measure(scores, groups)


def test_the_four_fifths_of_the_testbed():
    assert p_rule(torch.tensor([77.2, 22.8])) == pytest.approx(0.295, abs=1e-3)
    assert p_rule(torch.tensor([0.5, 0.5])) == 1
    assert p_rule(torch.tensor([0.5, 0.0])) == 0


def test_truth_itself_gives_equal_opportunity(device):
    source = torch.Generator().manual_seed(0)
    truth = torch.rand(100, generator=source).to(device)
    groups = (torch.arange(100) % 2).to(device)
    assert true_positive_gap(truth, truth, groups, 0.5) == 0
    punished = truth - groups.float()
    assert true_positive_gap(punished, truth, groups, 0.5) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s, g: score_kl(s, g[:3]), "scores, groups: got shapes"),
        (lambda s, g: score_kl(s, g * 0), r"groups: sizes are \[4\]"),
        (lambda s, g: score_kl(s, g * 2), "numbered without a gap"),
        (lambda s, g: score_kl(s, g + 0.5), "groups: got 0.5 at 0; give whole"),
        (lambda s, g: score_kl(s * torch.nan, g), "scores: got nan at 0"),
        (lambda s, g: score_kl(s, g, bins=0), "bins: got 0"),
        (lambda s, g: score_kl_test(s, g, seed=0, rounds=0), "rounds: got 0"),
        (lambda s, g: top_share(s, g, 5), "k: got 5; give 1 to 4"),
        (lambda s, g: p_rule(torch.zeros(2)), "rates: got"),
        (lambda s, g: p_rule(torch.ones(1)), "rates: got"),
        (lambda s, g: kl_floor(0, 1, 1), "occupied_bins: got 0"),
        (lambda s, g: true_positive_gap(s, s[:2], g, 0.5), "truth: got shape"),
        (lambda s, g: true_positive_gap(s, s, g, 9.0), r"groups \[0, 1\] have no"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call(torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([0, 1, 0, 1]))

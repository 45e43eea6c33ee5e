"""Stitchers side by side: exact families, the single stitcher, scores of pairs."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chapters.similarity.networks import CLOSED, Head, Network
from chapters.similarity.scores import (
    SCORES,
    by_tasks,
    cloud_scores,
    heads_of,
    invariances,
    step_divergences,
    symmetry_gap,
)
from chapters.similarity.stitches import (
    FAMILIES,
    STITCHES,
    Stitches,
    StitchScores,
    fit_stitches,
    rebuilt_r2,
    score_stitches,
)
from chapters.similarity.stitching import evaluate_stitching
from support.metrics.similarity import linear_cka
from support.models.stitching import Stitcher


def network(seed, task=3, run=0, width=6):
    draw = torch.Generator().manual_seed(seed)
    z = torch.randn(300, width, generator=draw)
    weight = torch.randn(width, 10, generator=draw)
    bias = torch.zeros(1, 10).index_fill(1, torch.arange(task, 10), CLOSED)
    return Network(task, run, False, z[:200], z[200:], Head(weight, bias))


@pytest.fixture(scope="module")
def pairs():
    one, two = network(0), network(1, task=5, run=1)
    copy = one._replace(run=1, z_fit=2 * one.z_fit + 1, z_test=2 * one.z_test + 1)
    return [(one, two), (two, one), (one, copy)]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_network_is_stitched_to_itself_without_loss(family, pairs):
    same = [(one, one) for one, _ in pairs]
    x = torch.stack([one.z_fit for one, _ in same])
    found = score_stitches(Stitches(family, x, x), same)
    assert float(found.kl.abs().max()) < 1e-3
    assert float(rebuilt_r2(Stitches(family, x, x), same).min()) > 0.999


def test_rotations_stay_exact_and_networks_frozen(pairs):
    weights = [b.head.weight.clone() for _, b in pairs]
    recipe = replace(STITCHES, updates=30, rate=3e-2)
    stitches = fit_stitches(pairs, "scaled", recipe, seed=0)
    turn = stitches.rotation().detach()
    one = torch.eye(6).expand_as(turn)
    assert torch.allclose(turn.transpose(1, 2) @ turn, one, atol=1e-5)
    assert float(stitches.turn.detach().abs().max()) > 0
    assert all(
        torch.equal(w, b.head.weight) for w, (_, b) in zip(weights, pairs, strict=True)
    )


def test_more_capacity_fits_better(pairs):
    one, two = network(0), network(1, task=5, run=1)
    mix = torch.randn(6, 6, generator=torch.Generator().manual_seed(9))
    mixed = two._replace(z_fit=one.z_fit @ mix, z_test=one.z_test @ mix)
    kl = [
        float(score_stitches(fit_stitches(pair, family, seed=0), pair).kl)
        for pair in [[(one, mixed)]]
        for family in FAMILIES
    ]
    assert all(rich < poor + 0.01 for poor, rich in pairwise(kl))
    assert kl[1] > 0.05
    assert max(kl[2:]) < 1e-3


def test_scores_agree_with_the_stitcher_of_one_pair(pairs):
    stitches = fit_stitches(pairs, "affine", replace(STITCHES, updates=20), seed=0)
    found = score_stitches(stitches, pairs)
    for j, (a, b) in enumerate(pairs):
        one = Stitcher(6, 6, "affine")
        with torch.no_grad():
            one.linear.weight.copy_(stitches.matrix[j].T)
            one.offset.copy_(stitches.offset[j, 0])
        labels = torch.zeros(len(a.z_test), dtype=torch.int64)

        def head(z, own=b.head):
            return z @ own.weight + own.bias[0]

        single = evaluate_stitching(one, a.z_test, head, b.z_test, labels)
        assert single.kl == pytest.approx(float(found.kl[j]), abs=1e-4)
        assert single.relative_kl == pytest.approx(float(found.relative[j]), abs=1e-4)
        zeros = torch.zeros(len(pairs), len(a.z_test), dtype=torch.int64)
        assert single.accuracy == pytest.approx(float(found.accuracy(zeros)[j]))


def test_labels_teach_what_the_target_does_not_say(pairs):
    labels = torch.stack([(a.z_fit[:, 0] > 0).long() for a, _ in pairs])
    truth = torch.stack([(a.z_test[:, 0] > 0).long() for a, _ in pairs])
    recipe = replace(STITCHES, rate=1e-2)
    taught, held = (
        score_stitches(
            fit_stitches(
                pairs, "mlp", recipe, seed=0, labels=labels, objective=objective
            ),
            pairs,
        )
        for objective in ("ce", "kl")
    )
    assert float(taught.accuracy(truth)[0]) > 0.8
    assert float((taught.accuracy(truth) - held.accuracy(truth))[0]) > 0.1
    assert float((taught.kl - held.kl)[0]) > 0.1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"objective": "l2"}, "'l2'.*'kl', 'ce' or 'mse'"),
        ({"objective": "ce"}, "labels: got None"),
        ({"family": "cubic"}, "'cubic'.*orthogonal"),
    ],
)
def test_what_cannot_be_fitted_is_refused_in_words(pairs, options, words):
    options = {"family": "affine", "seed": 0} | options
    with pytest.raises(ValueError, match=words):
        fit_stitches(pairs, **options)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_coarser_divergences_never_exceed_finer_ones(seed):
    draw = torch.Generator().manual_seed(seed)
    q, p = (
        torch.randn(2, 7, 10, generator=draw).double().mul(2).softmax(2)
        for _ in range(2)
    )
    nothing = torch.zeros(2)
    tables = [torch.arange(10), torch.arange(10) // 2, torch.arange(10) // 4]
    steps, excess = step_divergences(StitchScores(nothing, nothing, p, q), tables)
    assert excess < 1e-12
    assert all(bool((b <= a + 1e-12).all()) for a, b in pairwise(steps))
    fine = (q * (q / p).log()).sum(2).mean(1)
    assert torch.allclose(steps[0], fine)


def test_an_order_of_tasks_that_is_not_nested_shows(pairs):
    draw = torch.Generator().manual_seed(0)
    q, p = (torch.rand(1, 5, 10, generator=draw).double() for _ in range(2))
    q, p = q / q.sum(2, keepdim=True), p / p.sum(2, keepdim=True)
    nothing = torch.zeros(1)
    tables = [torch.arange(10) // 4, torch.arange(10)]
    assert step_divergences(StitchScores(nothing, nothing, p, q), tables)[1] > 0


def test_by_tasks_and_heads_of(pairs):
    rows = by_tasks(pairs, {"value": [1.0, 2.0, 4.0]})
    assert rows == {
        (3, 5): {"value": 1.0},
        (5, 3): {"value": 2.0},
        (3, 3): {"value": 4.0},
    }
    networks = [pairs[0][0], pairs[0][1], pairs[2][1]]
    heads = [Head(torch.full((6, 10), float(i)), torch.zeros(1, 10)) for i in range(3)]
    found = [float(head.weight[0, 0]) for head in heads_of(pairs, networks, heads)]
    assert found == [1.0, 0.0, 2.0]


def test_symmetry_gap(pairs):
    both = pairs[:2]
    assert symmetry_gap(both, [0.5, 0.5]) == 0
    assert symmetry_gap(both, [0.5, 0.2]) == pytest.approx(0.3)


INVARIANT = {
    "CKA": {"permutation", "rotation", "scale", "shift", "swap"},
    "RSA": {"permutation", "rotation", "scale", "shift", "swap"},
    "Procrustes R²": {"permutation", "rotation", "scale", "shift", "swap"},
    "CCA": {"permutation", "rotation", "scale", "shift", "invertible map", "swap"},
    "SVCCA": {"permutation", "rotation", "scale", "shift", "swap"},
    "affine R²": {"permutation", "rotation", "scale", "shift", "invertible map"},
}


@pytest.mark.parametrize("name", SCORES)
def test_invariances(name):
    moved = invariances(SCORES[name], torch.Generator().manual_seed(5))
    assert {key for key, gap in moved.items() if gap < 1e-6} == INVARIANT[name]


def test_a_score_that_fails_has_no_invariance():
    def broken(x, y):
        raise ValueError("no")

    moved = invariances(broken, torch.Generator().manual_seed(5))
    assert all(gap != gap for gap in moved.values())


def test_scores_of_a_cloud():
    cloud = torch.randn(100, 2, generator=torch.Generator().manual_seed(0)).double()
    row = cloud_scores(cloud, cloud, cloud[:, 1] > 0)
    assert min(row[key] for key in row if key != "read-out") == pytest.approx(
        1, abs=1e-9
    )
    assert row["read-out"] > 0.95
    assert row["CKA"] == pytest.approx(linear_cka(cloud, cloud, unbiased=False))

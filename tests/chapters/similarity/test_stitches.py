"""Stitchers side by side: exact families, the single stitcher, scores of pairs."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch

from chapters.similarity.stitches import (
    FAMILIES,
    STITCHES,
    Stitches,
    fit_stitches,
    rebuilt_r2,
    score_stitches,
)
from chapters.similarity.stitching import evaluate_stitching
from chapters.similarity.systems import CLOSED, Head, Network
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
    copy = one._replace(run=1, z_train=2 * one.z_train + 1, z_test=2 * one.z_test + 1)
    return [(one, two), (two, one), (one, copy)]


@pytest.mark.parametrize("family", FAMILIES)
def test_a_network_is_stitched_to_itself_without_loss(family, pairs):
    same = [(one, one) for one, _ in pairs]
    x = torch.stack([one.z_train for one, _ in same])
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
    mixed = two._replace(z_train=one.z_train @ mix, z_test=one.z_test @ mix)
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
        single = evaluate_stitching(one, a.z_test, b.head, b.z_test)
        assert float(single.kl) == pytest.approx(float(found.kl[j]), abs=1e-4)
        assert float(single.relative) == pytest.approx(
            float(found.relative[j]), abs=1e-4
        )
        zeros = torch.zeros(len(pairs), len(a.z_test), dtype=torch.int64)
        assert torch.allclose(single.accuracy(zeros[j]), found.accuracy(zeros)[j])


def test_labels_teach_what_the_target_does_not_say(pairs):
    labels = torch.stack([(a.z_train[:, 0] > 0).long() for a, _ in pairs])
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

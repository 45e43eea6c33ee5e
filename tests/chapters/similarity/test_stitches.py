"""Stitchers side by side: exact families, the single stitcher, scores of pairs."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import nn

from chapters.similarity.stitches import (
    FAMILIES,
    STITCHES,
    Stitches,
    beyond_bound,
    compare_outputs,
    fit_stitches,
    least_squares,
    rebuilt_r2,
    score_stitches,
    stitching_loss,
)
from chapters.similarity.systems import CLOSED, Head, Network
from support.metrics.similarity import fit_r2
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
        single = compare_outputs(b.head(one(a.z_test).detach()), b.head(b.z_test))
        assert float(single.kl) == pytest.approx(float(found.kl[j]), abs=1e-4)
        assert float(single.relative) == pytest.approx(
            float(found.relative[j]), abs=1e-4
        )


def test_labels_teach_what_the_target_does_not_say(pairs):
    labels, truth = ((z[:, 0] > 0).long() for z in pairs[0][0][3:5])
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
    right = (taught.stitched[0].argmax(1) == truth).double().mean()
    assert float(right) > 0.8
    assert float((taught.accuracy_ratio(truth) - held.accuracy_ratio(truth))[0]) > 0.1
    assert float((taught.kl - held.kl)[0]) > 0.1


@pytest.mark.parametrize("family", FAMILIES[:-1])
def test_least_squares_is_the_closed_form_of_one_pair(family, pairs):
    found = rebuilt_r2(least_squares(pairs, family), pairs)
    for r2, (a, b) in zip(found, pairs, strict=True):
        one = fit_r2(a.z_train, b.z_train, family, a.z_test, b.z_test, ridge=1e-3)
        assert float(r2) == pytest.approx(one.r2, abs=1e-4)


def test_a_perceptron_has_no_closed_form(pairs):
    with pytest.raises(ValueError, match="'mlp' has no closed form"):
        least_squares(pairs, "mlp")


def test_no_output_diverges_beyond_the_error_of_rebuilding(pairs):
    for family in FAMILIES[:-1]:
        assert beyond_bound(least_squares(pairs, family), pairs) == 0


def test_the_bound_is_tight_for_a_small_step_between_two_classes():
    """Logits of plus and minus t have curvature one half at 0."""
    head = Head(torch.eye(2, 10), torch.full((1, 10), CLOSED))
    head.bias[0, :2] = 0
    z = torch.zeros(4, 2)
    step = torch.tensor([[1e-2, -1e-2]])
    one = Network(2, 0, False, z, z, head)
    maps = Stitches("affine", z[None] + torch.eye(4, 2)[None], z[None])
    with torch.no_grad():
        maps.matrix.zero_()
        maps.offset.copy_(step)
    log_p = head(step.double().float()).double().log_softmax(1)
    log_q = head(z[:1]).double().log_softmax(1)
    kl = float((log_q.exp() * (log_q - log_p)).sum())
    assert kl == pytest.approx(float(step.square().sum()) / 4, rel=1e-3)
    assert beyond_bound(maps, [(one, one)]) < 1e-12


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


def test_scores_equal_their_definitions_by_hand():
    own = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    stitched = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    scores = compare_outputs(stitched, own)
    q, p = own.double().softmax(1), stitched.double().softmax(1)
    kl = (q * (q / p).log()).sum(1).mean()
    information = (q * (q / q.mean(0)).log()).sum(1).mean()
    found = torch.stack([scores.kl, scores.information, scores.relative])
    wanted = torch.stack([kl, information, kl / information])
    assert torch.allclose(found, wanted, rtol=1e-6)
    assert scores.accuracy_ratio(torch.tensor([0, 1])) == 0.5


def test_the_loss_is_the_divergence_that_is_scored(pairs):
    _, b = pairs[0]
    source, wanted = b.z_test.flip(1), b.head(b.z_test).softmax(1)
    scored = float(compare_outputs(b.head(source), b.head(b.z_test)).kl)
    three = Head(*(part.expand(3, *part.shape) for part in b.head))
    losses = [
        float(stitching_loss(nn.Identity(), b.head, source, wanted)),
        float(
            stitching_loss(
                nn.Identity(), three, *(x.expand(3, -1, -1) for x in (source, wanted))
            )
        ),
    ]
    assert losses == pytest.approx([scored, 3 * scored], rel=1e-4)


def test_a_blind_source_scores_about_one():
    """The best constant answer costs I(output; activations), and no more."""
    noise, target = network(7), network(8)
    blind = noise._replace(z_test=noise.z_train), target._replace(z_test=target.z_train)
    fits = [fit_stitches([blind], "affine", seed=0) for _ in range(2)]
    relative = [float(score_stitches(fit, [blind]).relative) for fit in fits]
    assert relative[0] == pytest.approx(1, abs=0.1)
    assert relative[0] == relative[1]

"""Stitching: what it leaves alone, what it finds, what its scores are."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from chapters.similarity.stitching import (
    STITCHER,
    evaluate_stitching,
    fit_stitcher,
    stitching_loss,
)
from support.models.hooks import capture, cut
from support.models.stitching import FAMILIES, Stitcher
from support.training import seeded_init


@pytest.fixture
def target():
    """A network with batch normalisation in its head, inputs and labels."""
    with seeded_init(0, "target"):
        model = nn.Sequential(
            nn.Linear(6, 8), nn.ReLU(), nn.Linear(8, 8), nn.BatchNorm1d(8), nn.ReLU(),
            nn.Linear(8, 3),
        )  # fmt: skip
        x = torch.randn(400, 6)
        model[5].weight.data *= 20  # outputs that depend on the input
    model(x)
    labels = model.eval()(x).argmax(1)
    return model.train(), x, labels


@pytest.mark.parametrize("family", FAMILIES)
def test_a_network_stitched_to_itself_loses_nothing(target, family):
    model, x, labels = target
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model, "1")
    scores = evaluate_stitching(Stitcher(8, 8, family), z, head, z)
    assert float(scores.kl) == float(scores.relative) == 0
    assert float(scores.accuracy(labels)) == float(scores.target_accuracy(labels)) == 1


def test_nothing_of_the_head_changes(target, device):
    model, x, _ = target
    model.to(device)
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model, "1")
    before = {name: part.clone() for name, part in model.state_dict().items()}
    stitcher = Stitcher(8, 8, "affine").to(device)
    recipe = replace(STITCHER, epochs=3, batch_size=50)
    history = fit_stitcher(stitcher, z.flip(1), head, z, recipe)
    for name, part in model.state_dict().items():
        assert torch.equal(part, before[name]), name
    assert all(part.grad is None for part in head.parameters())
    assert all(part.requires_grad for part in head.parameters())
    assert head[1].training
    assert history["loss"][-1] < history["loss"][0]


def test_a_permuted_copy_is_found_again(target):
    model, x, _ = target
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model, "1")
    shuffled = z[:, torch.randperm(8, generator=torch.Generator().manual_seed(0))]
    stitcher = Stitcher(8, 8, "affine")
    before = evaluate_stitching(stitcher, shuffled, head, z)
    recipe = replace(STITCHER, epochs=100, batch_size=64, rate=1e-2)
    fit_stitcher(stitcher, shuffled, head, z, recipe)
    after = evaluate_stitching(stitcher, shuffled, head, z)
    assert after.relative < 0.2 * before.relative
    closed = Stitcher(8, 8, "orthogonal").start_at_least_squares(shuffled, z)
    assert evaluate_stitching(closed, shuffled, head, z).relative < 1e-6


def test_fitting_is_the_same_for_the_same_seed(target):
    model, x, _ = target
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model, "1")
    recipe = replace(STITCHER, epochs=2)
    losses = [
        fit_stitcher(Stitcher(8, 8, "scaled"), z.flip(1), head, z, recipe)
        for _ in range(2)
    ]
    assert losses[0] == losses[1]


def test_a_blind_source_scores_about_one(target):
    """The best constant answer costs I(output; activations), and no more."""
    model, x, _ = target
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model, "4")
    activations = capture(model, ["4"], x)["4"]
    blind, noise = Stitcher(8, 8, "affine"), torch.zeros_like(z)
    recipe = replace(STITCHER, epochs=200, rate=2e-2)
    fit_stitcher(blind, noise, head, activations, recipe)
    scores = evaluate_stitching(blind, noise, head, activations)
    assert scores.relative == pytest.approx(1, abs=0.02)


def test_scores_equal_their_definitions_by_hand():
    head = nn.Identity()
    target = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    source = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    scores = evaluate_stitching(Stitcher(2, 2, "affine"), source, head, target)
    q, p = target.double().softmax(1), source.double().softmax(1)
    kl = (q * (q / p).log()).sum(1).mean()
    information = (q * (q / q.mean(0)).log()).sum(1).mean()
    found = torch.stack([scores.kl, scores.information, scores.relative])
    wanted = torch.stack([kl, information, kl / information])
    assert torch.allclose(found, wanted, rtol=1e-6)
    labels = torch.tensor([0, 1])
    assert (scores.accuracy(labels), scores.target_accuracy(labels)) == (0.5, 1.0)


def test_the_loss_is_the_divergence_that_is_scored(target):
    model, x, _ = target
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model.eval(), "1")
    stitcher, source = Stitcher(8, 8, "affine"), z.flip(1)
    loss = stitching_loss(stitcher, head, source, head(z).softmax(1))
    scored = evaluate_stitching(stitcher, source, head, z)
    assert float(loss.detach()) == pytest.approx(float(scored.kl), rel=1e-4)


def test_bad_input_is_refused_in_words(target):
    model, x, _ = target
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model, "1")
    stitcher = Stitcher(8, 8, "affine")
    with pytest.raises(ValueError, match="z_source has 400 rows and z_target 3"):
        fit_stitcher(stitcher, z, head, z[:3])
    with pytest.raises(ValueError, match="at least one"):
        evaluate_stitching(stitcher, z[:0], head, z[:0])

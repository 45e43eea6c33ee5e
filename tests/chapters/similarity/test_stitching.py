"""Stitching: what it leaves alone, what it finds, what its scores are."""

from dataclasses import replace

import pytest
import torch
from torch import nn

from chapters.similarity.stitching import (
    STITCHER,
    evaluate_stitching,
    fit_stitcher,
    output_information,
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
    scores = evaluate_stitching(Stitcher(8, 8, family), z, head, z, labels)
    assert scores.kl == 0
    assert scores.relative_kl == 0
    assert scores.accuracy == scores.target_accuracy == scores.accuracy_ratio == 1
    assert scores.ce == scores.target_ce
    assert scores.entropy_ratio == 1


@pytest.mark.parametrize("objective", ["kl", "ce", "mse"])
def test_nothing_of_the_head_changes(target, objective, device):
    model, x, labels = target
    model.to(device)
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model, "1")
    before = {name: part.clone() for name, part in model.state_dict().items()}
    stitcher = Stitcher(8, 8, "affine").to(device)
    history = fit_stitcher(
        stitcher, z.flip(1), head, labels.to(device) if objective == "ce" else z,
        replace(STITCHER, epochs=3, batch_size=50), objective=objective,
    )  # fmt: skip
    for name, part in model.state_dict().items():
        assert torch.equal(part, before[name]), name
    assert all(part.grad is None for part in head.parameters())
    assert all(part.requires_grad for part in head.parameters())
    assert head[1].training
    assert history["loss"][-1] < history["loss"][0]


def test_a_permuted_copy_is_found_again(target):
    model, x, labels = target
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model, "1")
    shuffled = z[:, torch.randperm(8, generator=torch.Generator().manual_seed(0))]
    stitcher = Stitcher(8, 8, "affine")
    before = evaluate_stitching(stitcher, shuffled, head, z, labels)
    recipe = replace(STITCHER, epochs=100, batch_size=64, rate=1e-2)
    fit_stitcher(stitcher, shuffled, head, z, recipe)
    after = evaluate_stitching(stitcher, shuffled, head, z, labels)
    assert after.relative_kl < 0.2 * before.relative_kl
    closed = Stitcher(8, 8, "orthogonal").start_at_least_squares(shuffled, z)
    assert evaluate_stitching(closed, shuffled, head, z, labels).relative_kl < 1e-6


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
    model, x, labels = target
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model, "4")
    activations = capture(model, ["4"], x)["4"]
    blind, noise = Stitcher(8, 8, "affine"), torch.zeros_like(z)
    recipe = replace(STITCHER, epochs=200, rate=2e-2)
    fit_stitcher(blind, noise, head, activations, recipe)
    scores = evaluate_stitching(blind, noise, head, activations, labels)
    assert scores.relative_kl == pytest.approx(1, abs=0.02)


def test_scores_equal_their_definitions_by_hand():
    head = nn.Identity()
    target = torch.tensor([[2.0, 0.0], [0.0, 1.0]])
    source = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    labels = torch.tensor([0, 1])
    scores = evaluate_stitching(Stitcher(2, 2, "affine"), source, head, target, labels)
    q, p = target.double().softmax(1), source.double().softmax(1)
    kl = (q * (q / p).log()).sum(1).mean()
    mean = q.mean(0)
    information = (q * (q / mean).log()).sum(1).mean()
    entropy = -(p * p.log()).sum(1).mean()
    assert scores.kl == pytest.approx(float(kl), rel=1e-6)
    assert scores.information == pytest.approx(float(information), rel=1e-6)
    assert scores.relative_kl == pytest.approx(float(kl / information), rel=1e-6)
    assert scores.entropy_ratio == pytest.approx(float(1 - kl / entropy), rel=1e-6)
    assert (scores.accuracy, scores.target_accuracy) == (0.5, 1.0)
    assert scores.ce == pytest.approx(-float(p[[0, 1], labels].log().mean()), rel=1e-6)
    assert output_information(target) == pytest.approx(float(information), rel=1e-6)


def test_temperature_keeps_the_scale_of_the_loss():
    """Uniform targets: the gradient of tau^2 KL at tau does not vanish."""
    z, target = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    losses = [
        fit_stitcher(
            Stitcher(2, 2, "affine"), z, nn.Identity(), target,
            replace(STITCHER, epochs=1), temperature=temperature,
        )["loss"][0]
        for temperature in (1.0, 50.0)
    ]  # fmt: skip
    assert losses[0] == pytest.approx(0.4621, abs=1e-3)
    # At high temperature tau^2 KL tends to half the variance of logit differences.
    assert losses[1] == pytest.approx(0.5, abs=1e-3)


def test_bad_input_is_refused_in_words(target):
    model, x, labels = target
    z, (_, head) = capture(model, ["1"], x)["1"], cut(model, "1")
    stitcher = Stitcher(8, 8, "affine")
    with pytest.raises(ValueError, match="objective: got 'l1'"):
        fit_stitcher(stitcher, z, head, z, objective="l1")
    with pytest.raises(ValueError, match="source has 400 rows and answer has 3"):
        fit_stitcher(stitcher, z, head, z[:3])
    with pytest.raises(ValueError, match="temperature: got 0"):
        fit_stitcher(stitcher, z, head, z, temperature=0)
    with pytest.raises(ValueError, match="at least one"):
        evaluate_stitching(stitcher, z[:0], head, z[:0], labels[:0])

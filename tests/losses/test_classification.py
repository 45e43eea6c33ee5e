"""Pointwise losses: against torch and closed forms, weights, masks, bad input."""

import math

import pytest
import torch

from support.losses.classification import (
    balanced_class_weights,
    cross_entropy,
    focal_loss,
    mean_absolute_error,
)

ALL = [cross_entropy, focal_loss, mean_absolute_error]
each = pytest.mark.parametrize("loss", ALL)


def sample(seed=0, count=12, classes=3):
    rng = torch.Generator().manual_seed(seed)
    scores = torch.randn(count, classes, generator=rng, dtype=torch.float64)
    return scores, torch.arange(count) % classes


def test_balanced_weights_give_equal_totals():
    labels = torch.tensor([0] * 7 + [1] * 2 + [3])
    weights = balanced_class_weights(labels, 4)
    totals = weights * labels.bincount(minlength=4)
    assert totals.tolist() == pytest.approx([10 / 3, 10 / 3, 0, 10 / 3])
    assert weights[labels].mean().item() == pytest.approx(1)


def test_focal_loss_without_gamma_is_cross_entropy():
    scores, labels = sample()
    weights = torch.tensor([0.2, 1.0, 3.0], dtype=torch.float64)
    for chosen in (None, weights):
        assert focal_loss(
            scores, labels, gamma=0, class_weights=chosen
        ).item() == pytest.approx(
            cross_entropy(scores, labels, class_weights=chosen).item()
        )


def test_focal_loss_by_hand():
    scores = torch.tensor([[math.log(3.0), 0.0]])
    value = focal_loss(scores, torch.tensor([0]), gamma=2).item()
    assert value == pytest.approx(-(0.25**2) * math.log(0.75), rel=1e-5)


def test_mean_absolute_error_is_half_the_distance_to_the_label():
    scores, labels = sample()
    target = torch.nn.functional.one_hot(labels)
    expected = (scores.softmax(1) - target).abs().sum(1).mean() / 2
    assert mean_absolute_error(scores, labels).item() == pytest.approx(expected.item())


def test_mean_absolute_error_is_symmetric():
    scores, _ = sample()
    total = sum(
        mean_absolute_error(scores, torch.full((12,), c)).item() for c in range(3)
    )
    assert total == pytest.approx(2)  # C - 1, whatever the scores


@each
def test_known_answers(loss, device):
    labels = torch.tensor([0, 1], device=device)
    perfect = torch.eye(2, device=device) * 100
    assert loss(perfect, labels).item() == pytest.approx(0, abs=1e-6)
    assert loss(-perfect, labels).item() > 0.9


@each
def test_mask_equals_leaving_out(loss):
    scores, labels = sample(1)
    mask = torch.arange(12) < 5
    assert loss(scores, labels, mask=mask).item() == pytest.approx(
        loss(scores[:5], labels[:5]).item()
    )


@each
def test_gradcheck(loss):
    scores, labels = sample(2, 4)
    assert torch.autograd.gradcheck(lambda s: loss(s, labels), scores.requires_grad_())


@each
def test_extreme_scores_stay_finite(loss):
    scores = torch.tensor([[1e4, -1e4], [1e4, -1e4]], requires_grad=True)
    loss(scores, torch.tensor([0, 1])).backward()
    assert scores.grad.isfinite().all()


@each
def test_bad_input_is_named(loss):
    with pytest.raises(ValueError, match="shapes"):
        loss(torch.zeros(3), torch.zeros(3, dtype=torch.long))
    with pytest.raises(ValueError, match="mask"):
        loss(torch.zeros(3, 2), torch.zeros(3).long(), mask=torch.ones(2))
    with pytest.raises(ValueError, match="no sample"):
        loss(torch.zeros(2, 2), torch.zeros(2).long(), mask=torch.zeros(2))


def test_bad_options_are_named():
    with pytest.raises(ValueError, match="gamma"):
        focal_loss(torch.zeros(1, 2), torch.tensor([0]), gamma=-1)
    with pytest.raises(ValueError, match="0 to 2"):
        balanced_class_weights(torch.tensor([0, 2]), 2)
    with pytest.raises(ValueError, match="none"):
        balanced_class_weights(torch.tensor([], dtype=torch.long), 2)

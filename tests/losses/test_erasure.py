"""The erasure losses: closed forms, gradients, messages."""

import math

import pytest
import torch

from support.losses.erasure import identity_triplet, sensitive_regularizer


def test_an_undecided_detector_costs_ln_one_point_four(device):
    logits = torch.zeros(3, 2, dtype=torch.float64, device=device)
    assert float(sensitive_regularizer(logits)) == pytest.approx(math.log(1.4))


def test_the_level_itself_costs_nothing():
    logits = torch.tensor([[math.log(9.0), 0.0]], dtype=torch.float64)
    assert float(sensitive_regularizer(logits)) == pytest.approx(0, abs=1e-12)
    other = sensitive_regularizer(logits, target_class=1)
    assert float(other) == pytest.approx(math.log(1.8))


def test_a_triplet_by_hand(device):
    anchor = torch.tensor([[0.0, 0.0], [0.0, 0.0]], device=device)
    positive = torch.tensor([[1.0, 0.0], [0.1, 0.0]], device=device)
    negative = torch.tensor([[0.0, 1.0], [2.0, 0.0]], device=device)
    # First: 1 - 1 + .3; second: far enough to cost nothing.
    value = identity_triplet(anchor, positive, negative)
    assert float(value) == pytest.approx(0.15)


def test_gradients():
    source = torch.Generator().manual_seed(0)
    logits = torch.randn(5, 3, generator=source, dtype=torch.float64)
    assert torch.autograd.gradcheck(sensitive_regularizer, (logits.requires_grad_(),))
    parts = [
        torch.randn(5, 3, generator=source, dtype=torch.float64, requires_grad=True)
        for _ in range(3)
    ]
    assert torch.autograd.gradcheck(identity_triplet, parts)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: sensitive_regularizer(torch.zeros(1, 2), level=1.0), "level: got 1.0"),
        (lambda: sensitive_regularizer(torch.zeros(1, 2), target_class=2), "class"),
        (lambda: sensitive_regularizer(torch.zeros(2)), "logits of shape"),
        (lambda: identity_triplet(*[torch.zeros(2)] * 3), "anchor, positive"),
        (
            lambda: identity_triplet(*[torch.zeros(2, 2)] * 3, margin=-1),
            "margin: got -1",
        ),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

"""Classification by cosines with margins."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from support.losses.margins import angular_margin_loss, cosine_margin_loss

BOTH = pytest.mark.parametrize("loss", [angular_margin_loss, cosine_margin_loss])


@pytest.fixture
def given():
    draw = torch.Generator().manual_seed(0)
    x = torch.randn(14, 5, generator=draw, dtype=torch.float64)
    return x, torch.randn(4, 5, generator=draw, dtype=torch.float64)


TARGET = torch.arange(14) % 4


@BOTH
def test_without_a_margin_it_is_cross_entropy_of_cosines(loss, given):
    x, weight = given
    cosines = normalize(x, dim=1) @ normalize(weight, dim=1).T
    wanted = cross_entropy(5 * cosines, TARGET)
    found = loss(x, weight, TARGET, margin=0, scale=5)
    assert float(found) == pytest.approx(float(wanted), abs=1e-9)


@BOTH
def test_a_larger_margin_costs_more(loss, given):
    x, weight = given
    costs = [float(loss(x, weight, TARGET, margin=m)) for m in (0, 0.2, 0.5)]
    assert costs == sorted(costs)
    assert costs[0] < costs[2]


@BOTH
def test_gradient(loss, given):
    x, weight = (part.requires_grad_() for part in given)
    assert torch.autograd.gradcheck(
        lambda a, b: loss(a, b, TARGET, margin=0.3, scale=5), (x, weight)
    )


def test_the_angle_is_what_grows(given):
    x, weight = given
    angle = torch.acos(normalize(x, dim=1) @ normalize(weight, dim=1).T)
    rows, m = torch.arange(14), 0.3
    logits, own = angle.cos(), angle[rows, TARGET]
    easy = own.cos() - m * math.sin(m)
    logits[rows, TARGET] = torch.where(own + m < math.pi, (own + m).cos(), easy)
    found = angular_margin_loss(x, weight, TARGET, margin=m, scale=5)
    wanted = cross_entropy(5 * logits, TARGET)
    assert float(found) == pytest.approx(float(wanted), abs=1e-9)


def test_it_goes_on_falling_beyond_a_half_turn():
    """The true class's logit falls with the angle all the way to pi."""
    angles = torch.linspace(0, math.pi, 50, dtype=torch.float64)
    x = torch.stack([angles.cos(), angles.sin()], dim=1)
    weight = torch.tensor([[1.0, 0.0], [0.0, 0.0]], dtype=torch.float64)
    costs = torch.stack(
        [
            angular_margin_loss(row[None], weight, torch.tensor([0]), margin=0.5)
            for row in x
        ]
    )
    assert (costs.diff() > 0).all()


def test_the_slope_is_finite_on_the_class_itself(given, device):
    _, weight = (part.float().to(device) for part in given)
    x = weight[TARGET].clone().requires_grad_()
    angular_margin_loss(x, weight, TARGET.to(device)).backward()
    assert torch.isfinite(x.grad).all()


@BOTH
@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"margin": -1}, "margin"),
        ({"scale": 0}, "scale"),
        ({"target": torch.full((14,), 4)}, "target"),
        ({"target": torch.zeros(3).long()}, "target"),
        ({"weight": torch.zeros(4, 2)}, "weight"),
    ],
)
def test_bad_input_is_refused_in_words(loss, change, words, given):
    x, weight = given
    with pytest.raises(ValueError, match=words):
        loss(**{"embedding": x, "weight": weight, "target": TARGET} | change)


@pytest.mark.parametrize("loss", [angular_margin_loss, cosine_margin_loss])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_and_autocast_have_a_finite_slope(loss, dtype):
    target = torch.tensor([0, 1])
    for cast in (True, False):
        x = torch.eye(2, dtype=torch.float32 if cast else dtype, requires_grad=True)
        with torch.autocast("cpu", torch.bfloat16, enabled=cast):
            value = loss(x, torch.eye(2, dtype=x.dtype), target)
        value.backward()
        assert value.dtype == torch.float32
        assert torch.isfinite(x.grad).all()


@BOTH
@pytest.mark.parametrize("size", [1e-25, 1e25])
def test_float32_of_any_length_has_the_same_loss(loss, size, given):
    x, weight = (part.float() for part in given)
    wanted = float(loss(x, weight, TARGET))
    assert float(loss(x * size, weight / size, TARGET)) == pytest.approx(wanted)

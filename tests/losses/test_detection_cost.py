"""The smooth detection cost."""

import pytest
import torch

from support.losses.detection_cost import soft_detection_cost
from support.metrics.verification import DCF08, error_rates, minimum_dcf

draw = torch.Generator().manual_seed(0)
TARGET = torch.randn(50, generator=draw, dtype=torch.float64) + 1
OTHER = torch.randn(70, generator=draw, dtype=torch.float64)


@pytest.mark.parametrize("threshold", [-1.0, 0.3, 2.0])
def test_steep_sigmoids_count(threshold):
    wanted = (threshold >= TARGET).double().mean()
    wanted = wanted + 9.9 * (threshold < OTHER).double().mean()
    found = soft_detection_cost(TARGET, OTHER, threshold, delta=1e7)
    assert float(found) == pytest.approx(float(wanted), abs=1e-9)


def test_its_least_value_is_the_least_cost():
    rates = error_rates(TARGET, OTHER)
    steps = torch.linspace(-3, 5, 4001, dtype=torch.float64)
    costs = [float(soft_detection_cost(TARGET, OTHER, t, delta=1e7)) for t in steps]
    assert min(costs) == pytest.approx(float(minimum_dcf(rates, DCF08)[0]), abs=1e-6)


def test_gradient_reaches_scores_and_threshold():
    threshold = torch.tensor(0.3, dtype=torch.float64, requires_grad=True)
    given = (TARGET.clone().requires_grad_(), OTHER.clone().requires_grad_(), threshold)
    assert torch.autograd.gradcheck(
        lambda a, b, t: soft_detection_cost(a, b, t, delta=3), given
    )


def test_always_saying_no_costs_one(device):
    scores = TARGET.to(device), OTHER.to(device)
    assert float(soft_detection_cost(*scores, 1e6)) == pytest.approx(1)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"c_miss": 0}, "c_miss"),
        ({"p_target": 1}, "p_target"),
        ({"delta": 0}, "delta"),
        ({"positive": torch.empty(0)}, "positive"),
        ({"negative": torch.zeros(2, 2)}, "negative"),
    ],
)
def test_bad_input_is_refused_in_words(change, words):
    given = {"positive": TARGET, "negative": OTHER, "threshold": 0.0} | change
    with pytest.raises(ValueError, match=words):
        soft_detection_cost(**given)


def test_there_is_one_threshold():
    with pytest.raises(ValueError, match="threshold: got shape"):
        soft_detection_cost(TARGET, OTHER, torch.tensor([[0.0], [5.0]]))

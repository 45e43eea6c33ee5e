"""Free scores: what each loss wants of them."""

import pytest
import torch

from chapters.auc_verification.flow import FLOWS, draw_scores, follow


@pytest.fixture
def scores():
    return draw_scores(torch.Generator().manual_seed(5))


@pytest.mark.parametrize("name", FLOWS)
def test_first_step_has_the_pace(scores, name):
    path = follow(*scores, FLOWS[name], steps=2, pace=0.01)
    assert path.shape == (3, 220)
    size = (path[1] - path[0]).square().mean().sqrt()
    assert float(size) == pytest.approx(0.01)


def test_only_the_sigmoid_lets_go_of_a_hopeless_target(scores):
    moved = {
        name: float(path[-1, 0] - path[0, 0])
        for name, loss in FLOWS.items()
        for path in [follow(*scores, loss, pace=0.01)]
    }
    smooth = moved.pop("aAUC, δ = 30")
    assert smooth < 0.25 * min(moved.values())


@pytest.mark.parametrize("name", ["hinge on pairs", "aAUC, δ = 30"])
def test_losses_of_pairs_keep_the_balance(scores, name):
    # A constant added to all scores changes no pair, so nothing pushes that way.
    path = follow(*scores, FLOWS[name], pace=0.01)
    assert float((path[-1].sum() - path[0].sum()).abs()) < 1e-9


def test_a_loss_without_gradient_is_refused():
    apart = torch.tensor([5.0]).double(), torch.tensor([-5.0]).double()
    with pytest.raises(ValueError, match="no gradient"):
        follow(*apart, FLOWS["hinge on pairs"], pace=0.01)

"""The drawings: each makes panels of the right number, and says what it shows."""

import pytest
import torch

from chapters.auc_verification import figures
from chapters.auc_verification.flow import FLOWS, draw_scores, follow
from support.metrics.verification import DCF08


@pytest.fixture
def scores():
    rng = torch.Generator().manual_seed(6)
    target = 0.6 + 0.15 * torch.randn(200, generator=rng)
    return target, 0.2 + 0.15 * torch.randn(900, generator=rng)


def axis_of(drawing):
    return drawing.figure.axes[0]


def test_threshold_says_both_errors_and_the_cost(scores):
    target, nontarget = scores
    panels = figures.draw_threshold(target, nontarget, 0.4, DCF08)
    miss = float((target <= 0.4).double().mean())
    alarm = float((nontarget > 0.4).double().mean())
    title = " ".join(axis_of(panels[0]).get_title(loc="left").split())
    assert title.startswith(f"Misses {miss:.1%}, false alarms {alarm:.2%}")
    assert title.endswith(f"cost {miss + 9.9 * alarm:.2f}")
    point = axis_of(panels[1]).lines[-1].get_xydata()[0]
    assert point.tolist() == pytest.approx([alarm, 1 - miss])


@pytest.mark.parametrize("threshold", [-5.0, 5.0])
def test_a_threshold_beyond_all_scores_is_drawn_at_the_edge(scores, threshold):
    *_, panel = figures.draw_threshold(*scores, threshold, DCF08)
    x, y = axis_of(panel).lines[-1].get_xydata()[0]
    assert (x, y) in ((0.6, 0.004), (0.004, 0.6))


def test_surrogates_draw_the_triplets_hinge(scores):
    losses, gaps = figures.draw_surrogates(torch.linspace(-1, 3, 400))
    at, loss = map(torch.as_tensor, axis_of(losses).lines[-1].get_data())
    assert torch.allclose(loss, (0.2 - at).clamp_min(0), atol=1e-6)
    assert "25.0% are negative" in axis_of(gaps).get_title(loc="left")


def test_flows_have_a_panel_a_loss_and_draw_the_hopeless_strongly():
    start = draw_scores(torch.Generator().manual_seed(1))
    paths = {name: follow(*start, loss, pace=0.01) for name, loss in FLOWS.items()}
    panels = figures.draw_flows(paths, 20)
    assert len(panels) == len(FLOWS)
    strong = [line for line in axis_of(panels[0]).lines if line.get_linewidth() > 1]
    assert [line.get_ydata()[0] for line in strong] == [-0.9, 0.9]

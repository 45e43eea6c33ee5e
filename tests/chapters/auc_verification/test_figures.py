"""The drawings: each makes panels of the right number, and says what it shows."""

import matplotlib.pyplot as plt
import pytest
import torch

from chapters.auc_verification import figures
from chapters.auc_verification.flow import FLOWS, draw_scores, follow
from support.metrics.verification import DCF08
from support.verification.det import draw_det


@pytest.fixture(autouse=True)
def _closed():
    yield
    plt.close("all")


@pytest.fixture
def scores():
    rng = torch.Generator().manual_seed(6)
    target = 0.6 + 0.15 * torch.randn(200, generator=rng)
    return target, 0.2 + 0.15 * torch.randn(900, generator=rng)


def test_threshold_says_both_errors_and_the_cost(scores):
    target, nontarget = scores
    figure = figures.draw_threshold(target, nontarget, 0.4, DCF08)
    miss = float((target <= 0.4).double().mean())
    alarm = float((nontarget > 0.4).double().mean())
    said = figure.get_suptitle()
    assert f"misses {miss:.1%}" in said
    assert f"cost {miss + 9.9 * alarm:.2f}" in said
    assert len(figure.axes) == 3


def test_det_is_a_line_for_gaussian_scores(scores):
    target, nontarget = scores
    figure = draw_det(
        {"one": scores, "two": (target - 0.1, nontarget)},
        {"one": (torch.tensor([0.01, 0.1]), torch.zeros(2), torch.ones(2))},
    )
    axis = figure.axes[0]
    assert [text.get_text() for text in axis.get_legend().texts] == ["one", "two"]
    curve = next(line for line in axis.lines if line.get_label() == "one")
    x, y = (torch.as_tensor(part) for part in curve.get_data())
    middle = (x > -2) & (x < 1)
    assert float(torch.corrcoef(torch.stack([x, y])[:, middle])[0, 1]) < -0.98


def test_surrogates_draw_the_triplets_hinge():
    axis = figures.draw_surrogates(torch.linspace(-1, 1, 50)).axes[0]
    hinge = next(line for line in axis.lines if "hinge" in line.get_label())
    at, loss = (torch.as_tensor(part) for part in hinge.get_data())
    assert torch.allclose(loss, (0.2 - at).clamp_min(0), atol=1e-6)


def test_matrix_is_sorted_and_pulls_at_the_border(scores):
    figure = figures.draw_matrix(*scores, 30.0)
    gap, pull = (
        torch.as_tensor(axis.images[0].get_array()) for axis in figure.axes[:2]
    )
    assert (gap.diff(dim=0) >= 0).all()
    assert (gap.diff(dim=1) <= 0).all()
    assert float(gap.flatten()[pull.argmax()].abs()) < 0.05


def test_the_others_have_their_panels(scores):
    target, nontarget = scores
    paths = {
        name: follow(*draw_scores(torch.Generator().manual_seed(1)), loss, pace=0.01)
        for name, loss in FLOWS.items()
    }
    assert len(figures.draw_flows(paths, 20).axes) == len(FLOWS)
    triple = (target, nontarget, nontarget - 0.3)
    rows = {"CE": triple, "aAUC": triple}
    assert len(figures.draw_histograms(rows, {"CE": 0.1, "aAUC": 0.1}).axes) == 2
    assert figures.draw_gaussians([1, 2, 3]).axes
    assert figures.draw_steepness({1: 0.3, 30: 0.1}, 0.1, [({1: 0.2, 30: 0.1}, 0.1)])
    assert figures.draw_contest({"CE": 0.1}, {"CE": (0.05, 0.2)}, [{"CE": 0.11}])

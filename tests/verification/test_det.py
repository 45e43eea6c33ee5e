"""Curves of detection errors."""

import pytest
import torch
from scipy.special import ndtri

from support.verification.det import draw_det


@pytest.fixture
def scores():
    rng = torch.Generator().manual_seed(6)
    target = 0.6 + 0.15 * torch.randn(200, generator=rng)
    return target, 0.2 + 0.15 * torch.randn(900, generator=rng)


def test_gaussian_scores_lie_on_a_line_of_the_axes(scores):
    target, nontarget = scores
    bands = {"one": (torch.tensor([0.01, 0.1]), torch.zeros(2), torch.ones(2))}
    drawn = draw_det({"one": scores, "two": (target - 0.1, nontarget)}, bands)
    axis = drawn.figure.axes[0]
    x, y = (torch.as_tensor(ndtri(part)) for part in axis.lines[0].get_data())
    middle = (x > -2) & (x < 0) & y.isfinite()
    assert float(torch.corrcoef(torch.stack([x, y])[:, middle])[0, 1]) < -0.98
    assert len(axis.collections) == 1  # the band
    assert "two: both errors equal at" in drawn.alt


def test_both_marks_stand_on_the_curve():
    # One in ten of either kind errs between .4 and .6, none elsewhere.
    target = torch.tensor([0.4] + [0.9] * 9)
    nontarget = torch.tensor([0.6] + [0.1] * 9)
    drawn = draw_det({"one": (target, nontarget)}, high=0.9)
    equal = drawn.figure.axes[0].lines[-2]
    assert equal.get_fillstyle() == "full"
    assert (*equal.get_xdata(), *equal.get_ydata()) == pytest.approx((0.1, 0.1))
    assert "equal at 10.0%" in drawn.alt


def test_a_long_curve_is_thinned_and_keeps_its_course():
    rng = torch.Generator().manual_seed(1)
    target, nontarget = torch.randn(2, 20_000, generator=rng)
    drawn = draw_det({"one": (target + 2, nontarget)})
    x, y = drawn.figure.axes[0].lines[0].get_data()
    assert 100 < len(x) < 400
    at = (x > 0.01) & (x < 0.3)
    assert ndtri(x[at]) + ndtri(y[at]) == pytest.approx(-2, abs=0.1)

"""Gaussian scores: the formulas against values worked by hand and against draws."""

import pytest
import torch

from chapters.auc_verification.gaussians import (
    gaussian_area,
    gaussian_cost,
    gaussian_equal_error,
    gaussian_measures,
)
from support.metrics.verification import (
    DCF08,
    DCF10,
    OperatingPoint,
    equal_error_rate,
    error_rates,
    minimum_dcf,
    roc_area,
)


@pytest.mark.parametrize(
    ("gap", "equal", "area", "first", "second"),
    [
        (1, 0.309, 0.760, 0.989, 1.000),
        (2, 0.159, 0.921, 0.716, 0.997),
        (3, 0.067, 0.983, 0.348, 0.860),
    ],
)
def test_closed_forms(gap, equal, area, first, second):
    assert gaussian_equal_error(gap) == pytest.approx(equal, abs=6e-4)
    assert gaussian_area(gap) == pytest.approx(area, abs=6e-4)
    assert gaussian_cost(gap, DCF08)[0] == pytest.approx(first, abs=6e-4)
    assert gaussian_cost(gap, DCF10)[0] == pytest.approx(second, abs=6e-4)
    named = pytest.approx([equal, area, first, second], abs=6e-4)
    assert list(gaussian_measures(gap).values()) == named


@pytest.mark.parametrize("gap", [1.0, 2.0, 3.0])
def test_draws_agree(gap):
    rng = torch.Generator().manual_seed(3)
    target = gap + torch.randn(1_000_000, generator=rng, dtype=torch.float64)
    nontarget = torch.randn(1_000_000, generator=rng, dtype=torch.float64)
    rates = error_rates(target, nontarget)
    assert float(equal_error_rate(rates)[0]) == pytest.approx(
        gaussian_equal_error(gap), abs=3e-3
    )
    assert float(roc_area(rates)) == pytest.approx(gaussian_area(gap), abs=3e-3)
    assert float(minimum_dcf(rates, DCF08)[0]) == pytest.approx(
        gaussian_cost(gap, DCF08)[0], abs=3e-3
    )


def test_refusals():
    with pytest.raises(ValueError, match="separation: got 0"):
        gaussian_cost(0, DCF08)
    with pytest.raises(ValueError, match="costs at least 1"):
        gaussian_cost(1, OperatingPoint(1, 1, 0.9))

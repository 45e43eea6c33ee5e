"""The closed-form world: its law and its encoders."""

import math

import pytest
import torch

from chapters.disentanglement.world import (
    ENCODERS,
    cells,
    draw,
    fruit,
    rotate,
    soft_encoders,
)
from support.metrics.disentanglement import mig, minimality_sufficiency
from support.metrics.information import mutual_information


def source(seed=0):
    return torch.Generator().manual_seed(seed)


def test_only_the_first_two_factors_depend():
    law = cells(0.1, levels=1)
    first, second, third = law.factors.unbind(1)
    assert mutual_information(first, second, weights=law.weights) > 1
    assert mutual_information(first, third, weights=law.weights) < 1e-9
    sample = draw(0.1, 5000, source())
    assert mutual_information(sample.factors[:, 0], sample.factors[:, 1]) > 1
    assert torch.equal(sample.factors, draw(0.1, 5000, source()).factors)


def test_nuisances_lie_in_their_range_and_know_nothing():
    sample = draw(math.inf, 20_000, source())
    assert float(sample.nuisances.abs().max()) <= 1
    assert float(sample.nuisances.mean(0).abs().max()) < 0.02
    law = cells(math.inf)
    assert abs(float(law.weights @ law.nuisances[:, 0].double())) < 1e-6


@pytest.mark.parametrize("name", ["perfect", "values permuted", "split", "collapsed"])
def test_encoders_without_loss_keep_every_factor(name):
    sample = draw(0.4, 3000, source())
    z = (10 * ENCODERS[name](sample.places, sample.nuisances)).round().long()
    codes = len(z.unique(dim=0))
    assert codes == len(sample.factors.unique(dim=0))
    assert len(torch.cat([z, sample.factors], 1).unique(dim=0)) == codes


def test_turning_keeps_distances_and_comes_back():
    places = torch.rand(20, 3, generator=source())
    turned = rotate(places, 30)
    assert torch.allclose(
        torch.cdist(turned, turned), torch.cdist(places, places), atol=1e-5
    )
    assert torch.allclose(rotate(turned, -30), places, atol=1e-6)
    assert torch.equal(turned[:, 2], places[:, 2])


def test_soft_encoders_are_mixtures_of_the_factors():
    places = torch.rand(400, 3, generator=source())
    still = torch.zeros_like(places)
    for encoder in soft_encoders(5, source(1)):
        code = encoder(places, still)
        fitted = torch.linalg.lstsq(places, code).solution.T  # rows of W
        assert torch.allclose(fitted.sum(1), torch.ones(3), atol=1e-4)
        assert float(fitted.min()) > -1e-4
        assert float(fitted.diagonal().min()) >= 0.3 - 1e-4


def test_the_fruit_is_the_papers():
    factors, weights = fruit()
    shape, colour = factors.unbind(1)
    yellow = weights[colour == 0] / weights[colour == 0].sum()
    assert dict(zip(shape[colour == 0].tolist(), yellow.tolist(), strict=True)) == (
        pytest.approx({0: 0.5, 1: 0.4, 2: 0.1})
    )
    banana = weights[shape == 0] / weights[shape == 0].sum()
    assert banana.tolist() == pytest.approx([0.9, 0.1])
    assert float(weights.sum()) == pytest.approx(1)
    found = minimality_sufficiency(
        factors, factors.double(), bins=None, weights=weights
    )
    assert found[:2] == pytest.approx((1, 1))
    assert mig(factors, factors.double(), weights=weights) < 0.6

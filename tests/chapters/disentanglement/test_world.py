"""The closed-form world: its law, its encoders, its scores and its terms."""

import math

import numpy as np
import pytest
import torch

from chapters.disentanglement.scores import (
    SCORES,
    Usefulness,
    enter,
    turned_state,
)
from chapters.disentanglement.terms import (
    closed_forms,
    component_parts,
    factor_parts,
)
from chapters.disentanglement.world import (
    ENCODERS,
    SIGMAS,
    cells,
    draw,
    rotate,
    soft_encoders,
)
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


@pytest.mark.parametrize("sigma", SIGMAS)
def test_the_perfect_code_matches_its_closed_forms_exactly(sigma):
    law = cells(sigma, levels=1)
    theory = closed_forms(law.factors, law.places, law.weights)
    exact = turned_state(sigma, 0.0)[1]
    assert exact == pytest.approx(theory, abs=1e-6)


def test_a_turned_code_is_never_minimal_but_gains_in_mig():
    free, tied = turned_state(math.inf, 45)[1], turned_state(0.1, 45)[1]
    assert max(free["Min"], tied["Min"]) < 0.7
    assert tied["MIG"] - free["MIG"] > 0.4


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_add_up_to_the_entropies(seed):
    rng = np.random.default_rng(seed)
    c = torch.from_numpy(rng.integers(0, 3, (300, 2)))
    z = torch.from_numpy(rng.integers(0, 5, (300, 4)))
    components, factors = component_parts(c, z), factor_parts(c, z)
    own = [mutual_information(column, column) for column in z.unbind(1)]
    assert components.sum(1).tolist() == pytest.approx(own)
    own = [mutual_information(column, column) for column in c.unbind(1)]
    assert factors.sum(1).tolist() == pytest.approx(own)
    assert float(components.min()) >= 0


def test_every_score_takes_a_code_and_gives_one_number():
    sample = draw(0.2, 600, source())
    for name, score in SCORES.items():
        (perfect,) = enter(name, score, [(sample.factors, sample.places)])
        assert 0 <= perfect <= 1
    assert enter("Min", SCORES["Min"], [(sample.factors, sample.places)]) == [1.0]


@pytest.mark.parametrize("bad", [math.nan, math.inf, "words", None, torch.zeros(2)])
def test_a_score_that_gives_no_number_is_named(bad):
    c = torch.tensor([[0], [1]])
    with pytest.raises(ValueError, match=r"mine: gave .* give one finite number"):
        enter("mine", lambda factors, codes: bad, [(c, c.float())])


def test_trees_read_a_perfect_code_and_guess_from_a_blind_one():
    here, there = draw(0.1, 1500, source()), draw(math.inf, 1500, source(1))
    read = Usefulness(here.factors, there.factors, seed=0)
    assert read(here.places, there.places) == (1.0, 1.0)
    blind = [torch.rand(1500, 3, generator=source(seed)) for seed in (2, 3)]
    assert max(read(*blind)) < 0.3


def test_trees_that_lean_on_the_dependence_fail_without_it():
    here, there = draw(0.1, 1500, source()), draw(math.inf, 1500, source(1))
    read = Usefulness(here.factors, there.factors, seed=0)
    without_second = [world.places[:, [0, 2]] for world in (here, there)]
    same, other = read(*without_second)
    assert same - other > 0.1

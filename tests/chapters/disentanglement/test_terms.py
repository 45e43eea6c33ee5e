"""The parts of an information add up; the identities and closed forms hold."""

import numpy as np
import pytest
import torch

from chapters.disentanglement.scores import turned_state
from chapters.disentanglement.terms import (
    BETAS,
    closed_forms,
    component_parts,
    factor_parts,
    identity_gaps,
)
from chapters.disentanglement.world import ENCODERS, SIGMAS, cells
from support.metrics.information import discretise, entropy, mutual_information


@pytest.mark.parametrize("sigma", SIGMAS)
def test_the_perfect_code_matches_its_closed_forms_exactly(sigma):
    law = cells(sigma, levels=1)
    theory = closed_forms(law.factors, law.places, law.weights)
    exact = turned_state(sigma, 0.0)[1]
    assert exact == pytest.approx(theory, abs=1e-6)


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


def test_the_identities_hold_and_the_first_alone_needs_a_function():
    for gaps in identity_gaps(range(5), 0.0):
        assert float(gaps.abs().max()) < 1e-9
    minimal, sufficient, bottleneck = identity_gaps(range(5), 0.2)
    assert float(sufficient.abs().max()) < 1e-9
    assert float(bottleneck.abs().max()) < 1e-9
    assert float(minimal.mean()) > 1e-3


def test_no_component_costs_the_bottleneck_less_than_the_perfect_one():
    """On cells of a world, with I(z; x) = H(z) for components that are functions."""
    law, costs = cells(0.1), {}
    for name, encoder in ENCODERS.items():
        z = discretise(encoder(law.places, law.nuisances), 15).values[:, 0]
        told = mutual_information(z, law.factors[:, 0], weights=law.weights)
        held = entropy(z, weights=law.weights)
        costs[name] = [held - beta * told for beta in BETAS]
    for name in ("leak of c₃", "nuisance", "rotated 45°", "split"):
        assert (np.array(costs[name]) > np.array(costs["perfect"]) + 0.05).all()
    assert costs["values permuted"] == pytest.approx(costs["perfect"])

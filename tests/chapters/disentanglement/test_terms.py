"""The parts of an information add up; the identities and closed forms hold."""

import numpy as np
import pytest
import torch

from chapters.disentanglement.scores import turned_state
from chapters.disentanglement.terms import (
    closed_forms,
    component_parts,
    factor_parts,
    identity_gaps,
)
from chapters.disentanglement.world import SIGMAS, cells
from support.metrics.information import mutual_information


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


def test_both_identities_hold_and_the_first_needs_a_function():
    minimal, sufficient = identity_gaps(range(5), 0.0)
    assert float(torch.stack([minimal, sufficient]).abs().max()) < 1e-9
    minimal, sufficient = identity_gaps(range(5), 0.2)
    assert float(sufficient.abs().max()) < 1e-9
    assert float(minimal.mean()) > 1e-3

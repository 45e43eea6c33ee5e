"""The identities hold, and would not where they are broken."""

from dataclasses import replace

import pytest
import torch

from chapters.tied_factors.exact import (
    centring_gap,
    one_hot_gap,
    posterior_gap,
    solver_gap,
)
from chapters.tied_factors.systems import Setting, train_linear, train_network
from tests.chapters.tied_factors.small import RECIPE, small_world


@pytest.mark.parametrize("seed", range(3))
def test_closed_forms_are_what_they_stand_for(seed):
    rng = torch.Generator().manual_seed(seed)
    assert one_hot_gap(rng) < 1e-12
    assert solver_gap(rng) < 1e-6
    assert posterior_gap(rng) < 1e-10


def test_centring_moves_no_likelihood_and_another_origin_does():
    data = small_world()
    network = train_network(data, RECIPE, 0, Setting(3, 3))
    assert centring_gap(network, data) < 1e-9
    assert centring_gap(replace(network, y=network.y + 1), data) > 1e-3
    linear = train_linear(data, RECIPE, 0, Setting(1, 1))
    with pytest.raises(ValueError, match="never centred"):
        centring_gap(linear, data)

"""Laws and identities hold, and would not where they are broken."""

import pytest
import torch

from chapters.translation.oracles import bound_gap, law_gap, oracles
from support.models.rotations import RotatedPrior
from tests.chapters.translation.small import glyphs, source


def test_laws_hold_and_a_broken_rotation_is_seen():
    prior, z = RotatedPrior(4, 8, source(), min_distance=0.0), torch.randn(20, 8)
    assert law_gap(prior, z) < 1e-5
    prior.rotations = prior.rotations * 1.001
    assert law_gap(prior, z) > 1e-3


def test_bound_and_dropped_divergence_are_the_likelihood():
    assert bound_gap(source(), models=20) < 1e-10


def test_two_coders_have_one_loss_and_unlike_translations():
    data = glyphs()
    prior = RotatedPrior(5, 16, source())
    kept = prior.rotations.clone()
    outside, inside = oracles(prior, data.style_test, data.y_test, source(1))
    assert abs(outside.loss - inside.loss) < 1e-9
    assert outside.error < 1e-12
    assert inside.error > 0.01
    assert torch.equal(prior.rotations, kept)


def test_a_prior_without_room_for_the_style_is_refused():
    small = RotatedPrior(2, 4, source(), min_distance=0.0)
    with pytest.raises(ValueError, match="prior: got 4 dimensions; give at least 5"):
        oracles(small, torch.rand(3, 4), torch.tensor([0, 1, 0]), source())

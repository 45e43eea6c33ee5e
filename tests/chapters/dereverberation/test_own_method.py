"""The example of a reader's method keeps the shape of clips, and does something."""

import torch

from chapters.dereverberation.data import load
from chapters.dereverberation.own_method import late_subtraction
from chapters.dereverberation.systems import RECIPES


def test_late_energy_is_taken_away():
    data = load("embedded", "quick", 0)
    system = late_subtraction(data, RECIPES["quick"], 0)
    wet = data.tests["tail 0.6 s"].wet
    found = system(wet)
    assert found.shape == wet.shape
    assert bool(found.isfinite().all())
    assert not torch.allclose(found, wet, atol=1e-3)

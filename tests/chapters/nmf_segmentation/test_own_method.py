"""The example of a reader's own loss trains, and does what it says."""

import pytest
import torch

from chapters.nmf_segmentation.own_method import groups
from chapters.nmf_segmentation.systems import RECIPES, SETTINGS, train
from support.losses.nmf_segmentation import nmf_segmentation


def test_it_adds_a_norm_a_component():
    h = torch.zeros(2, 3, 4)
    h[:, 0] = 2.0
    ones = torch.ones(2, 1, 4)
    with_it = groups(0 * ones, ones, ones, ones, h)
    without = nmf_segmentation(0 * ones, ones, ones, ones, h, gamma=0).total
    assert (with_it - without).item() == pytest.approx(0.1 * 2.0, abs=1e-5)


def test_it_trains_a_network(small):
    model = train(small, RECIPES["quick"], 0, SETTINGS["by design"], groups)
    assert all(value.isfinite().all() for value in model.state_dict().values())

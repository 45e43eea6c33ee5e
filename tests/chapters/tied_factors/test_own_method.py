"""The example of a reader's own method does what the chapter asks of one."""

import pytest
import torch

from chapters.tied_factors.data import SHARES, load
from chapters.tied_factors.own_method import nearest_mean
from chapters.tied_factors.scores import measures
from chapters.tied_factors.systems import RECIPES


@pytest.mark.parametrize("dataset", list(SHARES))
def test_it_gives_finite_logits_and_beats_guessing(dataset):
    data = load(dataset, "quick", seed=0)
    model = nearest_mean(data, RECIPES["quick"], 0)
    logits = model(data.x_test)
    assert logits.shape == (len(data.x_test), data.n_classes)
    assert torch.isfinite(logits).all()
    assert measures(model, data)["accuracy"] > 1.2 / data.n_classes

"""Both kinds of encoder train and give codes of the test split."""

from dataclasses import replace

import torch

from chapters.disentanglement.data import load
from chapters.disentanglement.systems import SYSTEMS
from support.data.dependence import spread


def test_the_encoder_with_targets_finds_them():
    data = load("embedded", "quick", 0)
    codes = SYSTEMS["quick"]["with targets"](data, "quick", 0)
    assert codes.shape == (3000, 4)
    places = spread(data.c_test, data.sizes)
    error = (codes - places).square().mean(0) / places.var(0)
    assert float(error[2:].max()) < 0.2


def test_both_profiles_name_systems_that_can_be_trained():
    assert {next(iter(systems)) for systems in SYSTEMS.values()} == {"with targets"}
    data = load("embedded", "quick", 0)
    some = replace(data, x_train=data.x_train[:256], c_train=data.c_train[:256])
    codes = SYSTEMS["quick"]["β-VAE, β = 4"](some, "quick", 0)
    assert codes.shape == (3000, 6)
    assert torch.isfinite(codes).all()

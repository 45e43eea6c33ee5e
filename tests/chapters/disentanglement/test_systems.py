"""Every kind of encoder trains and gives codes of the test split."""

from dataclasses import replace

import pytest
import torch

from chapters.disentanglement.data import load
from chapters.disentanglement.scores import SCORES
from chapters.disentanglement.systems import SYSTEMS
from chapters.disentanglement.world import rotate
from support.data.dependence import spread


@pytest.fixture(scope="module")
def data():
    return load("embedded", "quick", 0)


@pytest.fixture(scope="module")
def told(data):
    names = ("with targets", "turned targets", "untrained")
    return {name: SYSTEMS["quick"][name](data, "quick", 0) for name in names}


@pytest.mark.parametrize(
    ("name", "degrees"), [("with targets", 0), ("turned targets", 45)]
)
def test_an_encoder_finds_the_targets_it_was_given(data, told, name, degrees):
    wanted = rotate(spread(data.c_test, data.sizes), degrees)
    error = (told[name] - wanted).square().mean(0) / wanted.var(0)
    assert told[name].shape == (3000, 3)
    assert float(error.max()) < 0.2


def test_an_untrained_encoder_is_its_first_weights(data, told):
    assert told["untrained"].shape == (3000, 3)
    assert torch.equal(
        SYSTEMS["quick"]["untrained"](data, "quick", 0), told["untrained"]
    )
    assert SCORES["Min"](data.c_test, told["untrained"]) < 0.4


def test_minimality_falls_short_of_one_even_with_targets(data, told):
    """As the lesson says: fifteen bins see the jitter within a value."""
    assert 0.5 < SCORES["Min"](data.c_test, told["with targets"]) < 0.9


def test_both_profiles_name_systems_that_can_be_trained(data):
    assert {next(iter(systems)) for systems in SYSTEMS.values()} == {"with targets"}
    some = replace(data, x_train=data.x_train[:256], c_train=data.c_train[:256])
    codes = SYSTEMS["quick"]["β-VAE, β = 4"](some, "quick", 0)
    assert codes.shape == (3000, 6)
    assert torch.isfinite(codes).all()

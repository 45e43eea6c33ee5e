"""The three trainings: what they lower, and the law that all of them obey."""

from dataclasses import replace
from math import log

import pytest
import torch
from torch import nn

from chapters.tied_factors.data import load
from chapters.tied_factors.scores import class_sum, measures
from chapters.tied_factors.systems import RECIPES, SYSTEMS, fit_linear, objective

RECIPE = replace(RECIPES["quick"], epochs=100)


@pytest.fixture(scope="module")
def data():
    return load("embedded", "quick", seed=0)


def test_the_objective_is_a_mean_and_a_square():
    model = nn.Linear(2, 2)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 2.0], [0.0, -2.0]]))
    x, y = torch.zeros(3, 2), torch.zeros(3, dtype=torch.int64)
    more = objective(model, x, y, 0.5) - objective(model, x, y, 0.0)
    assert float(more.detach()) == pytest.approx(0.5 / 2 * 9, rel=1e-6)


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_each_system_learns_and_keeps_the_sum_over_classes(data, name):
    model = SYSTEMS[name](data, RECIPE, 0)
    assert measures(model, data)["accuracy"] > 0.45  # guessing: 0.33
    assert class_sum(model) < 1e-5
    assert float(model.weight.detach().abs().max()) > 0.1


def test_the_puzzle_is_one(data):
    model = SYSTEMS["no decay"](data, RECIPES["quick"], 0)
    seen = replace(data, x_test=data.x_train, y_test=data.y_train)
    assert measures(model, seen)["accuracy"] == 1
    assert measures(model, data)["cross-entropy"] > log(data.n_classes)


def test_decay_shrinks_and_the_seed_repeats(data):
    def size(decay):
        return float(fit_linear(data, RECIPE, 0, decay).weight.detach().norm())

    sizes = [size(decay) for decay in (0.0, 0.1, 1.0)]
    assert sizes == sorted(sizes, reverse=True)
    assert size(1.0) == sizes[-1]


def test_both_rivals_are_chosen_by_the_validation_part(data):
    swapped = replace(data, y_valid=data.y_valid.flip(0))
    for name in ("early stopping", "weight decay"):
        one, other = (SYSTEMS[name](each, RECIPE, 0) for each in (data, swapped))
        assert not torch.equal(one.weight, other.weight)

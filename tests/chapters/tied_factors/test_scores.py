"""Known answers: a perfect, a useless and a wrongly sure classifier."""

from math import log

import pytest
import torch
from torch import nn
from torch.nn.functional import one_hot

from chapters.tied_factors.data import load
from chapters.tied_factors.scores import class_sum, measures


@pytest.fixture(scope="module")
def data():
    return load("embedded", "quick", seed=0)


@pytest.mark.parametrize(
    ("sureness", "accuracy", "loss"),
    [(50.0, 1.0, 0.0), (-50.0, 0.0, 50.0 + log(2))],
)
def test_a_perfect_and_a_wrong_classifier(data, sureness, accuracy, loss):
    truth = sureness * one_hot(data.y_test, data.n_classes).float()
    found = measures(lambda _: truth, data)
    assert found == pytest.approx({"accuracy": accuracy, "cross-entropy": loss})


def test_a_useless_one_has_the_logarithm_of_the_classes(data):
    found = measures(lambda x: torch.zeros(len(x), 3), data)
    assert found["cross-entropy"] == pytest.approx(log(3))


def test_the_sum_over_classes_is_of_signed_weights():
    model = nn.Linear(2, 3)
    with torch.no_grad():
        model.weight.copy_(torch.tensor([[1.0, 1], [-1, 1], [0, -5]]))
    assert class_sum(model) == 3

"""The one way to inputs with known factors, and their drawing under dependence."""

import math

import pytest
import torch

from chapters.disentanglement.data import DATASETS, load, resample
from support.data.acquisition.registry import available
from support.metrics.information import mutual_information


@pytest.fixture(scope="module")
def data():
    return load("embedded", "quick", 0)


def source():
    return torch.Generator().manual_seed(0)


def test_embedded_sprites_are_independent_and_repeat(data):
    assert data.x_train.shape == (3000, 1, 16, 16)
    assert data.names == ("pos_x", "pos_y", "scale")
    assert mutual_information(data.c_train[:, 0], data.c_train[:, 1]) < 0.05
    again = load("embedded", "quick", 0)
    assert torch.equal(data.x_test, again.x_test)
    assert not torch.equal(data.x_train, data.x_test)


def test_resampling_ties_the_pair_alone(data):
    rows = resample(data, 0.1, 4000, source())
    x, y, scale = data.c_test[rows].unbind(1)
    assert mutual_information(x, y) > 0.8
    assert mutual_information(scale, x) < 0.05
    free = data.c_test[resample(data, math.inf, 4000, source())]
    assert mutual_information(free[:, 0], free[:, 1]) < 0.1


def test_what_is_unknown_is_named():
    with pytest.raises(ValueError, match="embedded, fsdd"):
        load("mnist", "quick", 0)
    with pytest.raises(ValueError, match=r"'fast'.*quick or full"):
        load("embedded", "fast", 0)


@pytest.mark.parametrize("name", [name for name in DATASETS if name != "embedded"])
def test_corpora_give_crossed_factors(name):
    if available(name) != "local":
        pytest.skip(f"{name} is not here")
    data = load(name, "quick", 0)
    assert len(data.x_train) == len(data.c_train)
    assert data.c_test.amax(0).tolist() == [size - 1 for size in data.sizes]
    assert mutual_information(data.c_train[:, 0], data.c_train[:, 1]) < 0.05
    x = data.x_test.float() / (255 if data.x_test.dtype == torch.uint8 else 1)
    assert 0 <= float(x.min()) <= float(x.max()) <= 1
    again, other = (load(name, "quick", seed) for seed in (0, 1))
    assert torch.equal(again.x_test, data.x_test)
    assert not torch.equal(other.x_test, data.x_test)  # the seed redraws the split

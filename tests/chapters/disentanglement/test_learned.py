"""Inputs with known factors, and the encoder that is told them."""

import math
from dataclasses import replace

import pytest
import torch

from chapters.disentanglement.learned import (
    DATASETS,
    REGRESSION,
    load_factor_task,
    regress,
    resample,
)
from support.data.acquisition.registry import available
from support.data.dependence import spread
from support.metrics.information import mutual_information


@pytest.fixture(scope="module")
def task():
    return load_factor_task("embedded", 0, count=1500)


def source():
    return torch.Generator().manual_seed(0)


def test_embedded_sprites_are_independent_and_repeat(task):
    assert task.x_train.shape == (1500, 1, 16, 16)
    assert [task.names[column] for column in task.pair] == ["pos_x", "pos_y"]
    assert mutual_information(task.c_train[:, 2], task.c_train[:, 3]) < 0.05
    again = load_factor_task("embedded", 0, count=1500)
    assert torch.equal(task.x_test, again.x_test)
    assert not torch.equal(task.x_train, task.x_test)


def test_resampling_ties_the_pair_alone(task):
    rows = resample(task, 0.1, 4000, source())
    shape, _, x, y = task.c_test[rows].unbind(1)
    assert mutual_information(x, y) > 0.8
    assert mutual_information(shape, x) < 0.05
    free = task.c_test[resample(task, math.inf, 4000, source())]
    assert mutual_information(free[:, 2], free[:, 3]) < 0.1


def test_the_encoder_with_targets_finds_them(task):
    recipe = replace(REGRESSION, epochs=4)
    codes = regress(task, recipe, seed=0, hidden=(128,))
    assert codes.shape == (1500, 4)
    error = (codes - spread(task.c_test, task.sizes)).square().mean(0)
    spread_of = spread(task.c_test, task.sizes).var(0)
    assert float((error / spread_of)[2:].max()) < 0.2
    assert torch.equal(codes, regress(task, recipe, seed=0, hidden=(128,)))


def test_an_unknown_data_set_is_named():
    with pytest.raises(ValueError, match="embedded, fsdd"):
        load_factor_task("mnist", 0)


@pytest.mark.parametrize("name", [name for name in DATASETS if name != "embedded"])
def test_corpora_give_crossed_factors(name):
    if available(name) != "local":
        pytest.skip(f"{name} is not here")
    task = load_factor_task(name, 0, side=16)
    assert len(task.x_train) == len(task.c_train)
    assert task.c_test.amax(0).tolist() == [size - 1 for size in task.sizes]
    one, other = (task.c_train[:, column] for column in task.pair)
    assert mutual_information(one, other) < 0.05
    x = task.x_test.float() / (255 if task.x_test.dtype == torch.uint8 else 1)
    assert 0 <= float(x.min()) <= float(x.max()) <= 1

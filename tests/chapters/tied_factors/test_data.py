"""What the chapter learns from, and how the seed splits it."""

from math import log

import pytest
import torch

from chapters.tied_factors.data import SHARES, load


@pytest.mark.parametrize("dataset", list(SHARES))
def test_the_parts_have_their_sizes_and_one_meaning(dataset):
    data = load(dataset, "quick", seed=0)
    sizes = [len(part) for part in (data.x_train, data.x_valid, data.x_test)]
    assert tuple(sizes) == SHARES[dataset]
    assert sizes == [len(part) for part in (data.y_train, data.y_valid, data.y_test)]
    assert data.x_test.shape[1] == len(data.names)
    assert data.x_test.dtype == torch.float32
    assert 0 <= data.y_test.min() <= data.y_test.max() < data.n_classes
    assert data.x_test.abs().max() < 6


@pytest.mark.parametrize("dataset", list(SHARES))
def test_the_seed_draws_the_split_and_nothing_else_does(dataset):
    one, same, other = (load(dataset, "quick", seed) for seed in (0, 0, 1))
    assert torch.equal(one.x_train, same.x_train)
    assert not torch.equal(one.x_train, other.x_train)


def test_the_zoo_is_the_same_animals_whatever_the_split():
    def animals(seed):
        data = load("zoo", "quick", seed)
        rows = torch.cat([data.x_train, data.x_valid, data.x_test])
        return sorted(map(tuple, rows.tolist()))

    assert animals(0) == animals(1)


def test_the_law_is_known_where_it_was_made():
    assert 0 < load("embedded", "quick", 0).floor < log(3)
    assert load("zoo", "quick", 0).floor is None
    assert len(load("embedded", "full", 0).x_test) == 10_000


@pytest.mark.parametrize("given", [("moons", "quick"), ("embedded", "long")])
def test_what_there_is_not_is_refused_with_what_there_is(given):
    with pytest.raises(ValueError, match="give one of"):
        load(*given, seed=0)

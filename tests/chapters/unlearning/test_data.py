"""What is learned and forgotten, and how the seed splits it."""

import pytest
import torch

from chapters.unlearning.data import SIZES, load, load_ring


def test_the_digits_are_split_by_the_seed_and_standardised():
    data, same, other = (load("embedded", "quick", seed) for seed in (0, 0, 1))
    assert (len(data.x_train), len(data.x_test)) == SIZES["embedded", "quick"]
    assert torch.equal(data.x_train, same.x_train)
    assert not torch.equal(data.x_train, other.x_train)
    assert data.x_train.mean(0).abs().max() < 1e-4
    spread = data.x_train.std(0)
    assert ((spread - 1).abs() < 1e-4).sum() > 50  # the others are always empty
    assert set(data.y_test.tolist()) == set(range(10))


def test_pictures_come_back():
    data = load("embedded", "quick", 0)
    shown = data.pictures(data.x_test)
    assert shown.shape == (597, 8, 8)
    assert -1e-5 < float(shown.min()) <= float(shown.max()) < 1 + 1e-5


def test_the_photographs_are_split_anew():
    data = load("eurosat32", "quick", 0)
    assert data.x_train.shape == (SIZES["eurosat32", "quick"][0], 3, 16, 16)
    assert data.names[0] == "AnnualCrop"
    assert data.x_train.mean((0, 2, 3)).abs().max() < 1e-3
    shown = data.pictures(data.x_test)
    assert -1e-4 < float(shown.min()) <= float(shown.max()) < 1 + 1e-4


def test_the_ring_has_six_clouds_around_it():
    ring = load_ring(0)
    assert torch.equal(ring.y.bincount(), torch.full((6,), 250))
    means = torch.stack([ring.x[ring.y == c].mean(0) for c in range(6)])
    radius = means[:, :2].norm(dim=1)
    assert (radius - 5).abs().max() < 0.4
    assert torch.equal(load_ring(0).x, ring.x)


@pytest.mark.parametrize("given", [("moons", "quick"), ("embedded", "long")])
def test_what_there_is_not_is_refused_with_what_there_is(given):
    with pytest.raises(ValueError, match="give one of"):
        load(*given, seed=0)

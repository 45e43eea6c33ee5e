"""Joint laws of dependent factors, and draws from them."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.data.dependence import (
    dependence_weights,
    draw_rows,
    factor_grid,
    spread,
)

GRID = factor_grid([4, 3, 2])
PLACES = spread(GRID, [4, 3, 2])


def source(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_grid_holds_every_combination_once():
    assert len(GRID) == len(GRID.unique(dim=0)) == 24
    assert GRID[1].tolist() == [0, 0, 1]
    assert factor_grid([3]).shape == (3, 1)


def test_without_dependence_every_cell_weighs_the_same():
    weights = dependence_weights(PLACES, [(0, 1)], math.inf)
    assert torch.allclose(weights, torch.full((24,), 1 / 24, dtype=torch.float64))


def test_weights_follow_the_formula():
    weights = dependence_weights(PLACES, [(0, 1), (1, 2)], 0.3)
    gaps = (PLACES[:, 0] - PLACES[:, 1]) ** 2 + (PLACES[:, 1] - PLACES[:, 2]) ** 2
    wanted = torch.exp(-gaps.double() / (2 * 0.3**2))
    assert torch.allclose(weights, wanted / wanted.sum(), atol=1e-7)


@settings(max_examples=25, deadline=None)
@given(sigma=st.floats(1e-3, 10))
def test_weights_sum_to_one_and_leave_the_third_factor_alone(sigma):
    weights = dependence_weights(PLACES, [(0, 1)], sigma)
    assert abs(float(weights.sum()) - 1) < 1e-12
    third = torch.zeros(2, dtype=torch.float64).index_add_(0, GRID[:, 2], weights)
    assert torch.allclose(third, torch.tensor([0.5, 0.5]).double())


def test_draws_follow_the_weights_and_the_seed():
    weights = dependence_weights(PLACES, [(0, 1)], 0.2)
    rows = draw_rows(weights, 50_000, source())
    shares = torch.bincount(rows, minlength=24) / 50_000
    assert float((shares - weights).abs().max()) < 0.01
    assert torch.equal(rows, draw_rows(weights, 50_000, source()))


def test_a_row_without_weight_is_never_drawn():
    rows = draw_rows(torch.tensor([0.0, 1.0, 0.0]), 1000, source())
    assert rows.unique().tolist() == [1]


@pytest.mark.parametrize(
    ("call", "word"),
    [
        (lambda: factor_grid([]), "sizes"),
        (lambda: factor_grid([2, 0]), "sizes"),
        (lambda: spread(GRID, [4, 3]), "factors"),
        (lambda: spread(GRID, [4, 2, 2]), "sizes"),
        (lambda: dependence_weights(PLACES, [(0, 1)], 0.0), "sigma"),
        (lambda: dependence_weights(PLACES, [(0, 1)], math.nan), "sigma"),
        (lambda: dependence_weights(PLACES, [(0, 0)], 0.1), "pairs"),
        (lambda: dependence_weights(PLACES, [(0, 3)], 0.1), "pairs"),
        (lambda: dependence_weights(PLACES[:0], [(0, 1)], 0.1), "values"),
        (lambda: draw_rows(torch.ones(3), 0, source()), "count"),
        (lambda: draw_rows(torch.zeros(3), 1, source()), "weights"),
        (lambda: draw_rows(torch.tensor([math.nan]), 1, source()), "weights"),
    ],
)
def test_bad_input_is_named(call, word):
    with pytest.raises(ValueError, match=word):
        call()

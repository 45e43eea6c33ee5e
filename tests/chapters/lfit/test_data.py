"""The way to the data."""

import numpy as np
import pytest

from chapters.lfit.data import load
from chapters.lfit.encodings import GRID, SCORERS, merit


def test_the_tables_of_a_seed_are_drawn_anew_from_it():
    one, again, other = (load("embedded", "quick", seed) for seed in (0, 0, 1))
    assert (one.states == again.states).all()
    assert (one.coded.states == again.coded.states).all()
    assert (one.states != other.states).any()
    assert len(one.states) == len(one.applications) == 4800
    assert len(one.coded.states) == 8000
    assert len(one.coded.other_labels) == 4000
    assert list(one.tables) == list(one.grids) == list(SCORERS)
    assert len(one.grids["blind"].distinct) == GRID.size
    assert one.second.states.shape == (2400, 10)


def test_the_same_cuts_serve_all_people():
    data = load("embedded", "quick", 0)
    shares = np.bincount(data.tables["blind"].labels) / 4800
    assert np.abs(shares - 0.25).max() < 0.05
    assert (data.tables["gender"].labels <= data.tables["blind"].labels).all()
    few = data.observed(100)
    assert (few.labels == data.tables["blind"].labels[:100]).all()
    lower = data.observed(scores=merit(data.states, data.form) - 1)
    assert (lower.labels == 0).all()


def test_an_unknown_setting_is_named():
    with pytest.raises(ValueError, match="dataset: got 'mnist'"):
        load("mnist", "quick", 0)
    with pytest.raises(ValueError, match="profile: got 'medium'"):
        load("embedded", "medium", 0)

"""Codes lie within their domains; scores are blind, or biased as they say."""

import numpy as np
import pytest

from chapters.lfit.encodings import (
    APPLICATION,
    GRID,
    SCORERS,
    SECOND,
    encode,
    every_state,
    merit,
    orders,
    scored,
    table_of,
)
from support.data.recruitment import make_recruitment
from support.rules.states import quantile_cuts


@pytest.mark.parametrize(
    ("version", "encoding"), [(1, APPLICATION), (2, SECOND)], ids=("first", "second")
)
def test_codes_lie_within_their_domains_and_use_them(version, encoding):
    data = make_recruitment(2000, 100, version=version)
    states, found = encode(data)
    assert found is encoding
    assert states.shape == (2000, len(encoding.domains))
    assert (states >= 0).all()
    assert (states < np.array(encoding.domains)).all()
    assert (states.max(0) == np.array(encoding.domains) - 1).all()
    assert (states[:, -1] == data.gender.numpy()).all()
    assert (states[:, -2] == data.ethnicity.numpy()).all()


def test_merit_of_the_second_version_is_the_generators():
    data = make_recruitment(600, 100)
    states, encoding = encode(data)
    assert np.corrcoef(merit(states, encoding), data.blind_score)[0, 1] > 0.99


def test_every_state_is_there_once():
    states = every_state(GRID)
    assert len(np.unique(states, axis=0)) == len(states) == GRID.size == 2700
    assert APPLICATION.size == 34_560


@pytest.mark.parametrize("encoding", [APPLICATION, GRID, SECOND])
def test_a_bias_moves_its_group_and_no_other(encoding):
    source = np.random.default_rng(0)
    states = np.stack([source.integers(0, d, 300) for d in encoding.domains], axis=1)
    blind, gender, ethnicity = (scored(states, encoding, name) for name in SCORERS)
    women = (states[:, -1] == 1) & (blind > 0)
    assert (gender[women] < blind[women]).all()
    assert (gender[states[:, -1] == 0] == blind[states[:, -1] == 0]).all()
    group = states[:, -2]
    some = blind > 0
    assert (ethnicity[(group == 0) & some] > blind[(group == 0) & some]).all()
    assert (ethnicity[group == 1] == blind[group == 1]).all()
    assert (ethnicity[(group == 2) & some] < blind[(group == 2) & some]).all()
    with pytest.raises(ValueError, match="scorer: got 'age'"):
        scored(states, encoding, "age")


def test_one_cut_for_all_scorers_keeps_a_penalty_visible():
    states = every_state(GRID)
    cuts = quantile_cuts(merit(states, GRID), 4)
    blind, gender = (
        table_of(states, scored(states, GRID, name), cuts, GRID).labels
        for name in ("blind", "gender")
    )
    assert (gender <= blind).all()
    assert (gender < blind).any()


def test_orders_are_permutations():
    found = orders(APPLICATION)
    assert all(sorted(order) == list(range(8)) for order in found.values())
    assert found["first"][:2] == [7, 6]
    assert found["last"][-1] == 7

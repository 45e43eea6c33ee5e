"""The way to the data; people of a census as states."""

import numpy as np
import pandas as pd
import pytest

from chapters.lfit.data import CENSUS, census_table, load
from chapters.lfit.encodings import GRID, SCORERS, merit


def people(count, source):
    pick = source.choice
    return pd.DataFrame(
        {
            "age": source.integers(17, 90, count),
            "workclass": pick(["Private", "State-gov", "Self-emp-inc", "?"], count),
            "education_years": source.integers(1, 17, count),
            "marital_status": pick(
                ["Married-civ-spouse", "Never-married", "Divorced"], count
            ),
            "race": pick(["White", "Black"], count),
            "sex": pick(["Male", "Female"], count),
            "capital_gain": pick([0, 2174], count),
            "hours": source.integers(1, 99, count),
        }
    )


def test_codes_use_their_domains_and_sex_stands_last():
    found = people(800, np.random.default_rng(0))
    found["income"] = np.where(found["age"] > 40, ">50K", "<=50K")
    table = census_table(found)
    assert table.domains == tuple(CENSUS.values())
    assert (table.states.max(0) == np.array(table.domains) - 1).all()
    assert (table.states[:, -1] == (found["sex"] == "Female")).all()
    assert (table.labels == (found["age"] > 40)).all()


def test_the_tables_of_a_seed_are_drawn_anew_from_it():
    one, again, other = (load("embedded", "quick", seed) for seed in (0, 0, 1))
    assert (one.states == again.states).all()
    assert (one.crowd == again.crowd).all()
    assert (one.states != other.states).any()
    assert len(one.states) == len(one.applications) == 4800
    assert len(one.crowd) == len(one.truth) == 12_000
    assert list(one.tables) == list(one.grids) == list(SCORERS)
    assert len(one.grids["blind"].distinct) == len(one.whole.distinct) == GRID.size
    assert one.second.states.shape == (2400, 10)
    assert one.incomes is None


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
    with pytest.raises(ValueError, match="dataset: got 'zoo'"):
        load("zoo", "quick", 0)
    with pytest.raises(ValueError, match="profile: got 'medium'"):
        load("embedded", "medium", 0)


def test_incomes_come_with_the_census_alone(monkeypatch):
    found = people(300, np.random.default_rng(0)).assign(income=">50K")
    monkeypatch.setattr("chapters.lfit.data.load_adult", lambda: found)
    assert load("adult", "quick", 0).incomes.labels.all()

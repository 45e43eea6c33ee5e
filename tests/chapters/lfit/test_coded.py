"""Recorded rows as codes: domains, splits, labels."""

import numpy as np
import pandas as pd
import pytest

from chapters.lfit import coded
from chapters.lfit.data import load
from support.data.tables import load_vocalset_egemaps, load_zoo


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


def fits(table):
    states = np.concatenate([table.states, table.other_states])
    assert (states >= 0).all()
    assert (states < np.array(table.domains)).all()
    assert set(np.concatenate([table.labels, table.other_labels])) == set(
        range(len(table.words))
    )
    assert table.told == len(table.labels) == len(table.states)


def test_people_of_a_census_use_their_domains_and_sex_stands_last(monkeypatch):
    found = people(10_000, np.random.default_rng(0))
    found["income"] = np.where(found["age"] > 40, ">50K", "<=50K")
    monkeypatch.setattr(coded, "load_adult", lambda: found)
    table = load("adult", "quick", 0).coded
    fits(table)
    assert (table.states.max(0) == np.array(table.domains) - 1).all()
    assert (len(table.states), len(table.other_states)) == (6000, 4000)
    codes, labels = coded._census_codes(found)
    assert (codes[:, -1] == (found["sex"] == "Female")).all()
    assert (labels == (found["age"] > 40)).all()


def test_singers_stay_together_and_the_seed_draws_them():
    table, other = coded.singers(0), coded.singers(1)
    fits(table)
    sung = load_vocalset_egemaps().labels
    effort = sung["technique"].isin(coded.EFFORT)
    assert len(table.labels) + len(table.other_labels) == effort.sum()
    # The tertiles of each attribute are those of the rows to learn from.
    thirds = [np.bincount(column) / len(column) for column in table.states[:, :-1].T]
    assert np.abs(np.array(thirds) - 1 / 3).max() < 0.02
    assert (
        len(table.states) != len(other.states) or (table.states != other.states).any()
    )
    again = coded.singers(0)
    assert (table.states == again.states).all()


def test_animals_are_split_anew_by_the_seed():
    one, other = coded.animals(0), coded.animals(1)
    fits(one)
    assert len(one.states) == 67
    assert (one.states != other.states).any()
    total = one.states[:, -1].sum() + one.other_states[:, -1].sum()
    assert total == load_zoo()["domestic"].sum()


@pytest.mark.parametrize("count", [5, 40])
def test_a_table_of_the_first_rows_takes_other_labels(count):
    part = coded.animals(0).first(count)
    table = part.table(np.zeros(count, int))
    assert len(table.states) == len(part.labels) == count
    assert table.heads == 7
    assert not table.labels.any()

"""People of a census as states; a column that decides is told from the others."""

import numpy as np
import pandas as pd

from chapters.lfit.census import CENSUS, census_table, compare_with_shuffled


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


def test_sex_is_found_where_it_decides_and_race_is_not():
    found = people(1500, np.random.default_rng(1))
    rich = (found["sex"] == "Male") & (found["age"] > 44)
    found["income"] = np.where(rich, ">50K", "<=50K")
    rows = compare_with_shuffled(census_table(found), seed=0, rounds=3)
    assert rows.loc["sex", "share"] > rows.loc["sex", "shuffled, 95 %"]
    assert rows.loc["sex", "in the core"]
    assert rows.loc["race", "share"] == 0
    assert not rows.loc["race", "in the core"]

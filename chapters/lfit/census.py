"""Adult as a form of eight variables; sex and race last."""

import numpy as np
import pandas as pd

from chapters.lfit.experiments import all_rules, shares
from support.rules.attribution import core_attributes, permutation_control
from support.rules.states import StateTable, discretise

__all__ = ["CENSUS", "census_table", "compare_with_shuffled"]

CENSUS = {
    "age": 5,
    "education": 5,
    "hours": 4,
    "married": 3,
    "employer": 4,
    "capital": 2,
    "race": 2,
    "sex": 2,
}
"""The variables and their numbers of values; the encoding is ours."""


def census_table(people: pd.DataFrame) -> StateTable:
    """Code people as states; the label is whether the income exceeds 50,000 dollars.

    Age and hours are cut at round numbers, education at the end of school, college
    and bachelor; married, never or no longer; private, public, own or other
    employer; any capital gain; white or not; 1 is female.

    Args:
        people: as `support.data.census.load_adult` gives them.
    """
    married = people["marital_status"].str.startswith("Married")
    never = people["marital_status"] == "Never-married"
    employer = people["workclass"]
    public, own = employer.str.endswith("-gov"), employer.str.startswith("Self-emp")
    kinds = [employer == "Private", public, own]
    columns = [
        discretise(people["age"], [25, 35, 45, 55]),
        discretise(people["education_years"], [9, 10, 13, 14]),
        discretise(people["hours"], [35, 41, 50]),
        np.select([married, never], [0, 1], 2),
        np.select(kinds, [0, 1, 2], 3),
        people["capital_gain"] > 0,
        people["race"] != "White",
        people["sex"] == "Female",
    ]
    states = np.stack([np.asarray(column, np.int64) for column in columns], axis=1)
    labels = np.asarray(people["income"] == ">50K", np.int64)
    return StateTable(
        states, labels, list(CENSUS.values()), list(CENSUS), 2, target="rich"
    )


def compare_with_shuffled(
    table: StateTable, *, seed: int, rounds: int = 20
) -> pd.DataFrame:
    """Shares of sex and race, tried last, beside those of shuffled columns.

    Args:
        table: with columns sex and race.
        seed: of the shuffles.
        rounds: how many.

    Returns:
        A row an attribute: share, 95 % quantile of the shuffled ones, and whether
        it is in the core.
    """
    found = shares(all_rules(table))
    core = core_attributes(table).any(0)
    rows = {}
    for name in ("sex", "race"):
        null = permutation_control(table, name, seed=seed, rounds=rounds)
        place = table.names.index(name)
        rows[name] = [found[name], float(np.quantile(null, 0.95)), bool(core[place])]
    return pd.DataFrame.from_dict(
        rows, orient="index", columns=["share", "shuffled, 95 %", "in the core"]
    )

"""The chapter's data: applications as rows of codes, labelled by known scorers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch

from chapters.lfit.encodings import (
    APPLICATION,
    GRID,
    SCORERS,
    Encoding,
    encode,
    every_state,
    merit,
    scored,
    table_of,
)
from support.data.census import load_adult
from support.data.recruitment import Recruitment, make_recruitment
from support.recruitment.applications import load_applications
from support.rules.states import StateTable, discretise, quantile_cuts
from support.training import stream_seed

__all__ = ["CENSUS", "SIZES", "Data", "census_table", "load"]

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
"""Variables of Adult and their numbers of values; the encoding is ours."""

SIZES: Mapping[str, Mapping[str, Any]] = {
    "quick": {"people": 4800, "applications": 4800, "second": 2400, "asked": GRID},
    "full": {
        "people": 4800,
        "applications": 19_200,
        "second": 19_200,
        "asked": APPLICATION,
    },
}


@dataclass(frozen=True)
class Data:
    """Tables to learn rules from, and applications to train networks on.

    All cuts are quartiles of the *blind* merit, the same for every scorer: with
    cuts of its own a penalty that hits everybody would vanish.

    Args:
        form: the variables of version 1 of the applications.
        states: (4800, 8) codes of people.
        cuts: (3,) of their merit.
        tables: those people, labelled by each of `encodings.SCORERS`.
        grids: every state of `encodings.GRID`, labelled by each scorer.
        applications: of version 2, for the networks.
        crowd: (12000, 8) codes of other people.
        truth: (12000,) their labels by merit.
        second: people of version 2, ten variables, labelled with a bias by gender.
        whole: every state of a form, labelled with the same bias.
        incomes: of the census; None but for the data set ``adult``.
    """

    form: Encoding
    states: np.ndarray
    cuts: np.ndarray
    tables: dict[str, StateTable]
    grids: dict[str, StateTable]
    applications: Recruitment
    crowd: np.ndarray
    truth: np.ndarray
    second: StateTable
    whole: StateTable
    incomes: StateTable | None

    def observed(
        self, count: int | None = None, scores: np.ndarray | None = None
    ) -> StateTable:
        """The first people, all where left out, labelled by merit or by scores."""
        states = self.states[:count]
        known = merit(states, self.form) if scores is None else scores
        return table_of(states, known, self.cuts, self.form)


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Draw the chapter's people, and ask the known scorers.

    Args:
        dataset: ``embedded``, or ``adult`` for the incomes of the census besides.
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; its streams "people", "applications", "more" and "second"
            draw the four sets.
        device: not used here: rules are learned from codes on the CPU.

    Raises:
        ValueError: the profile or the data set is unknown.
        support.data.errors.DataError: the census is not to be had.
    """
    for name, given, known in (
        ("dataset", dataset, ("embedded", "adult")),
        ("profile", profile, tuple(SIZES)),
    ):
        if given not in known:
            raise ValueError(f"{name}: got {given!r}; give {' or '.join(known)}")
    size = SIZES[profile]

    def people(stream: str, count: int, version: int) -> tuple[np.ndarray, Encoding]:
        drawn = stream_seed(seed, stream)
        return encode(make_recruitment(count, drawn, version=version))

    states, form = people("people", size["people"], 1)
    cuts = quantile_cuts(merit(states, form), 4)
    crowd, _ = people("more", 12_000, 1)
    two, second = people("second", size["second"], 2)
    return Data(
        form=form,
        states=states,
        cuts=cuts,
        tables={
            scorer: table_of(states, scored(states, form, scorer), cuts, form)
            for scorer in SCORERS
        },
        grids={scorer: _every(GRID, scorer) for scorer in SCORERS},
        applications=load_applications(
            "embedded",
            stream_seed(seed, "applications"),
            train=size["applications"],
            test=4800,
        )[0],
        crowd=crowd,
        truth=table_of(crowd, merit(crowd, form), cuts, form).labels,
        second=table_of(
            two,
            scored(two, second, "gender"),
            quantile_cuts(scored(two, second, "blind"), 4),
            second,
        ),
        whole=_every(size["asked"], "gender"),
        incomes=census_table(load_adult()) if dataset == "adult" else None,
    )


def _every(encoding: Encoding, scorer: str) -> StateTable:
    """Every state of a domain, cut at the quartiles of its own merit."""
    states = every_state(encoding)
    cuts = quantile_cuts(merit(states, encoding), 4)
    return table_of(states, scored(states, encoding, scorer), cuts, encoding)


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

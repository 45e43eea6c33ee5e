"""The chapter's data: applications as rows of codes, labelled by known scorers."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from chapters.lfit.coded import REAL, Coded
from chapters.lfit.encodings import (
    GRID,
    LABELS,
    SCORERS,
    Encoding,
    encode,
    every_state,
    merit,
    scored,
    table_of,
)
from support.data.recruitment import Recruitment, make_recruitment
from support.recruitment.applications import load_applications
from support.rules.states import StateTable, quantile_cuts
from support.training import stream_seed

__all__ = ["SIZES", "Data", "load"]

SIZES: Mapping[str, Mapping[str, int]] = {
    "quick": {"people": 4800, "applications": 4800, "second": 2400},
    "full": {"people": 4800, "applications": 19_200, "second": 19_200},
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
        second: people of version 2, ten variables, labelled with a bias by gender.
        coded: a table to watch black boxes on: 8,000 other people labelled by
            merit and 4,000 to try rules on, or recorded rows.
    """

    form: Encoding
    states: np.ndarray
    cuts: np.ndarray
    tables: dict[str, StateTable]
    grids: dict[str, StateTable]
    applications: Recruitment
    second: StateTable
    coded: Coded

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
    """Draw the chapter's people, ask the known scorers, and split the coded table.

    Args:
        dataset: ``embedded``, or one of `coded.REAL` for a recorded table.
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; its streams "people", "applications", "more" and "second"
            draw the four sets, and "split" the rows of a recorded table.
        device: not used here: rules are learned from codes on the CPU.

    Raises:
        ValueError: the profile or the data set is unknown.
        support.data.errors.DataError: the corpus is not to be had.
    """
    for name, given, known in (
        ("dataset", dataset, ("embedded", *REAL)),
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
            stream_seed(seed, "applications"),
            train=size["applications"],
            test=4800,
        )[0],
        second=table_of(
            two,
            scored(two, second, "gender"),
            quantile_cuts(scored(two, second, "blind"), 4),
            second,
        ),
        coded=REAL[dataset](seed)
        if dataset in REAL
        else _applications(*people("more", 12_000, 1), cuts),
    )


def _applications(crowd: np.ndarray, form: Encoding, cuts: np.ndarray) -> Coded:
    labels = table_of(crowd, merit(crowd, form), cuts, form).labels
    words = tuple(map(str, range(LABELS)))
    rows, others = slice(8000), slice(8000, None)
    return Coded(
        form.names,
        form.domains,
        crowd[rows],
        labels[rows],
        crowd[others],
        labels[others],
        words,
        told=2000,
    )


def _every(encoding: Encoding, scorer: str) -> StateTable:
    """Every state of a domain, cut at the quartiles of its own merit."""
    states = every_state(encoding)
    cuts = quantile_cuts(merit(states, encoding), 4)
    return table_of(states, scored(states, encoding, scorer), cuts, encoding)

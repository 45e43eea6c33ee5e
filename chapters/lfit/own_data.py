"""A table of the reader's in the place of the recorded ones.

Rules are learned from it, and black boxes are audited on it; the applications of the
chapter's first half, whose scorers are known, stay as they are.
"""

from dataclasses import replace

import numpy as np
import torch

from chapters.lfit.coded import Coded
from chapters.lfit.data import Data
from chapters.lfit.data import load as applications
from support.data.own.given import Given
from support.rules.states import discretise
from support.training import generator

__all__ = ["COLUMNS", "KIND", "MORE", "load"]

KIND = "table"
COLUMNS = {"label": "what is decided of a row: 2 to 8 values"}
MORE = (
    "Every other column is a variable, 2 to 12 of them; the last is the protected one. "
    "Numbers of more than six values are cut at the quartiles of the rows that are "
    "learned from. Two thirds are learned from, 6,000 at most."
)
_KEPT, _MOST, _TRIED = 6, 6000, 4000


def load(
    given: Given, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """The chapter's data, with the reader's table as the coded one.

    Raises:
        GivenDataError: too few or too many variables, labels or values of one.
    """
    names = [str(name) for name in given.table.columns if name != "label"]
    if not 2 <= len(names) <= 12:
        raise given.refused(
            f"there are {len(names)} columns beside 'label'",
            "Give 2 to 12 variables, the protected one last.",
        )
    labels, words = given.classes("label", most=8, rows=2)
    rows, others = given.parts(generator(seed, "own split"), 2 / 3)
    rows, others = rows[:_MOST], others[:_TRIED]
    codes, sizes = zip(*(_coded(given, name, rows) for name in names), strict=True)
    states = np.stack(codes, axis=1)
    table = Coded(
        names=tuple(names),
        domains=tuple(sizes),
        states=states[rows],
        labels=labels[rows],
        other_states=states[others],
        other_labels=labels[others],
        words=words,
        told=len(rows),
    )
    return replace(applications("embedded", profile, seed, device), coded=table)


def _coded(given: Given, name: str, rows: np.ndarray) -> tuple[np.ndarray, int]:
    """A column as numbers from 0, and how many there are."""
    values = given.table[name]
    if values.dtype.kind in "iuf" and values.nunique() > _KEPT:
        cuts = np.unique(np.quantile(values.iloc[rows], [0.25, 0.5, 0.75]))
        cuts = cuts[cuts > values.min()]  # a bin below the least value holds nothing
        if len(cuts):
            return discretise(values, cuts), len(cuts) + 1
    codes, words = given.classes(name, most=12)
    return codes, len(words)

"""Tables of codes with a label and a protected column, whoever or whatever they are of.

Applications, sung recordings, animals and people of a census take one form here, so
that one experiment asks the same of all.  The protected column stands last; the seed
redraws which rows are learned from.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from support.data.census import load_adult
from support.data.tables import ZOO_ATTRIBUTES, load_vocalset_egemaps, load_zoo
from support.rules.states import StateTable, discretise, quantile_cuts
from support.training import stream_seed

__all__ = ["CENSUS", "EFFORT", "REAL", "SUNG", "Coded", "adults", "animals", "singers"]

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

EFFORT = ("breathy", "straight", "vibrato", "belt")
"""Ways to sing, from little effort to much: the labels of the sung recordings."""

SUNG = {
    "loudness": "loudness_sma3_amean",
    "loudness range": "loudness_sma3_pctlrange0-2",
    "pitch spread": "F0semitoneFrom27.5Hz_sma3nz_stddevNorm",
    "jitter": "jitterLocal_sma3nz_amean",
    "shimmer": "shimmerLocaldB_sma3nz_amean",
    "harmonicity": "HNRdBACF_sma3nz_amean",
    "first harmonics": "logRelF0-H1-H2_sma3nz_amean",
    "brightness": "alphaRatioV_sma3nz_amean",
}
"""Attributes of a sung recording, and their names in eGeMAPS.

The mean pitch is not among them: the melody asks for it, and it tells the sex.
"""


@dataclass(frozen=True)
class Coded:
    """Rows to learn rules from, and rows to try them on.

    Args:
        names: of the variables, the protected one last.
        domains: number of values of each.
        states: (n, F) codes of the rows to learn from.
        labels: (n,) their labels, from 0.
        other_states: (m, F) codes of the others.
        other_labels: (m,) theirs.
        words: name of each label.
        told: how many rows the claims are judged at.
    """

    names: tuple[str, ...]
    domains: tuple[int, ...]
    states: np.ndarray
    labels: np.ndarray
    other_states: np.ndarray
    other_labels: np.ndarray
    words: tuple[str, ...]
    told: int

    def first(self, count: int) -> "Coded":
        """The same with the first rows alone to learn from."""
        return replace(self, states=self.states[:count], labels=self.labels[:count])

    def table(self, labels: np.ndarray | None = None) -> StateTable:
        """The rows to learn from, with labels of their own or a black box's."""
        given = self.labels if labels is None else labels
        return StateTable(
            self.states, given, self.domains, self.names, len(self.words), "label"
        )


def _drawn(
    states: np.ndarray,
    labels: np.ndarray,
    variables: Mapping[str, int],
    words: Sequence[str],
    rows: np.ndarray,
    others: np.ndarray,
) -> Coded:
    return Coded(
        tuple(variables),
        tuple(variables.values()),
        states[rows],
        labels[rows],
        states[others],
        labels[others],
        tuple(words),
        len(rows),
    )


def singers(seed: int) -> Coded:
    """Sung recordings: how much effort the voice makes; the sex is protected.

    Ten of the fifteen singers of VocalSet, five women and five men, are learned from;
    their tertiles cut each of `SUNG` into three.  All recordings of a singer stay
    together.

    Args:
        seed: of the run; it draws the singers and the order of the recordings.

    Raises:
        support.data.errors.DataError: the corpus is not to be had.
    """
    sung = load_vocalset_egemaps()
    chosen = sung.labels["technique"].isin(EFFORT).to_numpy()
    people = sung.labels[chosen].reset_index(drop=True)
    columns = [sung.feature_names.index(name) for name in SUNG.values()]
    features = sung.features[chosen][:, columns].astype(np.float64)
    source = np.random.default_rng(stream_seed(seed, "split"))
    learned = [
        singer
        for sex in ("female", "male")
        for singer in source.permutation(
            sorted(people["singer"][people["sex"] == sex].unique())
        )[:5]
    ]
    inside = people["singer"].isin(learned).to_numpy()
    codes = [
        discretise(column, quantile_cuts(column[inside], 3)) for column in features.T
    ]
    women = people["sex"].to_numpy() == "female"
    return _drawn(
        np.stack([*codes, women.astype(np.int64)], axis=1),
        people["technique"].map(EFFORT.index).to_numpy(np.int64),
        {**dict.fromkeys(SUNG, 3), "sex": 2},
        EFFORT,
        source.permutation(np.flatnonzero(inside)),
        np.flatnonzero(~inside),
    )


def animals(seed: int) -> Coded:
    """Animals of the zoo: their type; whether they are domestic is protected.

    Two thirds are learned from.  The number of legs is coded by its rank.

    Args:
        seed: of the run; it draws the animals.

    Raises:
        support.data.errors.DataError: the corpus is not to be had.
    """
    frame = load_zoo()
    known = [name for name in ZOO_ATTRIBUTES if name != "domestic"]
    legs = np.unique(frame["legs"], return_inverse=True)[1]
    kinds = list(dict.fromkeys(frame["type"]))
    states = np.column_stack([frame[known], legs, frame["domestic"]]).astype(np.int64)
    order = np.random.default_rng(stream_seed(seed, "split")).permutation(len(frame))
    return _drawn(
        states,
        frame["type"].map(kinds.index).to_numpy(np.int64),
        {**dict.fromkeys(known, 2), "legs": 6, "domestic": 2},
        kinds,
        order[:67],
        order[67:],
    )


def adults(seed: int) -> Coded:
    """People of the census of 1994: whether they earn much; the sex is protected.

    Age and hours are cut at round numbers, education at the end of school, college
    and bachelor; married, never or no longer; private, public, own or other
    employer; any capital gain; white or not; 1 is female.  6,000 are learned from,
    and 4,000 others tried.

    Args:
        seed: of the run; it draws the people.

    Raises:
        support.data.errors.DataError: the census is not to be had.
    """
    people = load_adult()
    order = np.random.default_rng(stream_seed(seed, "split")).permutation(len(people))
    states, labels = _census_codes(people)
    words = ("at most 50,000 dollars", "more")
    return _drawn(states, labels, CENSUS, words, order[:6000], order[6000:10_000])


def _census_codes(people: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    married = people["marital_status"].str.startswith("Married")
    never = people["marital_status"] == "Never-married"
    employer = people["workclass"]
    public, own = employer.str.endswith("-gov"), employer.str.startswith("Self-emp")
    columns = [
        discretise(people["age"], [25, 35, 45, 55]),
        discretise(people["education_years"], [9, 10, 13, 14]),
        discretise(people["hours"], [35, 41, 50]),
        np.select([married, never], [0, 1], 2),
        np.select([employer == "Private", public, own], [0, 1, 2], 3),
        people["capital_gain"] > 0,
        people["race"] != "White",
        people["sex"] == "Female",
    ]
    states = np.stack([np.asarray(column, np.int64) for column in columns], axis=1)
    return states, np.asarray(people["income"] == ">50K", np.int64)


REAL: Mapping[str, Callable[[int], Coded]] = {
    "vocalset_egemaps": singers,
    "zoo": animals,
    "adult": adults,
}
"""Recorded tables by the name of their data set."""

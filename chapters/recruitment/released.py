"""What is known of the authors' arrays and predictions, and the same of ours."""

from typing import Any, NamedTuple

import pandas as pd
import torch
from torch import Tensor

from chapters.recruitment.data import Data
from chapters.recruitment.scores import Map, ScoreReport, rate
from support.data.errors import DataError
from support.data.recruitment import COMPETENCIES, make_recruitment
from support.data.tables import load_faircv_statistics
from support.recruitment.scorer import Sees, train_scorer

__all__ = [
    "AGNOSTIC_COLUMNS",
    "AUTHORS",
    "SCENARIOS",
    "FirstVersion",
    "beside",
    "first_version",
    "levels",
    "published_statistics",
    "recover_weights",
    "scenarios",
]

SCENARIOS = {
    "1: all, blind": ("blind", Sees(face=False, text="", demographics=True)),
    "2: all": ("gender", Sees(face=False, text="", demographics=True)),
    "3: competencies": ("gender", Sees(face=False, text="")),
    "4: + face": ("gender", Sees(face=True, text="")),
    "4: + agnostic face": ("gender", Sees(face=True, text="")),
}
"""The testbed's scenarios of 2020 by number: target and inputs; "all" means with the
columns gender and ethnicity."""

AUTHORS = {
    "KL": (0.009, 0.452, 0.011, 0.171, 0.014),
    "women in top": (0.491, 0.228, 0.491, 0.346, 0.490),
    "to past scores": (0.0110, 0.0169, 0.0597, 0.0379, 0.0601),
    "to merit": (0.0110, 0.0702, 0.0404, 0.0635, 0.0389),
}
"""What the authors' predictions give, one number a scenario: our measures of the ten
files ``predictions_*.npy`` of 2020, on 4,800 test applications with gender bias."""

AGNOSTIC_COLUMNS = {"d": 3.15e-6, "g": 0.6712, "f": 0.8542, "e": 0.5363, "h": 0.7579}
"""Of the columns released in 2020 as agnostic faces: largest deviation, accuracy of a
linear probe for gender and for ethnicity; f and h of the faces themselves.

Source: published aggregates, ``faircv_statistics``."""

# Three competencies whose shares are published, with lowest level and number of levels.
_KNOWN = {
    "education": ("educ_attainment", 0, 6),
    "availability": ("availability", 1, 5),
    "language_1": ("language_1", 0, 4),
}


class FirstVersion(NamedTuple):
    """What the generator draws in version 1, beside what is published of it.

    Args:
        shares: competency to level to {"generated": share, "published": share}.
        weights: score to the weights that least squares recovers: one a
            competency, then that of women.
        names: of the weights.
    """

    shares: dict[str, dict[str, dict[str, float]]]
    weights: dict[str, list[float]]
    names: tuple[str, ...]


def published_statistics() -> dict[str, Any] | None:
    """The published aggregates where they are at hand; None where they are not.

    >>> statistics = published_statistics()
    >>> statistics is None or "experiments" in statistics
    True
    """
    try:
        return load_faircv_statistics(download=False)
    except DataError:
        return None


def first_version(seed: int, count: int = 19_200) -> FirstVersion:
    """Draw version 1 of the testbed and hold it to the published aggregates.

    Args:
        seed: of the applications.
        count: how many.

    Returns:
        Shares and weights; the published ones only where the file is at hand.
    """
    drawn, told = make_recruitment(count, seed, version=1), published_statistics()
    theirs = told["experiments"]["gender"] if told else None
    shares: dict[str, dict[str, dict[str, float]]] = {}
    for name, (column, first, values) in _KNOWN.items():
        own = drawn.competencies[:, COMPETENCIES[1].index(name)]
        series = {"generated": levels(own, first, values)}
        if theirs:
            series["published"] = theirs["marginals"][column]["probability"]
        shares[name] = {
            str(first + level): {word: each[level] for word, each in series.items()}
            for level in range(values)
        }
    weights = {
        name: recover_weights(drawn.competencies, drawn.gender, score)
        for name, score in (
            ("merit", drawn.blind_score),
            ("biased score", drawn.gender_score),
        )
    }
    if theirs:
        fitted = theirs["blind_score"]["least_squares_weights"].values()
        weights = {"merit, published": [*fitted, 0.0]} | weights
    return FirstVersion(shares, weights, (*COMPETENCIES[1], "woman"))


def levels(values: Tensor, first: int, count: int) -> list[float]:
    """Share of each of the levels first, first + 1, ..., of a column of integers.

    Args:
        values: (n,) whole numbers.
        first: the lowest level.
        count: of the levels.

    >>> levels(torch.tensor([1.0, 1.0, 2.0, 3.0]), 1, 3)
    [0.5, 0.25, 0.25]
    """
    shares = torch.bincount(values.round().long() - first, minlength=count)
    return (shares.double() / len(values)).tolist()


def recover_weights(competencies: Tensor, group: Tensor, score: Tensor) -> list[float]:
    """Least squares of a score on the competencies and on being in group 1.

    Args:
        competencies: (n, d).
        group: (n,) 0 or 1.
        score: (n,).

    Returns:
        One weight a competency, then that of the group; the intercept is left out.

    >>> x, group = torch.rand(50, 2), torch.arange(50) % 2
    >>> weights = recover_weights(x, group, x[:, 0] - 0.5 * group + 3)
    >>> [round(abs(weight), 6) for weight in weights]
    [1.0, 0.0, 0.5]
    """
    columns = [competencies, group[:, None], torch.ones(len(group), 1)]
    features = torch.cat([column.double() for column in columns], dim=1)
    solved = torch.linalg.lstsq(features, score.double()[:, None]).solution[:, 0]
    return solved[:-1].tolist()


def scenarios(data: Data, face_map: Map, seed: int) -> dict[str, ScoreReport]:
    """Train the testbed's five scenarios of 2020 and rate them by gender.

    Args:
        data: applications of version 1.
        face_map: (n, d) faces to agnostic ones.
        seed: of the training and the permutations.

    Returns:
        Reports by the names of `SCENARIOS`.
    """
    agnostic = data.with_faces(face_map)
    reports = {}
    for name, (target, sees) in SCENARIOS.items():
        seen = agnostic if "agnostic" in name else data
        scorer = train_scorer(
            seen.train, target, sees, seed=seed, device=data.device, label=name
        )
        reports[name] = rate(scorer, seen, seed=seed)
    return reports


def beside(reports: dict[str, ScoreReport]) -> pd.DataFrame:
    """The authors' predictions and ours, a row a scenario.

    Args:
        reports: of `scenarios`.
    """
    ours = {
        "KL": [report.kl for report in reports.values()],
        "women in top": [float(report.shares[1]) for report in reports.values()],
        "to merit": [report.to_blind for report in reports.values()],
    }
    columns: dict[str, list[float]] = {}
    for name, values in ours.items():
        columns[f"{name}, theirs"] = list(AUTHORS[name])
        columns[f"{name}, ours"] = values
    return pd.DataFrame(columns, index=list(reports))

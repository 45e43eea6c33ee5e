"""What is known of the authors' arrays and predictions, and the same of ours."""

import pandas as pd
import torch
from torch import Tensor

from chapters.recruitment.data import Data
from chapters.recruitment.scores import Map, ScoreReport, rate
from support.data.recruitment import COMPETENCIES, Recruitment
from support.recruitment.scorer import Sees, train_scorer

__all__ = [
    "ADDRESS",
    "AGNOSTIC_COLUMNS",
    "AUTHORS",
    "PUBLISHED_SHARES",
    "PUBLISHED_WEIGHTS",
    "SCENARIOS",
    "beside",
    "recover_weights",
    "scenarios",
    "shares",
    "weights",
]

ADDRESS = (
    "https://github.com/BiDAlab/FairCVtest/tree/"
    "80c537a00d22ded9160b0ec83bbf86f1a77661b4/data"
)
"""Where the authors keep the arrays of 2020: an old commit of their repository."""

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
    "to merit": (0.0110, 0.0702, 0.0404, 0.0635, 0.0389),
}
"""What the authors' predictions give, one number a scenario: our measures of the five
files ``predictions_*.npy`` of 2020 with gender bias, on 4,800 test applications."""

AGNOSTIC_COLUMNS = {"d": 3.15e-6, "g": 0.6712, "f": 0.8542, "e": 0.5363, "h": 0.7579}
"""Of the columns released in 2020 as agnostic faces: largest deviation, accuracy of a
linear probe for gender and for ethnicity; f and h of the faces themselves.

Source: aggregates of the released arrays, the data set ``faircv_statistics``."""

PUBLISHED_SHARES = {
    "education": (0, (0.1475, 0.40042, 0.29208, 0.11562, 0.01646, 0.02792)),
    "availability": (1, (0.01646, 0.02792, 0.07333, 0.23104, 0.65125)),
    "language_1": (0, (0.04125, 0.39417, 0.31646, 0.24812)),
}
"""Lowest level of a competency, and the share of every level among the 4,800
applications of ``Profiles_test_gen.npy`` (2020); source as of `AGNOSTIC_COLUMNS`."""

PUBLISHED_WEIGHTS = (
    *(0.08902, 0.11753, 0.11855, 0.02974, 0.018, 0.01793),
    *(0.01782, 0.01808, 0.01802, 0.01773, 0.01805, 0.01789),
)
"""Least squares of the merit in the same file, in the order of our competencies."""


def shares(drawn: Recruitment) -> dict[str, dict[str, dict[str, float]]]:
    """How often each level of a competency occurs, and how often it did in 2020.

    Args:
        drawn: n applications of version 1.

    Returns:
        Competency to level to {"generated": share, "published": share}.
    """
    found = {}
    for name, (lowest, published) in PUBLISHED_SHARES.items():
        column = drawn.competencies[:, COMPETENCIES[1].index(name)].round().long()
        own = torch.bincount(column - lowest, minlength=len(published)) / len(drawn)
        found[name] = {
            str(lowest + level): {"generated": float(own[level]), "published": told}
            for level, told in enumerate(published)
        }
    return found


def weights(drawn: Recruitment) -> pd.DataFrame:
    """Weights of the competencies in the scores, a row each; the last is women's.

    Args:
        drawn: n applications of version 1.
    """
    given = drawn.competencies, drawn.gender
    return pd.DataFrame(
        {
            "merit, published": [*PUBLISHED_WEIGHTS, 0.0],
            "merit": recover_weights(*given, drawn.blind_score),
            "biased score": recover_weights(*given, drawn.gender_score),
        },
        index=[*COMPETENCIES[1], "woman"],
    )


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

"""What is published of the authors' arrays, and the arrays themselves, if given."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import torch
from torch import Tensor

from chapters.recruitment.data import Data
from chapters.recruitment.scores import Leakage, ScoreReport, leakage, rate
from chapters.recruitment.systems import ATTRIBUTES
from support.data.errors import DataError
from support.data.faircv import FILES, Released, load_faircv_v1
from support.data.recruitment import COMPETENCIES, make_recruitment
from support.data.tables import load_faircv_statistics
from support.recruitment.applications import take
from support.recruitment.scorer import TESTBED, Sees, train_scorer

__all__ = [
    "FirstVersion",
    "Refit",
    "first_version",
    "levels",
    "published_statistics",
    "recover_weights",
    "refit",
    "refit_files",
]


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


class Refit(NamedTuple):
    """Scorers trained on one half of a released file and tested on the other.

    Args:
        reports: inputs to what the scorer does to the file's own attribute.
        agnostic: leakage of that attribute from the agnostic columns.
        deviation: largest standard deviation of an agnostic column.
    """

    reports: dict[str, ScoreReport]
    agnostic: Leakage
    deviation: float


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


def refit(released: Released, kind: str, *, seed: int) -> Refit:
    """Train the testbed's network on half of a released file, and test the other.

    Args:
        released: of `support.data.faircv.load_faircv_v1`.
        kind: the bias of its scores.
        seed: of the halves and the training.

    Returns:
        Reports for competencies, with the face, and with the agnostic columns.
    """
    whole, agnostic = released
    order = torch.randperm(len(whole), generator=torch.Generator().manual_seed(seed))
    halves = order[: len(order) // 2], order[len(order) // 2 :]
    data = Data(take(whole, halves[0]), take(whole, halves[1]))
    small = [agnostic[half] for half in halves]
    known = [getattr(half, kind) for half in (data.train, data.test)]
    blind = Data(
        replace(data.train, face=small[0].float()),
        replace(data.test, face=small[1].float()),
    )
    cases = {
        "competencies": (data, Sees(False, "")),
        "+ face": (data, Sees(True, "")),
        "+ agnostic face": (blind, Sees(True, "")),
    }
    reports, longer = {}, replace(TESTBED, epochs=32)
    for name, (seen, sees) in cases.items():
        scorer = train_scorer(seen.train, kind, sees, longer, seed=seed)
        reports[name] = rate(scorer, seen, kind, seed=seed)
    return Refit(
        reports,
        leakage(small[0], known[0], small[1], known[1], ATTRIBUTES[kind]),
        float(agnostic.std(0).max()),
    )


def refit_files(
    folder: str | Path, *, seed: int, kinds: Sequence[str] = tuple(FILES)
) -> dict[str, Refit]:
    """`refit` for each of the two files in a folder.

    Args:
        folder: holds the files that `support.data.faircv.FILES` names.
        seed: of the halves and the training.
        kinds: which of them.

    Raises:
        DataError: a file is missing or is not what it should be.
    """
    found = {}
    for kind in kinds:
        released = load_faircv_v1(Path(folder) / FILES[kind], kind)
        found[kind] = refit(released, kind, seed=seed)
    return found

"""Learners of rules and their rival; and the networks that rules are learned of."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
import torch
from sklearn.tree import DecisionTreeClassifier

from chapters.lfit.encodings import Encoding, every_state, table_of
from support.data.recruitment import Recruitment
from support.recruitment.scorer import (
    TESTBED,
    Scorer,
    Sees,
    score_profiles,
    train_scorer,
)
from support.rules.programs import learn_program
from support.rules.states import StateTable, quantile_cuts
from support.training import Recipe

__all__ = ["NETWORKS", "NETWORK_GRID", "SYSTEMS", "Box", "ask", "train_boxes"]

NETWORK_GRID = Encoding(
    (
        "education",
        "experience",
        "recommendation",
        "availability",
        "language_1",
        "ethnicity",
        "gender",
    ),
    (5, 6, 2, 3, 3, 3, 2),
    (0.0,) * 7,
)
"""What the network is asked: 3,240 states of version 2."""
_AVAILABILITY, _LANGUAGE, _OTHERS = (0.2, 0.6, 1.0), (0.0, 0.4, 1.0), 0.4

NETWORKS: Mapping[str, tuple[str, Sees]] = {
    "blind labels": ("blind", Sees()),
    "gender-biased labels": ("gender", Sees()),
    "ethnicity-biased labels": ("ethnicity", Sees()),
    "gender-biased labels, competencies alone": ("gender", Sees(False, "")),
}
"""Networks by name: the score that each is trained on, and what it sees."""


class Box(NamedTuple):
    """A trained network and what it says of every state of the grid.

    Args:
        scorer: the network.
        scores: (3240,) its scores.
        table: the same, cut at the quartiles of the blind training scores.
    """

    scorer: Scorer
    scores: np.ndarray
    table: StateTable


def ask(scorer: Scorer, data: Recruitment, states: np.ndarray) -> np.ndarray:
    """Scores of grid states, (n,): face and text are the means of their group.

    Two languages stand at .4; a suitability is not given, as in training.

    Args:
        scorer: the network.
        data: its training applications.
        states: (n, 7) codes of `NETWORK_GRID`.
    """
    rows = torch.from_numpy(states)
    competencies = torch.full((len(rows), 7), _OTHERS)
    competencies[:, 0] = (rows[:, 0] + 1) / 5
    competencies[:, 1] = rows[:, 1] / 5
    competencies[:, 2] = rows[:, 2].float()
    competencies[:, 3] = torch.tensor(_AVAILABILITY)[rows[:, 3]]
    competencies[:, 4] = torch.tensor(_LANGUAGE)[rows[:, 4]]
    found = score_profiles(
        scorer, data, competencies, gender=rows[:, 6], ethnicity=rows[:, 5]
    )
    return found.double().cpu().numpy()


def train_boxes(
    data: Recruitment,
    seed: int,
    *,
    names: tuple[str, ...] = tuple(NETWORKS),
    recipe: Recipe = TESTBED,
    device: str | torch.device = "cpu",
) -> dict[str, Box]:
    """Train networks as the recruitment chapter does, and ask each for the grid.

    Args:
        data: applications of version 2.
        seed: of weights and batches.
        names: which of `NETWORKS`.
        recipe: how.
        device: where they are trained.

    >>> from support.data.recruitment import make_recruitment
    >>> boxes = train_boxes(make_recruitment(60, 0), 0)
    >>> boxes["blind labels"].scores.shape
    (3240,)
    """
    states = every_state(NETWORK_GRID)
    cuts = quantile_cuts(data.blind_score.double().cpu().numpy(), 4)
    boxes = {}
    for name in names:
        target, sees = NETWORKS[name]
        scorer = train_scorer(
            data,
            target,
            sees,
            recipe,
            seed=seed,
            device=device,
            label=name,
        )
        scores = ask(scorer, data, states)
        boxes[name] = Box(scorer, scores, table_of(states, scores, cuts, NETWORK_GRID))
    return boxes


Predictor = Callable[[np.ndarray], np.ndarray]


def _tree(
    states: np.ndarray, labels: np.ndarray, domains: Sequence[int], seed: int
) -> Predictor:
    return DecisionTreeClassifier(random_state=seed).fit(states, labels).predict


def _program(
    states: np.ndarray,
    labels: np.ndarray,
    domains: Sequence[int],
    seed: int,
    **options: Any,
) -> Predictor:
    learned = learn_program(StateTable(states, labels, domains), **options)
    return lambda others: learned.predict(others).labels


SYSTEMS: Mapping[str, Callable[..., Predictor]] = {
    "tree": _tree,
    "PRIDE": _program,
    "PRIDE, weighted": partial(_program, weighted=True),
}
"""Learners of the comparison, the rival first.

Each is called as ``learner(states, labels, domains, seed)`` and returns a function
from (m, F) states to (m,) labels.
"""

"""Learners of rules and their rival; and the networks that rules are learned of."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from sklearn.model_selection import GridSearchCV, KFold
from sklearn.tree import DecisionTreeClassifier
from torch import nn
from torch.nn.functional import cross_entropy

from chapters.lfit.encodings import Encoding, every_state, table_of
from support.data.recruitment import Recruitment
from support.recruitment.scorer import Scorer, Sees, score_profiles
from support.rules.programs import learn_program
from support.rules.states import StateTable, quantile_cuts
from support.training import Recipe, generator, predict, seeded_init

__all__ = [
    "BOX",
    "NETWORKS",
    "NETWORK_GRID",
    "PRUNING",
    "SYSTEMS",
    "ask",
    "bias",
    "train_box",
]

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


def ask(scorer: Scorer, data: Recruitment) -> StateTable:
    """What a network says of every state of `NETWORK_GRID`.

    Face and text are the means of their group; two languages stand at .4; a
    suitability is not given, as in training.

    Args:
        scorer: the network.
        data: its training applications; the quartiles of their blind scores cut
            the network's into labels.

    Returns:
        3,240 states; the two genders of one stand one after the other.
    """
    states = every_state(NETWORK_GRID)
    codes = torch.from_numpy(states)
    competencies = torch.full((len(codes), 7), _OTHERS)
    competencies[:, 0] = (codes[:, 0] + 1) / 5
    competencies[:, 1] = codes[:, 1] / 5
    competencies[:, 2] = codes[:, 2].float()
    competencies[:, 3] = torch.tensor(_AVAILABILITY)[codes[:, 3]]
    competencies[:, 4] = torch.tensor(_LANGUAGE)[codes[:, 4]]
    scores = score_profiles(
        scorer, data, competencies, gender=codes[:, 6], ethnicity=codes[:, 5]
    )
    cuts = quantile_cuts(data.blind_score.double().cpu().numpy(), 4)
    return table_of(states, scores.double().cpu().numpy(), cuts, NETWORK_GRID)


Predictor = Callable[[np.ndarray], np.ndarray]

BOX = Recipe(updates=1500, batch_size=64, rate=3e-3)
"""How the network on the codes of a table is trained."""


def bias(labels: np.ndarray, states: np.ndarray) -> np.ndarray:
    """One step less, but not below 0, for the protected value 1.

    >>> bias(np.array([0, 2, 2]), np.array([[0, 1], [0, 1], [0, 0]])).tolist()
    [0, 1, 2]
    """
    return np.maximum(labels - (states[:, -1] == 1), 0)


def train_box(
    states: np.ndarray, labels: np.ndarray, domains: Sequence[int], seed: int
) -> Predictor:
    """Train a network with one hidden layer on the one-hot codes of a table.

    Args:
        states: (n, F) codes.
        labels: (n,) from 0.
        domains: number of values of each variable.
        seed: of initial weights and batches.

    Returns:
        A function from (m, F) states to (m,) labels; it does the same every time.
    """
    starts = torch.tensor([0, *np.cumsum(domains)[:-1]])

    def one_hot(codes: np.ndarray) -> torch.Tensor:
        rows = torch.zeros(len(codes), sum(domains))
        return rows.scatter_(1, torch.from_numpy(codes) + starts, 1.0)

    with seeded_init(seed, "box"):
        network = nn.Sequential(
            nn.Linear(sum(domains), 32),
            nn.ReLU(),
            nn.Linear(32, int(labels.max()) + 1),
        )
    BOX.fit(
        lambda x, y: cross_entropy(network(x), y),
        network,
        (one_hot(states), torch.from_numpy(labels)),
        generator=generator(seed, "box batches"),
    )
    return lambda others: predict(network, one_hot(others)).argmax(1).numpy()


PRUNING = (0.0, 3e-4, 1e-3, 3e-3, 1e-2)
"""Strengths of cost-complexity pruning among which five-fold validation chooses."""


def _tree(
    states: np.ndarray, labels: np.ndarray, domains: Sequence[int], seed: int
) -> Predictor:
    return DecisionTreeClassifier(random_state=seed).fit(states, labels).predict


def _pruned_tree(
    states: np.ndarray, labels: np.ndarray, domains: Sequence[int], seed: int
) -> Predictor:
    search = GridSearchCV(
        DecisionTreeClassifier(random_state=seed),
        {"ccp_alpha": PRUNING},
        cv=KFold(5, shuffle=True, random_state=seed),
    )
    return search.fit(states, labels).predict


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
    "pruned tree": _pruned_tree,
    "PRIDE": _program,
    "PRIDE, weighted": partial(_program, weighted=True),
}
"""Learners of the comparison, the rivals first.

Each is called as ``learner(states, labels, domains, seed)`` and returns a function
from (m, F) states to (m,) labels.
"""

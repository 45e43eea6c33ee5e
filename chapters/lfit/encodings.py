"""Applications as rows of a few discrete values, and scorers of them in closed form.

The paper's table of encodings was not to be had; these are ours.  Every merit here
is linear in the codes and blind to the two protected attributes, which stand last.
"""

from typing import NamedTuple

import numpy as np

from support.data.recruitment import Recruitment
from support.rules.states import StateTable, discretise

__all__ = [
    "APPLICATION",
    "GRID",
    "PROTECTED",
    "SCORERS",
    "SECOND",
    "Encoding",
    "encode",
    "every_state",
    "merit",
    "orders",
    "scored",
    "table_of",
]

PROTECTED = ("gender", "ethnicity")
SCORERS = ("blind", "gender", "ethnicity")
"""A scorer that sees merit alone, and two that add a bias."""
LABELS = 4


class Encoding(NamedTuple):
    """Variables, how many values each has, and what one step of each is worth.

    Args:
        names: of the variables, ethnicity and gender last.
        domains: number of values of each.
        weights: what a step adds to the merit; 0 for the protected ones.
    """

    names: tuple[str, ...]
    domains: tuple[int, ...]
    weights: tuple[float, ...]

    @property
    def size(self) -> int:
        """How many states there are."""
        return int(np.prod(self.domains))


_FIRST = ("education", "experience", "recommendation", "availability")
APPLICATION = Encoding(
    (*_FIRST, "language_1", "language_2", "ethnicity", "gender"),
    (6, 6, 2, 5, 4, 4, 3, 2),
    (0.0890, 0.05875, 0.1185, 0.0297, 0.0180, 0.0180, 0.0, 0.0),
)
"""Version 1 of the applications, with two of its eight languages: 34,560 states."""

SECOND = Encoding(
    (
        *_FIRST,
        *(f"language_{number}" for number in (1, 2, 3)),
        "suitability",
        "ethnicity",
        "gender",
    ),
    (5, 6, 2, 5, 6, 6, 6, 4, 3, 2),
    (0.044, 0.05, 0.08, 0.012, 0.012, 0.012, 0.012, 0.05825, 0.0, 0.0),
)
"""Version 2, all ten variables: 1,555,200 states."""

GRID = Encoding(
    (*_FIRST, "language_1", "ethnicity", "gender"),
    (5, 5, 2, 3, 3, 3, 2),
    (0.11, 0.12, 0.12, 0.06, 0.05, 0.0, 0.0),
)
"""A domain that can be asked about whole: 2,700 states."""


def encode(data: Recruitment) -> tuple[np.ndarray, Encoding]:
    """Code applications of either version.

    Education, recommendation, availability and languages have few values as they
    are.  Experience of version 1 is cut into halves, five and more being one value.

    Args:
        data: as `support.data.recruitment.make_recruitment` draws them.

    Returns:
        (n, F) codes from 0, and the encoding: `APPLICATION` or `SECOND`.

    >>> from support.data.recruitment import make_recruitment
    >>> states, encoding = encode(make_recruitment(24, 0, version=1))
    >>> states.shape, encoding is APPLICATION
    ((24, 8), True)
    """
    given = data.competencies.double().cpu().numpy()
    groups = [data.ethnicity.cpu().numpy(), data.gender.cpu().numpy()]
    if given.shape[1] == 12:
        experience = np.minimum(given[:, 1] // 0.5, 5)
        columns = [given[:, 0], experience, given[:, 2], given[:, 3] - 1, *given.T[4:6]]
        encoding = APPLICATION
    else:
        fifths = given * 5
        suitability = data.suitability.double().cpu().numpy() * 4 - 1
        education, experience, _, availability, *spoken = fifths.T
        columns = [education - 1, experience, given[:, 2], availability - 1]
        columns += [*spoken, suitability]
        encoding = SECOND
    codes = np.stack([*columns, *groups], axis=1)
    return np.rint(codes).astype(np.int64), encoding


def every_state(encoding: Encoding) -> np.ndarray:
    """All states of a domain, (product of the domains, F), the last column fastest.

    >>> every_state(GRID).shape
    (2700, 7)
    """
    axes = np.indices(encoding.domains)
    return np.stack([axis.ravel() for axis in axes], axis=1)


def merit(states: np.ndarray, encoding: Encoding) -> np.ndarray:
    r"""Merit $\sum_fw_fs_f$ of states, without noise, (n,), to nine decimals."""
    return _tidy(states @ np.array(encoding.weights))


def scored(states: np.ndarray, encoding: Encoding, scorer: str) -> np.ndarray:
    """Score of states by one of `SCORERS`, (n,).

    Gender 1 loses .119; the first ethnicity gains .18 and the third loses .18.  In
    version 2 biases multiply: merit, scaled to [0, 1] over the domain, times .75
    for gender 1, and 1.25 or .75 for the two ethnicities.

    Args:
        states: (n, F) codes.
        encoding: what they mean.
        scorer: one of `SCORERS`.

    Raises:
        ValueError: the scorer is unknown.

    >>> states = np.array([[0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 1]])
    >>> scored(states, GRID, "gender").tolist()
    [0.0, -0.119]
    """
    if scorer not in SCORERS:
        raise ValueError(f"scorer: got {scorer!r}; give one of {', '.join(SCORERS)}")
    score = merit(states, encoding)
    gender, ethnicity = states[:, -1], states[:, -2]
    if encoding is SECOND:
        best = np.array(encoding.weights) @ (np.array(encoding.domains) - 1)
        factors = {
            "blind": 1.0,
            "gender": np.where(gender == 1, 0.75, 1.0),
            "ethnicity": np.array([1.25, 1.0, 0.75])[ethnicity],
        }
        return _tidy(score / best * factors[scorer])
    shifts = {
        "blind": 0.0,
        "gender": -0.119 * (gender == 1),
        "ethnicity": 0.18 * (1.0 - ethnicity),
    }
    return _tidy(score + shifts[scorer])


def table_of(
    states: np.ndarray, scores: np.ndarray, cuts: np.ndarray, encoding: Encoding
) -> StateTable:
    """The observed states with their scores cut into labels 0 to 3.

    Args:
        states: (n, F) codes.
        scores: (n,) of a black box.
        cuts: (3,) computed once, on blind training scores, and used for every
            scorer: with cuts of its own a penalty for all would vanish.
        encoding: what the codes mean.
    """
    labels = discretise(scores, cuts)
    return StateTable(
        states, labels, encoding.domains, encoding.names, LABELS, target="score"
    )


def orders(encoding: Encoding | StateTable) -> dict[str, list[int]]:
    """Two orders of the variables: protected ones last, or gender, ethnicity first.

    >>> orders(GRID)["first"]
    [6, 5, 0, 1, 2, 3, 4]
    """
    places = list(range(len(encoding.names)))
    return {"last": places, "first": [places[-1], places[-2], *places[:-2]]}


def _tidy(scores: np.ndarray) -> np.ndarray:
    """Equal scores made equal: many lie on a cut, where the last bit would decide."""
    return np.round(scores, 9)

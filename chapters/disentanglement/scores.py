"""Every score of the comparison under one name, and what an encoder is good for."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache

import numpy as np
from scipy.stats import kendalltau
from sklearn.tree import DecisionTreeClassifier
from torch import Tensor

from chapters.disentanglement.world import cells, rotate
from support.metrics.disentanglement import (
    dci,
    irs,
    mig,
    minimality_sufficiency,
    modularity,
    sap,
)
from support.metrics.information import (
    discretise,
    mutual_information_matrix,
)

__all__ = [
    "BINS",
    "CLASSICAL",
    "SCORES",
    "Usefulness",
    "enter",
    "rank_agreement",
    "turned_state",
]

BINS = 15
"""Bins of minimality and sufficiency, part of their definition."""
_DCI_ROWS = 2000
_TREES = 10

Score = Callable[[Tensor, Tensor], float]


def _dci(factors: Tensor, codes: Tensor, model: str) -> float:
    part = slice(_DCI_ROWS)
    found = dci(factors[part], codes[part], predictor=model, trees=_TREES)
    return found.disentanglement


SCORES: dict[str, Score] = {
    "Min": lambda c, z: minimality_sufficiency(c, z, bins=BINS).minimality,
    "Suf": lambda c, z: minimality_sufficiency(c, z, bins=BINS).sufficiency,
    "MIG": mig,
    "modularity": modularity,
    "SAP": sap,
    "DCI Lasso": lambda c, z: _dci(c, z, "lasso"),
    "DCI forest": lambda c, z: _dci(c, z, "forest"),
    "IRS": irs,
}
"""Name to a function of factors (N, n) and codes (N, m); higher is better."""

CLASSICAL = ("MIG", "modularity", "SAP", "DCI Lasso", "DCI forest")
"""The older scores that claims 4f and 4g hold minimality and sufficiency against."""


def enter(
    name: str, score: Score, codes: Iterable[tuple[Tensor, Tensor]]
) -> list[float]:
    """Enter several codes in one score.

    Args:
        name: of the score, for messages.
        score: the function.
        codes: pairs of factors (N, n) and codes (N, m).

    Returns:
        One number a pair.

    Raises:
        ValueError: as the score does; or it gave no finite number.

    >>> import torch
    >>> c = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> enter("columns", lambda c, z: z.shape[1], [(c, c.float())])
    [2.0]
    """
    values = []
    for factors, z in codes:
        given = score(factors, z)
        try:
            value = float(given)
        except (TypeError, ValueError):
            value = math.nan
        if not math.isfinite(value):
            raise ValueError(f"{name}: gave {given!r}; give one finite number")
        values.append(value)
    return values


@cache
def turned_state(sigma: float, degrees: float) -> tuple[Tensor, dict[str, float]]:
    """Informations and scores of the turned code, from the exact joint law.

    Args:
        sigma: width of the dependence.
        degrees: by which the first two components are turned.

    Returns:
        (n, m) informations in bits, and five scores by name.

    >>> round(turned_state(0.1, 0)[1]["Min"], 6)
    1.0
    """
    world = cells(sigma, levels=1)
    law = (world.factors, rotate(world.places, degrees))
    values = discretise(law[1], BINS).values
    matrix = mutual_information_matrix(world.factors, values, weights=world.weights)
    ours = minimality_sufficiency(*law, bins=BINS, weights=world.weights)
    return matrix, {
        "Min": ours.minimality,
        "Suf": ours.sufficiency,
        "MIG": mig(*law, weights=world.weights),
        "modularity": modularity(*law, weights=world.weights),
        "SAP": sap(*law, weights=world.weights),
    }


class Usefulness:
    """How well trees of depth 5 read the factors off a code.

    The trees learn from one sample, four fifths of it, and are tested on the last
    fifth and on a second sample, in which the factors may depend otherwise.

    Args:
        factors: (N, n) integers of the first sample.
        elsewhere: (M, n) integers of the second sample.
        seed: of the trees, which break ties at random.
    """

    def __init__(self, factors: Tensor, elsewhere: Tensor, *, seed: int) -> None:
        self.cut = 4 * len(factors) // 5
        self.here, self.there = factors.cpu().numpy(), elsewhere.cpu().numpy()
        self.seed = seed % 2**32

    def __call__(self, codes: Tensor, elsewhere: Tensor) -> tuple[float, float]:
        """Accuracy of the best single component, here and elsewhere.

        For each factor the component is taken whose tree is best here; both
        accuracies are means over the factors.

        Args:
            codes: (N, m) of the first sample.
            elsewhere: (M, m) of the second.
        """
        z, other = codes.cpu().numpy(), elsewhere.cpu().numpy()
        results = []
        for i in range(self.here.shape[1]):
            scored = [
                self._tree(z[:, [j]], other[:, [j]], i) for j in range(z.shape[1])
            ]
            results.append(max(scored))
        here, there = np.mean(results, axis=0)
        return float(here), float(there)

    def _tree(self, z: np.ndarray, other: np.ndarray, i: int) -> tuple[float, float]:
        tree = DecisionTreeClassifier(max_depth=5, random_state=self.seed)
        known, new = slice(None, self.cut), slice(self.cut, None)
        tree.fit(z[known], self.here[known, i])
        return (
            float((tree.predict(z[new]) == self.here[new, i]).mean()),
            float((tree.predict(other) == self.there[:, i]).mean()),
        )


def rank_agreement(
    before: Mapping[str, Sequence[float]], after: Mapping[str, Sequence[float]]
) -> list[float]:
    """Kendall's tau of two rankings of the same encoders, by Min·Suf and by MIG.

    Args:
        before: ``Min``, ``Suf`` and ``MIG`` to one value an encoder.
        after: the same in another world.
    """
    ours, theirs = (
        [np.multiply(part["Min"], part["Suf"]), part["MIG"]] for part in (before, after)
    )
    return [
        float(kendalltau(*pair).statistic) for pair in zip(ours, theirs, strict=True)
    ]

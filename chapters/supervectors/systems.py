"""The systems that are compared, and one front-end pooled in more or fewer states."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import torch
from torch import Tensor

from chapters.supervectors.data import Data
from support.models.hmm import PhraseHMM
from support.models.pooling import alignment_pool
from support.training import Recipe, predict
from support.verification.experiment import SETTINGS
from support.verification.scoring import System
from support.verification.systems import (
    NETWORK,
    NetworkSystem,
    raw_statistics,
    raw_supervector,
    train_network,
)

__all__ = [
    "RECIPES",
    "SYSTEMS",
    "StateSystem",
    "pool_in_states",
    "pool_shrunk",
]

RECIPES: dict[str, Recipe] = {
    profile: replace(NETWORK, epochs=SETTINGS["embedded", profile].epochs)
    for profile in ("quick", "full")
}


def pool_shrunk(frames: Tensor, alignment: Tensor, mask: Tensor) -> Tensor:
    r"""Supervector of a mixture: one imagined frame at 0 more in every state.

    A Gaussian may go without frames, where a state of a chain never does; with
    $\rho=1$ such a part is 0.

    Args:
        frames: (N, T, D).
        alignment: (N, T, Q).
        mask: (N, T); the alignment is 0 where it is false, so it is not needed.

    Returns:
        (N, Q D).
    """
    return alignment_pool(frames, alignment, shrinkage=1.0)


def _untrained(make: Callable[[Data], System]) -> Callable[..., System]:
    """A system without a network, called as those with one are."""
    return lambda data, **recipe_and_seed: make(data)


_mean = partial(train_network, pooling="mean")
_supervector = partial(train_network, pooling="alignment")
SYSTEMS: dict[str, Callable[..., System]] = {
    "raw deviation": _untrained(partial(raw_statistics, mean=False)),
    "raw mean and deviation": _untrained(raw_statistics),
    "raw supervector": _untrained(raw_supervector),
    "mean 24": _mean,
    "mean 128": partial(_mean, dimension=128),
    "mean 128, speakers only": partial(_mean, dimension=128, target="speaker"),
    "statistics 128": partial(train_network, pooling="statistics", dimension=128),
    "uniform 24": partial(_supervector, alignment="uniform"),
    "mixture 24": partial(train_network, pooling=pool_shrunk, alignment="mixture"),
    "HMM 24": _supervector,
    "HMM 24, speakers only": partial(_supervector, target="speaker"),
}
"""Name to ``train(data, recipe=, seed=, label=, checkpoint=)``; the number is D.

The networks share the front-end, its initial weights and the order of the batches.
"""


@dataclass(frozen=True)
class StateSystem:
    """Frozen features of all frames, and a chain of Q states a phrase to pool them.

    Args:
        features: (N, T, D) of all utterances.
        hmm: chains, fitted on the background's input.
        centre: (Q D,) mean over the background.
        scale: (Q D,) standard deviation over the background.
    """

    features: Tensor
    hmm: PhraseHMM
    centre: Tensor
    scale: Tensor

    def embed(self, data: Data, index: Tensor, phrase: int | None = None) -> Tensor:
        """(n,) utterances, the claimed phrase or None for their own -> (n, Q D)."""
        aligned = _aligned(self.hmm, data, index, phrase)
        pooled = alignment_pool(self.features[index], aligned)
        return (pooled - self.centre) / self.scale


def pool_in_states(
    system: NetworkSystem, data: Data, grid: Sequence[int]
) -> dict[int, StateSystem]:
    """Pool the features of a frozen front-end in Q states, for several Q.

    Args:
        system: whose front-end is taken; its own pooling is not.
        data: of `load`.
        grid: numbers of states; 1 is the mean over time.
    """
    features = predict(system.network.encoder, data.x, data.mask)
    corpus, known = data.corpus, data.background
    found = {}
    for states in grid:
        hmm = data.hmm
        if states != data.states:
            hmm = PhraseHMM(len(corpus.phrases), states, data.features)
            hmm.fit(data.x[known], corpus.frames[known], corpus.phrase[known])
        pooled = alignment_pool(features[known], _aligned(hmm, data, known, None))
        found[states] = StateSystem(features, hmm, pooled.mean(0), pooled.std(0))
    return found


def _aligned(hmm: PhraseHMM, data: Data, index: Tensor, phrase: int | None) -> Tensor:
    corpus = data.corpus
    said = corpus.phrase[index]
    whose = said if phrase is None else torch.full_like(said, phrase)
    return hmm.align(data.x[index], corpus.frames[index], whose)[0]

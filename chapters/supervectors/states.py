"""One trained front-end, its features pooled in more or fewer states of a phrase."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from support.models.hmm import PhraseHMM
from support.models.pooling import alignment_pool
from support.training import predict
from support.verification.experiment import Prepared
from support.verification.scoring import error_table, trial_scores
from support.verification.systems import NetworkSystem

__all__ = ["StateSystem", "pool_in_states"]


@dataclass(frozen=True)
class StateSystem:
    """Frozen features of all frames, and a chain of Q states a phrase to pool them.

    Args:
        features: (N, T, D) of all utterances.
        hmm: chains, fitted on the background's input.
        centre: (Q D,) mean over the background.
        scale: (Q D,) standard deviation over the background.
        errors: equal error rates by kind of false claim; empty until scored.
    """

    features: Tensor
    hmm: PhraseHMM
    centre: Tensor
    scale: Tensor
    errors: dict[str, float]

    def embed(
        self, prepared: Prepared, index: Tensor, phrase: int | None = None
    ) -> Tensor:
        """(n,) utterances, the claimed phrase or None for their own -> (n, Q D)."""
        aligned = _aligned(self.hmm, prepared, index, phrase)
        pooled = alignment_pool(self.features[index], aligned)
        return (pooled - self.centre) / self.scale

    def path(self, prepared: Prepared, index: int) -> list[int]:
        """The state of each frame of one utterance, aligned with what was said."""
        place = torch.tensor([index], device=self.features.device)
        states = _aligned(self.hmm, prepared, place, None)[0].argmax(1)
        return states[: int(prepared.corpus.frames[index])].tolist()


def pool_in_states(
    system: NetworkSystem, prepared: Prepared, grid: Sequence[int]
) -> dict[int, StateSystem]:
    """Pool the features of a frozen front-end in Q states, for several Q.

    Args:
        system: whose front-end is taken; its own pooling is not.
        prepared: of `prepare`.
        grid: numbers of states; 1 is the mean over time.

    Returns:
        For each Q a system with its errors.
    """
    features = predict(system.network.encoder, prepared.x, prepared.mask)
    corpus, known = prepared.corpus, prepared.background
    found = {}
    for states in grid:
        hmm = prepared.hmm
        if states != prepared.states:
            hmm = PhraseHMM(len(corpus.phrases), states, prepared.features)
            hmm.fit(prepared.x[known], corpus.frames[known], corpus.phrase[known])
        pooled = alignment_pool(features[known], _aligned(hmm, prepared, known, None))
        errors: dict[str, float] = {}
        found[states] = StateSystem(
            features, hmm, pooled.mean(0), pooled.std(0), errors
        )
        scores = trial_scores(found[states], prepared)
        errors.update(error_table(scores, prepared.trials))
    return found


def _aligned(
    hmm: PhraseHMM, prepared: Prepared, index: Tensor, phrase: int | None
) -> Tensor:
    corpus = prepared.corpus
    said = corpus.phrase[index]
    whose = said if phrase is None else torch.full_like(said, phrase)
    return hmm.align(prepared.x[index], corpus.frames[index], whose)[0]

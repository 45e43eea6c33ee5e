"""What compares two vectors, and what makes the result fit to decide with."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from support.data.trials import TrialKind
from support.metrics.likelihood_ratios import calibrate
from support.metrics.score_normalisation import s_norm
from support.metrics.verification import (
    DCF08,
    actual_dcf,
    error_rates,
    minimum_dcf,
)
from support.verification.experiment import Prepared
from support.verification.scoring import System, trial_scores

__all__ = ["NormalisedCosine", "calibrated_halves", "s_normed"]


@dataclass(frozen=True)
class NormalisedCosine:
    """A cosine in deviations of what model and test score against strangers.

    Args:
        cohort: (c, E) vectors of strangers.
        nearest: how many of them count, the highest-scoring ones of each model and
            of each test; with strangers who say other phrases in the cohort, these
            are mostly those who say the same.
    """

    cohort: Tensor
    nearest: int = 200

    def score(self, enrolment: Tensor, test: Tensor) -> Tensor:
        """(M, k, E) and (n, E) -> (M, n), higher is more alike.

        Raises:
            ValueError: the cohort has fewer than two vectors (of `s_norm`).
        """
        count = min(self.nearest, len(self.cohort))
        strangers = normalize(self.cohort, dim=1)
        model = normalize(normalize(enrolment, dim=2).mean(1), dim=1)
        unit = normalize(test, dim=1)
        beside = (model @ strangers.T).topk(count).values
        before = (strangers @ unit.T).topk(count, dim=0).values
        return s_norm(model @ unit.T, beside, before)


def s_normed(system: System, prepared: Prepared) -> Tensor:
    """Trial scores by `NormalisedCosine`, the background as strangers.

    Args:
        system: gives the vectors.
        prepared: corpus and trials.

    Returns:
        (trials,), in standard deviations.
    """
    cohort = system.embed(prepared, prepared.background)
    return trial_scores(system, prepared, backend=NormalisedCosine(cohort))


def calibrated_halves(scores: Tensor, prepared: Prepared) -> dict[str, float]:
    r"""Fit odds on half of the evaluation speakers, and pay on the other half.

    Trials of impostors who say the right phrase; model and test are both of one
    half.  The threshold is $\ln\beta$ of DCF08, known before any score is seen.

    Args:
        scores: (trials,) of a system.
        prepared: their list and the corpus.

    Returns:
        DCF08 of the second half at its best threshold, at $\ln\beta$ with the
        scores as they are, and at $\ln\beta$ with $as+b$ fitted on the first half;
        each at least 0, and at most 1 at the best threshold.

    Raises:
        ValueError: a half has no true or no false claims, or a threshold separates
            them (of `calibrate`).
    """
    trials, corpus = prepared.trials, prepared.corpus
    owner = trials.model_speaker[trials.model_index]
    speaker = corpus.speaker[trials.test]
    # Sexes alternate, so pairs of neighbours keep both halves mixed.
    place = torch.searchsorted(owner.unique(), torch.stack([owner, speaker])) // 2 % 2
    parts = [
        tuple(
            scores[(place == half).all(0) & (trials.kind == kind)]
            for kind in (TrialKind.TC, TrialKind.IC)
        )
        for half in (0, 1)
    ]
    known, unknown = parts
    odds = calibrate(*known, p_target=1 / (1 + DCF08.beta))
    best, _ = minimum_dcf(error_rates(*unknown), DCF08)
    return {
        "best threshold": float(best),
        "raw": float(actual_dcf(*unknown, DCF08)),
        "calibrated": float(actual_dcf(*map(odds, unknown), DCF08)),
    }

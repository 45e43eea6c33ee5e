"""What is measured of a verifier, how sure it is, and whether it can decide."""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import normalize

from chapters.auc_verification.data import Data, identities
from chapters.auc_verification.systems import Schedule, batches
from support.data.trials import TrialKind, Trials
from support.losses.verification import PairScores, pair_scores
from support.metrics.likelihood_ratios import calibrate
from support.metrics.score_normalisation import s_norm
from support.metrics.speaker_bootstrap import (
    det_band,
    paired_interval,
    speaker_interval,
)
from support.metrics.verification import (
    DCF08,
    ErrorRates,
    actual_dcf,
    equal_error_rate,
    error_rates,
    minimum_dcf,
)
from support.records import Records
from support.training import predict
from support.verification.scoring import System, trial_scores
from support.verification.systems import NetworkSystem, background_inputs

__all__ = [
    "Impostors",
    "NormalisedCosine",
    "batch_scores",
    "by_steepness",
    "calibrated_halves",
    "columns",
    "named_right",
    "recorded_reduction",
    "reduction",
    "s_normed",
]

DRAWS = 200


def named_right(system: NetworkSystem, data: Data) -> float:
    """Share of background utterances whose speaker and phrase the classifier names.

    Args:
        system: with the classifier that it was trained with, one class an identity.
        data: corpus and alignments.

    Returns:
        In [0, 1]; higher is better.
    """
    x, mask, aligned = background_inputs(data, system.alignment)
    inputs = (x, mask, aligned) if aligned.ndim == 3 else (x, mask)
    _, logits = predict(system.network, *inputs)
    return float((logits.argmax(1) == identities(data)).double().mean())


def batch_scores(
    system: NetworkSystem, data: Data, schedule: Schedule, generator: torch.Generator
) -> PairScores:
    """Cosines of all pairs in one batch, as fine-tuning will meet them.

    Args:
        system: whose vectors.
        data: corpus and alignments.
        schedule: sizes of the batch.
        generator: draws it.

    Returns:
        Scores of the pairs of one identity, and of two.
    """
    background = data.background
    index = next(iter(batches(data, schedule, generator))).to(background.device)
    vectors = system.embed(data, background[index])
    return pair_scores(vectors, identities(data)[index])


class Impostors:
    """True claims against impostors who say the right phrase, speakers drawn anew.

    Every call takes a new generator of the same seed, so that two systems are
    compared on the same draws of speakers.

    Args:
        trials: their list.
    """

    def __init__(self, trials: Trials) -> None:
        true = trials.kind == TrialKind.TC
        self.used = true | (trials.kind == TrialKind.IC)
        owner = trials.model_speaker[trials.model_index]
        self.truth = true[self.used], owner[self.used]

    def interval(self, scores: Tensor, rng: torch.Generator) -> tuple[float, float]:
        """95 % interval of the equal error rate of scores (trials,)."""
        some = scores[self.used], *self.truth, _equal_error
        return speaker_interval(*some, generator=rng, draws=DRAWS)

    def reduction(
        self, old: Tensor, new: Tensor, rng: torch.Generator
    ) -> tuple[float, float]:
        """95 % interval of 1 - EER(new) / EER(old), two systems' scores (trials,)."""
        some = old[self.used], new[self.used], *self.truth, _equal_error
        return paired_interval(*some, _gain, generator=rng, draws=DRAWS)

    def band(
        self, scores: Tensor, rng: torch.Generator
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Rates of false alarms (40,), and 95 % bands of the misses there."""
        at = torch.logspace(-3, -0.3, 40)
        some = scores[self.used], *self.truth, at
        return at, *det_band(*some, generator=rng, draws=DRAWS)


def columns(row: Mapping[str, float], where: str = "") -> dict[str, float]:
    """The chapter's columns of the benchmark.

    Args:
        row: of `support.verification.scoring.error_table`.
        where: what is added to each name, such as ``", mean"``.
    """
    named = {f"EER {kind}{where}": row[kind] for kind in ("IC", "TW", "all")}
    return named | {f"{key}{where}": row[key] for key in ("minDCF08", "AUC")}


def reduction(
    table: Mapping[str, Mapping[str, float]], old: str, new: str, metric: str = "IC"
) -> float:
    """1 - new / old of an error, both of one table: how much of it is gone.

    >>> reduction({"CE": {"IC": 0.2}, "aAUC": {"IC": 0.1}}, "CE", "aAUC")
    0.5
    """
    return 1 - table[new][metric] / table[old][metric]


def recorded_reduction(
    runs: Records, old: str, new: str, metric: str = "EER IC"
) -> NDArray:
    """1 - new / old of a recorded error, one number a seed."""
    return 1 - runs.scores(new, metric) / runs.scores(old, metric)


def by_steepness(row: Mapping[str, float]) -> dict[float, float]:
    """Errors of the smooth area in the order of its steepness.

    Args:
        row: error by system; ``aAUC`` alone stands for a steepness of 30.

    >>> by_steepness({"CE": 0.1, "aAUC": 0.2, "aAUC, δ = 1": 0.3})
    {1.0: 0.3, 30.0: 0.2}
    """
    found = {30.0: row["aAUC"]}
    for name, error in row.items():
        if name.startswith("aAUC, δ = "):
            found[float(name.removeprefix("aAUC, δ = "))] = error
    return dict(sorted(found.items()))


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


def s_normed(system: System, data: Data) -> Tensor:
    """Trial scores by `NormalisedCosine`, the background as strangers.

    Args:
        system: gives the vectors.
        data: corpus and trials.

    Returns:
        (trials,), in standard deviations.
    """
    cohort = system.embed(data, data.background)
    return trial_scores(system, data, backend=NormalisedCosine(cohort))


def calibrated_halves(scores: Tensor, data: Data) -> dict[str, float]:
    r"""Fit odds on half of the evaluation speakers, and pay on the other half.

    Trials of impostors who say the right phrase; model and test are both of one
    half.  The threshold is $\ln\beta$ of DCF08, known before any score is seen.

    Args:
        scores: (trials,) of a system.
        data: their list and the corpus.

    Returns:
        DCF08 of the second half at its best threshold, at $\ln\beta$ with the
        scores as they are, and at $\ln\beta$ with $as+b$ fitted on the first half;
        each at least 0, and at most 1 at the best threshold.

    Raises:
        ValueError: a half has no true or no false claims, or a threshold separates
            them (of `calibrate`).
    """
    trials, corpus = data.trials, data.corpus
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


def _equal_error(rates: ErrorRates) -> Tensor:
    return equal_error_rate(rates)[0]


def _gain(old: Tensor, new: Tensor) -> Tensor:
    return 1 - new / old

"""What is measured of a verifier, how sure it is, and whether it can decide."""

import math
from collections.abc import Mapping

import torch
from numpy.typing import NDArray
from torch import Tensor

from chapters.auc_verification.data import Data, identities
from chapters.auc_verification.systems import Schedule, batches
from support.data.trials import TrialKind, Trials
from support.losses.verification import PairScores, pair_scores
from support.metrics.likelihood_ratios import calibrate
from support.metrics.speaker_bootstrap import (
    det_band,
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
from support.verification.systems import NetworkSystem, background_inputs

__all__ = [
    "Impostors",
    "batch_scores",
    "by_steepness",
    "calibrated_halves",
    "columns",
    "named_right",
    "recorded_reduction",
    "reduction",
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
        each at least 0, and at most 1 at the best threshold.  NaN where a threshold
        separates the first half, to which no finite odds can be fitted.

    Raises:
        ValueError: a half has no true or no false claims.
    """
    trials, corpus = data.trials, data.corpus
    owner = trials.model_speaker[trials.model_index]
    speaker = corpus.speaker[trials.test]
    # Sexes alternate, so pairs of neighbours keep both halves mixed.
    place = torch.searchsorted(owner.unique(), torch.stack([owner, speaker])) // 2 % 2

    def half(number: int) -> tuple[Tensor, Tensor]:
        """Scores of the true claims of a half, and of its impostors."""
        inside = (place == number).all(0)
        true, false = trials.kind == TrialKind.TC, trials.kind == TrialKind.IC
        return scores[inside & true], scores[inside & false]

    (known_true, known_false), (true, false) = half(0), half(1)
    calibrated, known = math.nan, error_rates(known_true, known_false)
    # No threshold is free of errors of one kind where none separates the two.
    if ((known.miss > 0) & (known.false_alarm > 0)).any():
        odds = calibrate(known_true, known_false, p_target=1 / (1 + DCF08.beta))
        calibrated = float(actual_dcf(odds(true), odds(false), DCF08))
    best, _ = minimum_dcf(error_rates(true, false), DCF08)
    return {
        "best threshold": float(best),
        "raw": float(actual_dcf(true, false, DCF08)),
        "calibrated": calibrated,
    }


def _equal_error(rates: ErrorRates) -> Tensor:
    return equal_error_rate(rates)[0]

"""How sure an evaluation is of a comparison: speakers drawn anew, not trials."""

import torch
from torch import Tensor

from support.data.trials import TrialKind, Trials
from support.metrics.speaker_bootstrap import paired_interval
from support.metrics.verification import ErrorRates, equal_error_rate
from support.verification.scoring import false_claims

__all__ = ["reduction_interval"]


def reduction_interval(
    old: Tensor,
    new: Tensor,
    trials: Trials,
    kind: str = "IC",
    *,
    generator: torch.Generator,
    draws: int = 200,
) -> tuple[float, float]:
    """95 % interval by speaker of 1 - EER(new) / EER(old).

    Both systems are judged on the same draws of the models' speakers, so that what
    makes a speaker hard for both cancels.

    Args:
        old: (trials,) scores of one system.
        new: (trials,) of another.
        trials: their list.
        kind: of false claims, one of `support.verification.scoring.KINDS`.
        generator: draws the speakers.
        draws: how many.

    Raises:
        ValueError: the kind is unknown, or there are fewer than five speakers (of
            `paired_interval`).
    """
    true = trials.kind == TrialKind.TC
    used = true | false_claims(trials, kind)
    owner = trials.model_speaker[trials.model_index]
    return paired_interval(
        old[used],
        new[used],
        true[used],
        owner[used],
        _equal_error,
        lambda before, after: 1 - after / before,
        generator=generator,
        draws=draws,
    )


def _equal_error(rates: ErrorRates) -> Tensor:
    return equal_error_rate(rates)[0]

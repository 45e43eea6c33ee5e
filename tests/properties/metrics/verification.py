"""Rows of the measures: verification."""

import torch
from torch import Tensor

from support.arrays import real
from support.metrics import (
    likelihood_ratios,
    score_normalisation,
    speaker_bootstrap,
    verification,
)
from tests.properties.framework import Entry, draw

__all__ = ["VERIFICATION"]


def trials() -> dict[str, Tensor]:
    return {"target": draw(0, 30) + 1, "nontarget": draw(1, 30)}


def weighted_trials() -> dict[str, Tensor]:
    weights = torch.arange(30).double() % 3
    return {**trials(), "target_weights": weights, "nontarget_weights": weights + 1}


def of_rates(statistic):
    return lambda **given: statistic(verification.error_rates(**given))


def normed() -> dict[str, Tensor]:
    return {"scores": draw(0, 12, 12), "model_cohort": draw(1, 12, 9)}


def spoken() -> dict[str, Tensor]:
    return {
        "scores": draw(0, 60) + torch.arange(60) % 2,
        "is_target": torch.arange(60) % 2 > 0,
        "speaker": torch.arange(60) // 2 % 6,
    }


def bootstrapped(measure, **options):
    def call(**given):
        source = torch.Generator().manual_seed(0)
        return measure(**given, **options, generator=source, draws=100)

    return call


def missed(rates: verification.ErrorRates) -> Tensor:
    return verification.equal_error_rate(rates)[0]


SCALED = {"together": ("target", "nontarget")}
SEEDED = {"order": "same", "tolerance": 1e-9}

VERIFICATION = [
    Entry(
        verification.error_rates,
        trials,
        call=lambda **given: verification.error_rates(**given)[:2],
        **SCALED,
    ),
    Entry(
        verification.error_rates,
        weighted_trials,
        call=lambda **given: verification.error_rates(**given)[:2],
        variant="weights",
        **SCALED,
    ),
    Entry(verification.equal_error_rate, trials, call=of_rates(missed), **SCALED),
    Entry(
        verification.minimum_dcf,
        trials,
        call=of_rates(lambda r: verification.minimum_dcf(r, verification.DCF08)[0]),
        **SCALED,
    ),
    Entry(verification.actual_dcf, trials, options={"point": verification.DCF08}),
    Entry(
        verification.roc_area, trials, call=of_rates(verification.roc_area), **SCALED
    ),
    Entry(
        verification.convex_hull,
        trials,
        call=of_rates(lambda rates: verification.convex_hull(rates)[:2]),
        **SCALED,
    ),
    Entry(
        verification.det_points,
        trials,
        call=of_rates(lambda rates: verification.det_points(rates, 30, 30)),
        **SCALED,
    ),
    Entry(likelihood_ratios.cllr, trials, infinite=("target", "nontarget")),
    Entry(
        likelihood_ratios.calibrate,
        trials,
        call=lambda target, nontarget: likelihood_ratios.calibrate(target, nontarget)(
            real("target", target).double()
        ),
        order="moves",
        **SCALED,
    ),
    Entry(
        score_normalisation.z_norm,
        normed,
        order="moves",
        together=("scores", "model_cohort"),
        empty="defined",
    ),
    Entry(
        score_normalisation.t_norm,
        lambda: {"scores": draw(0, 12, 12), "test_cohort": draw(1, 12, 12)},
        order="rows are models, of the cohort other ones",
        together=("scores", "test_cohort"),
    ),
    Entry(
        score_normalisation.s_norm,
        lambda: {**normed(), "test_cohort": draw(2, 12, 12)},
        order="rows are models, of the cohort other ones",
        together=("scores", "model_cohort", "test_cohort"),
    ),
    Entry(
        speaker_bootstrap.speaker_interval,
        spoken,
        call=bootstrapped(speaker_bootstrap.speaker_interval, statistic=missed),
        **SEEDED,
    ),
    Entry(
        speaker_bootstrap.paired_interval,
        lambda: {
            "first": draw(0, 60) + torch.arange(60) % 2,
            "second": draw(1, 60) + 2 * (torch.arange(60) % 2),
            "is_target": torch.arange(60) % 2 > 0,
            "speaker": torch.arange(60) // 2 % 6,
        },
        call=bootstrapped(speaker_bootstrap.paired_interval, statistic=missed),
        **SEEDED,
    ),
    Entry(
        speaker_bootstrap.det_band,
        lambda: {**spoken(), "false_alarm": torch.tensor([0.125, 0.5]).double()},
        call=bootstrapped(speaker_bootstrap.det_band),
        rows=("scores", "is_target", "speaker"),
        **SEEDED,
    ),
]

"""Intervals, back-ends and odds: known answers on scores made for the purpose."""

import math

import pandas as pd
import pytest
import torch

from chapters.auc_verification.scores import (
    Impostors,
    calibrated_halves,
    columns,
)
from support.data.trials import TrialKind
from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import make_corpus
from support.metrics.verification import DCF08
from support.tables import table
from support.verification.experiment import prepare_corpus
from support.verification.scoring import error_table
from tests.verification.small import small_corpus


def test_odds_are_repaired_by_two_numbers(capsys):
    sizes = VoiceConfig(background=4, evaluation=8, sessions=7, phrases=4)
    prepared = prepare_corpus(make_corpus(sizes, 11))
    rng = torch.Generator().manual_seed(5)
    true = (prepared.trials.kind == TrialKind.TC).double()
    odds = 4 * (2 * true - 1) + 8**0.5 * torch.randn(len(true), generator=rng).double()
    squeezed = odds / 40  # as small as cosines
    found = calibrated_halves(squeezed, prepared)
    assert found["raw"] == pytest.approx(1.0)  # all are rejected: 0.1 < ln 9.9
    assert found["best threshold"] <= found["calibrated"] < 0.9
    # Affine maps change nothing once calibrated.
    again = calibrated_halves(3 * squeezed + 5, prepared)
    assert again["calibrated"] == pytest.approx(found["calibrated"], abs=1e-6)
    assert again["best threshold"] == pytest.approx(found["best threshold"])
    assert again["raw"] == pytest.approx(DCF08.beta, rel=0.05)
    # Nothing can be fitted to scores that a threshold separates.
    perfect = calibrated_halves(true, prepared)
    assert perfect["best threshold"] == 0
    assert math.isnan(perfect["calibrated"])
    # No claim reads the odds, and the page's table leaves that one value out.
    table(pd.DataFrame({"CE": perfect}).T, digits=2)
    shown = capsys.readouterr().out
    assert shown.count("<td>–</td>") == 1
    assert "nan" not in shown


def test_intervals_hold_the_rate_and_bands_fall():
    trials = small_corpus().trials
    impostors = Impostors(trials)

    def drawn():
        return torch.Generator().manual_seed(7)

    noise = torch.randn(len(trials), generator=drawn())
    good = 2 * (trials.kind == TrialKind.TC).float() + noise
    low, high = impostors.interval(good, drawn())
    assert low <= error_table(good, trials)["IC"] <= high
    at, lower, upper = impostors.band(good, drawn())
    assert at.shape == lower.shape == upper.shape
    assert (lower <= upper).all()
    assert (upper.diff() <= 0).all()


def test_columns_have_their_place_in_the_name():
    row = {"IC": 0.1, "TW": 0.2, "IW": 0.3, "all": 0.4, "minDCF08": 0.5, "AUC": 0.6}
    found = columns(row, ", mean")
    assert found["EER IC, mean"] == 0.1
    assert list(found)[-1] == "AUC, mean"
    assert len(found) == 5

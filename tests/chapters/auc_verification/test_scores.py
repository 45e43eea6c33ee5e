"""Intervals, back-ends and odds: known answers on scores made for the purpose."""

from dataclasses import replace

import pytest
import torch

from chapters.auc_verification.scores import (
    Impostors,
    NormalisedCosine,
    calibrated_halves,
    columns,
    s_normed,
)
from support.data.trials import TrialKind
from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import make_corpus
from support.metrics.verification import DCF08
from support.verification.experiment import prepare_corpus
from support.verification.scoring import error_table, trial_scores
from support.verification.systems import NETWORK, train_network
from tests.verification.small import small_corpus


def test_a_test_that_is_like_everybody_is_marked_down():
    rng = torch.Generator().manual_seed(3)
    common = torch.zeros(8)
    common[0] = 4.0
    cohort = common + torch.randn(300, 8, generator=rng)
    person = torch.zeros(8)
    person[1] = 4.0
    model = (common + person).expand(1, 3, 8)
    average, same = common, person + 0.2 * common
    normal = NormalisedCosine(cohort, nearest=100).score(
        model, torch.stack([average, same])
    )
    plain = torch.cosine_similarity(model[0], torch.stack([average, same, same]))
    assert float((plain[0] - plain[1]).abs()) < 0.25  # the cosine hardly parts them
    assert float(normal[0, 1] - normal[0, 0]) > 3


def test_normalised_scores_do_not_depend_on_lengths():
    rng = torch.Generator().manual_seed(4)
    cohort, model, test = (
        torch.randn(*shape, generator=rng) for shape in ((50, 6), (4, 3, 6), (5, 6))
    )
    one = NormalisedCosine(cohort).score(model, test)
    other = NormalisedCosine(3 * cohort).score(5 * model, 7 * test)
    assert one.shape == (4, 5)
    torch.testing.assert_close(one, other)


def test_s_norm_of_a_network_is_a_verifier():
    prepared = small_corpus()
    system = train_network(prepared, recipe=replace(NETWORK, epochs=2), seed=1)
    normal = s_normed(system, prepared)
    assert normal.shape == prepared.trials.kind.shape
    assert error_table(normal, prepared.trials)["all"] < 0.4
    plain = trial_scores(system, prepared)
    assert float(torch.corrcoef(torch.stack([normal, plain]))[0, 1]) > 0.6


def test_odds_are_repaired_by_two_numbers():
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


def test_intervals_hold_the_rate_and_pairs_are_on_the_same_draws():
    trials = small_corpus().trials
    impostors = Impostors(trials)

    def drawn():
        return torch.Generator().manual_seed(7)

    noise = torch.randn(len(trials), generator=drawn())
    good = 2 * (trials.kind == TrialKind.TC).float() + noise
    bad = good + noise
    low, high = impostors.interval(good, drawn())
    assert low <= error_table(good, trials)["IC"] <= high
    # A system against itself gains nothing, whoever is drawn.
    assert impostors.reduction(good, good, drawn()) == (0.0, 0.0)
    assert impostors.reduction(bad, good, drawn())[0] > 0
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

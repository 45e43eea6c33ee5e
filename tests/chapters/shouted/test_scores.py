"""What is measured of scores and embeddings."""

import pytest
import torch

from chapters.shouted import scores
from chapters.shouted.systems import (
    CONTROLS,
    EVERY,
    NOTHING,
    SYSTEMS,
    apply,
    folds_of,
    switched,
)
from support.claims import load_claims
from support.metrics.verification import equal_error_rate, error_rates
from tests.chapters.shouted.small import small


def test_errors_by_condition_are_those_of_their_trials():
    data = small()
    trials = data.trials
    values = scores.cosines(data.z, trials)
    row = scores.errors(values, trials)
    for name, number in (("N-N", 0), ("N-S", 1), ("S-S", 2)):
        here = trials.condition == number
        parts = values[here & trials.target], values[here & ~trials.target]
        assert row[name] == float(equal_error_rate(error_rates(*parts))[0])
        for ours, theirs in zip(scores.split(values, trials, name), parts, strict=True):
            assert torch.equal(ours, theirs)
    assert 0 < row["All"] < 0.5
    level = scores.threshold(values, data)
    assert float((values[trials.target] < level).double().mean()) == pytest.approx(
        row["All"], abs=0.01
    )


def test_a_cosine_is_a_cosine():
    data = small()
    found = scores.cosines(data.z, data.trials)
    first, second = data.z[data.trials.first], data.z[data.trials.second]
    wanted = torch.nn.functional.cosine_similarity(first, second)
    assert torch.allclose(found, wanted)


def test_offsets_undo_an_offset_by_condition_and_change_no_order_within_one():
    data = small()
    plain = scores.cosines(data.z, data.trials)
    skewed = plain + torch.tensor([0.0, 0.7, -0.4]).double()[data.trials.condition]
    one, other = (scores.aligned(s, data, data.shouted) for s in (plain, skewed))
    assert torch.allclose(one, other)
    before, after = (scores.errors(s, data.trials) for s in (skewed, other))
    assert after["All"] < before["All"]


def test_recall_weighs_both_conditions_alike():
    shouted = torch.tensor([True] + [False] * 9)
    assert scores.recall(torch.zeros(10), shouted) == 0.5
    assert scores.recall(shouted.double(), shouted) == 1.0


def test_an_interval_by_speaker_holds_the_reduction_of_nothing():
    data = small()
    plain = scores.cosines(data.z, data.trials)
    draw = torch.Generator().manual_seed(0)
    same = scores.interval(plain, plain, data, "All", draw, draws=100)
    assert same == (0.0, 0.0)


def test_every_measured_claim_has_its_statistic():
    data = small()
    folds = folds_of(data)
    moved = {name: apply(data, folds, fit, 0) for name, fit in SYSTEMS.items()}
    moved |= {
        name: apply(data, folds, SYSTEMS["MEMLIN"], 0, **options)
        for name, options in CONTROLS.items()
    }
    told = scores.detected(data, folds)
    moved |= switched(moved[NOTHING], moved[EVERY], told, data.shouted)
    judged = {name: scores.cosines(z, data.trials) for name, z in moved.items()}
    for name, words in ((NOTHING, ""), ("MEMLIN", "MEMLIN, ")):
        offset = scores.aligned(judged[name], data, data.shouted)
        judged[f"{words}{scores.OFFSETS}"] = offset
    for name, words in scores.PLDA.items():
        judged[words] = scores.plda_scores(moved[name], data)
    projected = scores.projected(data, folds, 5)
    judged[scores.LDA_OF_BOTH] = scores.cosines(projected, data.trials)
    rows = {name: scores.errors(row, data.trials) for name, row in judged.items()}
    found = {*scores.claimed(rows), "4a", "7a", "7b"}
    claims = load_claims("chapters/shouted/claims.yml")
    wanted = {claim.id.split(".")[1] for claim in claims if claim.measured}
    assert found == wanted


def test_one_matrix_costs_its_entries():
    found = scores.multiplications(10)
    assert found["one matrix"] == 100
    assert found["detector"] == 10


def test_what_does_not_fit_the_trials_is_refused():
    data = small()
    plain = scores.cosines(data.z, data.trials)
    draw = torch.Generator().manual_seed(0)
    for call, words in (
        (lambda: scores.cosines(data.z[:3], data.trials), r"z: got shape \(3, 20\)"),
        (lambda: scores.errors(plain[1:], data.trials), "scores: got shape"),
        (lambda: scores.split(plain, data.trials, "X"), "condition: got 'X'"),
        (lambda: scores.interval(plain, plain, data, "X", draw), "condition: got 'X'"),
        (lambda: scores.recall(plain, plain > 2), "shouted: got one condition"),
        (lambda: scores.multiplications(2.5), "size: got 2.5"),
    ):
        with pytest.raises(ValueError, match=words):
            call()

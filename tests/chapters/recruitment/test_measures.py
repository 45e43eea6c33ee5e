"""Scores held to groups."""

import pytest
import torch
from fairlearn.metrics import demographic_parity_ratio

from chapters.recruitment.measures import rate
from chapters.recruitment.released import published_statistics
from support.recruitment.applications import load_applications


@pytest.fixture(scope="module")
def splits():
    return load_applications("embedded", 100, train=1200, test=1200)


def test_the_truth_is_fair_and_the_biased_score_is_not(splits):
    train, test = splits
    hidden = train.competencies, test.competencies
    fair = rate("gender", test.blind_score, hidden, train, test, top=250, seed=0)
    assert fair.kl < fair.floor_95 * 1.5
    assert (fair.gap, fair.to_blind) == (0, 0)
    assert fair.p > 0.7
    assert fair.hidden == pytest.approx(0.5, abs=0.06)
    unfair = rate("gender", test.gender_score, hidden, train, test, top=250, seed=0)
    assert unfair.kl > 1.5 * unfair.floor_95
    assert unfair.p < 0.5
    assert unfair.to_biased == 0
    assert float(unfair.shares.sum()) == pytest.approx(1)
    raised = test.ethnicity_score.clamp(max=1)  # the bias lifts some above 1
    three = rate("ethnicity", raised, hidden, train, test, top=250, seed=0)
    assert three.shares.argsort().tolist() == [2, 1, 0]


def test_p_is_the_parity_ratio_of_fairlearn(splits):
    train, test = splits
    hidden = train.face, test.face
    scores = test.gender_score
    ours = rate("gender", scores, hidden, train, test, top=200, seed=0)
    chosen = torch.zeros(1200, dtype=torch.int64)
    chosen[scores.argsort(descending=True, stable=True)[:200]] = 1
    theirs = demographic_parity_ratio(
        chosen.numpy(), chosen.numpy(), sensitive_features=test.gender.numpy()
    )
    assert ours.p == pytest.approx(theirs, abs=1e-12)
    assert ours.hidden > 0.8


def test_bad_requests_are_named(splits):
    train, test = splits
    hidden = train.face, test.face
    with pytest.raises(ValueError, match="attribute: got 'age'"):
        rate("age", test.blind_score, hidden, train, test, top=5, seed=0)
    with pytest.raises(ValueError, match="k: got 1201"):
        rate("gender", test.blind_score, hidden, train, test, top=1201, seed=0)
    with pytest.raises(ValueError, match="scores: run from"):
        rate("gender", test.blind_score + 1, hidden, train, test, top=5, seed=0)
    with pytest.raises(ValueError, match="dataset: got 'zoo'"):
        load_applications("zoo", 0)


def test_the_parts_are_of_one_set_and_hold_every_group_alike():
    one, other = load_applications("embedded", 3, train=48, test=24)
    for part, each in ((one, 8), (other, 4)):
        cells = torch.bincount(part.ethnicity * 2 + part.gender)
        assert cells.tolist() == [each] * 6
    merits = torch.cat([one.blind_score, other.blind_score])
    assert (float(merits.min()), float(merits.max())) == (0, 1)
    everybody = torch.cat([one.face, other.face])
    assert len(everybody.unique(dim=0)) == 72
    again = load_applications("embedded", 3, train=48, test=24)[0]
    assert torch.equal(one.face, again.face)


def test_published_faces_replace_the_generated_ones():
    if published_statistics() is None:
        pytest.skip("the published statistics are not here")
    plain, _ = load_applications("embedded", 3, train=48, test=24)
    drawn, _ = load_applications("faircv_statistics", 3, train=48, test=24)
    assert torch.equal(plain.competencies, drawn.competencies)
    assert not torch.equal(plain.face, drawn.face)

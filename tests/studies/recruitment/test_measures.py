"""Scores held to groups."""

import pytest
import torch
from fairlearn.metrics import demographic_parity_ratio

from support.data.recruitment import make_recruitment
from support.studies.recruitment.applications import load_applications
from support.studies.recruitment.measures import rate


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


def test_splits_differ_and_keep_to_their_seed():
    one, other = load_applications("embedded", 3, train=24, test=24)
    assert not torch.equal(one.face, other.face)
    again = load_applications("embedded", 3, train=24, test=24)[0]
    assert torch.equal(one.face, again.face)
    assert len(make_recruitment(24, 0)) == len(one)

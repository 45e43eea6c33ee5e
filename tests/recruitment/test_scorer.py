"""The scorer of applications: it learns merit, and whatever else it is shown."""

from dataclasses import replace

import pytest
import torch

from support.data.recruitment import make_recruitment
from support.metrics.fairness import score_kl
from support.recruitment.applications import load_applications
from support.recruitment.scorer import (
    TESTBED,
    Sees,
    score_profiles,
    train_scorer,
    word_order,
)


def lasting(epochs):
    return replace(TESTBED, epochs=epochs)


@pytest.fixture(scope="module")
def splits():
    return load_applications(0, train=1800, test=1800)


@pytest.fixture(scope="module")
def biased(splits):
    return train_scorer(splits[0], "gender", recipe=lasting(24), seed=0)


def gap(scores, gender):
    return float(scores[gender == 0].mean() - scores[gender == 1].mean())


def test_a_blind_target_is_learnt_without_a_gap(splits):
    train, test = splits
    scorer = train_scorer(train, "blind", recipe=lasting(24), seed=0)
    scores = scorer(test)
    assert float((scores - test.blind_score).abs().mean()) < 0.05
    assert abs(gap(scores, test.gender)) < 0.02
    assert scorer.history[-1] < scorer.history[0] / 2
    assert len(scorer.history) == 24


def test_a_biased_target_is_learnt_through_face_and_text(splits, biased):
    test = splits[1]
    assert gap(biased(test), test.gender) > 0.05
    assert score_kl(biased(test), test.gender) > 0.2
    assert biased.hidden(test).shape == (1800, 40)


def test_competencies_alone_hold_no_gender(splits):
    train, test = splits
    scorer = train_scorer(train, "gender", sees=Sees(False, ""), seed=0)
    assert abs(gap(scorer(test), test.gender)) < 0.02
    moved = replace(test, face=-test.face, text=test.text + 1)
    assert torch.equal(scorer(test), scorer(moved))


def test_a_scorer_sees_what_it_is_said_to_see(splits, biased):
    test = splits[1]
    shown = biased(test)
    assert not torch.equal(shown, biased(replace(test, face=-test.face)))
    assert not torch.equal(shown, biased(replace(test, text=test.text.flip(0))))
    assert torch.equal(shown, biased(replace(test, text_blind=test.text + 1)))
    told = train_scorer(splits[0], "gender", sees=Sees(False, "", True), seed=0)
    other = told(replace(test, gender=1 - test.gender))
    lost = (told(test) - other)[test.gender == 0]
    assert float(lost.mean()) > 0.05


def test_the_squared_error_finds_the_mean_of_two_groups(splits):
    """Without a group in sight the mean of y and .75 y is .875 y; the median is any."""
    train, test = splits
    sees = Sees(False, "blind")
    scorer = train_scorer(train, "gender", sees, lasting(40), seed=0, loss="squared")
    level = scorer(test).mean() / test.blind_score.mean()
    assert float(level) == pytest.approx(0.875, abs=0.03)


def test_one_seed_gives_one_scorer(splits):
    small = make_recruitment(60, 0)
    scores = [
        train_scorer(small, "blind", recipe=lasting(2), seed=seed)(small)
        for seed in (3, 3, 4)
    ]
    assert torch.equal(scores[0], scores[1])
    assert not torch.equal(scores[0], scores[2])


def test_a_grid_is_scored_through_the_mean_face_and_text(splits, biased):
    train = splits[0]
    grid = train.competencies[:6].repeat(2, 1)
    gender = torch.arange(2).repeat_interleave(6)
    scores = score_profiles(biased, train, grid, gender=gender)
    assert torch.equal(scores, score_profiles(biased, train, grid, gender=gender))
    assert (scores[:6] > scores[6:] + 0.03).all()
    everyone = score_profiles(biased, train, grid)
    assert torch.equal(everyone[:6], everyone[6:])
    member = (train.gender == 1) & (train.ethnicity == 2)
    face = torch.nn.functional.normalize(train.face[member].mean(0), dim=0)
    text = train.text[member].mean(0)
    with torch.no_grad():
        by_hand = biased.model(torch.cat([grid[:1], face[None]], 1), text[None])[0]
    both = score_profiles(
        biased,
        train,
        grid[:1],
        gender=torch.tensor([1]),
        ethnicity=torch.tensor([2]),
    )
    torch.testing.assert_close(both, by_hand)


def test_version_one_has_profiles_without_text():
    data = make_recruitment(600, 0, version=1)
    scorer = train_scorer(data, "gender", Sees(True, ""), lasting(8), seed=0)
    scores = score_profiles(
        scorer, data, torch.zeros(3, 12), ethnicity=torch.tensor([0, 1, 2])
    )
    assert len(scores.unique()) == 3
    with pytest.raises(ValueError, match="these applications have none"):
        train_scorer(data, "gender", seed=0)


def test_words_in_turn_are_the_words_counted():
    counts = make_recruitment(30, 0).text
    sentences = word_order(counts, seed=1)
    assert sentences.shape == (30, 19)
    rows = torch.arange(30)[:, None].expand(-1, 19)
    back = torch.zeros(30, 60).index_put((rows, sentences - 1), torch.ones(()), True)
    assert torch.equal(back, counts)
    assert not torch.equal(sentences, sentences.sort(1).values)
    assert word_order(counts[:0], seed=1).shape == (0, 0)


def test_a_recurrent_reader_takes_a_few_steps():
    data = make_recruitment(60, 0)
    scorer = train_scorer(
        data, "gender", Sees(True, "blind"), lasting(1), seed=0, reader="bilstm"
    )
    assert scorer(data).shape == (60,)
    with pytest.raises(ValueError, match="words in turn"):
        score_profiles(scorer, data, data.competencies)


def test_bad_requests_are_named(splits, biased):
    train = splits[0]
    with pytest.raises(ValueError, match="target: got 'age'"):
        train_scorer(train, "age", seed=0)
    with pytest.raises(ValueError, match="loss: got 'cubic'"):
        train_scorer(train, "blind", seed=0, loss="cubic")
    with pytest.raises(ValueError, match="text: got 'loud'"):
        train_scorer(train, "blind", sees=Sees(True, "loud"), seed=0)
    with pytest.raises(ValueError, match=r"competencies: got shape \(2, 6\)"):
        score_profiles(biased, train, torch.zeros(2, 6))
    two = torch.zeros(2, 7)
    with pytest.raises(ValueError, match="gender: give integers from 0 to 1"):
        score_profiles(biased, train, two, gender=torch.tensor([0, 2]))
    with pytest.raises(ValueError, match="gender: got torch"):
        score_profiles(biased, train, two, gender=torch.zeros(2))
    lonely = make_recruitment(12, 0)
    lonely = replace(lonely, gender=torch.zeros(12, dtype=torch.int64))
    with pytest.raises(ValueError, match="has no application"):
        score_profiles(biased, lonely, two, gender=torch.tensor([0, 1]))
    told = train_scorer(
        make_recruitment(12, 0), "blind", Sees(False, "", True), lasting(1), seed=0
    )
    with pytest.raises(ValueError, match="the scorer sees them"):
        score_profiles(told, train, two)

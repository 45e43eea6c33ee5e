"""Statistics of speech and of worlds, and the claims about them."""

import pytest
import torch

from chapters.tied_factors.data import KAPPA, _fewer, load, pick, quartet, world
from support.data.trials import TrialKind, check_disjoint
from tests.chapters.tied_factors.small import small_speech, small_world


def test_speech_counts_a_frame_as_a_fifth_and_keeps_them_all():
    data = small_speech()
    frames = data.prepared.corpus.frames.double()
    assert torch.allclose(data.statistics.N.sum(1), KAPPA * frames)
    phrases = len(data.prepared.corpus.phrases)
    assert data.mean.shape == (phrases * data.prepared.states, data.prepared.features)
    assert torch.equal(
        data.state[:, 0] // data.prepared.states, data.prepared.corpus.phrase
    )


@pytest.mark.parametrize("make", [small_speech, small_world])
def test_claims_are_of_the_right_phrase_and_about_strangers(make):
    data = make()
    kinds = set(data.trials.kind.tolist())
    assert kinds == {int(TrialKind.TC), int(TrialKind.IC)}
    tried = torch.cat([data.trials.model.flatten(), data.trials.test])
    check_disjoint(data.speaker[data.background], data.speaker[tried])
    own = data.state[data.trials.model[data.trials.model_index, 0]]
    assert torch.equal(own, data.state[data.trials.test])
    owner = data.trials.model_speaker[data.trials.model_index]
    true = data.trials.kind == TrialKind.TC
    assert torch.equal(owner == data.speaker[data.trials.test], true)
    enrolled = set(data.trials.model.flatten().tolist())
    assert not enrolled & set(data.trials.test.tolist())


def test_impostors_are_drawn_where_there_are_more_and_true_claims_stay():
    trials = small_world().trials
    source = torch.Generator().manual_seed(0)
    for most in (50, 10**6):
        fewer = _fewer(trials, most, source)
        count, all_of = (torch.bincount(part.kind) for part in (fewer, trials))
        assert count[int(TrialKind.TC)] == all_of[int(TrialKind.TC)]
        assert count[int(TrialKind.IC)] == min(most, all_of[int(TrialKind.IC)])


def test_a_world_is_the_seeds_and_its_background_holds_three_quarters():
    one, same, other = (world("tanh", "quick", seed) for seed in (1, 1, 2))
    assert torch.equal(one.statistics.F, same.statistics.F)
    assert not torch.equal(one.statistics.F, other.statistics.F)
    assert len(one.speaker[one.background].unique()) == 75
    statistics, state, speaker = one.known
    assert len(statistics.N) == len(state) == len(speaker) == 450
    assert speaker.max() == 74


def test_two_people_are_to_be_heard_twice():
    data = small_speech()
    four = quartet(data)
    places = torch.tensor(list(four.values()))
    speaker = data.speaker[places].tolist()
    assert sorted(speaker.count(one) for one in set(speaker)) == [2, 2]
    assert len(data.prepared.corpus.phrase[places].unique()) == 1
    for place, name in zip(places.tolist(), four, strict=True):
        assert name.endswith(str(int(data.prepared.corpus.session[place]) + 1))
    with pytest.raises(ValueError, match="a world cannot be heard"):
        quartet(small_world())


def test_rows_are_picked_or_refused():
    statistics = small_world().statistics
    assert torch.equal(pick(statistics, torch.tensor([3])).F, statistics.F[3:4])
    for wrong in (torch.tensor([-1]), torch.tensor([10**6]), torch.tensor(1), "1"):
        with pytest.raises(ValueError, match="rows"):
            pick(statistics, wrong)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: load("zoo", "quick", 0), "dataset, profile: got 'zoo'"),
        (lambda: load("embedded", "long", 0), "dataset, profile: got"),
        (lambda: world("round", "quick", 0), "kind: got 'round'"),
        (lambda: world("warp", "long", 0), "profile: got 'long'"),
    ],
)
def test_what_there_is_not_is_refused_with_what_there_is(call, words):
    with pytest.raises(ValueError, match=words):
        call()

"""What the chapter looks at before it learns."""

from dataclasses import replace

import pytest
import torch

from chapters.supervectors.looking import (
    average_distance,
    border_agreement,
    clip_of,
    quartet,
    sounds_of,
    supervector_maps,
    trial_kinds,
)
from support.data.trials import TrialKind
from support.verification.listening import waves_of
from support.verification.systems import NETWORK, train_network
from tests.verification.small import small_corpus


def test_each_of_the_four_differs_in_one_thing():
    prepared = small_corpus()
    corpus, clips = prepared.corpus, quartet(prepared)

    def facts(name):
        place = clips[name]
        return [
            int(each[place]) for each in (corpus.speaker, corpus.session, corpus.phrase)
        ]

    a = facts("A")
    assert not corpus.background[a[0]]
    assert facts("B") == [a[0], a[1], int(corpus.partner[a[2]])]
    speaker, session, phrase = facts("C")
    assert (speaker, phrase) == (a[0], a[2])
    assert session != a[1]
    speaker, session, phrase = facts("D")
    assert (session, phrase) == (a[1], a[2])
    assert speaker != a[0]
    assert corpus.sex[speaker] == corpus.sex[a[0]]


def test_frames_are_real_and_sounds_are_no_silence():
    prepared = small_corpus()
    corpus = prepared.corpus
    for place in (0, 17, 200):
        clip, sounds = clip_of(corpus, place), sounds_of(corpus, place)
        assert len(clip) == int(corpus.frames[place])
        assert 0 < len(sounds) < len(clip)
        assert sounds.mean() > clip.mean()  # silence is quieter


def test_the_distance_of_averages_is_a_distance():
    corpus = small_corpus().corpus
    assert average_distance(corpus, 3, 3) == 0
    one, other = average_distance(corpus, 3, 9), average_distance(corpus, 9, 3)
    assert one == pytest.approx(other)
    assert one > 0
    shifted = corpus.log_mel.clone()
    shifted[9] = shifted[3] + torch.log(torch.tensor(10.0))
    moved = type(corpus)(
        **{**corpus.__dict__, "log_mel": shifted, "phone_position": _same(corpus)}
    )
    assert average_distance(moved, 3, 9) == pytest.approx(10.0, rel=1e-4)


def _same(corpus):
    position = corpus.phone_position.clone()
    position[9] = position[3]
    return position


def test_agreement_is_perfect_for_the_truth_and_chance_for_one_state():
    position = torch.tensor([[-1, 0, 0, 1], [0, 0, 1, -1]])
    mask = torch.tensor([[True] * 4, [True] * 4])
    truth = torch.nn.functional.one_hot(position + 1, 3).float()
    assert border_agreement(truth, position, mask) == 1
    one = torch.ones(2, 4, 1)
    assert border_agreement(one, position, mask) == 0.5
    mask[1, 3] = False
    assert border_agreement(one, position, mask) == pytest.approx(4 / 7)


def test_the_chain_finds_the_sounds_better_than_equal_parts():
    prepared = small_corpus()
    rest = prepared.trials.test.unique()
    args = prepared.corpus.phone_position[rest], prepared.mask[rest]
    chain = border_agreement(prepared.align(rest), *args)
    assert chain > 0.8
    assert chain > border_agreement(prepared.align(rest, kind="uniform"), *args)


def test_the_map_of_kinds_is_that_of_the_definition():
    kinds = trial_kinds(small_corpus(), speakers=3)
    assert kinds.shape == (12, 12)
    assert (kinds.diag() == TrialKind.TC).all()
    assert kinds[0, 1] == TrialKind.TW
    assert kinds[0, 8] == TrialKind.IC  # the third speaker has the first one's sex
    assert kinds[0, 9] == TrialKind.IW
    assert (kinds[:4, 4:8] == -1).all()  # the second has not


def test_maps_are_those_of_unit_vectors():
    prepared = small_corpus()
    system = train_network(prepared, recipe=replace(NETWORK, epochs=1), seed=1)
    maps = supervector_maps(system, prepared, quartet(prepared))
    assert list(maps) == ["true claim", "impostor", "anagram"]
    assert all(each.shape == (10, 24) for each in maps.values())
    # Two unit vectors are at most 2 apart.
    assert all(float(each.norm()) <= 2 for each in maps.values())


def test_waves_end_with_their_frames():
    prepared = small_corpus()
    corpus = prepared.corpus
    found = waves_of(prepared, [0, 5])
    assert [len(wave) for wave in found] == [
        int(corpus.frames[place]) * corpus.hop for place in (0, 5)
    ]
    assert all(float(wave.abs().max()) > 0.01 for wave in found)

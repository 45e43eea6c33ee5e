"""The one way to the chapter's data, and the four clips that open it."""

import pytest
import torch

from chapters.supervectors.data import clip, load, quartet, sounds
from support.verification.experiment import prepare
from tests.verification.small import small_corpus


def test_a_seed_is_what_the_shared_room_prepares_and_a_mixture():
    data, plain = load("embedded", "quick", 2), prepare("embedded", "quick", 2)
    assert torch.equal(data.x, plain.x)
    assert torch.equal(data.trials.test, plain.trials.test)
    assert data.gmm is not None
    with pytest.raises(ValueError, match="'fast'"):
        load("embedded", "fast", 0)


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
        whole, said = clip(corpus, place), sounds(corpus, place)
        assert len(whole) == int(corpus.frames[place])
        assert 0 < len(said) < len(whole)
        assert said.mean() > whole.mean()  # silence is quieter

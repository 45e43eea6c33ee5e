"""The data: whose utterances are alike, and what is heard."""

import pytest
import torch

from chapters.auc_verification.data import identities, load, three_claims
from tests.verification.small import small_corpus


@pytest.fixture(scope="module")
def prepared():
    return small_corpus()


def test_identities_are_speakers_with_phrases(prepared):
    corpus, known = prepared.corpus, prepared.background
    found = identities(prepared)
    pairs = torch.stack([corpus.speaker[known], corpus.phrase[known]], dim=1)
    assert len(found.unique()) == len(pairs.unique(dim=0))
    for one in found.unique()[:5]:
        assert len(pairs[found == one].unique(dim=0)) == 1


def test_claims_to_be_heard_are_what_they_are_called(prepared):
    clips = three_claims(prepared.trials)
    corpus = prepared.corpus
    model, *tests = clips.values()
    who = [int(corpus.speaker[place]) for place in (model, *tests)]
    what = [int(corpus.phrase[place]) for place in (model, *tests)]
    assert len(clips) == 4
    assert who[1] == who[0] != who[2]
    assert who[3] == who[0]
    assert what[0] == what[1] == what[2] != what[3]


@pytest.mark.parametrize("asked", [("voices", "quick"), ("embedded", "fast")])
def test_an_unknown_setting_is_refused(asked):
    with pytest.raises(ValueError, match="give one of"):
        load(*asked, 0)

"""The data: what is said, who is who, and what noise touches."""

import pytest
import torch

from chapters.class_token.data import (
    FEW_PHRASES,
    SIZES,
    anagrams,
    identities,
    load,
    noisy_tests,
)
from tests.verification.small import small_corpus


@pytest.fixture(scope="module")
def voices():
    return small_corpus()


def test_a_class_is_a_speaker_and_a_phrase(voices):
    found, corpus = identities(voices), voices.corpus
    phrases = len(corpus.phrases)
    assert torch.equal(found % phrases, corpus.phrase[voices.background])
    assert torch.equal(found // phrases, voices.speakers)


def test_the_pair_is_one_voice_with_the_same_sounds_reordered(voices):
    corpus, pair = voices.corpus, anagrams(voices)
    one, other = pair.values()
    assert corpus.speaker[one] == corpus.speaker[other]
    assert corpus.session[one] == corpus.session[other]
    said = [corpus.phrases[corpus.phrase[place]] for place in (one, other)]
    assert torch.equal(said[0].sort().values, said[1].sort().values)
    assert not torch.equal(*said)


def test_noise_is_on_real_frames_of_tests_alone(voices):
    harsh = noisy_tests(voices, torch.Generator().manual_seed(0), 0.5)
    gap = harsh.x - voices.x
    tests = voices.trials.test.unique()
    quiet = torch.ones(len(gap), dtype=torch.bool)
    quiet[tests] = False
    assert not gap[quiet].any()
    assert not gap[~voices.mask].any()
    heard = gap[tests][voices.mask[tests]]
    assert float(heard.std()) == pytest.approx(0.5, rel=0.05)


@pytest.mark.parametrize(
    ("source", "spread", "words"),
    [(None, 0.5, "generator"), (torch.Generator(), -1, "spread")],
)
def test_noise_needs_a_source_and_a_spread(voices, source, spread, words):
    with pytest.raises(ValueError, match=words):
        noisy_tests(voices, source, spread)


def test_settings_are_whole_and_unknown_ones_refused():
    assert FEW_PHRASES.phrases == 4
    assert {name for name, _ in SIZES} == {"embedded", "arabic_digits"}
    for asked in (("voices", "quick"), ("embedded", "fast")):
        with pytest.raises(ValueError, match="give one of"):
            load(*asked, 0)

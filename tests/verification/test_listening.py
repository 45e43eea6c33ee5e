"""Utterances as sounds."""

from support.verification.listening import waves_of
from tests.verification.small import small_corpus


def test_waves_end_with_their_frames():
    prepared = small_corpus()
    corpus = prepared.corpus
    found = waves_of(prepared, [0, 5])
    assert [len(wave) for wave in found] == [
        int(corpus.frames[place]) * corpus.hop for place in (0, 5)
    ]
    assert all(float(wave.abs().max()) > 0.01 for wave in found)

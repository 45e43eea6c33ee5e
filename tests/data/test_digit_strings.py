"""Recorded digits, joined to strings."""

import numpy as np
import pandas as pd
import pytest
import torch

from support.data import digit_strings as module
from support.data.audio import AudioCorpus
from support.data.digit_strings import digit_strings, draw_strings
from support.data.errors import DataError


def recordings(drop=None):
    """Three speakers, two takes; digit d is a tone of its own in silence."""
    time = np.arange(8000) / 8000
    waves, rows = [], []
    for speaker in ("a", "b", "c"):
        for take in (1, 2):
            for digit in range(10):
                if drop == (speaker, take, digit):
                    continue
                length = 1600 + 160 * digit
                wave = np.zeros(8000, np.float32)
                tone = np.sin(2 * np.pi * (300 + 200 * digit) * time[:length])
                wave[2400 : 2400 + length] = 0.3 * tone
                waves.append(wave)
                split = "test" if speaker == "c" else "train"
                rows.append((speaker, digit, take, split))
    table = pd.DataFrame(rows, columns=["speaker", "digit", "take", "split"])
    return AudioCorpus("arabic_digits", waves, 8000, table)


@pytest.fixture
def corpus(monkeypatch):
    monkeypatch.setattr(module, "load_audio", lambda *args, **options: recordings())
    return digit_strings(seed=1, strings=4)


def test_shapes_and_splits(corpus):
    assert len(corpus) == 3 * 2 * 4
    assert int(corpus.background.sum()) == 2
    assert (corpus.sex == -1).all()
    assert corpus.log_mel.shape[1] * 320 == corpus.wave.shape[1]
    assert torch.isfinite(corpus.log_mel).all()


def test_the_digits_of_a_string_are_heard_in_turn(corpus):
    for row in range(len(corpus)):
        at = 0
        for digit in corpus.phrases[corpus.phrase[row]].tolist():
            length = 1600 + 160 * digit
            part = corpus.wave[row, at : at + length]
            peak = torch.fft.rfft(part, 8000).abs().argmax()
            assert abs(int(peak) - (300 + 200 * digit)) <= 5
            at += length
        assert int(corpus.frames[row]) == -(-at // 320)
        assert (corpus.wave[row, at:] == 0).all()


def test_a_seed_draws_who_is_tried(monkeypatch):
    monkeypatch.setattr(module, "load_audio", lambda *args, **options: recordings())
    splits = {
        tuple(digit_strings(seed=seed, strings=2).background.tolist())
        for seed in range(8)
    }
    assert len(splits) == 3
    again = [digit_strings(seed=5, strings=2).background for _ in range(2)]
    assert torch.equal(*again)


@pytest.mark.parametrize("length", [2, 4, 8])
def test_partners_are_anagrams(length):
    made, partner = draw_strings(8, length, seed=3)
    assert torch.equal(made.sort(1).values, made[partner].sort(1).values)
    assert ((made != made[partner]).sum(1) >= max(2, length - 2)).all()
    assert len({tuple(row) for row in made.tolist()}) == 8
    assert torch.equal(made, draw_strings(8, length, seed=3)[0])


def test_bad_input_is_refused_in_words(monkeypatch):
    with pytest.raises(ValueError, match="arabic_digits"):
        digit_strings("fsdd")
    for sizes in ((3, 4), (0, 4), (8, 1), (8, 9)):
        with pytest.raises(ValueError, match="strings, length"):
            draw_strings(*sizes, seed=0)
    with pytest.raises(ValueError, match="only 90 were found"):
        draw_strings(92, 2, seed=0)
    monkeypatch.setattr(
        module, "load_audio", lambda *args, **options: recordings(("b", 2, 7))
    )
    with pytest.raises(DataError, match="speaker b has no digit 7 in take 2"):
        digit_strings()

"""Recordings of one's own go wherever synthetic voices go."""

import numpy as np
import pytest
import torch

from support.data.audio import resample
from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import log_mel_frames, make_corpus
from support.data.voices.recordings import voices_from_waves
from support.verification.experiment import Setting, prepare_corpus
from support.verification.scoring import error_table, trial_scores
from support.verification.systems import raw_supervector


def tone(samples, step=0.3):
    return torch.sin(torch.arange(samples) * step)


def test_the_synthetic_corpus_comes_back_from_its_own_waves():
    corpus = make_corpus(VoiceConfig(6, 4, sessions=4, phrases=4), 3, waves=True)
    lengths = (corpus.frames * corpus.hop).tolist()
    waves = [wave[:size] for wave, size in zip(corpus.wave, lengths, strict=True)]
    given = {"sex": corpus.sex, "partner": corpus.partner}
    found = voices_from_waves(
        waves,
        8000,
        corpus.speaker,
        corpus.session,
        corpus.phrase,
        background=corpus.background,
        **given,
    )
    assert torch.equal(found.frames, corpus.frames)
    real = torch.arange(found.log_mel.shape[1]) < corpus.frames[:, None]
    # the last window of a wave sees what was cut off
    inner = real & torch.roll(real, -1, 1)
    ours, theirs = found.log_mel[inner], corpus.log_mel[:, : real.shape[1]][inner]
    assert torch.allclose(ours, theirs, atol=1e-4)
    sets = {"setting": Setting(states=5), "enrol_sessions": (0, 1, 2)}
    rows = []
    for each in (found, corpus):
        prepared = prepare_corpus(each, **sets)
        scores = trial_scores(raw_supervector(prepared), prepared)
        rows.append(error_table(scores, prepared.trials))
    assert rows[0] == pytest.approx(rows[1], abs=0.03)


def test_each_wave_has_its_own_rate():
    wide = np.sin(np.arange(16000) * 0.1)
    found = voices_from_waves(
        [wide, tone(800)], [16000, 8000], [0, 1], [0, 0], [0, 0], background=[1, 0]
    )
    assert found.frames.tolist() == [50, 5]
    assert found.background.tolist() == [True, False]
    assert found.sex.tolist() == [-1, -1]
    narrow = torch.from_numpy(resample(wide.astype(np.float32), 16000, 8000))
    assert torch.allclose(found.log_mel[:1], log_mel_frames(narrow[None], hop=160))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"waves": []}, "speaker: got"),
        ({"rates": [8000]}, "2 and 1"),
        ({"rates": [8000, 0]}, "rates: number 1 is 0"),
        ({"speaker": [0, -1]}, "speaker: got"),
        ({"phrase": [0.0, 1.0]}, "phrase: got"),
        ({"session": [0]}, "session: got"),
        ({"background": [True]}, "background: got"),
        ({"sex": [0, 1, 1]}, "sex: got"),
        ({"partner": [0, 1]}, "partner: got"),
        ({"waves": [tone(800), tone(0)]}, "number 1"),
        ({"waves": [tone(800)[None], tone(800)]}, "number 0"),
        ({"waves": [tone(800), torch.full((9,), torch.nan)]}, "number 1"),
        ({"waves": [tone(800), torch.ones(800).short()]}, "divided by"),
    ],
)
def test_bad_recordings_are_refused_in_words(change, words):
    given = {
        "waves": [tone(800), tone(400)],
        "rates": 8000,
        "speaker": [0, 1],
        "session": [0, 0],
        "phrase": [0, 0],
        "background": [True, False],
    }
    with pytest.raises(ValueError, match=words):
        voices_from_waves(**given | change)
    with pytest.raises(ValueError, match="give \\(n, samples\\)"):
        log_mel_frames(tone(80), hop=160)

"""Players in the page."""

import io
import re
import wave
from base64 import b64decode

import numpy as np
import pytest
import torch

from support.sounds import MOST_BYTES, SOUNDS, show_sounds


@pytest.fixture
def shown(monkeypatch):
    outputs = []

    def keep(bundle, *, raw, metadata):
        outputs.append((bundle, metadata))

    monkeypatch.setattr("IPython.display.display", keep)
    return outputs


def show(clips, **changes):
    given = {
        "name": "fig-a-clips",
        "caption": "Two clips.",
        "labels": ["one <b>", "two"],
    }
    show_sounds(clips, 8000, **given | changes)


def test_each_clip_is_a_wave_with_a_label(shown):
    tone = torch.sin(torch.arange(800) * 0.3)
    show([tone, 0.5 * tone])
    bundle, metadata = shown[0]
    html = bundle["text/html"]
    assert metadata[SOUNDS] == len(html)
    assert "one &lt;b&gt;" in html
    assert html.count("<audio controls") == 2
    assert 'aria-labelledby="fig-a-clips-1"' in html
    assert 'role="group"' in html
    assert 'aria-labelledby="fig-a-clips-words"' in html
    assert '<p class="sounds-words" id="fig-a-clips-words">Two clips.</p>' in html
    assert "http" not in html
    assert "<script" not in html
    assert bundle["text/plain"] == "[Sounds: one <b>; two. Two clips.]"
    peaks = []
    for data in re.findall(r"base64,([^\"]+)", html):
        with wave.open(io.BytesIO(b64decode(data))) as file:
            assert (file.getframerate(), file.getnchannels()) == (8000, 1)
            assert file.getnframes() == 800
            values = np.frombuffer(file.readframes(800), "<i2") / 32767
        peaks.append(np.abs(values).max())
    assert peaks[0] == pytest.approx(0.9, abs=1e-3)
    assert peaks[1] == pytest.approx(0.45, abs=1e-3)


@pytest.mark.parametrize(
    ("clips", "changes", "words"),
    [
        ([torch.ones(8)], {}, "2 labels"),
        ([], {"labels": []}, "0 clips"),
        ([torch.ones(8)] * 2, {"labels": ["a", " "]}, "words for each"),
        ([torch.ones(8)] * 2, {"name": "Fig 1"}, "name"),
        ([torch.ones(8)] * 2, {"caption": " "}, "caption"),
        ([torch.ones(8), torch.ones(0)], {}, "number 1"),
        ([torch.ones(8), torch.full((8,), torch.nan)], {}, "NaN"),
        ([torch.zeros(8)] * 2, {}, "nothing is to be heard"),
        ([torch.ones(MOST_BYTES // 2)] * 2, {}, "at most 400 kB"),
    ],
)
def test_bad_input_is_refused_in_words(shown, clips, changes, words):
    with pytest.raises(ValueError, match=words):
        show(clips, **changes)
    assert not shown

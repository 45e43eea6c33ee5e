"""The pitch tracker, on sounds whose pitch is known."""

import pytest
import torch

from support.data.tones import voiced_tones
from support.signal.pitch import pitch_track

RATE = 8000


def harmonic(f0, seconds=0.4, rate=RATE, count=6):
    t = torch.arange(round(seconds * rate)) / rate
    return sum(
        torch.sin(2 * torch.pi * k * f0 * t + k) / k for k in range(1, count + 1)
    )


@pytest.mark.parametrize("f0", [80.0, 123.4, 200.0, 251.0, 390.0])
def test_a_harmonic_sound_has_its_pitch(f0):
    track = pitch_track(harmonic(f0), RATE)
    assert float((track.f0 / f0 - 1).abs().max()) < 0.01
    assert float(track.voicing.min()) > 0.9


def test_the_fundamental_may_be_missing():
    t = torch.arange(3200) / RATE
    wave = sum(torch.sin(2 * torch.pi * k * 150 * t) for k in (2, 3, 4))
    assert float((pitch_track(wave, RATE).f0 / 150 - 1).abs().max()) < 0.01


def test_loud_voiced_tones_have_the_pitch_that_was_drawn():
    drawn = voiced_tones(
        200,
        0.0,
        torch.Generator().manual_seed(0),
        {"loudness": torch.full((200,), 0.9)},
    )
    wanted = 90 * 2 ** (1.5 * drawn.values[:, 0])
    found = pitch_track(drawn.waves, RATE).f0.median(1).values
    error = (found / wanted - 1).abs()
    # The pitch sways; a median over a quarter of a second does not see all of it.
    assert float(error.median()) < 0.02
    assert float((error < 0.04).double().mean()) > 0.95


def test_it_follows_a_glide():
    t = torch.arange(8000) / RATE
    wave = torch.sin(2 * torch.pi * (100 * t + 50 * t.square()))  # 100 to 200 Hz
    f0 = pitch_track(wave, RATE).f0
    assert float((f0[1:] - f0[:-1]).min()) > -1
    assert float((f0[0] - 102).abs()) < 4
    assert float((f0[-1] - 198).abs()) < 4


def test_noise_and_silence_are_not_voiced():
    noise = torch.randn(20, 4000, generator=torch.Generator().manual_seed(0))
    assert float(pitch_track(noise, RATE).voicing.quantile(0.95)) < 0.45
    assert float(pitch_track(torch.zeros(4000), RATE).voicing.max()) == 0


def test_level_offset_and_batch_change_nothing():
    wave = harmonic(170.0).double()
    plain = pitch_track(wave, RATE)
    batch = pitch_track(torch.stack([wave, 1e-4 * wave, wave + 5]), RATE)
    for row in batch.f0:
        torch.testing.assert_close(row, plain.f0, rtol=1e-6, atol=0)
    assert plain.f0.dtype == torch.float64


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("size", [1e-38, 1e-20, 1e20, 1e37])
def test_the_loudness_of_the_recording_does_not_matter(kind, size):
    wave = harmonic(170.0).to(kind)
    plain, found = pitch_track(wave, RATE), pitch_track(size * wave, RATE)
    torch.testing.assert_close(found.f0, plain.f0, rtol=1e-4, atol=0)
    torch.testing.assert_close(found.voicing, plain.voicing, rtol=0, atol=1e-4)
    assert float(found.voicing.min()) > 0.9


def test_no_waves_have_no_pitch():
    found = pitch_track(torch.zeros(0, 4000), RATE)
    frames = len(pitch_track(torch.zeros(4000), RATE).f0)
    assert found.f0.shape == found.voicing.shape == (0, frames)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"wave": torch.ones(100)}, "the 320 samples of one frame"),
        ({"wave": torch.full((4000,), float("nan"))}, "wave: got nan"),
        ({"wave": "voice"}, "wave: got"),
        ({"rate": 0}, "rate: got 0"),
        ({"rate": 1e308}, "rate: got 1e[+]308"),
        ({"low": 0}, "low: got 0"),
        ({"low": 1e-300}, "low: got 1e-300"),
        ({"hop": 1e300}, "hop: got 1e[+]300"),
        ({"high": 50}, "high: got 50"),
        ({"high": 3000}, "high: got 3000"),
        ({"hop": 1e-9}, "less than a sample"),
        ({"hop": "slow"}, "hop: got 'slow'"),
    ],
)
def test_bad_input_in_words(given, words):
    with pytest.raises(ValueError, match=words):
        pitch_track(**{"wave": torch.ones(4000), "rate": RATE, **given})

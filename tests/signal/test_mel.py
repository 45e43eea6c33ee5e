"""Mel bands: the scale's closed form, the triangles' properties, logarithm."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from support.signal.mel import hz_to_mel, log_mel, mel_filterbank, mel_to_hz


@given(st.floats(0, 20_000))
def test_scale_is_its_formula_and_inverts(hertz):
    value = hz_to_mel(torch.tensor(hertz, dtype=torch.float64))
    assert value.item() == pytest.approx(2595 * math.log10(1 + hertz / 700), abs=1e-8)
    assert mel_to_hz(value).item() == pytest.approx(hertz, abs=1e-6)


def test_triangles_overlap_to_one():
    bank = mel_filterbank(20, 2048, 16_000, dtype=torch.float64)
    assert (bank >= 0).all()
    assert bank.max().item() <= 1
    first, last = bank[0].argmax(), bank[-1].argmax()
    # between the first and the last centre two neighbours share every frequency
    assert torch.allclose(bank.sum(0)[first + 1 : last], torch.ones(1).double())


def test_peaks_are_equally_spaced_in_mel():
    bank = mel_filterbank(20, 2**15, 16_000, low=100, high=7000, dtype=torch.float64)
    peaks = bank.argmax(1).double() * 16_000 / 2**15
    steps = hz_to_mel(peaks).diff()
    assert steps.std().item() < 0.01 * steps.mean().item()
    assert bank[:, : int(99 / (16_000 / 2**15))].sum() == 0


def test_area_normalisation_integrates_to_one():
    bank = mel_filterbank(10, 2**14, 8000, normalise="area", dtype=torch.float64)
    area = bank.sum(1) * 8000 / 2**14
    assert area.tolist() == pytest.approx([1] * 10, rel=1e-3)


def test_a_tone_lights_its_own_band(device):
    rate = 8000
    time = torch.arange(rate, device=device) / rate
    bank = mel_filterbank(32, 256, rate)
    for hertz in (500.0, 1000.0, 3000.0):
        tone = torch.sin(2 * torch.pi * hertz * time)
        bands = log_mel(tone, rate=rate)
        assert bands.shape == (32, 50)
        wanted = bank[:, round(hertz * 256 / rate)].argmax().item()
        assert bands[:, 25].argmax().item() == wanted


def test_silence_is_the_floor_and_gain_adds():
    assert torch.allclose(
        log_mel(torch.zeros(1600), rate=8000, floor=1e-3),
        torch.tensor(math.log(1e-3)),
    )
    rng = torch.Generator().manual_seed(0)
    signal = torch.randn(3, 1600, generator=rng)
    louder = log_mel(10 * signal, rate=8000, floor=1e-30)
    quiet = log_mel(signal, rate=8000, floor=1e-30)
    assert torch.allclose(louder - quiet, torch.tensor(math.log(100)), atol=1e-3)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="too many"):
        mel_filterbank(128, 256, 8000)
    with pytest.raises(ValueError, match="low, high"):
        mel_filterbank(8, 256, 8000, high=5000)
    with pytest.raises(ValueError, match="normalise"):
        mel_filterbank(8, 256, 8000, normalise="sum")
    with pytest.raises(ValueError, match="floor"):
        log_mel(torch.zeros(1600), rate=8000, floor=0)

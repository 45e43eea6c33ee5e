"""Spectra: against scipy and closed forms, inversion, frame counts, bad input."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import ShortTimeFFT, get_window

from support.signal.stft import frame_count, istft, power_spectrogram, stft, window


def noise(samples, *lead, dtype=torch.float64, seed=0):
    rng = torch.Generator().manual_seed(seed)
    return torch.randn(*lead, samples, generator=rng, dtype=dtype)


@pytest.mark.parametrize("kind", ["hann", "hamming"])
@pytest.mark.parametrize("length", [1, 4, 255, 256])
def test_windows_equal_scipy(kind, length):
    ours = window(length, kind, dtype=torch.float64).numpy()
    assert ours == pytest.approx(get_window(kind, length), abs=1e-12)


@pytest.mark.parametrize(("win", "hop", "fft"), [(256, 160, 256), (200, 80, 512)])
def test_equals_scipy(win, hop, fft):
    signal = noise(4000)
    ours = stft(signal, win=win, hop=hop, fft=fft, padding="none").numpy()
    reference = ShortTimeFFT(
        get_window("hann", win), hop, fs=1, mfft=fft, phase_shift=None
    )
    first = -(-(win // 2) // hop)  # scipy numbers slices by their centres
    theirs = reference.stft_detrend(
        signal.numpy(), None, k_offset=win // 2, p0=0, p1=ours.shape[1]
    )
    assert first >= 1
    assert np.abs(ours - theirs).max() < 1e-10


def test_a_sine_has_one_peak_of_known_height():
    rate, win = 8000, 256
    hertz = 32 * rate / win  # in the middle of bin 32
    signal = torch.sin(2 * torch.pi * hertz * torch.arange(8000) / rate).double()
    magnitude = power_spectrogram(signal, win=win, hop=160, power=1, padding="none")
    assert (magnitude.argmax(0) == 32).all()
    # half the sum of the window
    assert magnitude[32].numpy() == pytest.approx(win / 4, rel=1e-3)
    power = power_spectrogram(signal, win=win, hop=160, padding="none")
    assert torch.allclose(power, magnitude.square())


@settings(max_examples=40, deadline=None)
@given(
    st.integers(300, 1500),
    st.sampled_from([(256, 64), (256, 160), (200, 100), (160, 160)]),
    st.sampled_from(["same", "centre"]),
    st.sampled_from(["hamming", "rectangular"]),
)
def test_inverse_gives_the_signal_back(samples, sizes, padding, kind):
    win, hop = sizes
    if padding == "centre":  # beyond half a window the end is in no frame
        hop = min(hop, win // 2)
    signal = noise(samples, 2)
    options = {"win": win, "hop": hop, "fft": 256, "kind": kind, "padding": padding}
    spectrum = stft(signal, **options)
    assert spectrum.shape == (2, 129, frame_count(samples, win, hop, padding))
    back = istft(spectrum, samples=samples, **options)
    assert torch.allclose(back, signal, atol=1e-10)


def test_inverse_without_padding_gives_the_inner_part_back():
    signal = noise(1000)
    options = {"win": 256, "hop": 128, "kind": "sqrt_hann", "padding": "none"}
    back = istft(stft(signal, **options), samples=1000, **options)
    assert torch.allclose(back[1:768], signal[1:768], atol=1e-10)


def test_frames_sit_where_they_are_said_to_be():
    signal = torch.zeros(1600)
    signal[5 * 160 + 80] = 1  # the middle of hop 5
    power = power_spectrogram(signal, win=256, hop=160).sum(0)
    assert power.argmax().item() == 5
    assert power[4].item() == pytest.approx(power[6].item(), rel=1e-3)
    signal = torch.zeros(1600)
    signal[5 * 160] = 1
    power = power_spectrogram(signal, win=256, hop=160, padding="centre").sum(0)
    assert power.argmax().item() == 5


def test_leading_axes_devices_and_types(device):
    signal = noise(1000, 2, 3, dtype=torch.float32).to(device)
    spectrum = stft(signal, win=256, hop=160)
    assert spectrum.shape == (2, 3, 129, 7)
    assert spectrum.dtype == torch.complex64
    assert spectrum.device.type == device
    one = stft(signal[1, 2].cpu().double(), win=256, hop=160)
    assert torch.allclose(spectrum[1, 2].cpu().to(one), one, atol=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"hop": 0}, "hop"),
        ({"fft": 128}, "fft"),
        ({"hop": 300}, "hop"),
        ({"padding": "all"}, "padding"),
        ({"signal": torch.zeros(100), "padding": "none"}, "shorter"),
        ({"signal": torch.tensor([0.0, torch.nan])}, "signal: got nan at 1"),
        ({"signal": torch.zeros(1000, dtype=torch.long)}, "signal"),
        ({"kind": "square"}, "kind"),
    ],
)
def test_bad_input_is_named(change, message):
    options = {"signal": torch.zeros(1000), "win": 256, "hop": 160} | change
    with pytest.raises(ValueError, match=message):
        stft(options.pop("signal"), **options)


def test_bad_spectrum_is_named():
    with pytest.raises(ValueError, match="spectrum"):
        istft(torch.zeros(129, 5, dtype=torch.cfloat), win=256, hop=160, samples=160)
    with pytest.raises(ValueError, match="length"):
        window(0)

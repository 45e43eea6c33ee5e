"""Bytes, halves, offsets and what is not finite, in waveforms and features."""

import pytest
import torch

from support.signal.mel import hz_to_mel, log_mel, mel_to_hz
from support.signal.mfcc import mean_normalise, mfcc
from support.signal.stft import frame_count, istft, power_spectrogram, stft, window

NAN, INF = float("nan"), float("inf")
HALVES = [torch.float16, torch.bfloat16]
WHOLE = [torch.uint8, torch.int8, torch.int16, torch.int64]
OPTIONS = {"win": 16, "hop": 8}


@pytest.mark.parametrize("act", [stft, power_spectrogram])
@pytest.mark.parametrize("kind", [*HALVES, *WHOLE, torch.bool, torch.complex64])
def test_a_signal_of_another_type_is_refused(act, kind):
    with pytest.raises(ValueError, match="signal: got"):
        act(torch.zeros(100).to(kind), **OPTIONS)


@pytest.mark.parametrize("shape", [(0,), (0, 100), (2, 0), ()])
def test_an_empty_signal_is_refused(shape):
    with pytest.raises(ValueError, match="signal: "):
        stft(torch.zeros(shape), **OPTIONS)


@pytest.mark.parametrize("value", [NAN, INF, -INF])
@pytest.mark.parametrize("padding", ["same", "centre"])
def test_what_is_not_finite_is_refused_wherever_it_stands(value, padding):
    for place in (0, 50, 99):
        signal = torch.zeros(2, 100)
        signal[1, place] = value
        with pytest.raises(ValueError, match=rf"signal: got {value} at \(1, {place}\)"):
            stft(signal, padding=padding, **OPTIONS)
    spectrum = stft(torch.zeros(100), **OPTIONS)
    spectrum[3, 2] = value
    with pytest.raises(ValueError, match="spectrum: got"):
        istft(spectrum, samples=100, **OPTIONS)
    with pytest.raises(ValueError, match=r"spectrum: got torch\.float32"):
        istft(spectrum.real, samples=100, **OPTIONS)


def test_large_values_are_no_infinity():
    signal = torch.full((100,), 1e37)
    assert torch.isfinite(stft(signal * 10, **OPTIONS)).any()
    assert torch.isfinite(stft(signal, **OPTIONS)).all()


@pytest.mark.parametrize("scale", [1e-9, 1e9])
def test_a_transform_is_linear_at_every_scale(scale):
    signal = torch.randn(100, generator=torch.Generator().manual_seed(0)).double()
    found = stft(signal * scale, **OPTIONS) / scale
    assert torch.allclose(found, stft(signal, **OPTIONS), atol=1e-12)
    back = istft(found * scale, samples=100, **OPTIONS)
    assert torch.allclose(back / scale, signal, atol=1e-12)


@pytest.mark.parametrize("win", [7, 16, 21])
@pytest.mark.parametrize("hop", [1, 3, 5, 7])
@pytest.mark.parametrize("padding", ["same", "centre", "none"])
def test_frames_are_cut_and_added_as_their_definition_says(win, hop, padding):
    signal = torch.randn(2, 40, generator=torch.Generator().manual_seed(0)).double()
    options = {"win": win, "hop": hop, "kind": "hamming", "padding": padding}
    before = {"same": (win - hop) // 2, "centre": win // 2, "none": 0}[padding]
    wide = torch.nn.functional.pad(signal, (before, 3 * win))
    taper = window(win, "hamming", dtype=torch.float64)
    frames = frame_count(40, win, hop, padding)
    cut = [wide[:, t * hop : t * hop + win] * taper for t in range(frames)]
    wanted = torch.stack([torch.fft.rfft(piece, 32) for piece in cut], -1)
    found = stft(signal, fft=32, **options)
    assert torch.allclose(found, wanted, atol=1e-12)
    back = istft(found, samples=40, fft=32, **options)
    reached = min(40, (frames - 1) * hop + win - before)
    assert torch.allclose(back[:, :reached], signal[:, :reached], atol=1e-10)
    assert (back[:, reached:] == 0).all()


def test_a_window_made_without_gradients_serves_training():
    with torch.inference_mode():
        stft(torch.ones(64), win=33, hop=11)
        mfcc(torch.ones(1, 1, 11), 7)
    signal = torch.ones(64, requires_grad=True)
    stft(signal, win=33, hop=11).abs().sum().backward()
    bands = torch.ones(1, 1, 11, requires_grad=True)
    mfcc(bands, 7).sum().backward()
    assert torch.isfinite(signal.grad).all()
    assert torch.isfinite(bands.grad).all()


@pytest.mark.parametrize("kind", WHOLE)
def test_cepstra_of_integers_are_fractions(kind):
    found = mfcc(torch.tensor([[10, 20, 30, 40]]).to(kind), 3)
    assert found[0].tolist() == pytest.approx([50, -22.3044, 0], abs=1e-4)
    x = torch.tensor([[[1], [2], [9]]]).to(kind)
    moved = mean_normalise(x, torch.tensor([2], dtype=torch.uint8))
    assert moved.flatten().tolist() == [-0.5, 0.5, 0]
    assert torch.equal(mean_normalise(x.numpy(), torch.tensor([2]).numpy()), moved)


def test_cepstra_in_double_precision_are_exact():
    bands = torch.eye(24).double()
    cosines = mfcc(bands, 24)
    assert torch.allclose(cosines @ cosines.T, bands, atol=1e-14)


@pytest.mark.parametrize("kind", HALVES)
def test_means_of_half_precision_do_not_overflow(kind):
    x = torch.full((1, 30_000, 1), 5.0).to(kind)
    found = mean_normalise(x, torch.tensor([30_000]))
    assert found.dtype == kind
    assert (found == 0).all()
    assert mfcc(x[:, :4], 1).dtype == kind


@pytest.mark.parametrize("offset", [2.0**20, 2.0**40])
def test_an_offset_is_taken_off_whole(offset):
    x = torch.randn(1, 1000, 3, generator=torch.Generator().manual_seed(0)).double()
    x = (x * 1024).round() / 1024  # so that adding the offset rounds nothing
    frames = torch.tensor([1000])
    found = mean_normalise(x + offset, frames)
    assert torch.allclose(found, mean_normalise(x, frames), atol=1e-12)


def test_what_is_not_finite_is_refused_by_name():
    for bad in (NAN, INF):
        with pytest.raises(ValueError, match="log_mel: got"):
            mfcc(torch.full((1, 4), bad), 2)
        with pytest.raises(ValueError, match="hertz: got"):
            hz_to_mel(torch.tensor([bad]))
        with pytest.raises(ValueError, match="mel: got"):
            mel_to_hz(torch.tensor([bad]))
        with pytest.raises(ValueError, match="floor: got"):
            log_mel(torch.zeros(8000), rate=8000, floor=bad)
    with pytest.raises(ValueError, match="hertz: got -800"):
        hz_to_mel(torch.tensor([-800.0]))
    assert hz_to_mel(torch.tensor([1000])).item() == pytest.approx(1000, abs=0.1)

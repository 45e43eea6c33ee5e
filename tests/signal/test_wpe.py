"""The batch gives what its equations give one frequency at a time, solved densely."""

import numpy as np
import pytest
import torch
from nara_wpe.wpe import wpe as nara_wpe

from support.data.rooms import polack_rooms
from support.data.sources import source_pool
from support.metrics.linear_prediction import cepstral_distance, log_likelihood_ratio
from support.signal.rooms import convolve
from support.signal.stft import istft, stft
from support.signal.wpe import wpe

SHAPE = {"win": 256, "hop": 64}


def spectrum(seed: int, *shape: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.complex128)


def dense(y: np.ndarray, taps: int, delay: int, iterations: int) -> np.ndarray:
    """One frequency (T,), frame by frame and tap by tap."""
    frames, dry = len(y), y
    earlier = np.zeros((taps, frames), complex)
    for k in range(taps):
        earlier[k, delay + k :] = y[: frames - delay - k]
    for _ in range(iterations):
        power = np.maximum(np.abs(dry) ** 2, 1e-10 * (np.abs(y) ** 2).max())
        R = sum(
            np.outer(z, z.conj()) / w for z, w in zip(earlier.T, power, strict=True)
        )
        p = sum(z * v.conj() / w for z, v, w in zip(earlier.T, y, power, strict=True))
        R = R + 1e-10 * np.trace(R).real / taps * np.eye(taps)
        dry = y - np.linalg.solve(R, p).conj() @ earlier
    return dry


@pytest.mark.parametrize(("taps", "delay", "turns"), [(1, 1, 1), (5, 2, 3), (12, 4, 2)])
def test_each_frequency_obeys_its_normal_equations(taps, delay, turns):
    y = spectrum(0, 2, 3, 60)
    found = wpe(y, taps=taps, delay=delay, iterations=turns)
    for row, wanted in zip(found.reshape(6, -1), y.reshape(6, -1), strict=True):
        np.testing.assert_allclose(
            row, dense(wanted.numpy(), taps, delay, turns), atol=1e-8
        )


@pytest.mark.parametrize(("turns", "apart"), [(1, 1e-8), (3, 1e-3)])
@pytest.mark.parametrize(("taps", "delay"), [(1, 1), (6, 3), (10, 2)])
def test_it_is_nara_wpes(taps, delay, turns, apart):
    """Each turn weighs by the last one's smallest values, which magnifies rounding."""
    y = spectrum(1, 5, 200)
    options = {"taps": taps, "delay": delay, "iterations": turns}
    theirs = np.stack([nara_wpe(row[None].numpy(), **options)[0] for row in y])
    np.testing.assert_allclose(wpe(y, **options), theirs, atol=apart)
    assert np.abs(y.numpy() - theirs).max() > 0.1


def test_blocks_of_frequencies_do_not_change_the_result(monkeypatch):
    y = spectrum(0, 2, 7, 40)
    whole = wpe(y, taps=4)
    monkeypatch.setattr("support.signal.wpe._BLOCK", 40 * 4 * 3)
    assert torch.allclose(wpe(y, taps=4), whole, atol=1e-12)


def test_an_echo_that_earlier_frames_foretell_goes():
    dry = spectrum(0, 1, 400) * (torch.rand(400, generator=torch.Generator()) > 0.5)
    wet = dry.clone()
    for m in range(3, 400):
        wet[:, m] += 0.7 * wet[:, m - 3]
    found = wpe(wet, taps=2, delay=3)
    left = (found - dry).abs().square().mean() / (wet - dry).abs().square().mean()
    assert left < 0.05


def test_levels_do_not_matter_and_silence_stays_silent():
    y = spectrum(0, 3, 50)
    y[1] = 0
    found = wpe(y, taps=5)
    assert (found[1] == 0).all()
    for scale in (1e-300, 1e-170, 1e-9, 1e9, 1e170, 1e300):
        assert torch.allclose(wpe(scale * y, taps=5) / scale, found, atol=1e-9)
    mixed = torch.tensor([1e-200, 1, 1e200], dtype=torch.double)[:, None]
    assert torch.allclose(wpe(mixed * y, taps=5) / mixed, found, atol=1e-9)


def test_a_conjugate_view_is_read_and_no_gradient_passes():
    y = spectrum(0, 3, 50).requires_grad_()
    found = wpe(y.conj(), taps=5)
    assert torch.allclose(found, wpe(y, taps=5).conj(), atol=1e-9)
    assert not found.requires_grad


def test_reverberant_speech_becomes_drier_and_dry_speech_stays():
    source = torch.Generator().manual_seed(0)
    dry = source_pool("speech", 4, 2.0, source)
    rooms = polack_rooms([0.6] * 4, [0.0] * 4, source, rate=8000)
    wet = convolve(dry, rooms)
    clean, other = (
        istft(wpe(stft(x, **SHAPE)), samples=16000, **SHAPE) for x in (dry, wet)
    )
    before = log_likelihood_ratio(dry, wet, rate=8000).mean()
    assert log_likelihood_ratio(dry, other, rate=8000).mean() < 0.9 * before
    assert cepstral_distance(dry, clean, rate=8000).mean() <= 0.15


def test_types_and_devices_are_kept(device):
    y = spectrum(0, 3, 50).to(device)
    assert wpe(y.to(torch.complex64), taps=5).dtype == torch.complex64
    assert wpe(y, taps=5).device == y.device
    assert torch.allclose(wpe(y, taps=5).cpu(), wpe(y.cpu(), taps=5), atol=1e-8)
    assert wpe(y[:0], taps=5).shape == (0, 50)


@pytest.mark.parametrize(
    ("given", "options", "words"),
    [
        (torch.zeros(3, 50), {}, r"spectrum: got torch\.float32"),
        ([1j, 2j], {}, "spectrum: got .*list"),
        (None, {}, "spectrum: got"),
        (spectrum(0, 50), {}, r"spectrum: got shape \(50,\)"),
        (spectrum(0, 3, 33), {}, "T at least 34"),
        (spectrum(0, 3, 50) * torch.nan, {}, "spectrum: got nan"),
        (spectrum(0, 3, 50), {"taps": 0}, "taps: got 0"),
        (spectrum(0, 3, 50), {"taps": 2.5}, "taps: got 2.5"),
        (spectrum(0, 3, 50), {"delay": True}, "delay: got True"),
        (spectrum(0, 3, 50), {"iterations": 0}, "iterations: got 0"),
    ],
)
def test_what_cannot_be_predicted_is_refused(given, options, words):
    with pytest.raises(ValueError, match=words):
        wpe(given, **options)

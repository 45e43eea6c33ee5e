"""Rooms put on and taken off: convolution, weighted prediction error, predictors."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.data.sources import source_pool
from support.metrics.intelligibility import short_time_intelligibility
from support.metrics.linear_prediction import levinson
from support.signal.rooms import convolve
from support.signal.wpe import wpe
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_FRAMES, _TAPS, _DELAY = 250, 10, 3
_TURNS = 1  # each magnifies the rounding of the last
_TEN_KILOHERTZ = 10_000
_SAMPLES, _RESPONSE, _ORDER = 16_000, 8_000, 10


def _spectrum(size: int, seed: int, device: str) -> tuple[Tensor]:
    source = torch.Generator().manual_seed(seed)
    drawn = torch.randn(size, _FRAMES, generator=source, dtype=torch.complex128)
    return (drawn.to(device),)


def _our_wpe(spectrum: Tensor) -> Tensor:
    return torch.view_as_real(
        wpe(spectrum, taps=_TAPS, delay=_DELAY, iterations=_TURNS)
    )


def _nara_wpe(spectrum: Any) -> Any:
    from nara_wpe.wpe import wpe as theirs

    options = {"taps": _TAPS, "delay": _DELAY, "iterations": _TURNS}
    dry = theirs(spectrum[:, None], **options)[:, 0]
    return np.stack([dry.real, dry.imag], -1)


def _one_frequency_at_a_time(spectrum: Any) -> Any:
    dry = np.empty_like(spectrum)
    for row, y in enumerate(spectrum):
        earlier = np.zeros((_TAPS, _FRAMES), complex)
        for k in range(_TAPS):
            earlier[k, _DELAY + k :] = y[: _FRAMES - _DELAY - k]
        found, floor = y, 1e-10 * (np.abs(y) ** 2).max()
        for _ in range(_TURNS):
            weighed = earlier / np.maximum(np.abs(found) ** 2, floor)
            R = weighed @ earlier.conj().T
            R += 1e-10 * np.trace(R).real / _TAPS * np.eye(_TAPS)
            g = np.linalg.solve(R, weighed @ y.conj())
            found = y - g.conj() @ earlier
        dry[row] = found
    return np.stack([dry.real, dry.imag], -1)


def _clips(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    source = torch.Generator().manual_seed(seed)
    x = torch.randn(size, _SAMPLES, generator=source)
    h = torch.randn(size, _RESPONSE, generator=source) / _RESPONSE
    return x.to(device), h.to(device)


def _scipy_convolve(x: Any, h: Any) -> Any:
    from scipy.signal import fftconvolve

    return fftconvolve(x, h, axes=1)[:, :_SAMPLES]


def _correlations(size: int, seed: int, device: str) -> tuple[Tensor]:
    source = torch.Generator().manual_seed(seed)
    frames = torch.randn(size, 240, generator=source, dtype=torch.double)
    power = torch.fft.rfft(frames, 512).abs().square()
    return (torch.fft.irfft(power)[:, : _ORDER + 1].to(device),)


def _scipy_toeplitz(r: Any) -> Any:
    from scipy.linalg import solve_toeplitz

    return np.stack([solve_toeplitz(row[:-1], -row[1:]) for row in r])


def _heard(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    """Clips of 1.5 seconds at 10 kHz, and the same in noise."""
    source = torch.Generator().manual_seed(seed)
    x = source_pool("speech", size, 1.5, source, rate=_TEN_KILOHERTZ)
    y = x + 0.5 * x.std(1, keepdim=True) * torch.randn(x.shape, generator=source)
    return x.to(device), y.to(device)


def _pystoi(x: Any, y: Any) -> Any:
    from pystoi import stoi

    return np.array([stoi(*pair, _TEN_KILOHERTZ) for pair in zip(x, y, strict=True)])


COMPARISONS = [
    Comparison(
        name="weighted prediction error",
        kernel="support.signal.wpe.wpe",
        peer="nara_wpe.wpe.wpe",
        package="nara_wpe",
        make=_spectrum,
        ours=_our_wpe,
        theirs=_nara_wpe,
        translate=to_numpy,
        sizes=(5, 129, 1290),
        unit="frequencies",
        tolerance=1e-6,
    ),
    Comparison(
        name="weighted prediction error",
        kernel="support.signal.wpe.wpe",
        peer="NumPy, a frequency at a time, written here",
        make=_spectrum,
        ours=_our_wpe,
        theirs=_one_frequency_at_a_time,
        translate=to_numpy,
        sizes=(5, 129, 1290),
        unit="frequencies",
        tolerance=1e-6,
        note="the same equations without the batch",
    ),
    Comparison(
        name="clips in rooms",
        kernel="support.signal.rooms.convolve",
        peer="scipy.signal.fftconvolve",
        package="scipy",
        make=_clips,
        ours=convolve,
        theirs=_scipy_convolve,
        translate=to_numpy,
        sizes=(1, 20, 200),
        unit="clips",
        tolerance=1e-4,
    ),
    Comparison(
        name="linear predictors of frames",
        kernel="support.metrics.linear_prediction.levinson",
        peer="scipy.linalg.solve_toeplitz",
        package="scipy",
        make=_correlations,
        ours=lambda r: levinson(r)[0][:, 1:],
        theirs=_scipy_toeplitz,
        translate=to_numpy,
        sizes=(10, 2_000, 20_000),
        unit="frames",
        tolerance=1e-6,
        note="SciPy solves one frame a call",
    ),
    Comparison(
        name="short-time intelligibility",
        kernel="support.metrics.intelligibility.short_time_intelligibility",
        peer="pystoi.stoi",
        package="pystoi",
        make=_heard,
        ours=lambda x, y: short_time_intelligibility(x, y, rate=_TEN_KILOHERTZ),
        theirs=_pystoi,
        translate=to_numpy,
        sizes=(1, 10, 100),
        unit="clips",
        tolerance=0.01,
        note="1.5 s at 10 kHz",
    ),
]

"""Mel bands: a spectrum with the ear's resolution."""

import math
from typing import Literal

import torch
from torch import Tensor

from support.arrays import real
from support.signal.stft import Padding, Window, power_spectrogram

__all__ = ["hz_to_mel", "log_mel", "mel_filterbank", "mel_to_hz"]


def hz_to_mel(hertz: Tensor) -> Tensor:
    r"""Mel scale, $2595\log_{10}(1+f/700)$; any shape, in at least float32.

    Raises:
        ValueError: a frequency is not finite, or is -700 Hz or less.

    >>> round(float(hz_to_mel(torch.tensor(1000.0))))
    1000
    """
    hertz = real("hertz", hertz)
    if bool((hertz <= -700).any()):
        raise ValueError(f"hertz: got {float(hertz.min())}; give more than -700")
    return 2595 / math.log(10) * torch.log1p(hertz / 700)


def mel_to_hz(mel: Tensor) -> Tensor:
    """Inverse of :func:`hz_to_mel`; any shape, in at least float32.

    Raises:
        ValueError: a number is not finite.

    >>> round(float(mel_to_hz(torch.tensor(1000.0))))
    1000
    """
    return 700 * torch.expm1(real("mel", mel) * (math.log(10) / 2595))


def mel_filterbank(
    bands: int,
    fft: int,
    rate: float,
    *,
    low: float = 0.0,
    high: float | None = None,
    normalise: Literal["peak", "area"] = "peak",
    dtype: torch.dtype = torch.float32,
    device: torch.device | str = "cpu",
) -> Tensor:
    r"""Triangles whose feet stand on the centres of their neighbours.

    Centres are equally spaced in mel between ``low`` and ``high``; a triangle rises
    linearly in hertz.

    Args:
        bands: number of triangles M.
        fft: transform length L.
        rate: sampling rate in hertz.
        low: lower edge of the first triangle in hertz.
        high: upper edge of the last; half the rate by default.
        normalise: ``"peak"``, height 1; ``"area"``, area 1 in hertz.
        dtype: of the result.
        device: of the result.

    Returns:
        Shape (M, L // 2 + 1), at least 0.

    Raises:
        ValueError: an option is out of range, or a triangle is so narrow that it
            holds no frequency of the transform.

    >>> mel_filterbank(32, 256, 8000).shape
    torch.Size([32, 129])
    """
    high = rate / 2 if high is None else high
    if bands < 1 or not 0 <= low < high <= rate / 2:
        raise ValueError(
            f"bands, low, high: got {bands}, {low}, {high}; give at least 1 band and "
            f"0 ≤ low < high ≤ {rate / 2:g}"
        )
    if normalise not in ("peak", "area"):
        raise ValueError(f"normalise: got {normalise!r}; give 'peak' or 'area'")
    ends = hz_to_mel(torch.tensor([low, high], dtype=torch.float64))
    edges = mel_to_hz(ends[0] + (ends[1] - ends[0]) * torch.linspace(
        0, 1, bands + 2, dtype=torch.float64
    ))  # fmt: skip
    frequency = torch.arange(fft // 2 + 1, dtype=torch.float64) * rate / fft
    left, centre, right = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising = (frequency - left) / (centre - left)
    falling = (right - frequency) / (right - centre)
    weights = torch.minimum(rising, falling).clamp_min(0)
    if bool((weights.sum(1) == 0).any()):
        raise ValueError(
            f"bands: {bands} bands are too many for a transform of {fft} at {rate:g} "
            "Hz; some hold no frequency. Give fewer bands or a longer transform"
        )
    if normalise == "area":
        weights = weights * 2 / (right - left)
    return weights.to(dtype=dtype, device=device)


def log_mel(
    signal: Tensor,
    *,
    rate: float,
    bands: int = 32,
    win: int = 256,
    hop: int = 160,
    fft: int | None = None,
    low: float = 0.0,
    high: float | None = None,
    kind: Window = "hann",
    padding: Padding = "same",
    power: float = 2.0,
    floor: float = 1e-5,
) -> Tensor:
    """Logarithm of the mel spectrogram, log(max(mel, floor)).

    Args:
        signal: real, shape (..., N).
        rate: sampling rate in hertz.
        bands: number of mel bands M.
        win: window length in samples.
        hop: step in samples; 160 at 8 kHz is 20 ms.
        fft: transform length; the window's by default.
        low: lower edge of the first band in hertz.
        high: upper edge of the last band; half the rate by default.
        kind: window, see :func:`support.signal.stft.window`.
        padding: see :func:`support.signal.stft.stft`.
        power: of the magnitude before the bands are summed.
        floor: smallest value, above 0; decides how silence looks.

    Returns:
        Shape (..., M, T), natural logarithm.

    Raises:
        ValueError: as :func:`mel_filterbank` and the transform; floor not above 0.

    >>> log_mel(torch.zeros(2, 32000), rate=8000).shape
    torch.Size([2, 32, 200])
    """
    if not 0 < floor < math.inf:
        raise ValueError(f"floor: got {floor}; give a value above 0")
    spectrogram = power_spectrogram(
        signal, win=win, hop=hop, fft=fft, kind=kind, padding=padding, power=power
    )
    bank = mel_filterbank(
        bands,
        win if fft is None else fft,
        rate,
        low=low,
        high=high,
        dtype=spectrogram.dtype,
        device=spectrogram.device,
    )
    return (bank @ spectrogram).clamp_min(floor).log()

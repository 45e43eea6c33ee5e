"""The pitch of a voice, frame by frame, from the autocorrelation of its wave."""

from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import real
from support.scalars import number

__all__ = ["Pitch", "pitch_track"]

_PERIODS = 3
"""Of the lowest pitch, in one frame."""
_OCTAVE = 0.02
"""What a period twice as long costs: a voice repeats after two periods as well."""


class Pitch(NamedTuple):
    """Fundamental frequency in hertz and degree of voicing, (..., frames) each."""

    f0: Tensor
    voicing: Tensor


def pitch_track(
    wave: Tensor, rate: float, low: float = 75.0, high: float = 400.0, hop: float = 0.01
) -> Pitch:
    r"""Follow the fundamental frequency of a voice.

    In each frame of three periods of ``low``, windowed by $w$ (Hann) and without its
    mean, the autocorrelation is divided by that of the window,

    $$r(\tau)=\frac{r_{xw}(\tau)\,r_w(0)}{r_{xw}(0)\,r_w(\tau)},$$

    so that a periodic sound has $r=1$ at its period.  The period is the lag in
    [rate / high, rate / low] where $r$, less a small cost of each octave down, is
    largest, refined by a parabola.

    Args:
        wave: (..., samples), at least one frame long.
        rate: samples a second, above 0 and at most 1e9.
        low: lowest pitch in hertz, at least 0.001.
        high: highest pitch, above ``low`` and at most a quarter of the rate.
        hop: seconds from frame to frame, at most 1e6; frames lie wholly inside the
            wave.

    Returns:
        `Pitch`, the same at any loudness; f0 in [low, high] hertz whether there is a
        voice or not, voicing in [0, 1]: near 1 for a periodic frame, about 0.3 or less
        for noise, 0 for silence.  Ask for 0.45 or more.  A pitch above ``high`` comes
        back as half or a third of it, fully voiced; a few frames in a hundred are an
        octave off.

    Raises:
        ValueError: the wave is shorter than a frame or not finite, or a number is out
            of range.

    Source: Boersma, Accurate short-term analysis of the fundamental frequency, 1993;
    no path is searched over the frames.

    >>> t = torch.arange(4000) / 8000
    >>> track = pitch_track(torch.sin(2 * torch.pi * 150 * t), 8000)
    >>> bool((track.f0 - 150).abs().max() < 1)
    True
    """
    wave = real("wave", wave)
    rate = number("rate", rate, above=0, most=1e9)
    low = number("low", low, least=1e-3)
    high = number("high", high, above=low, most=rate / 4)
    step = round(number("hop", hop, above=0, most=1e6) * rate)
    size = round(_PERIODS * rate / low)
    if step < 1:
        raise ValueError(
            f"hop: got {hop}, less than a sample; give at least {1 / rate}"
        )
    if not wave.ndim or wave.shape[-1] < size:
        raise ValueError(
            f"wave: got shape {tuple(wave.shape)}; give (..., samples), at least the "
            f"{size} samples of one frame"
        )
    frames = wave.unfold(-1, size, step)
    if not frames.numel():
        return Pitch(*frames.new_zeros(2, *frames.shape[:-1]))
    largest = frames.abs().amax(-1, keepdim=True)
    frames = frames / largest.where(largest > 0, 1.0)  # or squares may be 0 or infinite
    window = torch.hann_window(size, dtype=wave.dtype, device=wave.device)
    first, last = int(rate / high), min(int(rate / low) + 1, size - 2)
    power = _autocorrelation(
        (frames - frames.mean(-1, keepdim=True)) * window, last + 2
    )
    r = power / _autocorrelation(window, last + 2)
    energy = r[..., :1]
    r = torch.where(energy > 0, r / energy.clamp_min(torch.finfo(r.dtype).tiny), 0.0)
    before, here, after = (r[..., first + by : last + 1 + by] for by in (-1, 0, 1))
    bend = 2 * here - before - after
    peak = (here >= before) & (here > after)
    # The top of the parabola: with few samples a period it may lie between two lags.
    shift = torch.where(peak, (after - before) / (2 * bend.where(peak, 1.0)), 0.0)
    height = torch.where(peak, here + (after - before) * shift / 4, 0.0)
    lags = torch.arange(first, last + 1, device=wave.device) + shift
    cost = _OCTAVE * torch.log2(lags * (low / rate))
    place = (height - cost).argmax(-1, keepdim=True)
    f0 = rate / lags.gather(-1, place)[..., 0]
    return Pitch(f0.clamp(low, high), height.gather(-1, place)[..., 0].clamp(0, 1))


def _autocorrelation(x: Tensor, lags: int) -> Tensor:
    """(..., n) -> (..., lags), by the power spectrum of the padded frame."""
    padded = x.shape[-1] + lags
    size = 1 << (padded - 1).bit_length()
    spectrum = torch.fft.rfft(x, size)
    return torch.fft.irfft(spectrum.abs().square(), size)[..., :lags]

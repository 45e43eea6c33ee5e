r"""What a room does to a signal, and what its response tells of the room.

A room is its response $h$ from a source to a microphone: the direct sound, early
reflections, and a tail of all the rest that decays by 60 dB in the reverberation time.
"""

import math
from typing import Any

import torch
from torch import Tensor

from support.arrays import real
from support.scalars import number

__all__ = ["convolve", "direct_to_reverberant", "schroeder_decay", "schroeder_t60"]


def convolve(signal: Any, response: Any) -> Tensor:
    r"""A signal as it is heard in a room, $y_t=\sum_{k\ge0}h_k\,x_{t-k}$.

    By one transform for the whole batch, long enough that nothing wraps around; as
    long as the signal, so that the tail after its end is cut.

    Args:
        signal: (..., N), N at least 1.
        response: (..., L), L at least 1; leading axes broadcast against the signal's.

    Returns:
        (..., N) of the wider type of the two, at least float32.  A transform rounds
        every sample alike, by up to about $\varepsilon\log_2(N+L)\,\|x\|\|h\|$ with
        ε of that type: where a quiet place beside a loud one counts, give float64.

    Raises:
        ValueError: an empty axis of time, leading axes that do not fit, a number that
            is not finite.

    >>> convolve([1.0, 2.0, 0.0], [1.0, 0.5])
    tensor([1.0000, 2.5000, 1.0000], dtype=torch.float64)
    """
    x = _in_time("signal", signal)
    h = _in_time("response", response, like=x)
    try:
        lead = torch.broadcast_shapes(x.shape[:-1], h.shape[:-1])
    except RuntimeError:
        raise ValueError(
            f"response: got shape {tuple(h.shape)} for a signal of {tuple(x.shape)}; "
            "give leading axes that broadcast"
        ) from None
    kind = torch.promote_types(x.dtype, h.dtype)
    samples = x.shape[-1]
    if not x.numel() or not h.numel():
        return torch.zeros(*lead, samples, dtype=kind, device=x.device)
    h = h[..., :samples]  # later taps reach nothing
    length = _fast_length(samples + h.shape[-1] - 1)
    one, other = (torch.fft.rfft(side.to(kind), length) for side in (x, h))
    if one.shape[:-1] != lead:
        one, other = other, one
    # in its place where it fits: to fetch memory costs more than to multiply
    spectrum = one.mul_(other) if one.shape[:-1] == lead else one * other
    return torch.fft.irfft(spectrum, length)[..., :samples]


def schroeder_decay(response: Any) -> Tensor:
    r"""Energy that is still to come, in decibels of all of it.

    $$D_n=10\log_{10}\frac{\sum_{k\ge n}h_k^2}{\sum_{k\ge0}h_k^2}$$

    Args:
        response: (..., L), not silent.

    Returns:
        (..., L) float64, 0 at the start and falling; minus infinity after the end.

    Raises:
        ValueError: nothing, or silence, or a number that is not finite.

    Source: M. R. Schroeder, New method of measuring reverberation time, JASA 37, 1965.

    >>> schroeder_decay([3.0, 1.0])
    tensor([  0., -10.], dtype=torch.float64)
    """
    h = _in_time("response", response).double()
    largest = h.abs().amax(-1, keepdim=True)
    if not h.numel() or bool((largest == 0).any()):
        raise ValueError("response: got silence; give responses with some sound")
    energy = (h / largest).square().flip(-1).cumsum(-1).flip(-1)
    return 10 * (energy / energy[..., :1]).log10()


def schroeder_t60(
    response: Any, rate: float, *, start: float = -5.0, end: float = -25.0
) -> Tensor:
    r"""Reverberation time, by a straight line through the decay.

    $$T_{60}=-60/b,\qquad D(t)\approx a+bt\quad\text{where end}\le D\le\text{start}$$

    Args:
        response: (..., L).
        rate: samples a second, above 0.
        start: decibels below the whole, at most 0, from where the line is fitted.
        end: decibels to where it is fitted, below `start`.

    Returns:
        (...) seconds, float64.

    Raises:
        ValueError: the decay has fewer than two samples between start and end (a
            response that is cut, or dry); an option out of range.

    Source: Schroeder 1965; -5 to -25 dB is the T20 of ISO 3382.

    >>> t = torch.arange(4000) / 8000
    >>> round(float(schroeder_t60(torch.exp(-6.908 * t / 0.3), 8000)), 2)
    0.3
    """
    rate = number("rate", rate, above=0)
    start = number("start", start, most=0)
    end = number("end", end)
    if end >= start:
        raise ValueError(f"end: got {end:g}; give less than start, {start:g}")
    decay = schroeder_decay(response)
    inside = (decay <= start) & (decay >= end)
    count = inside.sum(-1)
    # the last value is all that is left: the line must not lean on a cut
    if bool((count < 2).any()) or bool((decay[..., -1] > end).any()):
        raise ValueError(
            f"response: its decay has no two samples between {start:g} and {end:g} dB, "
            f"or ends above; give one that reaches {end:g} dB, or a narrower range"
        )
    time = torch.arange(decay.shape[-1], device=decay.device).double() / rate
    level = torch.where(inside, decay, 0)
    mean_time = (inside * time).sum(-1) / count
    mean_level = level.sum(-1) / count
    apart = inside * (time - mean_time[..., None])
    slope = (apart * (level - mean_level[..., None])).sum(-1) / apart.square().sum(-1)
    return -60 / slope


def direct_to_reverberant(response: Any, rate: float, *, direct: float = 0.0) -> Tensor:
    r"""Energy of the direct sound over that of all the rest, in decibels.

    $$DRR=10\log_{10}\frac{\sum_{n\le d}h_n^2}{\sum_{n>d}h_n^2}$$

    Args:
        response: (..., L) with the direct sound at its start.
        rate: samples a second, above 0.
        direct: seconds after the first sample that count as direct; of a measured
            response about 0.0025, since the loudspeaker rings.

    Returns:
        (...) float64; infinite where nothing follows the direct sound.

    Raises:
        ValueError: silence, an option out of range, a number that is not finite.

    >>> direct_to_reverberant([1.0, 0.0, 0.1], 8000)
    tensor(20., dtype=torch.float64)
    """
    rate = number("rate", rate, above=0)
    last = round(number("direct", direct, least=0) * rate)
    h = _in_time("response", response).double()
    largest = h.abs().amax(-1, keepdim=True)
    if not h.numel() or bool((largest == 0).any()):
        raise ValueError("response: got silence; give responses with some sound")
    energy = (h / largest).square()
    rest = energy[..., last + 1 :].sum(-1)
    return 10 * (energy[..., : last + 1].sum(-1) / rest).log10()


def _in_time(name: str, values: Any, like: Tensor | None = None) -> Tensor:
    given = real(name, values, like=like)
    if not given.ndim or not given.shape[-1]:
        raise ValueError(
            f"{name}: got shape {tuple(given.shape)}; give (..., samples), at least one"
        )
    return given


def _fast_length(least: int) -> int:
    """The least length of 2, 3 and 5 alone, of which transforms are quick."""
    best = 1 << (least - 1).bit_length()
    for three in range(int(math.log(best, 3)) + 1):
        for five in range(int(math.log(best, 5)) + 1):
            odd = 3**three * 5**five
            needed = -(-least // odd)
            best = min(best, odd << max(0, (needed - 1).bit_length()))
    return best

r"""How well speech can be understood, from the movement of its bands in time."""

from typing import Any

import torch
from torch import Tensor

from support.arrays import real
from support.scalars import number

__all__ = ["short_time_intelligibility"]

_RATE, _WINDOW, _HOP, _FFT = 10_000, 256, 128, 512
_BANDS, _LOWEST = 15, 150.0  # thirds of an octave, hertz of the first centre
_SEGMENT = 30  # frames, 384 ms
_LOUD = 40.0  # decibels below the loudest frame to where frames count
_CLIP = 1 + 10 ** (15 / 20)  # of the reference: a band is lost below -15 dB
_EQUAL = 1e-13  # of a band's length: what its levels differ by is rounding
_BLOCK = 8  # clips judged at once on a processor, whose cache holds them


def short_time_intelligibility(
    reference: Any, processed: Any, *, rate: float
) -> Tensor:
    r"""Short-time objective intelligibility, STOI.

    $$d=\frac1{JM}\sum_{j,m}
    \frac{(x_{jm}-\bar x_{jm})^\top(y'_{jm}-\bar y'_{jm})}
    {\|x_{jm}-\bar x_{jm}\|\,\|y'_{jm}-\bar y'_{jm}\|},\qquad
    y'=\min\Big(\frac{\|x\|}{\|y\|}\,y,\ \big(1+10^{15/20}\big)\,x\Big)$$

    $x_{jm}$ and $y_{jm}$ are the levels of one of 15 thirds of an octave in 30 frames
    in a row, of the reference and of what is judged.  Both are brought to 10 kHz by
    their spectra, and frames in which the reference is more than 40 dB below its
    loudest are cut out of both.  Frames of 25.6 ms, half of it apart.  The bands go
    from 134 Hz to 4.28 kHz; at 8 kHz the last one is filled up to 4 kHz.

    Args:
        reference: (B, N) dry speech.
        processed: (B, N) what is judged, in time with the reference.
        rate: samples a second, at least 8000, or the highest bands were empty.

    Returns:
        (B,) float64 in [-1, 1]; 1 for the reference at any level, about 0 for what has
        nothing to do with it.  A band counts 0 where either is silent or, to 13 digits
        of its level, constant.

    Raises:
        ValueError: shapes that differ, a silent reference, fewer than 30 frames of it
            that count (0.4 seconds), a rate out of range, a number that is not finite.

    Source: Taal, Hendriks, Heusdens, Jensen, An algorithm for intelligibility
    prediction of time-frequency weighted noisy speech, IEEE TASLP 19, 2011.

    >>> x = torch.randn(1, 8000, generator=torch.Generator().manual_seed(0))
    >>> round(float(short_time_intelligibility(x, 2 * x, rate=8000)), 6)
    1.0
    """
    pair = _at_ten_kilohertz(reference, processed, number("rate", rate, least=8000))
    size = _BLOCK if pair.device.type == "cpu" else pair.shape[1]
    return torch.cat([_correlated(part) for part in pair.split(size, 1)])


def _correlated(pair: Tensor) -> Tensor:
    """Signals (2, B, N) at 10 kHz -> (B,)."""
    taper = torch.hann_window(_WINDOW + 1, dtype=pair.dtype, device=pair.device)[1:]
    frames = pair.unfold(2, _WINDOW, _HOP) * taper
    level = frames[0].square().sum(-1)
    loud = level > level.amax(1, keepdim=True) * 10 ** (-_LOUD / 10)
    kept = loud.sum(1, keepdim=True)
    if int(kept.min()) < _SEGMENT:
        raise ValueError(
            f"reference: got {int(kept.min())} frames with sound in them; give clips "
            f"of at least {_SEGMENT}, 0.4 seconds of speech"
        )
    # frames that count move to the front, the others become silence
    order = (~loud).long().argsort(dim=1, stable=True)
    counts = torch.arange(frames.shape[2], device=pair.device) < kept
    moved = frames.gather(2, order[None, :, :, None].expand_as(frames))
    joined = _overlap_add(moved * counts[:, :, None])
    spectrum = torch.fft.rfft(joined.unfold(2, _WINDOW, _HOP) * taper, _FFT)
    power = torch.view_as_real(spectrum).square().sum(-1)
    bands = (power @ _thirds().to(power).mT).sqrt()
    alike = _correlation(*bands)
    whole = counts[:, _SEGMENT - 1 :]
    return (alike * whole).sum(1) / whole.sum(1)


def _correlation(x: Tensor, y: Tensor) -> Tensor:
    """Levels (B, T, J) of two signals -> (B, T - 29), the mean over bands."""
    x, y = (levels.unfold(1, _SEGMENT, 1) for levels in (x, y))  # (B, M, J, 30)
    length_x, length_y = _length(x), _length(y)
    scale = torch.where(length_y > 0, length_x / length_y, 0)
    y = torch.minimum(scale * y, _CLIP * x)
    away = [levels - levels.mean(-1, keepdim=True) for levels in (x, y)]
    # what is constant but for rounding has no spread that could be divided by
    spread_x, spread_y = (
        torch.where(_length(part) > _EQUAL * length_x, _length(part), torch.inf)
        for part in away
    )
    return ((away[0] * away[1]).sum(-1, keepdim=True) / spread_x / spread_y).mean(
        (2, 3)
    )


def _length(values: Tensor) -> Tensor:
    return values.square().sum(-1, keepdim=True).sqrt()


def _at_ten_kilohertz(reference: Any, processed: Any, rate: float) -> Tensor:
    """Both (2, B, N) float64, each clip divided by its largest sample."""
    clean = real("reference", reference)
    other = real("processed", processed, like=clean)
    if clean.ndim != 2 or clean.shape != other.shape or not len(clean):
        raise ValueError(
            f"reference, processed: got shapes {tuple(clean.shape)}, "
            f"{tuple(other.shape)}; give (B, N) twice, not empty"
        )
    samples = round(clean.shape[1] * _RATE / rate)
    if samples < _WINDOW + (_SEGMENT - 1) * _HOP:
        raise ValueError(
            f"reference: got {clean.shape[1]} samples at {rate:g} Hz; give at least "
            "0.4 seconds"
        )
    pair = torch.stack([clean.double(), other.double()])
    largest = pair.abs().amax(2, keepdim=True)
    if bool((largest[0] == 0).any()):
        raise ValueError("reference: got silence; give signals with some sound")
    pair = pair / torch.where(largest > 0, largest, 1)
    return torch.fft.irfft(torch.fft.rfft(pair), samples)


def _overlap_add(frames: Tensor) -> Tensor:
    """Frames (2, B, T, 256) -> signals (2, B, (T + 1) 128)."""
    first, second = frames.split(_HOP, 3)
    pad = torch.nn.functional.pad
    halves = pad(first, (0, 0, 0, 1)) + pad(second, (0, 0, 1, 0))
    return halves.flatten(2)


def _thirds() -> Tensor:
    """(15, 257), 1 for the bins of a third of an octave."""
    edges = _LOWEST * 2 ** ((torch.arange(_BANDS + 1).double() * 2 - 1) / 6)
    first = (edges * _FFT / _RATE).round()
    bins = torch.arange(_FFT // 2 + 1)
    return ((bins >= first[:-1, None]) & (bins < first[1:, None])).double()

r"""Rooms as responses: drawn tails, shoeboxes of mirror images, and measured ones.

Every response has its direct path at the first sample, with gain 1, so that the dry
signal is the target of whoever takes the room away.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from support.arrays import real
from support.data.audio import load_rir
from support.generators import random_source
from support.scalars import number, whole

__all__ = ["FREE_LICENCES", "measured_rooms", "polack_rooms", "shoebox_room"]

SPEED = 343.0
"""Of sound, metres a second."""
FREE_LICENCES = ("Public domain (CC)", "CC0 1.0", "CC BY 4.0", "MIT")
"""Licences of measured responses that may be passed on, changed and sold."""
_DECAY = 3 * math.log(10)  # of amplitude over one reverberation time: 60 dB
_QUIET = 0.003  # seconds between the direct sound and the tail
_FINE = 8  # steps of a sample to which the arrival of a reflection is rounded
_LOWEST = 50.0  # hertz; mirror images all push in one direction, as no room does


def polack_rooms(
    t60: Any, drr: Any, generator: torch.Generator, *, rate: int
) -> Tensor:
    r"""Responses with a direct path and a tail of decaying noise.

    $$h_0=1,\qquad h_n=g\,\nu_n\,e^{-6.908\,n/(T_{60}f_s)}\quad(n\ge3\text{ ms}),\qquad
    10\log_{10}\frac{h_0^2}{\sum_{n>0}h_n^2}=DRR$$

    Args:
        t60: (R,) reverberation times in seconds, above 0.
        drr: (R,) decibels of the direct sound over the tail.
        generator: draws the noise ν, on its own device.
        rate: samples a second.

    Returns:
        (R, L) float32, L the samples of the longest reverberation time.

    Raises:
        ValueError: times that are not above 0 or so short that no tail is left,
            lengths that differ, a number that is not finite, no generator.

    Source: J.-D. Polack, La transmission de l'énergie sonore dans les salles, 1988.

    >>> source = torch.Generator().manual_seed(0)
    >>> polack_rooms([0.3, 0.6], [0.0, 3.0], source, rate=8000).shape
    torch.Size([2, 4800])
    """
    rate = whole("rate", rate)
    times, levels = real("t60", t60).double(), real("drr", drr).double()
    if times.ndim != 1 or times.shape != levels.shape or not len(times):
        raise ValueError(
            f"t60, drr: got shapes {tuple(times.shape)}, {tuple(levels.shape)}; give "
            "(R,) twice, a number a room"
        )
    if float(times.min()) * rate <= 2 * _QUIET * rate:
        raise ValueError(
            f"t60: got {float(times.min()):g}; give more than {2 * _QUIET} s, or no "
            "tail is left"
        )
    device = random_source("generator", generator).device
    times, levels = times.to(device)[:, None], levels.to(device)[:, None]
    length = math.ceil(float(times.max()) * rate)
    noise = torch.randn(len(times), length, generator=generator, device=device)
    place = torch.arange(length, device=device).double()
    tail = noise * torch.exp(-_DECAY * place / (times * rate))
    tail = torch.where(place < _QUIET * rate, 0, tail)
    energy = tail.square().sum(1, keepdim=True)
    tail = tail * (10 ** (-levels / 10) / energy).sqrt()
    tail[:, 0] = 1
    return tail.float()


def shoebox_room(
    dimensions: Sequence[float],
    t60: float,
    source: Sequence[float],
    microphone: Sequence[float],
    *,
    rate: int,
    seconds: float | None = None,
) -> Tensor:
    r"""Response of a rectangular room, by the mirror images of the source.

    $$h(t)\propto\sum_i\frac{\beta^{r_i}}{4\pi d_i}\,\delta(t-d_i/c),\qquad
    \beta=\sqrt{1-\alpha},\qquad T_{60}=\frac{0.161\,V}{-S\ln(1-\alpha)}$$

    Image $i$ lies $d_i$ metres away behind $r_i$ reflections; all walls absorb alike,
    by Eyring's formula.  Where walls absorb alike, what runs between two of them lives
    longest: the late decay is slower than Eyring's, by up to a quarter.  Arrivals fall
    on a grid eight times finer than samples and are low-passed; below 50 Hz, where
    images add up as no room does, the response is high-passed, as in the source.

    Args:
        dimensions: of the room, three lengths in metres, above 0.
        t60: reverberation time in seconds, above 0.
        source: where the speaker is, metres from one corner, inside.
        microphone: where it is heard, inside, not at the source.
        rate: samples a second.
        seconds: length; images beyond it are left out.  By default two thirds of t60,
            a decay of 40 dB.

    Returns:
        (L,) float32, the direct path first.  Memory grows with (343 · seconds)³ / V.

    Raises:
        ValueError: a length or a time not above 0, a point outside the room, source and
            microphone at one place.

    Source: Allen and Berkley, Image method for efficiently simulating small-room
    acoustics, JASA 65, 1979.

    >>> shoebox_room((5, 4, 3), 0.3, (1, 1, 1), (3, 2, 1.5), rate=8000).shape
    torch.Size([1600])
    """
    rate = whole("rate", rate)
    t60 = number("t60", t60, above=0)
    kept = number("seconds", 2 / 3 * t60 if seconds is None else seconds, above=0)
    size = _point("dimensions", dimensions)
    if min(size) <= 0:
        raise ValueError(f"dimensions: got {size}; give three lengths above 0")
    talk, hear = _point("source", source, size), _point("microphone", microphone, size)
    direct = math.dist(talk, hear)
    if direct < 1e-3:
        raise ValueError(f"microphone: got {hear}, the source's place; give another")
    volume = math.prod(size)
    surface = 2 * (size[0] * size[1] + size[1] * size[2] + size[2] * size[0])
    log_beta = -0.161 * volume / (2 * surface * t60)
    distance, bounces = _images(size, talk, hear, direct + kept * SPEED)
    gain = direct / distance * torch.exp(log_beta * bounces)
    samples = math.ceil(kept * rate)
    place = ((distance - direct) / SPEED * rate * _FINE).round().long()
    inside = place < samples * _FINE
    fine = torch.zeros(2 * samples * _FINE, dtype=torch.float64)
    fine.index_add_(0, place[inside], gain[inside])
    # the rate that is wanted has the lower part of the spectrum; the double length
    # keeps what rings on at the end from wrapping around
    spectrum = torch.fft.rfft(fine)[: samples + 1]
    heard = torch.fft.irfft(spectrum * _high_pass(samples + 1, rate), 2 * samples)
    return (heard[:samples] / heard[0]).float()


def measured_rooms(
    rate: int, *, licences: Sequence[str] = FREE_LICENCES, **options: Any
) -> tuple[Tensor, pd.DataFrame]:
    """Measured responses that may be passed on, aligned to their direct path.

    The direct path is the largest of the first millisecond after the response first
    reaches half of its peak.

    Args:
        rate: samples a second.
        licences: which are taken, word for word; anechoic measurements are left out.
        options: ``data_dir`` and ``download``, see
            :func:`support.data.audio.load_audio`.

    Returns:
        (R, L) float32, zeros behind; and a frame of R rows: ``path``, ``room``,
        ``channel``, ``kind``, ``t60_mid_s`` in seconds, ``drr_db``, ``license``,
        ``author``.

    Raises:
        ValueError: an unknown licence, or a rate that is none.
        DataError: the responses are not to be had.

    >>> responses, table = measured_rooms(8000)  # doctest: +SKIP
    """
    wanted = [licences] if isinstance(licences, str) else list(licences)
    corpus = load_rir(rate, {"license": wanted}, **options)
    echoic = (corpus.manifest["kind"] != "anechoic").to_numpy()
    aligned = [
        _from_direct(wave, rate)
        for wave, keep in zip(corpus.waveforms, echoic, strict=True)
        if keep
    ]
    responses = torch.nn.utils.rnn.pad_sequence(aligned, batch_first=True)
    columns = ["path", "room", "channel", "kind", "t60_mid_s", "drr_db"]
    table = corpus.manifest.loc[echoic, [*columns, "license", "author"]]
    return responses, table.reset_index(drop=True)


def _from_direct(wave: np.ndarray, rate: int) -> Tensor:
    size = np.abs(wave)
    first = int(np.argmax(size >= size.max() / 2))
    direct = first + int(np.argmax(size[first : first + max(1, round(0.001 * rate))]))
    return torch.from_numpy(wave[direct:] / wave[direct]).float()


def _images(
    size: list[float], talk: list[float], hear: list[float], reach: float
) -> tuple[Tensor, Tensor]:
    """Distances in metres and reflections of all images within reach."""
    squares, bounces = torch.zeros(1).double(), torch.zeros(1).double()
    for length, here, there in zip(size, talk, hear, strict=True):
        most = math.ceil(reach / (2 * length)) + 1
        n = torch.arange(-most, most + 1).double()
        # an image is the source moved by whole periods, or mirrored and moved
        along = torch.cat([2 * n * length + here, 2 * n * length - here]) - there
        walls = torch.cat([(2 * n).abs(), (2 * n - 1).abs()])
        near = along.abs() <= reach
        squares = (squares[:, None] + along[near].square()).flatten()
        bounces = (bounces[:, None] + walls[near]).flatten()
        within = squares <= reach**2
        squares, bounces = squares[within], bounces[within]
    return squares.sqrt(), bounces


def _high_pass(bins: int, rate: int) -> Tensor:
    """Butterworth's of second order, on the frequencies of a transform."""
    s = 1j * torch.linspace(0, rate / 2, bins).double() / _LOWEST
    return s * s / (s * s + math.sqrt(2) * s + 1)


def _point(name: str, given: Any, size: list[float] | None = None) -> list[float]:
    values = real(name, given).double()
    if values.shape != (3,):
        raise ValueError(f"{name}: got shape {tuple(values.shape)}; give three lengths")
    point: list[float] = values.tolist()
    if size and not all(0 < at < end for at, end in zip(point, size, strict=True)):
        raise ValueError(f"{name}: got {point}; give a point inside the room, {size}")
    return point

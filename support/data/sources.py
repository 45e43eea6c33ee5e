"""Speech, music and noise made from formulas: the sounds of a generated broadcast.

Every source comes from a generator, so a chapter on audio needs no download, knows
what it mixed, and can make as much as it likes.  The sounds are crude and have the
right statistics: pitch and formants that change every syllable; chords whose
partials decay; rumble, hiss and clatter.  All pieces of all sources are rendered
as one batch.
"""

import math

import torch
from torch import Tensor

__all__ = ["KINDS", "SourcePools", "generated_pools", "source_pool"]

from typing import NamedTuple

KINDS = ("speech", "music", "noise")

# first three formants in hertz of six vowels: a, e, i, o, u and the neutral one
VOWELS = (
    (730.0, 1090.0, 2440.0),
    (530.0, 1840.0, 2480.0),
    (270.0, 2290.0, 3010.0),
    (570.0, 840.0, 2410.0),
    (300.0, 870.0, 2240.0),
    (500.0, 1500.0, 2500.0),
)
MAJOR = (0, 2, 4, 5, 7, 9, 11)  # semitones of the major scale


class SourcePools(NamedTuple):
    """Sounds to mix from: one waveform a row, unit power, one rate.

    Args:
        speech: shape (P, N).
        music: shape (Q, N).
        noise: shape (R, N).
        rate: sampling rate in hertz.
    """

    speech: Tensor
    music: Tensor
    noise: Tensor
    rate: int


def source_pool(
    kind: str,
    count: int,
    seconds: float,
    generator: torch.Generator,
    *,
    rate: int = 8000,
) -> Tensor:
    """Make ``count`` different sources of one kind.

    Args:
        kind: ``"speech"``, ``"music"`` or ``"noise"``.
        count: number of sources, at least 1.
        seconds: length of each, at least 0.5.
        generator: of everything random; sounds are made on its device.
        rate: sampling rate in hertz, at least 8000.

    Returns:
        Shape (count, round(seconds * rate)), float32, each of unit power.

    Raises:
        ValueError: the kind is unknown or a size is out of range.

    >>> source_pool("music", 2, 1.0, torch.Generator().manual_seed(0)).shape
    torch.Size([2, 8000])
    """
    makers = {"speech": _speech, "music": _music, "noise": _noise}
    if kind not in makers:
        raise ValueError(f"kind: got {kind!r}; give one of {KINDS}")
    if count < 1 or not seconds >= 0.5 or rate < 8000:
        raise ValueError(
            f"count, seconds, rate: got {count}, {seconds}, {rate}; give at least 1 "
            "source of at least 0.5 s at 8000 Hz or more"
        )
    signal = makers[kind](count, round(seconds * rate), generator, rate)
    return signal / signal.square().mean(1, keepdim=True).sqrt().clamp_min(1e-8)


def generated_pools(
    count: int, seconds: float, generator: torch.Generator, *, rate: int = 8000
) -> SourcePools:
    """Make a pool of each kind, ``count`` sources each.

    Give training and test a generator of their own, so that they share no source.

    Args:
        count: sources of each kind.
        seconds: length of each.
        generator: of everything random.
        rate: sampling rate in hertz.

    Returns:
        The three pools.

    Raises:
        ValueError: as :func:`source_pool`.

    >>> generated_pools(2, 1.0, torch.Generator().manual_seed(0)).speech.shape
    torch.Size([2, 8000])
    """
    speech, music, noise = (
        source_pool(kind, count, seconds, generator, rate=rate) for kind in KINDS
    )
    return SourcePools(speech, music, noise, rate)


def _uniform(
    shape: tuple[int, ...], low: float, high: float, generator: torch.Generator
) -> Tensor:
    drawn = torch.rand(shape, generator=generator, device=generator.device)
    return low + (high - low) * drawn


def _resonance(centre: Tensor, width: Tensor | float, omega: Tensor, rate: int):
    """Response of a two-pole resonator, about 1 at its centre; shape (..., F)."""
    width = torch.as_tensor(width, device=omega.device)
    radius = torch.exp(-math.pi * width / rate)[..., None]
    angle = (2 * math.pi * centre / rate)[..., None]
    z = torch.polar(torch.ones_like(omega), -omega)
    pole = torch.polar(radius.expand_as(angle), angle)
    response = 1 / ((1 - pole * z) * (1 - pole.conj() * z))
    return response * (1 - radius) * (1 - radius * torch.polar(
        torch.ones_like(angle), -2 * angle)).abs()  # fmt: skip


def _place(
    pieces: Tensor, row: Tensor, start: Tensor, shape: tuple[int, int]
) -> Tensor:
    """Add pieces (P, L) to rows at their starts; what runs over the end is cut."""
    rows, samples = shape
    length = pieces.shape[1]
    offset = row * (samples + length) + start
    index = offset[:, None] + torch.arange(length, device=pieces.device)
    track = pieces.new_zeros(rows * (samples + length))
    track.index_add_(0, index.flatten(), pieces.flatten())
    return track.reshape(rows, -1)[:, :samples]


def _starts(durations: Tensor, samples: int) -> tuple[Tensor, Tensor]:
    """Row and start of the pieces, laid end to end, that begin inside the track."""
    start = durations.cumsum(1) - durations
    inside = start < samples
    row = inside.nonzero()[:, 0]
    return row, start[inside]


def _speech(count: int, samples: int, generator: torch.Generator, rate: int) -> Tensor:
    shortest, longest = 0.08, 0.22  # seconds of a piece, about a syllable's part
    most = math.ceil(samples / (shortest * rate))
    durations = _uniform((count, most), shortest * rate, longest * rate, generator)
    durations = durations.round().long()
    row, start = _starts(durations, samples)
    length = durations[durations.cumsum(1) - durations < samples]
    pieces, longest_piece = len(row), math.ceil(longest * rate)
    padded = longest_piece + rate // 16  # lets the filters ring before the cut

    base = _uniform((count,), 90.0, 230.0, generator)[row]  # the speaker's pitch
    choice = _uniform((pieces,), 0.0, 1.0, generator)
    noise = torch.randn(pieces, padded, generator=generator, device=generator.device)
    walk = torch.randn(
        pieces, padded, generator=generator, device=generator.device
    ).cumsum(1) * (0.12 / length.sqrt()[:, None])
    pitch = base[:, None] * walk.exp()
    beats = (pitch / rate).cumsum(1).floor()
    pulses = torch.diff(beats, dim=1, prepend=torch.zeros_like(beats[:, :1]))
    pulses = pulses * (rate / base)[:, None].sqrt()  # unit power at any pitch

    omega = torch.linspace(0, math.pi, padded // 2 + 1, device=generator.device)
    vowel = torch.randint(
        len(VOWELS), (pieces,), generator=generator, device=generator.device
    )
    formants = torch.tensor(VOWELS, device=generator.device)[vowel]
    formants = formants * torch.where(base > 160, 1.15, 1.0)[:, None]
    widths = torch.tensor([80.0, 110.0, 160.0], device=generator.device)
    gains = torch.tensor([1.0, 0.7, 0.4], device=generator.device)
    tract = torch.zeros(pieces, len(omega), dtype=torch.cfloat, device=omega.device)
    for number in range(3):  # one formant after the other, all pieces together
        peak = _resonance(formants[:, number], widths[number], omega, rate)
        tract = tract + gains[number] * peak
    tract = tract / (1 - 0.9 * torch.polar(torch.ones_like(omega), -omega))
    hiss = _resonance(
        _uniform((pieces,), 2200.0, 3600.0, generator), 700.0, omega, rate
    )
    unvoiced = (choice < 0.37)[:, None]
    source = torch.where(unvoiced, 0.5 * noise, pulses)
    response = torch.where(unvoiced, hiss, tract)
    sound = torch.fft.irfft(torch.fft.rfft(source) * response, padded)
    sound = sound[:, :longest_piece] * (choice >= 0.12)[:, None]  # 12 % silence

    time = torch.arange(longest_piece, device=generator.device)
    fade = 0.015 * rate
    rise = (time / fade).clamp_max(1)
    fall = ((length[:, None] - time) / fade).clamp(0, 1)
    return _place(sound * rise * fall, row, start, (count, samples))


def _music(count: int, samples: int, generator: torch.Generator, rate: int) -> Tensor:
    beat = (_uniform((count, 1), 0.18, 0.40, generator) * rate).round().long()
    beats = math.ceil(samples / (0.18 * rate))
    row, start = _starts(beat.expand(count, beats), samples)
    device = generator.device
    root = torch.randint(40, 52, (count,), generator=generator, device=device)[row]
    decay = _uniform((count,), 0.15, 0.60, generator)[row]
    loud = _uniform((len(row),), 0.6, 1.0, generator)
    degree = torch.randint(7, (len(row),), generator=generator, device=device)
    chord = degree[:, None] + torch.tensor([0, 2, 4], device=device)  # a triad
    scale = torch.tensor(MAJOR, device=device)
    semitone = root[:, None] + scale[chord % 7] + 12 * (chord // 7)
    frequency = 440 * 2 ** ((semitone - 69) / 12)  # (beats, 3)

    length = rate
    time = torch.arange(length, device=device) / rate
    note = torch.zeros(len(row), length, device=device)
    for voice in range(3):
        note += _partials(frequency[:, voice], time)
    rise = (time / 0.008).clamp_max(1)
    release = ((1 - time) / 0.2).clamp_max(1)  # no click where the note is cut
    shape = rise * release * torch.exp(-time / decay[:, None]) * loud[:, None]
    return _place(note * shape, row, start, (count, samples))


def _partials(frequency: Tensor, time: Tensor) -> Tensor:
    """Sum of 8 partials that fall as h^-1.1, those below 3.9 kHz; (P, L).

    Partials follow from sin((h+1)a) = 2 cos(a) sin(ha) - sin((h-1)a).
    """
    angle = 2 * math.pi * frequency[:, None] * time
    twice = 2 * angle.cos()
    before, now = torch.zeros_like(angle), angle.sin()
    total = torch.zeros_like(angle)
    for harmonic in range(1, 9):
        heard = (frequency * harmonic < 3900).to(angle.dtype)
        total.addcmul_(now, (heard * harmonic**-1.1)[:, None])
        before, now = now, twice * now - before
    return total


def _noise(count: int, samples: int, generator: torch.Generator, rate: int) -> Tensor:
    device = generator.device
    kind = torch.randint(3, (count, 1), generator=generator, device=device)
    white = torch.randn(count, samples, generator=generator, device=device)
    hit = _uniform((count, samples), 0.0, 1.0, generator) < 8 / rate
    padded = samples + rate // 8
    omega = torch.linspace(0, math.pi, padded // 2 + 1, device=device)
    hertz = omega * rate / (2 * math.pi)
    rumble = 1 / (1 - 0.97 * torch.polar(torch.ones_like(omega), -omega))
    band = 1 / (1 + (600 / hertz.clamp_min(1)) ** 8) / (1 + (hertz / 3200) ** 8)
    centre = _uniform((count,), 800.0, 3000.0, generator)
    clatter = _resonance(
        centre, _uniform((count,), 60.0, 200.0, generator), omega, rate
    )
    source = torch.where(kind == 2, white * hit, white)
    response = torch.where(
        kind == 0, rumble, torch.where(kind == 1, band.to(rumble), clatter)
    )
    spectrum = torch.fft.rfft(source, padded) * response
    return torch.fft.irfft(spectrum, padded)[:, :samples]

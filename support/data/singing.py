"""Sung vowels made by formulas, in six techniques, with every vocal attribute known.

Pulses at the pitch, softened by one pole, with breath added, pass three resonances.
"""

import math
from typing import Any, NamedTuple

import torch
from torch import Tensor

from support.arrays import classes
from support.generators import random_source

__all__ = ["ATTRIBUTES", "RATE", "TECHNIQUES", "Sung", "sing"]

RATE = 8000
TECHNIQUES = ("straight", "vibrato", "trill", "breathy", "fry", "belt")
#: Columns of `Sung.attributes`, with their units.
ATTRIBUTES = {
    "pitch": "semitones, 69 for 440 Hz",
    "vibrato rate": "Hz",
    "vibrato extent": "semitones",
    "breath": "of the voice's amplitude",
    "tilt": "pole of the voice",
    "F1": "Hz",
    "F2": "Hz",
    "jitter": "of a period",
    "level": "dB",
    "tremolo": "of the amplitude",
}
_ORDINARY = {
    "pitch": (40.0, 64.0),
    "vibrato rate": (4.5, 6.5),
    "vibrato extent": (0.0, 0.1),
    "breath": (0.0, 0.06),
    "tilt": (0.85, 0.97),
    "jitter": (0.0, 0.01),
    "level": (-12.0, 0.0),
    "tremolo": (0.0, 0.08),
}
_SPECIAL: dict[str, dict[str, tuple[float, float]]] = {
    "straight": {},
    "vibrato": {"vibrato extent": (0.4, 1.2)},
    "trill": {"vibrato extent": (0.8, 1.6), "vibrato rate": (6.5, 9.0)},
    "breathy": {"breath": (0.2, 0.8), "tilt": (0.95, 0.99)},
    "fry": {"pitch": (22.0, 34.0), "jitter": (0.03, 0.12)},
    "belt": {"tilt": (0.5, 0.8), "level": (-4.0, 3.0)},
}
#: First two formants of five vowels, in Hz (a, e, i, o, u of a man's voice, rounded).
_VOWELS = (
    (730.0, 1090.0),
    (530.0, 1840.0),
    (270.0, 2290.0),
    (570.0, 840.0),
    (300.0, 870.0),
)
_SPREAD = 0.1  # of a formant about its vowel's
_BELTED_F1 = 1.15
_WIDTHS = (90.0, 120.0)
_SINGER = (2900.0, 200.0, 0.3)  # centre, width and weight of the singer's formant
_LOUDNESS = 0.1  # root mean square at 0 dB
_CYCLES = 512  # more than any clip of a second has
_BATCH = 200  # clips whose spectra are in memory together


class Sung(NamedTuple):
    """Clips of one second.

    Args:
        waves: (n, 8000) float32.
        attributes: (n, 10) float32, columns as in `ATTRIBUTES`.
    """

    waves: Tensor
    attributes: Tensor


def sing(technique: Any, generator: torch.Generator) -> Sung:
    r"""Sing vowels of random pitch, vowel, breath and the rest, in given techniques.

    With pitch $f(t)=440\cdot2^{(p-69+e\sin(2\pi rt+\theta))/12}$ hertz, each period off
    by a random share $j$ (jitter), a pulse begins each period; the pulses pass one pole
    $1/(1-az^{-1})$, white noise $b$ times as strong is added, and

    $$H(f)=R(f;F_1)\,R(f;F_2)+0.3\,R(f;2900)$$

    of resonances R with two poles and gain 1 at 0 Hz; the loudness is
    $0.1\cdot10^{l/20}$, with a tremolo at the rate of the vibrato.  Ordinary ranges and
    what a technique changes of them are in the code.

    Args:
        technique: (n,) integers, places in `TECHNIQUES`, n at least 1.
        generator: draws everything, on the CPU.

    Returns:
        `Sung`.

    Raises:
        ValueError: a technique is none, there is no clip, or no generator.

    >>> sing([0, 4], torch.Generator().manual_seed(0)).waves.shape
    torch.Size([2, 8000])
    """
    kind = classes("technique", technique, len(TECHNIQUES)).cpu()
    if kind.ndim != 1 or not len(kind):
        raise ValueError(
            f"technique: got shape {tuple(kind.shape)}; give (n,), n at least 1"
        )
    draw = random_source("generator", generator)
    parts = [_batch(few, draw) for few in kind.split(_BATCH)]
    return Sung(*(torch.cat(each) for each in zip(*parts, strict=True)))


def _batch(kind: Tensor, generator: torch.Generator) -> Sung:
    drawn = _draw(kind, generator)
    time = torch.arange(RATE, dtype=torch.double) / RATE
    theta = 2 * math.pi * torch.rand(2, len(kind), 1, generator=generator).double()
    swing = 2 * math.pi * drawn["vibrato rate"] * time
    bent = drawn["pitch"] - 69 + drawn["vibrato extent"] * (swing + theta[0]).sin()
    voice = _pulses(440 * 2 ** (bent / 12) / RATE, drawn["jitter"], generator)
    spectrum = torch.fft.rfft(voice, 2 * RATE)
    f = torch.arange(RATE + 1, dtype=torch.double) / 2
    spectrum = spectrum / (1 - drawn["tilt"] * _delay(f))
    voice = _unit(torch.fft.irfft(spectrum, 2 * RATE)[:, :RATE])
    noise = torch.randn(voice.shape, generator=generator).double()
    spectrum = torch.fft.rfft(voice + drawn["breath"] * noise, 2 * RATE)
    mouth = _resonance(f, drawn["F1"], _WIDTHS[0]) * _resonance(
        f, drawn["F2"], _WIDTHS[1]
    )
    centre, width, weight = _SINGER
    mouth = mouth + weight * _resonance(f, torch.tensor([[centre]]).double(), width)
    wave = _unit(torch.fft.irfft(spectrum * mouth, 2 * RATE)[:, :RATE])
    loud = _LOUDNESS * 10 ** (drawn["level"] / 20)
    wave = wave * loud * (1 + drawn["tremolo"] * (swing + theta[1]).sin())
    attributes = torch.cat([drawn[name] for name in ATTRIBUTES], 1)
    return Sung(wave.float(), attributes.float())


def _draw(kind: Tensor, generator: torch.Generator) -> dict[str, Tensor]:
    """(n, 1) of each attribute; every clip draws as often, whatever its technique."""
    drawn = {}
    for name, usual in _ORDINARY.items():
        ends = torch.tensor(
            [_SPECIAL[word].get(name, usual) for word in TECHNIQUES]
        ).double()[kind]
        share = torch.rand(len(kind), generator=generator).double()
        drawn[name] = (ends[:, 0] + (ends[:, 1] - ends[:, 0]) * share)[:, None]
    vowel = torch.randint(len(_VOWELS), (len(kind),), generator=generator)
    off = 2 * torch.rand(len(kind), 2, generator=generator).double() - 1
    formants = torch.tensor(_VOWELS).double()[vowel] * (1 + _SPREAD * off)
    formants[kind == TECHNIQUES.index("belt"), 0] *= _BELTED_F1
    return drawn | {"F1": formants[:, :1], "F2": formants[:, 1:]}


def _pulses(step: Tensor, jitter: Tensor, generator: torch.Generator) -> Tensor:
    """Periods a sample (n, T) -> pulses, each shared by the two samples around it.

    Without that share pulses would lie on samples, a jitter that nobody asked for.
    """
    cycle = step.cumsum(1).floor().long().clamp(max=_CYCLES - 1)
    off = torch.randn(len(step), _CYCLES, generator=generator).double().clamp(-3, 3)
    step = step * (1 + jitter * off.gather(1, cycle))
    phase = step.cumsum(1)
    begins = phase.floor() > (phase - step).floor()
    late = (phase - phase.floor()) / step  # samples since the pulse, below 1
    here = torch.where(begins, 1 - late, 0.0)
    before = torch.where(begins, late, 0.0)
    here[:, :-1] += before[:, 1:]
    return here


def _delay(f: Tensor) -> Tensor:
    """One sample's delay at frequencies in Hz."""
    return torch.polar(torch.ones_like(f), -2 * math.pi * f / RATE)


def _resonance(f: Tensor, centre: Tensor, width: float) -> Tensor:
    """Two poles at a centre (n, 1) in Hz, -> (n, F) with gain 1 at 0 Hz."""
    radius = math.exp(-math.pi * width / RATE)
    first = -2 * radius * torch.cos(2 * math.pi * centre / RATE)
    delay = _delay(f)
    return (1 + first + radius**2) / (1 + first * delay + radius**2 * delay**2)


def _unit(wave: Tensor) -> Tensor:
    return wave / wave.square().mean(1, keepdim=True).sqrt()

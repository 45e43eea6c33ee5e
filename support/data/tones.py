"""Voiced tones: short sounds whose pitch, loudness and vibrato are known."""

from collections.abc import Mapping
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import real
from support.generators import random_source
from support.scalars import number, whole

__all__ = ["EMOTIONS", "TONE_FACTORS", "Tones", "emotion_logits", "voiced_tones"]

#: What varies, and is known.
TONE_FACTORS = ("pitch", "loudness", "vibrato")
#: What listeners are asked; made of pitch and loudness.
EMOTIONS = ("neutral", "high", "loud", "soft and low")

_RATE, _HARMONICS, _VIBRATO, _NOISE = 8000, 15, 5.5, -45.0
_FIRST = (300.0, 500.0, 700.0, 450.0)
_SECOND = (2200.0, 1700.0, 1100.0, 900.0)
_GUMBEL = 0.35


class Tones(NamedTuple):
    """Sounds and the truth about them.

    Attributes:
        waves: (n, samples) float32 at 8 kHz.
        values: (n, 3) in [0, 1]: pitch, loudness, vibrato, each uniform.
        emotion: (n,) in 0 to 3.
        vowel: (n,) in 0 to 3, a nuisance.
    """

    waves: Tensor
    values: Tensor
    emotion: Tensor
    vowel: Tensor


def emotion_logits(values: Tensor) -> Tensor:
    r"""What speaks for each emotion, before chance has its say.

    $(.3,\ 4.4(u_1-\frac12),\ 4.4(u_2-\frac12),\ 2(1-u_1-u_2)+.2)\,/\,.35$, the logits
    of the law of the emotion given pitch $u_1$ and loudness $u_2$.

    Args:
        values: (n, 2) or more columns: pitch and loudness in [0, 1], others unused.

    Returns:
        (n, 4).

    Raises:
        ValueError: another shape, or a number that is not finite.

    >>> emotion_logits(torch.tensor([[0.9, 0.5, 0.0]])).argmax(1)
    tensor([1])
    """
    values = real("values", values)
    if values.ndim != 2 or values.shape[1] < 2:
        raise ValueError(
            f"values: got shape {tuple(values.shape)}; give (n, 2), pitch and loudness"
        )
    pitch, loud = values[:, 0], values[:, 1]
    logits = [
        torch.full_like(pitch, 0.3),
        4.4 * (pitch - 0.5),
        4.4 * (loud - 0.5),
        2 * (1 - pitch - loud) + 0.2,
    ]
    return torch.stack(logits, 1) / _GUMBEL


def voiced_tones(
    n: int,
    rho: float,
    generator: torch.Generator,
    overrides: Mapping[str, Tensor] | None = None,
    *,
    samples: int = 2048,
) -> Tones:
    r"""Draw voiced sounds whose pitch and loudness go together as much as is wanted.

    $u_1,u_2$ are uniform with a Gaussian copula of correlation $\rho$, $u_3$ is
    independent.  Fundamental $f_0=90\cdot2^{1.5u_1}$ Hz; level $-35+25u_2$ dB, root
    mean square below full scale; the pitch sways at 5.5 Hz by a share
    $.005+.06u_3$.  Fifteen harmonics under two resonances, those of one of four
    vowels; noise at -45 dB.  The emotion is drawn by `emotion_logits`.

    All that is random is drawn before ``overrides`` are looked at: with the same
    state of the generator, an override changes one thing and nothing else.

    Args:
        n: how many, at least 1.
        rho: correlation in (-1, 1).
        generator: on the CPU.
        overrides: factor to (n,) values in [0, 1] in the place of the drawn ones.
        samples: of each sound, at 8 kHz.

    Returns:
        `Tones`.

    Raises:
        ValueError: a number is out of range, the generator is none, or an override
            names no factor or has another shape.

    >>> voiced_tones(2, 0.7, torch.Generator().manual_seed(0)).waves.shape
    torch.Size([2, 2048])
    """
    n, samples = whole("n", n), whole("samples", samples)
    rho = number("rho", rho, least=-0.999, most=0.999)
    generator = random_source("generator", generator)
    if overrides is not None and not isinstance(overrides, Mapping):
        raise ValueError(
            f"overrides: got {type(overrides).__name__}; give a mapping of factors to "
            "values"
        )
    normal = torch.randn(n, 3, generator=generator)
    normal[:, 1] = rho * normal[:, 0] + (1 - rho**2) ** 0.5 * normal[:, 1]
    values = torch.special.ndtr(normal)
    vowel = torch.randint(len(_FIRST), (n,), generator=generator)
    sway, *phases = 2 * torch.pi * torch.rand(_HARMONICS + 1, n, 1, generator=generator)
    gumbel = -torch.log(
        -torch.log(torch.rand(n, len(EMOTIONS), generator=generator).clamp(1e-9))
    )
    hiss = torch.randn(n, samples, generator=generator)
    for name, given in (overrides or {}).items():
        values[:, _place(name)] = _override(name, given, n)
    base = 90 * 2 ** (1.5 * values[:, :1])
    depth = 0.005 + 0.06 * values[:, 2:]
    turn = 2 * torch.pi * torch.arange(samples) / _RATE
    # The integral of f0 (1 + depth sin(2 pi 5.5 t + sway)) over time.
    angle = base * (
        turn + depth / _VIBRATO * (sway.cos() - (_VIBRATO * turn + sway).cos())
    )
    voice = torch.zeros(n, samples)
    for number_of, phase in enumerate(phases, start=1):
        weight = _resonance(number_of * base, vowel)
        audible = number_of * base * (1 + depth) < _RATE / 2
        voice += weight * audible * (number_of * angle + phase).sin()
    level = 10 ** ((-35 + 25 * values[:, 1:2]) / 20)
    voice *= level / voice.square().mean(1, keepdim=True).sqrt()
    emotion = (emotion_logits(values) + gumbel).argmax(1)
    return Tones(voice + 10 ** (_NOISE / 20) * hiss, values, emotion, vowel)


def _resonance(frequency: Tensor, vowel: Tensor) -> Tensor:
    first, second = (torch.tensor(peaks)[vowel, None] for peaks in (_FIRST, _SECOND))
    return (
        1 / (1 + ((frequency - first) / 120) ** 2)
        + 0.5 / (1 + ((frequency - second) / 180) ** 2)
        + 0.03
    )


def _place(name: str) -> int:
    if name not in TONE_FACTORS:
        raise ValueError(
            f"overrides: got {name!r}; give one of {', '.join(TONE_FACTORS)}"
        )
    return TONE_FACTORS.index(name)


def _override(name: str, given: Tensor, n: int) -> Tensor:
    taken = real(f"overrides[{name!r}]", given)
    low, high = taken.aminmax() if taken.numel() else (0.0, 0.0)
    if taken.shape != (n,) or low < 0 or high > 1:
        raise ValueError(
            f"overrides[{name!r}]: got shape {tuple(taken.shape)}, values from "
            f"{float(low):g} to {float(high):g}; give ({n},) values in [0, 1]"
        )
    return taken.to(torch.float32)

"""The sounds that the synthetic voices can make."""

from dataclasses import dataclass

import torch
from torch import Tensor

__all__ = ["CONSONANTS", "PHONES", "SILENCE", "VOWELS", "Phone", "table"]


@dataclass(frozen=True)
class Phone:
    """One sound.

    Args:
        name: in one or two letters.
        formants: four resonances in Hz; empty for an unvoiced sound.
        level: in dB.
        frames: mean duration in frames of 10 ms.
        zero: of a nasal, in Hz; 0 for none.
        centre: of the band of an unvoiced sound, in Hz.
        width: of that band, in Hz.
        vowel: whether it is one.
    """

    name: str
    formants: tuple[float, ...] = ()
    level: float = 0.0
    frames: float = 6.5
    zero: float = 0.0
    centre: float = 2000.0
    width: float = 3000.0
    vowel: bool = False


def _vowel(name: str, level: float, *formants: float) -> Phone:
    return Phone(name, formants, level, frames=10.0, vowel=True)


PHONES = (
    _vowel("i", 0, 280, 2250, 2900, 3500),
    _vowel("e", 1, 450, 2000, 2600, 3500),
    _vowel("a", 3, 750, 1250, 2500, 3500),
    _vowel("o", 1, 480, 850, 2450, 3400),
    _vowel("u", -1, 320, 750, 2300, 3400),
    _vowel("@", 0, 520, 1450, 2450, 3450),
    _vowel("ae", 2, 680, 1750, 2450, 3500),
    _vowel("y", 0, 300, 1800, 2200, 3400),
    Phone("m", (260, 1100, 2200, 3300), -8, zero=900),
    Phone("n", (270, 1500, 2500, 3400), -8, zero=1500),
    Phone("l", (360, 1150, 2700, 3400), -5),
    Phone("r", (420, 1250, 1700, 3300), -5),
    Phone("s", (), -8, 8.0, centre=3500, width=500),
    Phone("S", (), -7, 8.0, centre=2500, width=600),
    Phone("f", (), -14, 8.0, centre=2000, width=2500),
    Phone("silence", (), -50),
)
"""All sounds; silence is the last."""

VOWELS = tuple(i for i, phone in enumerate(PHONES) if phone.vowel)
SILENCE = len(PHONES) - 1
CONSONANTS = tuple(range(len(VOWELS), SILENCE))

# Never heard: an unvoiced sound has no resonances here, but tables are rectangular.
_UNUSED = (500.0, 1500.0, 2500.0, 3500.0)


def table(name: str) -> Tensor:
    """One property of all sounds, as float32.

    Args:
        name: ``formants`` gives (phones, 4); ``voiced``, ``level``, ``frames``,
            ``zero``, ``centre``, ``width`` and ``vowel`` give (phones,).

    >>> table("vowel").sum()
    tensor(8.)
    """
    if name == "formants":
        return torch.tensor([phone.formants or _UNUSED for phone in PHONES])
    if name == "voiced":
        return torch.tensor([float(bool(phone.formants)) for phone in PHONES])
    return torch.tensor([float(getattr(phone, name)) for phone in PHONES])

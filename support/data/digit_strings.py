"""Recorded digits, joined to strings: real voices that say fixed phrases."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from support.data.audio import load_audio
from support.data.errors import DataError
from support.data.voices.corpus import Voices, log_mel_frames
from support.data.voices.synthesis import RATE

__all__ = ["digit_strings", "draw_strings"]

_HOP = 320  # 40 ms: a digit is longer than a sound
_TICK = 80
_QUIETEST = 10 ** (-32 / 10)
_AT_ONCE = 128
_LEARNED = 0.6  # of the speakers, as in the corpus's own split


def digit_strings(
    dataset: str = "arabic_digits",
    seed: int = 0,
    *,
    strings: int = 8,
    length: int = 4,
    device: torch.device | str = "cpu",
    data_dir: Path | str | None = None,
    download: bool = True,
) -> Voices:
    """Join recorded digits to strings that come in pairs of anagrams.

    A string is made of digits of one take of one speaker, so that takes play the
    part of sessions and no recording is in two of them.  Silence around each digit
    is cut where the power is 32 dB below its peak.

    Args:
        dataset: ``arabic_digits``, 30 speakers, 18 of them to learn from; its
            speakers recorded all takes on one occasion, so that takes differ less
            than days do.
        seed: of the strings, and of who is learned from and who is tried.
        strings: P, even.
        length: L, digits of a string, 2 to 8.
        device: where the result lies.
        data_dir: folder to look in first.
        download: False never touches the network.

    Returns:
        `Voices` with the waves; sex is not known (-1), ``phrases`` holds digits, and
        the place of a sound is that of its digit in the string.

    Raises:
        ValueError: the data set is another, or sizes are out of range.
        DataError: it is not to be had, or a digit is missing.
    """
    if dataset != "arabic_digits":
        raise ValueError(
            f"dataset: got {dataset!r}; digit strings are made of 'arabic_digits', "
            "which has every digit of every speaker in every take"
        )
    phrases, partner = draw_strings(strings, length, seed)
    found = load_audio(dataset, RATE, data_dir=data_dir, download=download)
    table = found.manifest
    names = sorted(table["speaker"].unique())
    speaker = table["speaker"].map({name: i for i, name in enumerate(names)}).to_numpy()
    take = table["take"].to_numpy() - table["take"].min()
    place = np.full((len(names), take.max() + 1, 10), -1)
    place[speaker, take, table["digit"].to_numpy()] = np.arange(len(table))
    if (place < 0).any():
        row, column, digit = np.argwhere(place < 0)[0]
        raise DataError(
            f"{dataset}: speaker {names[row]} has no digit {digit} in take {column + 1}"
        )
    start, size, flat = _trimmed(found.waveforms)
    who, day, what = torch.cartesian_prod(
        *(torch.arange(k) for k in (*place.shape[:2], strings))
    ).T.contiguous()
    parts = torch.from_numpy(place)[who[:, None], day[:, None], phrases[what]]
    ends = size[parts].cumsum(1)
    frames = -(-ends[:, -1] // _HOP)
    samples = int(frames.max()) * _HOP
    waves, mels = [], []
    for rows in torch.arange(len(who)).split(_AT_ONCE):
        wave = _joined(flat, start[parts[rows]], ends[rows], samples)
        waves.append(wave)
        fine = log_mel_frames(wave, hop=_HOP // 2)
        mels.append(fine.unflatten(1, (-1, 2)).mean(2))  # windows are 25 ms long
    # The corpus's own split would be one draw of speakers; a seed is another one.
    draw = np.random.default_rng((seed, 1))
    learned = draw.permutation(len(names))[: round(_LEARNED * len(names))]
    return Voices(
        torch.cat(mels).to(device),
        frames.to(device),
        who.to(device),
        day.to(device),
        what.to(device),
        torch.full((len(names),), -1, device=device),
        torch.tensor(np.isin(np.arange(len(names)), learned), device=device),
        _places(ends, samples // _HOP).to(device),
        phrases.to(device),
        partner.to(device),
        {},
        RATE,
        _HOP,
        torch.cat(waves).to(device),
    )


def draw_strings(strings: int, length: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draw strings of different digits, and to each the same digits in other order.

    Args:
        strings: P, even.
        length: L, 2 to 8.
        seed: of the draw.

    Returns:
        Digits (P, L), and the partner of each string (P,), which differs in at
        least L - 2 places, and in two.

    Raises:
        ValueError: sizes are out of range, or there are not as many strings.

    >>> digits, partner = draw_strings(2, 4, seed=0)
    >>> (digits.sort(1).values.diff(dim=0) == 0).all(), partner
    (tensor(True), tensor([1, 0]))
    """
    if strings < 2 or strings % 2 or not 2 <= length <= 8:
        raise ValueError(
            f"strings, length: got {strings} and {length}; give an even number, and 2 "
            "to 8 digits"
        )
    draw = np.random.default_rng(seed)
    made: list[list[int]] = []
    for _ in range(100 * strings):
        one = draw.choice(10, length, replace=False)
        other = draw.permutation(one)
        far = (one != other).sum() >= max(2, length - 2)
        pair = [one.tolist(), other.tolist()]
        if far and not any(each in made for each in pair):
            made += pair
        if len(made) == strings:
            return torch.tensor(made), torch.arange(strings) ^ 1
    raise ValueError(
        f"strings: got {strings} of {length} digits; only {len(made)} were found, so "
        "give fewer or longer ones"
    )


def _trimmed(waveforms: list[np.ndarray]) -> tuple[Tensor, Tensor, Tensor]:
    """Begin and length of every digit without silence, in one long array."""
    sizes = np.array([len(each) for each in waveforms])
    longest = -(-sizes.max() // _TICK) * _TICK
    padded = np.zeros((len(waveforms), longest), np.float32)
    padded[np.arange(longest) < sizes[:, None]] = np.concatenate(waveforms)
    power = np.square(padded).reshape(len(padded), -1, _TICK).mean(2)
    loud = power > _QUIETEST * power.max(1, keepdims=True)
    first = loud.argmax(1) * _TICK
    last = (loud.shape[1] - loud[:, ::-1].argmax(1)) * _TICK
    start = torch.from_numpy(first + np.arange(len(padded)) * longest)
    return start, torch.from_numpy(last - first), torch.from_numpy(padded.ravel())


def _places(ends: Tensor, frames: int) -> Tensor:
    """Which digit is heard in the middle of each frame, -1 behind the last, (n, T)."""
    middle = ((torch.arange(frames) + 0.5) * _HOP).expand(len(ends), -1).contiguous()
    place = torch.searchsorted(ends.to(middle), middle, right=True)
    return torch.where(place < ends.shape[1], place, -1)


def _joined(flat: Tensor, start: Tensor, ends: Tensor, samples: int) -> Tensor:
    """Lay stretches of the long array behind each other, (n, samples)."""
    time = torch.arange(samples).expand(len(ends), -1).contiguous()
    part = torch.searchsorted(ends, time, right=True)
    inside = part < ends.shape[1]
    part = part.clamp_max(ends.shape[1] - 1)
    begins = torch.cat([torch.zeros_like(ends[:, :1]), ends[:, :-1]], dim=1)
    source = start.gather(1, part) + time - begins.gather(1, part)
    return torch.where(inside, flat[source.clamp_max(len(flat) - 1)], 0.0)

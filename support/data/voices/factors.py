"""What makes each voice, day and utterance what it is: drawn once, kept as the truth.

Every speaker, session and utterance has random numbers of its own, whatever is asked
for beside it: the same seed gives the same voice in a batch of one or of a thousand,
on any device.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from support.data.voices.configuration import VoiceConfig
from support.data.voices.phones import CONSONANTS, PHONES, VOWELS

__all__ = ["Drawn", "Factors", "draw_factors", "draw_utterances", "make_phrases"]

_MEDIAN_PITCH = (118.0, 205.0)
_FORMANT_SCALE = (1.0, 1.16)
_CHANNEL_TERMS = 6
# Draws a phrase; beyond them nearly all that exist have been found.
_TRIES = 100
_STREAMS = {"phrases": 1, "speakers": 2, "sessions": 3, "utterances": 4}


@dataclass(frozen=True)
class Factors:
    """The truth about speakers and sessions.

    Args:
        phrases: (P, L) sounds.
        partner: (P,) the anagram of each phrase.
        sex: (S,) 0 or 1; two medians of pitch and of the vocal tract's length.
        pitch: (S,) median, Hz.
        tract: (S,) factor of all formants.
        habit: (S, phones, 4) added to the logarithm of the formants.
        level: (S, phones) dB.
        tilt: (S,) dB an octave.
        breath: (S,) power of the noise in voiced sounds.
        rate: (S,) factor of all durations.
        channel: (S, H, 6) dB of cosines over frequency.
        day_pitch: (S, H) factor.
        day_rate: (S, H) factor.
        snr: (S, H) dB.
        slope: (S, H) of the noise, dB an octave.
        effort: (H,) vocal effort.
    """

    phrases: Tensor
    partner: Tensor
    sex: Tensor
    pitch: Tensor
    tract: Tensor
    habit: Tensor
    level: Tensor
    tilt: Tensor
    breath: Tensor
    rate: Tensor
    channel: Tensor
    day_pitch: Tensor
    day_rate: Tensor
    snr: Tensor
    slope: Tensor
    effort: Tensor


@dataclass(frozen=True)
class Drawn:
    """What is drawn anew for every utterance, (n, ...) each.

    Args:
        duration: (n, L) standard normal, of each sound.
        lead: (n,) uniform, of the silence in front.
        formant: (n, 4) standard normal.
        part: (n, 3 L, 4) standard normal, of each third of a sound.
        bandwidth: (n, 4) standard normal.
        phase: (n,) uniform, of the melody.
        breath: (n, samples) white noise of the voice.
        room: (n, samples) white noise of the room.
    """

    duration: Tensor
    lead: Tensor
    formant: Tensor
    part: Tensor
    bandwidth: Tensor
    phase: Tensor
    breath: Tensor
    room: Tensor


def make_phrases(phrases: int, length: int, seed: int) -> tuple[Tensor, Tensor]:
    """Draw phrases in pairs: consonants and vowels in turn, a partner in other order.

    Args:
        phrases: P, even.
        length: L, even.
        seed: of the draw.

    Returns:
        Sounds (P, L), and the partner of each phrase (P,): the same sounds, at
        least L - 2 of them in other places.

    Raises:
        ValueError: there are not, or hardly, as many phrases of that length.

    >>> phrases, partner = make_phrases(2, 8, seed=0)
    >>> (phrases.sort(1).values.diff(dim=0) == 0).all(), partner
    (tensor(True), tensor([1, 0]))
    """
    draw = np.random.default_rng([_STREAMS["phrases"], seed])
    half = length // 2
    made: list[list[int]] = []
    for _ in range(_TRIES * phrases):
        parts = [_some(sounds, half, draw) for sounds in (CONSONANTS, VOWELS)]
        one, other = _in_turn(parts), _in_turn(parts)
        while sum(a != b for a, b in zip(one, other, strict=True)) < length - 2:
            other = _in_turn([draw.permutation(part) for part in parts])
        if one not in made and other not in made:
            made += [one, other]
        if len(made) == phrases:
            return torch.tensor(made), torch.arange(phrases) ^ 1
    raise ValueError(
        f"phrases: got {phrases} of {length} sounds; only {len(made)} were found, so "
        "give fewer or longer ones"
    )


def _some(sounds: Sequence[int], count: int, draw: np.random.Generator) -> np.ndarray:
    """Different sounds; beyond their number, each again before any a third time."""
    rounds = -(-count // len(sounds))
    drawn = np.concatenate([draw.permutation(sounds) for _ in range(rounds)])[:count]
    return draw.permutation(drawn)


def _in_turn(parts: Sequence[np.ndarray]) -> list[int]:
    return [int(sound) for pair in zip(*parts, strict=True) for sound in pair]


def draw_factors(config: VoiceConfig, seed: int) -> Factors:
    """Draw all speakers and their sessions.

    Args:
        config: sizes and spreads.
        seed: of all draws; the first speakers are the same in a larger corpus.

    Returns:
        See `Factors`, on the CPU.
    """
    phrases, partner = make_phrases(config.phrases, config.length, seed)
    speakers, sessions = torch.arange(config.speakers), config.sessions
    sounds = len(PHONES)
    z = _normal(_keys(seed, "speakers", speakers), 6 + 4 + 5 * sounds)
    sex = speakers % 2
    offsets = z[:, 10 : 10 + 4 * sounds].reshape(-1, sounds, 4)
    days = torch.cartesian_prod(speakers, torch.arange(sessions)).T
    y, u = _mixed(_keys(seed, "sessions", *days), _CHANNEL_TERMS + 2, 2)
    y, u = (part.reshape(len(speakers), sessions, -1) for part in (y, u))
    falling = torch.arange(1, _CHANNEL_TERMS + 1).rsqrt()
    return Factors(
        phrases,
        partner,
        sex,
        pitch=torch.tensor(_MEDIAN_PITCH)[sex] * (0.10 * z[:, 0]).exp(),
        tract=torch.tensor(_FORMANT_SCALE)[sex] * (config.tract * z[:, 1]).exp(),
        habit=0.02 * z[:, None, 6:10] + config.habit * offsets,
        level=z[:, 10 + 4 * sounds :],
        tilt=z[:, 2],
        breath=0.05 * (0.5 * z[:, 3]).exp(),
        rate=(0.10 * z[:, 4]).exp(),
        channel=config.channel * falling * y[..., :_CHANNEL_TERMS],
        day_pitch=(0.05 * y[..., -2]).exp(),
        day_rate=(0.08 * y[..., -1]).exp(),
        snr=config.snr[0] + (config.snr[1] - config.snr[0]) * u[..., 0],
        slope=-6 * u[..., 1],
        effort=torch.tensor(config.effort or (0.0,) * sessions),
    )


def draw_utterances(
    config: VoiceConfig, seed: int, speaker: Tensor, session: Tensor, phrase: Tensor
) -> Drawn:
    """Draw what is new in each utterance.

    Args:
        config: sizes.
        seed: of the corpus.
        speaker: (n,) integers.
        session: (n,) integers.
        phrase: (n,) integers.

    Returns:
        See `Drawn`, on the CPU.
    """
    keys = _keys(seed, "utterances", speaker, session, phrase)
    length, samples = config.length, 80 * config.ticks
    sizes = (length, 4, 12 * length, 4, samples, samples)
    z, u = _mixed(keys, sum(sizes), 2)
    duration, formant, part, bandwidth, breath, room = z.split(sizes, dim=1)
    part = part.reshape(len(keys), 3 * length, 4)
    return Drawn(duration, u[:, 0], formant, part, bandwidth, u[:, 1], breath, room)


def _keys(seed: int, stream: str, *parts: Tensor) -> np.ndarray:
    """One number for each row, spread over 64 bits (the mixing of SplitMix64)."""
    state = np.full(len(parts[0]), _STREAMS[stream], np.uint64)
    values = [np.array(seed, np.uint64), *(p.numpy().astype(np.uint64) for p in parts)]
    for part in values:
        with np.errstate(over="ignore"):
            state = (state ^ part) + np.uint64(0x9E3779B97F4A7C15)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    return state


def _normal(keys: np.ndarray, count: int) -> Tensor:
    return _mixed(keys, count, 0)[0]


def _mixed(keys: np.ndarray, normals: int, uniforms: int) -> tuple[Tensor, Tensor]:
    """Numbers of each key: (n, normals) and (n, uniforms).

    A loop over rows, of random numbers alone: a generator that is seeded anew for
    each row is what makes a row independent of its neighbours.
    """
    z, u = torch.empty(len(keys), normals), torch.empty(len(keys), uniforms)
    draw = torch.Generator()
    for row, key in enumerate(keys.tolist()):
        draw.manual_seed(key >> 1)  # a seed has 63 bits
        torch.rand(uniforms, generator=draw, out=u[row])
        torch.randn(normals, generator=draw, out=z[row])
    return z, u

"""Recordings of one's own as a corpus of voices."""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from support.data.audio import resample
from support.data.voices.corpus import Voices, log_mel_frames
from support.data.voices.synthesis import RATE

__all__ = ["voices_from_waves"]

_AT_ONCE = 256


def voices_from_waves(
    waves: Sequence[ArrayLike],
    rates: int | Sequence[int],
    speaker: ArrayLike,
    session: ArrayLike,
    phrase: ArrayLike,
    *,
    background: ArrayLike,
    sex: ArrayLike | None = None,
    partner: ArrayLike | None = None,
    hop: int = 160,
    device: torch.device | str = "cpu",
) -> Voices:
    """Make a corpus of waves, for whatever takes the synthetic one.

    Waves are resampled to 8 kHz and padded with silence to the longest.

    Args:
        waves: N of (samples,) floats each, of any lengths, about within [-1, 1].
        rates: samples a second, one for all or one a wave.
        speaker: (N,) integers from 0.
        session: (N,) integers from 0.
        phrase: (N,) integers from 0.
        background: (S,) bool by speaker: to learn from, the others are verified.
        sex: (S,) integers by speaker; -1, not known, where left out.
        partner: (P,) the phrase with the same parts in another order; where left
            out, each is its own, and there are no anagrams.
        hop: samples between frames, at 8 kHz.
        device: where the result lies.

    Returns:
        See `support.data.voices.corpus.Voices`; where sounds are is not known, and
        ``phrases`` holds the number of each phrase alone.

    Raises:
        ValueError: lengths differ, a wave is empty, not finite, no float or of
            another shape, a rate is not positive, or a speaker or phrase is
            negative or missing in what is given by speaker or phrase.

    >>> tone = torch.sin(torch.arange(1600) * 0.3)
    >>> corpus = voices_from_waves([tone, tone[:800]], 8000, [0, 1], [0, 0], [0, 0],
    ...                            background=[True, False])
    >>> corpus.frames.tolist(), corpus.log_mel.shape
    ([10, 5], torch.Size([2, 10, 24]))
    """
    count = len(waves)
    each = [rates] * count if isinstance(rates, int) else list(rates)
    who, day, what = (torch.as_tensor(part) for part in (speaker, session, phrase))
    for name, part in (("speaker", who), ("session", day), ("phrase", what)):
        if part.shape != (count,) or part.is_floating_point() or part.min() < 0:
            raise ValueError(
                f"{name}: got {part.dtype} of shape {tuple(part.shape)} for {count} "
                "waves; give one integer a wave, from 0"
            )
    if not count or len(each) != count:
        raise ValueError(
            f"waves, rates: got {count} and {len(each)}; give at least one wave, and "
            "one rate, or one a wave"
        )
    speakers, phrases = int(who.max()) + 1, int(what.max()) + 1
    learned = _by("background", background, speakers, torch.ones(speakers)).bool()
    sexes = _by("sex", sex, speakers, torch.full((speakers,), -1)).long()
    partners = _by("partner", partner, phrases, torch.arange(phrases)).long()
    sounds = [
        _at_rate(wave, rate, place)
        for place, (wave, rate) in enumerate(zip(waves, each, strict=True))
    ]
    frames = torch.tensor([-(-len(sound) // hop) for sound in sounds])
    padded = torch.zeros(count, int(frames.max()) * hop)
    for row, sound in zip(padded, sounds, strict=True):
        row[: len(sound)] = sound
    mels = [log_mel_frames(part, hop=hop) for part in padded.split(_AT_ONCE)]
    log_mel = torch.cat(mels).to(device)
    return Voices(
        log_mel,
        frames.to(device),
        who.long().to(device),
        day.long().to(device),
        what.long().to(device),
        sexes.to(device),
        learned.to(device),
        torch.full(log_mel.shape[:2], -1, device=device),
        torch.arange(phrases, device=device)[:, None],
        partners.to(device),
        {},
        RATE,
        hop,
        padded.to(device),
    )


def _at_rate(wave: ArrayLike, rate: int, place: int) -> Tensor:
    values = np.asarray(wave)
    good = values.ndim == 1 and len(values) and values.dtype.kind == "f"
    if not good or not np.isfinite(values).all():
        raise ValueError(
            f"waves: number {place} is {values.dtype} of shape {values.shape}, empty, "
            "or holds NaN; give (samples,) finite floats, integers divided by their "
            "largest value, channels averaged"
        )
    if int(rate) != rate or rate < 1:
        raise ValueError(f"rates: number {place} is {rate}; give samples a second")
    values = values.astype(np.float32)
    return torch.from_numpy(
        values if rate == RATE else resample(values, int(rate), RATE)
    )


def _by(name: str, given: ArrayLike | None, count: int, default: Tensor) -> Tensor:
    """What is given by speaker or by phrase, one value for each."""
    values = default if given is None else torch.as_tensor(given)
    if values.shape != (count,):
        raise ValueError(
            f"{name}: got shape {tuple(values.shape)}; there are {count}, so give "
            f"({count},)"
        )
    return values

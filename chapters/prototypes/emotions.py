"""Acted speech: what a network hears of it, and what is measured of a recording."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from support.data.audio import AudioCorpus, load_ravdess
from support.signal.mel import log_mel
from support.signal.pitch import pitch_track
from support.training import generator

__all__ = ["CLASSES", "FACTORS", "TUNING_ACTORS", "Speech", "mel_moments", "speech"]

#: Emotions by class; the stored recordings have no sad ones.
CLASSES = {"neutral": 0, "calm": 0, "happy": 1, "angry": 2, "fearful": 3}
FACTORS = ("pitch", "pitch deviation", "loudness")
#: Three women and three men on whom scales and weights were chosen: never tested on.
TUNING_ACTORS = tuple(f"actor{number:02d}" for number in range(1, 7))
_NAMES = ("neutral or calm", "happy", "angry", "fearful")
_LEVELS, _TESTED, _VOICED = 3, 8, 0.45
_HEARD = 16_000


@dataclass(frozen=True)
class Speech:
    """Recordings as numbers, split by actor.

    Attributes:
        features: (n, 80) mean and deviation of 40 log-mel bands, standardised on
            the training part.
        facts: (n, 3) median pitch and its deviation in hertz, level in dB.
        levels: (n, 3) the tercile of each fact among training recordings.
        emotion: (n,) class.
        female: (n,) who speaks.
        is_test: (n,) recordings of the actors that are tested on.
        waves: some seconds of each class to listen to.
        rate: samples a second.
        classes: names of the emotions.
        factors: names of the facts.
        n_levels: of each fact.
    """

    features: Tensor
    facts: Tensor
    levels: Tensor
    emotion: Tensor
    female: Tensor
    is_test: Tensor
    waves: Mapping[str, Tensor]
    rate: int
    classes: tuple[str, ...] = _NAMES
    factors: tuple[str, ...] = FACTORS
    n_levels: int = _LEVELS


class _Measured(NamedTuple):
    moments: Tensor
    facts: Tensor


def mel_moments(
    waves: Tensor, *, rate: float, bands: int, win: int, hop: int
) -> Tensor:
    """Sounds (..., samples) -> (..., 2 bands): mean and deviation of log-mel bands."""
    frames = log_mel(waves, rate=rate, bands=bands, win=win, hop=hop)
    return torch.cat([frames.mean(-1), frames.std(-1)], -1)


def speech(seed: int, *, tuning: bool = False) -> Speech:
    """Load RAVDESS and split it by actor.

    Args:
        seed: draws eight of the eighteen actors that are not for tuning; all
            recordings of theirs are for testing, all others for training.
        tuning: test on the six actors for tuning, and learn from the others.

    Raises:
        DataError: the corpus is not to be had.
    """
    corpus = load_ravdess()
    lines = corpus.manifest
    actors = sorted(set(lines["speaker"]) - set(TUNING_ACTORS))
    order = torch.randperm(len(actors), generator=generator(seed, "actors")).tolist()
    tested = [actors[place] for place in order[:_TESTED]]
    held = TUNING_ACTORS if tuning else tested
    is_test = torch.tensor(lines["speaker"].isin(held).tolist())
    moments, facts = _measure(corpus)
    train = ~is_test
    scale, shift = moments[train].std(0), moments[train].mean(0)
    cuts = facts[train].quantile(torch.tensor([1 / 3, 2 / 3], dtype=facts.dtype), 0)
    levels = [
        torch.bucketize(fact.contiguous(), cut)
        for fact, cut in zip(facts.T, cuts.T.contiguous(), strict=True)
    ]
    emotion = lines["emotion"].map(CLASSES).tolist()
    heard = {
        name: torch.from_numpy(corpus.waveforms[emotion.index(k)][:_HEARD])
        for k, name in enumerate(_NAMES)
    }
    return Speech(
        (moments - shift) / scale,
        facts,
        torch.stack(levels, 1),
        torch.tensor(emotion),
        torch.tensor((lines["gender"] == "female").tolist()),
        is_test,
        heard,
        corpus.sampling_rate,
    )


def _measure(corpus: AudioCorpus) -> _Measured:
    """Features of all recordings, and their pitch, its deviation and their level."""
    rate = corpus.sampling_rate
    moments, facts = [], []
    levels = corpus.manifest["rms_db"].tolist()
    for wave, level in zip(
        map(torch.from_numpy, corpus.waveforms), levels, strict=True
    ):
        moments.append(mel_moments(wave, rate=rate, bands=40, win=400, hop=160))
        track = pitch_track(wave, rate, hop=0.02)
        f0 = track.f0[track.voicing > _VOICED].double()
        facts.append((float(f0.median()), float(f0.std()), level))
    return _Measured(torch.stack(moments), torch.tensor(facts, dtype=torch.float64))

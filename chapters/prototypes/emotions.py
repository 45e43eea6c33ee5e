"""Acted speech and spoken digits: what is heard, and measured, of a recording."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from support.data.audio import AudioCorpus, load_fsdd, load_ravdess
from support.signal.mel import log_mel
from support.signal.pitch import pitch_track
from support.training import generator

__all__ = [
    "CLASSES",
    "FACTORS",
    "TUNING_ACTORS",
    "Speech",
    "mel_moments",
    "speech",
    "spoken_digits",
]

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
    emotion = lines["emotion"].map(CLASSES).tolist()
    return _split(corpus, emotion, _NAMES, is_test)


def spoken_digits(seed: int) -> Speech:
    """Load twenty takes of each digit and speaker, and split them by speaker.

    Args:
        seed: draws two of the six speakers for testing.

    Raises:
        DataError: the corpus is not to be had.
    """
    corpus = load_fsdd(select={"take": range(20)})
    lines = corpus.manifest
    speakers = sorted(set(lines["speaker"]))
    order = torch.randperm(len(speakers), generator=generator(seed, "actors")).tolist()
    held = [speakers[place] for place in order[:2]]
    is_test = torch.tensor(lines["speaker"].isin(held).tolist())
    return _split(corpus, lines["digit"].tolist(), tuple(map(str, range(10))), is_test)


def _split(
    corpus: AudioCorpus, labels: list[int], names: tuple[str, ...], is_test: Tensor
) -> Speech:
    moments, facts = _measure(corpus)
    train = ~is_test
    scale, shift = moments[train].std(0), moments[train].mean(0)
    cuts = facts[train].quantile(torch.tensor([1 / 3, 2 / 3], dtype=facts.dtype), 0)
    levels = [
        torch.bucketize(fact.contiguous(), cut)
        for fact, cut in zip(facts.T, cuts.T.contiguous(), strict=True)
    ]
    heard = {
        name: torch.from_numpy(corpus.waveforms[labels.index(k)][:_HEARD])
        for k, name in enumerate(names)
    }
    return Speech(
        (moments - shift) / scale,
        facts,
        torch.stack(levels, 1),
        torch.tensor(labels),
        torch.tensor((corpus.manifest["gender"] == "female").tolist()),
        is_test,
        heard,
        corpus.sampling_rate,
        names,
    )


def _measure(corpus: AudioCorpus) -> _Measured:
    """Features of all recordings, and their pitch, its deviation and their level."""
    rate = corpus.sampling_rate
    win, bands = (400, 40) if rate == 16_000 else (256, 32)
    moments, facts = [], []
    for wave in map(torch.from_numpy, corpus.waveforms):
        moments.append(mel_moments(wave, rate=rate, bands=bands, win=win, hop=160))
        level = 10 * float(wave.double().square().mean().log10())
        track = pitch_track(wave, rate, hop=0.02)
        f0 = track.f0[track.voicing > _VOICED].double()
        f0 = f0 if len(f0) > 1 else track.f0.double()  # nothing voiced: take what is
        facts.append((float(f0.median()), float(f0.std()), level))
    return _Measured(torch.stack(moments), torch.tensor(facts, dtype=torch.float64))

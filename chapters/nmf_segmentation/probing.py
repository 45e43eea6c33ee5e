"""Sounds with one known factor each, which the segmenter's training has no label of.

A probe learns the factor from the training side and is judged on the test side, which
shares no speaker and no source with it, nor with what the segmenter has learned from.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

# The mixer's private ways to cut sounds, and no second copies of them here.
from support.data.layers import _cut, layer_pools
from support.data.sources import source_pool
from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import make_corpus
from support.data.voices.phones import PHONES
from support.training import generator

__all__ = [
    "FACTORS",
    "KNOWN",
    "Factor",
    "Side",
    "events",
    "order",
    "recordings",
    "voices",
]

FACTORS = ("gender", "phone", "event", "order")
#: The phones of phrases that the probe has learned from; no factor of its own.
KNOWN = "phone, known phrases"
_VOICES = VoiceConfig(background=24, evaluation=12, sessions=1, phrases=8)
_RATE, _FRAME = 8000, 160
_HALF, _GAP = 25, 5  # frames of an event, and of silence before and after the two
_EVENTS = ("rumble", "hiss", "clatter")
_CLIPS = {"events": (90, 90), "order": (80, 40), "speakers": (160, 101)}
_FOLDS = 3  # of ESC-10's five, to learn from
_HEARD = 0.05  # least power of a stretch in which a source is heard
_FLOOR = 1e-3

View = Callable[[Tensor], Tensor]
Streams = Callable[[str], torch.Generator]


class Side(NamedTuple):
    """One side of a split.

    Attributes:
        waves: (n, samples) of each clip, of unit power.
        spectra: (n, F, T).
        real: (n, T) bool, frames that hold sound.
        labels: (n,) of clips, or (n, T) of frames with -1 where there is none.
        groups: (n,) speaker or source of each clip.
    """

    waves: Tensor
    spectra: Tensor
    real: Tensor
    labels: Tensor
    groups: Tensor


@dataclass(frozen=True)
class Factor:
    """A factor with the clips to learn it from and to be judged on.

    Args:
        name: one of ``FACTORS``.
        classes: names of its values.
        train: to learn from.
        test: to be judged on.

    Raises:
        ValueError: a speaker or a source is on both sides.
    """

    name: str
    classes: tuple[str, ...]
    train: Side
    test: Side

    def __post_init__(self) -> None:
        both = set(self.train.groups.tolist()) & set(self.test.groups.tolist())
        if both:
            raise ValueError(
                f"{self.name}: {sorted(both)[:5]} are in training and in test; give "
                "each speaker, source or fold to one side"
            )

    @property
    def by_frame(self) -> bool:
        """Whether every frame has a label of its own."""
        return self.train.labels.ndim == 2

    def to(self, device: torch.device | str) -> "Factor":
        """The same on another device."""
        sides = (Side(*(part.to(device) for part in side)) for side in self.sides)
        return Factor(self.name, self.classes, *sides)

    @property
    def sides(self) -> tuple[Side, Side]:
        """Both, training first."""
        return self.train, self.test


def voices(view: View, seed: int) -> dict[str, Factor]:
    """Gender and phone of made voices, 24 speakers to learn from and 12 others.

    For ``phone`` both sides have the same sounds in other phrases, each the anagram of
    one that was learned from: who has learned the phrases by heart has learned
    nothing.  For ``phone, known phrases`` the test says the very phrases again.

    Args:
        view: (n, samples) waves -> (n, F, T) spectra.
        seed: of the voices.
    """
    corpus = make_corpus(_VOICES, seed, waves=True)
    assert corpus.wave is not None
    waves = _loud(corpus.wave)
    spectra = view(waves)
    real = torch.arange(spectra.shape[2]) < corpus.frames[:, None]
    sounds = corpus.phrases[corpus.phrase].gather(1, corpus.phone_position.clamp(0))
    present = sounds[corpus.phone_position >= 0].unique()
    phone = torch.searchsorted(present, sounds)
    phone = torch.where(corpus.phone_position >= 0, phone, -1)
    learned = corpus.background[corpus.speaker]
    first = corpus.phrase < corpus.partner[corpus.phrase]

    def side(rows: Tensor, labels: Tensor) -> Side:
        parts = (waves, spectra, real, labels, corpus.speaker)
        return Side(*(part[rows] for part in parts))

    sex = corpus.sex[corpus.speaker]
    names = tuple(PHONES[int(place)].name for place in present)
    heard = side(learned & first, phone)
    gender = side(learned, sex), side(~learned, sex)
    return {
        "gender": Factor("gender", ("low voice", "high voice"), *gender),
        "phone": Factor("phone", names, heard, side(~learned & ~first, phone)),
        KNOWN: Factor("phone", names, heard, side(~learned & first, phone)),
    }


def events(view: View, seed: int) -> Factor:
    """The three kinds of made noise: rumble, hiss and clatter.

    Args:
        view: as in `voices`.
        seed: of the noises.
    """
    sides: list[Side] = []
    for place, count in enumerate(_CLIPS["events"]):
        stream = f"events {place}"
        waves = source_pool("noise", count, 1.2, generator(seed, stream))
        # The kinds are the first thing that the maker of noises draws.
        kind = torch.randint(3, (count,), generator=generator(seed, stream))
        sides.append(_clips(view, waves, kind, torch.arange(count) + place * count))
    return Factor("event", _EVENTS, *sides)


def order(view: View, dataset: str, seed: int) -> Factor:
    """Half a second of music and of noise: which came first?

    Each pair is heard in both orders, so that the mean spectra of the two are equal
    but for the frames at the seam.  No pool of these is one that a segmenter learns
    from.

    Args:
        view: as in `voices`.
        dataset: ``embedded`` or ``broadcast``, where the sounds are from.
        seed: of the sources and the pairs.
    """

    def streams(name: str) -> torch.Generator:
        return generator(seed, name)

    sides: list[Side] = []
    for split, count in zip(("front", "test"), _CLIPS["order"], strict=True):
        pools = layer_pools(dataset, split, 6.0, streams)
        drawn = streams(f"order {split}")
        pair, sources = zip(
            *(_heard(pool, count, drawn) for pool in (pools.music, pools.noise)),
            strict=True,
        )
        gap = torch.zeros(count, _GAP * _FRAME)
        waves = torch.cat(
            [torch.cat([gap, *pair, gap], 1), torch.cat([gap, *pair[::-1], gap], 1)]
        )
        waves = waves + _FLOOR * torch.randn(waves.shape, generator=drawn)
        label = torch.arange(2).repeat_interleave(count)
        piece = sources[0].repeat(2) + 1000 * len(sides)  # each split has its pools
        sides.append(_clips(view, waves, label, piece))
    return Factor("order", ("music first", "noise first"), *sides)


def recordings(view: View, seed: int) -> dict[str, Factor]:
    """Gender of LibriSpeech's speakers, and the class of ESC-10's sounds.

    One utterance a speaker, 160 to learn from and 101 others; three folds against two.
    The order is the one in which the mixer draws speakers and folds, the segmenter's
    first, so that none of these is in the test.

    Args:
        view: as in `voices`.
        seed: of the splits.

    Raises:
        DataError: a corpus is not to be had.
    """
    from support.data.audio import load_audio

    speech = load_audio("librispeech", _RATE, lambda rows: ~rows.speaker.duplicated())
    sounds = load_audio("esc10", _RATE)
    sex = torch.tensor((speech.manifest["sex"] == "M").tolist()).long()
    speaker = torch.arange(len(sex))
    shuffled = torch.randperm(len(sex), generator=generator(seed, "layers speech"))
    fold, kind = (
        torch.tensor(sounds.manifest[name].tolist()) for name in ("fold", "class_id")
    )
    folds = torch.tensor(sounds.manifest["fold"].drop_duplicates().tolist())
    folds = folds[torch.randperm(len(folds), generator=generator(seed, "layers noise"))]
    learned = torch.isin(fold, folds[:_FOLDS])

    def side(waves: Tensor, labels: Tensor, groups: Tensor, rows: Tensor) -> Side:
        return _clips(view, waves[rows], labels[rows], groups[rows])

    heard = _first(speech.waveforms, 2.0), sex, speaker
    told = _first(sounds.waveforms, 4.0), kind, fold
    names = sounds.manifest.drop_duplicates("class_id").sort_values("class_id")
    gender = (side(*heard, rows) for rows in shuffled.split(_CLIPS["speakers"]))
    event = (side(*told, rows) for rows in (learned, ~learned))
    return {
        "gender": Factor("gender", ("F", "M"), *gender),
        "event": Factor("event", tuple(names["label"]), *event),
    }


def _clips(view: View, waves: Tensor, labels: Tensor, groups: Tensor) -> Side:
    waves = _loud(waves)
    spectra = view(waves)
    real = torch.ones(len(waves), spectra.shape[2], dtype=torch.bool)
    return Side(waves, spectra, real, labels, groups)


def _loud(waves: Tensor) -> Tensor:
    """Rows of unit power, as loud as the first speaker of a mixture."""
    return waves / waves.square().mean(1, keepdim=True).sqrt().clamp_min(1e-8)


def _heard(pool: Tensor, count: int, drawn: torch.Generator) -> tuple[Tensor, Tensor]:
    """Stretches of half a second, of unit power, in which something is, and whose."""
    which = torch.randint(len(pool), (8 * count,), generator=drawn)
    cuts = _cut(pool, which, _HALF * _FRAME, drawn)
    chosen = (cuts.square().mean(1) > _HEARD).nonzero()[:count, 0]
    return _loud(cuts[chosen]), which[chosen]


def _first(waveforms: Sequence[np.ndarray], seconds: float) -> Tensor:
    """The beginning of recordings; a short one is repeated."""
    length = round(seconds * _RATE)
    rows: list[Any] = [np.resize(waveform[:length], length) for waveform in waveforms]
    return torch.from_numpy(np.stack(rows).astype(np.float32))

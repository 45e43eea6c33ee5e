"""The chapter's data: job applications whose merit is known, in two splits.

Competencies, words and scores are drawn. Who applies is a generated face or, with
``dataset="librispeech"``, a recorded voice of a man or a woman, of whom no other
application in the other split comes.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import NamedTuple

import pandas as pd
import torch
from torch import Tensor
from torch.nn.functional import normalize

from support.data.audio import load_librispeech
from support.data.recruitment import (
    COMPETENCIES,
    OCCUPATIONS,
    Recruitment,
    explicit_words,
)
from support.recruitment.applications import load_applications
from support.signal.mel import log_mel
from support.signal.mfcc import mfcc
from support.training import generator, stream_seed

__all__ = ["DATASETS", "GROUPS", "SIZES", "Data", "exchanged", "load", "overview"]

DATASETS = ("embedded", "librispeech")
"""Generated faces, or recorded voices in their place."""

GROUPS = {"gender": ("men", "women"), "ethnicity": ("G1", "G2", "G3")}
"""What the groups are called, in the order of their numbers."""

SIZES = {
    "quick": {"train": 4800, "test": 4800},
    "full": {"train": 19_200, "test": 4800},
}

_RATE, _HOP, _WINDOW = 16_000, 160, 140  # a voice is heard for 140 frames, 1.4 s
_CEPSTRA = 20


@dataclass(frozen=True)
class Data:
    """Applications to learn from, applications to be scored.

    They stay on the CPU; a network moves its batches to its own device.

    Args:
        train: past applications, with their biased scores.
        test: others, of the same law.
        device: where networks are trained.
        persons: (n,) and (m,) numbers of those who apply, of either part; where
            left out, nobody applies twice.
    """

    train: Recruitment
    test: Recruitment
    device: torch.device | str = "cpu"
    persons: tuple[Tensor, Tensor] | None = None

    def with_faces(self, face_map: Callable[[Tensor], Tensor]) -> "Data":
        """The same applications, their faces (n, d) mapped to (n, k) numbers."""

        def mapped(part: Recruitment) -> Recruitment:
            return replace(part, face=face_map(part.face).float())

        return replace(self, train=mapped(self.train), test=mapped(self.test))

    @property
    def known(self) -> tuple[Tensor, Tensor]:
        """Who applies, as `persons`, written out where nobody applies twice."""
        return self.persons or (
            torch.arange(len(self.train)),
            torch.arange(len(self.test)),
        )


def load(
    dataset: str,
    profile: str,
    seed: int,
    device: torch.device | str = "cpu",
    *,
    version: int = 2,
) -> Data:
    """Draw the chapter's applications.

    Args:
        dataset: one of `DATASETS`. With ``librispeech`` the embedding of a voice
            stands in the place of the face's: of each of 40 numbers the deviation
            from the training mean in units of its own, scaled to unit length.
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; its stream "data" draws the applications, and which
            speakers are heard in training and which in the test.
        device: where networks are to be trained.
        version: of the testbed, 1 (2020) or 2 (2023).

    Raises:
        ValueError: the profile or the data set is unknown.
        support.data.errors.DataError: a corpus is not to be had.
    """
    if profile not in SIZES:
        raise ValueError(f"profile: got {profile!r}; give {' or '.join(SIZES)}")
    if dataset not in DATASETS:
        raise ValueError(f"dataset: got {dataset!r}; give one of {', '.join(DATASETS)}")
    drawn = stream_seed(seed, "data")
    parts = load_applications(drawn, version=version, **SIZES[profile])
    data = Data(*parts, device)
    return data if dataset == "embedded" else _with_voices(data, drawn)


class _Recordings(NamedTuple):
    """Cepstra of all recordings in one row, and where each begins.

    Args:
        sums: (F + 1, 2 C) sums of the cepstra, and of their squares, of all frames
            before each.
        first: (N,) the first frame of each recording.
        frames: (N,) how many it has.
        speaker: (N,) from 0.
        woman: (S,) by speaker.
    """

    sums: Tensor
    first: Tensor
    frames: Tensor
    speaker: Tensor
    woman: Tensor


@cache
def _recordings() -> _Recordings:
    corpus = load_librispeech(_RATE)
    table = corpus.manifest
    cepstra = []
    for wave in corpus.waveforms:
        bands = log_mel(
            torch.from_numpy(wave), rate=_RATE, bands=40, win=400, hop=_HOP, fft=512
        )
        # Without the zeroth, which is loudness: it tells of the microphone's distance.
        cepstra.append(mfcc(bands.mT, _CEPSTRA + 1)[:, 1:].double())
    frames = torch.tensor([len(part) for part in cepstra])
    every = torch.cat(cepstra)
    sums = torch.cat([every, every.square()], dim=1).cumsum(0)
    speaker, names = pd.factorize(table["speaker"], sort=True)
    sex = table.groupby("speaker")["sex"].first()[names]
    return _Recordings(
        torch.cat([sums.new_zeros(1, sums.shape[1]), sums]),
        frames.cumsum(0) - frames,
        frames,
        torch.from_numpy(speaker),
        torch.tensor((sex == "F").to_numpy()).long(),
    )


def _with_voices(data: Data, seed: int) -> Data:
    """The same applications, each with two excerpts of one recording as its faces."""
    source = generator(seed, "voices")
    halves: list[list[Tensor]] = [[], []]
    for sex in (0, 1):
        speakers = torch.nonzero(_recordings().woman == sex).flatten()
        mixed = speakers[torch.randperm(len(speakers), generator=source)]
        for half, some in zip(halves, mixed.chunk(2), strict=True):
            half.append(some)
    heard = [
        _hear(part.gender, half, source)
        for part, half in zip((data.train, data.test), halves, strict=True)
    ]
    both = torch.cat([heard[0][1], heard[0][2]])
    mean, deviation = both.mean(0), both.std(0)
    train, test = (
        replace(
            part,
            face=normalize((first - mean) / deviation, dim=1).float(),
            face_second=normalize((second - mean) / deviation, dim=1).float(),
        )
        for part, (_, first, second) in zip((data.train, data.test), heard, strict=True)
    )
    return Data(train, test, data.device, (heard[0][0], heard[1][0]))


def _hear(
    gender: Tensor, speakers: list[Tensor], source: torch.Generator
) -> tuple[Tensor, Tensor, Tensor]:
    """Draw a speaker of each applicant's sex, and two seconds of one recording.

    Returns:
        (n,) speakers; means and deviations of the cepstra (n, 40) in 1.4 s of the
        recording's first half, and in one of its second half.
    """
    told = _recordings()
    person = torch.empty_like(gender)
    for sex, some in enumerate(speakers):
        rows = torch.nonzero(gender == sex).flatten()
        drawn = torch.randint(len(some), (len(rows),), generator=source)
        person[rows] = some[drawn]
    # One of the person's recordings: they lie in a row, ordered by speaker.
    order = told.speaker.argsort(stable=True)
    count = torch.bincount(told.speaker)
    place = (torch.rand(len(person), generator=source) * count[person]).long()
    which = order[(count.cumsum(0) - count)[person] + place]
    half = told.frames[which] // 2
    length = half.clamp(max=_WINDOW)
    excerpts = []
    for side in (0, 1):
        late = (torch.rand(len(which), generator=source) * (half - length + 1)).long()
        start = told.first[which] + side * half + late
        sums = told.sums[start + length] - told.sums[start]
        mean, square = (sums / length[:, None]).chunk(2, dim=1)
        excerpts.append(torch.cat([mean, (square - mean**2).clamp(min=0).sqrt()], 1))
    return person, excerpts[0], excerpts[1]


def overview(data: Recruitment, count: int) -> pd.DataFrame:
    """The first applications, one a column: who applies, with what, and the scores.

    Args:
        data: of version 2 of the testbed.
        count: how many.
    """
    rows = range(count)
    return pd.DataFrame(
        {
            "gender": [("man", "woman")[data.gender[row]] for row in rows],
            "ethnicity": [GROUPS["ethnicity"][data.ethnicity[row]] for row in rows],
            "occupation": [OCCUPATIONS[data.occupation[row]] for row in rows],
            **{
                name: data.competencies[:count, place].tolist()
                for place, name in enumerate(COMPETENCIES[2])
            },
            "merit y": data.blind_score[:count].tolist(),
            "ỹ, biased by gender": data.gender_score[:count].tolist(),
            "ỹ, biased by ethnicity": data.ethnicity_score[:count].tolist(),
        },
        index=[f"no. {row + 1}" for row in rows],
    ).T


def exchanged(data: Recruitment) -> dict[str, Recruitment]:
    """The same applications with one part taken from the other gender.

    The face comes from somebody of the other gender and the same ethnicity; of the
    words, those that say a gender outright are exchanged for their counterparts.
    Competencies and everything else stay.

    Args:
        data: n applications; every ethnicity has both genders.

    Returns:
        Applications by the part that was exchanged: ``face``, ``words``, ``both``.

    Raises:
        ValueError: a group has nobody of the other gender.

    >>> from support.data.recruitment import make_recruitment
    >>> list(exchanged(make_recruitment(12, 0)))
    ['face', 'words', 'both']
    """
    partner = torch.arange(len(data))
    for ethnicity in data.ethnicity.unique():
        sides = [
            torch.nonzero((data.ethnicity == ethnicity) & (data.gender == g)).flatten()
            for g in (0, 1)
        ]
        if not len(sides[0]) or not len(sides[1]):
            raise ValueError(
                f"data: ethnicity {int(ethnicity)} has one gender only; give both"
            )
        for own, other in (sides, sides[::-1]):
            partner[own] = other[torch.arange(len(own)) % len(other)]
    text = data.text.clone()
    said = data.text[:, explicit_words()]
    text[:, explicit_words()] = said.roll(said.shape[1] // 2, dims=1)
    face = replace(data, face=data.face[partner])
    return {
        "face": face,
        "words": replace(data, text=text),
        "both": replace(face, text=text),
    }

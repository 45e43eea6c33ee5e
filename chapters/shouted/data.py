"""Embeddings of normal and shouted utterances, folds of their speakers, and trials."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from chapters.shouted.extractor import network_embeddings, statistics_embeddings
from support.data.audio import AudioCorpus, load_librispeech, load_ravdess
from support.data.pair_trials import (
    PairTrials,
    balanced_folds,
    pair_trials,
    stereo_pairs,
)
from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import Voices, make_corpus
from support.data.voices.recordings import voices_from_waves
from support.scalars import whole
from support.training import Recipe, generator, stream_seed
from support.verification.systems import NETWORK

__all__ = ["EFFORTS", "FOLDS", "SIZES", "Data", "Size", "heard", "load"]

FOLDS = 4
EFFORTS = (0.0, 0.5, 1.0)
"""What is to be heard: normal, raised, shouted."""
_LENGTH = 16  # sounds of a phrase, about 1.3 seconds
_RATE = 8000
_HOP = 80
_PIECE = 1.0  # seconds of a reader that count as an utterance
_RMS = 0.1
#: Emotions of the pairs: each in normal and in strong intensity.
_EMOTIONS = ("happy", "angry")
_FEARFUL = ("angry", "fearful")


@dataclass(frozen=True)
class Size:
    """What a profile decides.

    Args:
        background: voices that the extractor hears.
        speakers: voices that are compensated and tried, a multiple of 8.
        phrases: that each of them says, in six sessions.
        width: channels of the extractor.
        recipe: of its training.
    """

    background: int
    speakers: int
    phrases: int
    width: int
    recipe: Recipe


SIZES = {
    "quick": Size(96, 24, 4, 48, Recipe(**{**vars(NETWORK), "epochs": 12})),
    "full": Size(400, 24, 24, 256, Recipe(**{**vars(NETWORK), "epochs": 40})),
}


@dataclass(frozen=True)
class Data:
    """Everything that is given before a shift is learned.

    Args:
        z: (N, E) float64 embeddings.
        speaker: (N,) from 0.
        phrase: (N,) what a normal and a shouted utterance of a pair have in common.
        shouted: (N,) bool.
        sex: (S,) of each speaker.
        fold: (S,) of each speaker.
        trials: all pairs of utterances inside a fold; of synthetic voices, but for
            those of one voice on one day.
        pairs: (P,) normal and (P,) shouted utterances of all speakers.
        background: (B, E) embeddings of the extractor's own speech, mean 0.
        background_speaker: (B,) from 0.
        emotional: of recordings, the same actors in another contrast, where effort
            and emotion are one; None of synthetic voices.
    """

    z: Tensor
    speaker: Tensor
    phrase: Tensor
    shouted: Tensor
    sex: Tensor
    fold: Tensor
    trials: PairTrials
    pairs: tuple[Tensor, Tensor]
    background: Tensor
    background_speaker: Tensor
    emotional: "Data | None" = None


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Make or load utterances, embed them, and deal their speakers out to folds.

    Args:
        dataset: ``embedded`` (synthetic voices) or ``ravdess`` (acted speech; the
            extractor learns from ``librispeech``).
        profile: ``quick`` or ``full``; sizes of the voices and of the extractor.
        seed: draws the voices, the extractor's training and the folds.
        device: where to work, and where everything lies.

    Raises:
        ValueError: an unknown data set or profile.
        DataError: a corpus is not to be had.
    """
    makers = {"embedded": _voices, "ravdess": _recordings}
    for name, given, known in (
        ("dataset", dataset, list(makers)),
        ("profile", profile, list(SIZES)),
    ):
        if given not in known:
            raise ValueError(f"{name}: got {given!r}; give one of {known}")
    return makers[dataset](SIZES[profile], seed, device)


def heard(seed: int, phrase: int = 0) -> dict[str, Tensor]:
    """One voice says one phrase on one day with more and more effort.

    Args:
        seed: of the voice.
        phrase: from 0.

    Returns:
        (samples,) waves at 8 kHz by effort, all of one loudness.

    Raises:
        ValueError: the voice has no such phrase.
    """
    clips = {}
    for effort in EFFORTS:
        config = VoiceConfig(0, 1, 1, length=_LENGTH, effort=(effort,))
        whole("phrase", phrase, 0, config.phrases - 1)
        corpus = make_corpus(config, stream_seed(seed, "voices"), waves=True)
        assert corpus.wave is not None
        end = int(corpus.frames[phrase]) * corpus.hop
        clips[f"effort {effort:g}"] = corpus.wave[phrase, :end]
    return clips


def _voices(size: Size, seed: int, device: torch.device | str) -> Data:
    # the extractor hears other speakers, who say other phrases and never shout
    normal = VoiceConfig(size.background, 0, 3, size.phrases, _LENGTH)
    effort = (0, 0, 0, 1, 1, 1)
    both = VoiceConfig(0, size.speakers, 6, size.phrases, _LENGTH, effort=effort)
    background = make_corpus(normal, stream_seed(seed, "background"), device)
    tried = make_corpus(both, stream_seed(seed, "voices"), device)
    known, z = network_embeddings(
        background, tried, size.recipe, seed, width=size.width, dimension=size.width
    )
    shouted = tried.factors["effort"][tried.session] > 0.5
    said = (tried.speaker, tried.phrase, shouted, tried.session)
    return _assembled(z, *said, tried.sex, known, background, seed)


def _recordings(size: Size, seed: int, device: torch.device | str) -> Data:
    readers = load_librispeech(_RATE, _several_pieces)
    actors = load_ravdess(_RATE)
    background = _as_voices(readers, device, pieces=True)
    tried = _as_voices(actors, device)
    known, z = statistics_embeddings(background, tried)
    lines = actors.manifest
    emotion = lines["emotion"].to_numpy()
    strong = (lines["intensity"] == "strong").to_numpy()
    same = np.isin(emotion, _EMOTIONS)
    # the other contrast: calm kinds of speech against strong fear and anger
    other = np.where(strong, np.isin(emotion, _FEARFUL), emotion != "angry")
    sentence = lines["statement"].to_numpy().astype(np.int64)
    kinds = np.unique(emotion, return_inverse=True)[1]

    def contrast(kept: np.ndarray, phrase: np.ndarray) -> Data:
        rows = torch.from_numpy(np.flatnonzero(kept)).to(z.device)
        what, loud = (
            torch.tensor(part[kept], device=z.device) for part in (phrase, strong)
        )
        said = (tried.speaker[rows], what, loud, None)
        return _assembled(z[rows], *said, tried.sex, known, background, seed)

    data = contrast(same, 2 * kinds + sentence)
    return replace(data, emotional=contrast(other, sentence))


def _assembled(
    z: Tensor,
    speaker: Tensor,
    phrase: Tensor,
    shouted: Tensor,
    session: Tensor | None,
    sex: Tensor,
    known: Tensor,
    background: Voices,
    seed: int,
) -> Data:
    fold = balanced_folds(sex, FOLDS, generator=generator(seed, "folds"))
    return Data(
        z,
        speaker,
        phrase,
        shouted,
        sex,
        fold,
        pair_trials(speaker, shouted, fold, session),
        stereo_pairs(speaker, phrase, shouted),
        known - known.mean(0),
        background.speaker,
    )


def _as_voices(
    corpus: AudioCorpus, device: torch.device | str, *, pieces: bool = False
) -> Voices:
    """Recordings at one loudness; in pieces of a second, each an utterance."""
    names = sorted(set(corpus.manifest["speaker"]))
    sexes = _sexes(corpus.manifest, names)
    length = round(_PIECE * _RATE)
    waves: list[np.ndarray] = []
    who: list[int] = []
    for wave, speaker in zip(corpus.waveforms, corpus.manifest["speaker"], strict=True):
        cuts: Sequence[np.ndarray] = [wave]
        if pieces:
            count = max(1, len(wave) // length)
            cuts = [wave[k * length : (k + 1) * length] for k in range(count)]
        waves += [_RMS * cut / np.sqrt(np.mean(cut**2) + 1e-12) for cut in cuts]
        who += [names.index(speaker)] * len(cuts)
    nothing = torch.zeros(len(who), dtype=torch.long)
    return voices_from_waves(
        waves,
        _RATE,
        torch.tensor(who),
        nothing,
        nothing,
        background=torch.ones(len(names)),
        sex=sexes,
        hop=_HOP,
        device=device,
    )


def _several_pieces(lines: Any) -> Any:
    """Readers to learn from, whose spread within a voice can be seen."""
    return (lines["subset"] != "test-other") & (lines["duration_s"] >= 2 * _PIECE)


def _sexes(manifest: Any, names: Sequence[str]) -> Tensor:
    column = "gender" if "gender" in manifest else "sex"
    told: Mapping[str, str] = dict(
        zip(manifest["speaker"], manifest[column], strict=True)
    )
    return torch.tensor([int(told[name].lower().startswith("f")) for name in names])

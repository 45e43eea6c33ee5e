"""The chapter's data: voices that say few phrases, and claims about them."""

from dataclasses import replace

import torch
from torch import Tensor

from support.data.trials import TrialKind
from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import make_corpus
from support.generators import random_source
from support.scalars import number
from support.training import stream_seed
from support.verification.experiment import (
    SETTINGS,
    Prepared,
    Setting,
    prepare,
    prepare_corpus,
)

__all__ = ["Data", "anagrams", "identities", "load", "noisy_tests"]

Data = Prepared
"""Voices, their features and the trials; its HMMs are not used here."""

SIZES = {
    ("embedded", "quick"): Setting(width=32, layers=2),
    ("embedded", "full"): Setting(40, 20, True, 256, 4, most_trials=200_000),
    ("arabic_digits", "quick"): Setting(14, width=32, layers=2),
    ("arabic_digits", "full"): Setting(14, 20, True, 256, 4),
}
FEW_PHRASES = VoiceConfig(phrases=4)
"""Two pairs of anagrams: half as many classes as the other chapters' voices have."""


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Make or load voices, and all that is fixed before a network is trained.

    Args:
        dataset: ``embedded`` (synthesised) or ``arabic_digits`` (strings of four
            recorded digits).
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; draws the synthesised voices, or the strings of digits and
            who is learned from.
        device: where everything lies.

    Raises:
        ValueError: the data set or the profile is unknown.
        DataError: a corpus is not to be had.
    """
    if (dataset, profile) not in SIZES:
        raise ValueError(
            f"dataset, profile: got {dataset!r}, {profile!r}; give one of "
            f"{sorted({name for name, _ in SETTINGS})} and 'quick' or 'full'"
        )
    setting = SIZES[dataset, profile]
    if (dataset, profile) != ("embedded", "quick"):
        return prepare(dataset, profile, seed, device, setting=setting)
    corpus = make_corpus(FEW_PHRASES, stream_seed(seed, "voices"), device)
    return prepare_corpus(corpus, setting, seed=seed)


def identities(data: Data) -> Tensor:
    """One class a speaker and phrase of the background, (B,) integers."""
    phrases = len(data.corpus.phrases)
    return data.speakers * phrases + data.corpus.phrase[data.background]


def noisy_tests(data: Data, generator: torch.Generator, spread: float = 0.5) -> Data:
    """The same claims, with normal noise on the features of every test.

    Args:
        data: of `load`.
        generator: draws the noise.
        spread: its standard deviation, in those of the background's features.

    Returns:
        Data whose enrolments and background are what they were.

    Raises:
        ValueError: no generator, or the spread is no number of at least 0.
    """
    spread = number("spread", spread, least=0)
    source = random_source("generator", generator)
    x, tests = data.x.clone(), data.trials.test.unique()
    noise = torch.randn(x[tests].shape, generator=source).to(x)
    x[tests] += spread * noise * data.mask[tests, :, None]
    return replace(data, x=x)


def anagrams(data: Data) -> dict[str, int]:
    """Two tests of one speaker and session: a phrase, and the same sounds reordered.

    Returns:
        ``phrase`` and ``anagram``, places in the corpus.
    """
    corpus, trials = data.corpus, data.trials
    test = int(trials.test[trials.kind == TrialKind.TC][0])
    other = int(corpus.partner[corpus.phrase[test]])
    same = (corpus.speaker == corpus.speaker[test]) & (
        corpus.session == corpus.session[test]
    )
    return {
        "phrase": test,
        "anagram": int((same & (corpus.phrase == other)).nonzero()[0, 0]),
    }

"""The chapter's data: voices and claims about them, and four clips to look at."""

import torch
from torch import Tensor

from support.data.voices.corpus import Voices
from support.training import stream_seed
from support.verification.experiment import Prepared, prepare, with_mixture

__all__ = ["Data", "clip", "load", "place_of", "quartet", "sounds"]

Data = Prepared
"""Voices, their features, a chain a phrase, a mixture for all, and the trials."""

ANOTHER_DAY = 4
"""A session that no model of the synthetic voices is enrolled from."""


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Make or load voices, and all that is fixed before a network is trained.

    Args:
        dataset: ``embedded`` (synthesised) or ``arabic_digits`` (strings of four
            recorded digits).
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; its streams "voices", "strings" and "mixture" draw the
            speakers, the strings with who is tried, and the mixture's first means.
        device: where everything lies.

    Raises:
        ValueError: the data set or the profile is unknown.
        DataError: a corpus is not to be had.
    """
    data = prepare(dataset, profile, seed, device)
    return with_mixture(data, seed=stream_seed(seed, "mixture"))


def quartet(data: Data) -> dict[str, int]:
    """Four utterances of evaluation speakers that differ in one thing each.

    Args:
        data: of `load`.

    Returns:
        ``A``: a speaker, a session, a phrase; ``B`` its anagram in the same
        session; ``C`` the phrase of A in another session; ``D`` the phrase of A by
        another speaker of the same sex, in the session of that number.
    """
    corpus = data.corpus
    speakers = (~corpus.background).nonzero()[:, 0]
    sex = corpus.sex[speakers]
    first = int(speakers[0])
    other = int(speakers[1:][sex[1:] == sex[0]][0])
    partner = int(corpus.partner[0])
    return {
        "A": place_of(corpus, first, 0, 0),
        "B": place_of(corpus, first, 0, partner),
        "C": place_of(corpus, first, ANOTHER_DAY, 0),
        "D": place_of(corpus, other, 0, 0),
    }


def place_of(corpus: Voices, speaker: int, session: int, phrase: int) -> int:
    """The first utterance of a speaker, a session and a phrase.

    Raises:
        IndexError: there is none.
    """
    found = (
        (corpus.speaker == speaker)
        & (corpus.session == session)
        & (corpus.phrase == phrase)
    )
    return int(found.nonzero()[0, 0])


def clip(corpus: Voices, index: int) -> Tensor:
    """The log-mel frames of one utterance, (T, bands), without padding."""
    return corpus.log_mel[index, : int(corpus.frames[index])]


def sounds(corpus: Voices, index: int) -> Tensor:
    """The log-mel frames of one utterance in which something is said, (T, bands)."""
    return corpus.log_mel[index, corpus.phone_position[index] >= 0]

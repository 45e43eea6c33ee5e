"""The chapter's data: voices made ready, the claims about them, who is who."""

import torch
from torch import Tensor

from support.data.trials import TrialKind, Trials
from support.verification.experiment import Prepared, prepare

__all__ = ["Data", "identities", "load", "three_claims"]

Data = Prepared
"""Voices, their features, an HMM a phrase, and the trials."""


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Make or load voices, and all that is fixed before a network is trained.

    Args:
        dataset: ``embedded`` (synthesised) or ``arabic_digits`` (recorded digits).
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; draws the synthesised voices, or the strings of digits.
        device: where everything lies.

    Raises:
        ValueError: the data set or the profile is unknown.
        DataError: a corpus is not to be had.
    """
    return prepare(dataset, profile, seed, device)


def identities(data: Data) -> Tensor:
    """One class a speaker and phrase of the background: what a negative differs in.

    Args:
        data: with its background of B utterances.

    Returns:
        (B,) integers, speaker times the number of phrases plus phrase.
    """
    phrases = len(data.corpus.phrases)
    return data.speakers * phrases + data.corpus.phrase[data.background]


def three_claims(trials: Trials) -> dict[str, int]:
    """An enrolment of the first model, and a trial of three kinds against it.

    Args:
        trials: their list.

    Returns:
        What is heard, and the place of the utterance in the corpus.
    """
    clips = {"enrolled": int(trials.model[0, 0])}
    for words, kind in (
        ("a true claim", TrialKind.TC),
        ("an impostor, the right phrase", TrialKind.IC),
        ("the right voice, a wrong phrase", TrialKind.TW),
    ):
        against = (trials.model_index == 0) & (trials.kind == kind)
        clips[words] = int(trials.test[against][0])
    return clips

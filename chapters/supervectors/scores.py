"""What is measured: averages, borders, kinds of trials, rows of errors."""

from collections.abc import Mapping

import pandas as pd
import torch
from torch import Tensor

from chapters.supervectors.data import Data, sounds
from support.data.trials import TrialKind
from support.data.voices.corpus import Voices

__all__ = [
    "average_distance",
    "border_agreement",
    "error_frame",
    "path_of",
    "sound_borders",
    "trial_counts",
    "trial_kinds",
]


def average_distance(corpus: Voices, one: int, other: int) -> float:
    """How far apart two utterances' average frames are, in dB.

    The root mean square over the bands of the difference of mean log-mel frames,
    silence left out.

    Args:
        corpus: voices.
        one: an utterance.
        other: another.
    """
    gap = sounds(corpus, one).mean(0) - sounds(corpus, other).mean(0)
    nepers_to_decibel = 10 / torch.log(torch.tensor(10.0)).item()
    return nepers_to_decibel * float(gap.square().mean().sqrt())


def border_agreement(alignment: Tensor, position: Tensor, mask: Tensor) -> float:
    """Share of frames whose state lies in the sound that was really said.

    Each state is given to the place in the phrase (silence counts as one) that it
    holds most often; chance is the share of the commonest place.

    Args:
        alignment: (n, T, Q), rows sum to 1 on real frames.
        position: (n, T) integers, -1 in silence.
        mask: (n, T) real frames.
    """
    states = alignment.argmax(2)[mask]
    places = position[mask] + 1
    table = torch.zeros(
        alignment.shape[2], int(places.max()) + 1, device=states.device
    ).index_put_((states, places), torch.ones(1, device=states.device), accumulate=True)
    return float(table.max(1).values.sum() / table.sum())


def path_of(data: Data, index: int, phrase: int) -> list[int]:
    """The state of each frame of one utterance, on the chain of a phrase."""
    place = torch.tensor([index], device=data.x.device)
    states = data.align(place, phrase)[0].argmax(1)
    return states[: int(data.corpus.frames[index])].tolist()


def sound_borders(corpus: Voices, index: int) -> list[int]:
    """First frames of the sounds, and of the silence behind, of one utterance."""
    return (corpus.phone_position[index].diff().nonzero()[:, 0] + 1).tolist()


def error_frame(table: Mapping[str, Mapping[str, float]]) -> pd.DataFrame:
    """Errors for a page, with the decimals that some hundred trials allow.

    Args:
        table: system to its row of `support.verification.scoring.error_table`.

    Returns:
        A row a system; EER in per cent, minDCF08 and AUC as they are.
    """
    frame = pd.DataFrame(table).T
    digits = {"minDCF08": 2, "AUC": 3}
    return pd.DataFrame(
        {
            name: [
                f"{value:.{digits[name]}f}" if name in digits else f"{100 * value:.1f}"
                for value in column
            ]
            for name, column in frame.items()
        },
        index=frame.index,
    )


def trial_counts(data: Data) -> dict[str, int]:
    """How many claims of each kind the list has; anagrams (TWa) are among the TW."""
    trials = data.trials
    counts = {kind.name: int((trials.kind == kind).sum()) for kind in TrialKind}
    return counts | {"TWa": int(trials.anagram.sum())}


def trial_kinds(data: Data, speakers: int = 4) -> Tensor:
    """Kinds of all trials of a few speakers' models against one test of each kind.

    Args:
        data: of `load`.
        speakers: how many evaluation speakers, from the first.

    Returns:
        (speakers x phrases, speakers x phrases) integers; -1 where there is no trial.
    """
    corpus, trials = data.corpus, data.trials
    chosen = trials.model_speaker.unique()[:speakers]
    phrases = len(corpus.phrases)
    order = torch.full((int(corpus.speaker.max()) + 1,), -1)
    order[chosen.cpu()] = torch.arange(len(chosen))
    row = order[trials.model_speaker.cpu()] * phrases + trials.model_phrase.cpu()
    known = order[corpus.speaker.cpu()]
    column = known * phrases + corpus.phrase.cpu()
    place, test = trials.model_index.cpu(), trials.test.cpu()
    inside = (order[trials.model_speaker.cpu()][place] >= 0) & (known[test] >= 0)
    size = len(chosen) * phrases
    kinds = torch.full((size, size), -1)
    kinds[row[place[inside]], column[test[inside]]] = trials.kind.cpu()[inside]
    return kinds

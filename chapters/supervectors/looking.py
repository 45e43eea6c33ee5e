"""What the chapter looks at before it learns: clips, averages, borders, trials."""

from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn.functional import normalize

from support.data.voices.corpus import Voices
from support.verification.experiment import Prepared
from support.verification.systems import NetworkSystem

__all__ = [
    "average_distance",
    "border_agreement",
    "clip_of",
    "quartet",
    "sounds_of",
    "supervector_maps",
    "trial_kinds",
]


def quartet(prepared: Prepared) -> dict[str, int]:
    """Four utterances of evaluation speakers that differ in one thing each.

    Args:
        prepared: of `prepare`.

    Returns:
        ``A``: a speaker, a session, a phrase; ``B`` its anagram in the same
        session; ``C`` the phrase of A in another session; ``D`` the phrase of A by
        another speaker of the same sex, in the session of that number.
    """
    corpus = prepared.corpus
    speakers = (~corpus.background).nonzero()[:, 0]
    sex = corpus.sex[speakers]
    first = int(speakers[0])
    other = int(speakers[1:][sex[1:] == sex[0]][0])
    partner = int(corpus.partner[0])
    return {
        "A": _find(corpus, first, 0, 0),
        "B": _find(corpus, first, 0, partner),
        "C": _find(corpus, first, 4, 0),
        "D": _find(corpus, other, 0, 0),
    }


def _find(corpus: Voices, speaker: int, session: int, phrase: int) -> int:
    found = (
        (corpus.speaker == speaker)
        & (corpus.session == session)
        & (corpus.phrase == phrase)
    )
    return int(found.nonzero()[0, 0])


def clip_of(corpus: Voices, index: int) -> Tensor:
    """The log-mel frames of one utterance, (T, bands), without padding."""
    return corpus.log_mel[index, : int(corpus.frames[index])]


def sounds_of(corpus: Voices, index: int) -> Tensor:
    """The log-mel frames of one utterance in which something is said, (T, bands)."""
    return corpus.log_mel[index, corpus.phone_position[index] >= 0]


def average_distance(corpus: Voices, one: int, other: int) -> float:
    """How far apart two utterances' average frames are, in dB.

    The root mean square over the bands of the difference of mean log-mel frames,
    silence left out.

    Args:
        corpus: voices.
        one: an utterance.
        other: another.
    """
    gap = sounds_of(corpus, one).mean(0) - sounds_of(corpus, other).mean(0)
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


def trial_kinds(prepared: Prepared, speakers: int = 4) -> Tensor:
    """Kinds of all trials of a few speakers' models against one test of each kind.

    Args:
        prepared: of `prepare`.
        speakers: how many evaluation speakers, from the first.

    Returns:
        (speakers x phrases, speakers x phrases) integers; -1 where there is no trial.
    """
    corpus, trials = prepared.corpus, prepared.trials
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


def supervector_maps(
    system: NetworkSystem, prepared: Prepared, clips: Mapping[str, int]
) -> dict[str, Tensor]:
    """Tests of one model, each as its supervector minus the model's.

    Args:
        system: with an alignment.
        prepared: of `prepare`.
        clips: of `quartet`; the model is that of A's voice and phrase.

    Returns:
        Title to (Q, D), vectors of length one: a true claim (C), an impostor (D),
        the anagram (the voice of A, in the session of C).
    """
    corpus, trials = prepared.corpus, prepared.trials
    speaker, phrase = (
        int(each[clips["A"]]) for each in (corpus.speaker, corpus.phrase)
    )
    model = (trials.model_speaker == speaker) & (trials.model_phrase == phrase)
    enrolled = normalize(system.embed(prepared, trials.model[model][0]), dim=1)
    mean = normalize(enrolled.mean(0), dim=0)
    day, partner = int(corpus.session[clips["C"]]), int(corpus.partner[phrase])
    tests = {
        "true claim": clips["C"],
        "impostor": clips["D"],
        "anagram": _find(corpus, speaker, day, partner),
    }
    index = torch.tensor(list(tests.values()), device=mean.device)
    vectors = normalize(system.embed(prepared, index, phrase), dim=1) - mean
    maps = vectors.reshape(len(tests), prepared.states, -1)
    return dict(zip(tests, maps, strict=True))

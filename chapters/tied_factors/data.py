"""The chapter's data: statistics of recordings, spoken or drawn from a known world."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from support.arrays import tensor
from support.data.tied_world import TiedWorld, tied_world
from support.data.trials import TrialKind, Trials, trial_list
from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import make_corpus
from support.models.factor_analysis import state_means
from support.models.frame_statistics import Statistics, baum_welch
from support.training import generator, stream_seed
from support.verification.experiment import (
    SETTINGS,
    Prepared,
    prepare,
    prepare_corpus,
)

__all__ = ["KAPPA", "Data", "load", "pick", "quartet", "spoken", "world"]

KAPPA = 0.2
"""Frames of speech that a frame counts as: neighbours say nearly the same."""

SIZES: dict[str, VoiceConfig | str] = {
    "quick": VoiceConfig(120, 24, sessions=6, phrases=2),
    "full": "full",
}
_AT_ONCE = 512
_ENROLMENT = (0, 2, 4)
_WORLD_ENROLMENT = (0, 3, 6)
_HIDDEN = {"quick": 48, "full": 512}
_MOST_TRIALS = {"quick": 1200, "full": 50_000}  # impostors, drawn of more
_LEARNED = 0.75  # of a world's speakers
_WORLDS = {"tanh": (100, 6)}  # speakers, sessions; the other worlds' are the default


@dataclass(frozen=True)
class Data:
    """Recordings of speakers, and claims about some of them.

    Args:
        statistics: of N recordings, float64; frames of speech count as `KAPPA`.
        state: (N, Q) states of the recording's phrase, out of S of all phrases.
        speaker: (N,) integers.
        background: (B,) recordings to learn from.
        mean: (S, D) mean frame of each state over the background.
        trials: true claims and impostors who say the right phrase.
        hidden: units of each layer of a network, as the profile has it.
        prepared: of speech, the voices behind the statistics.
        truth: of a world, what it was made of.
    """

    statistics: Statistics
    state: Tensor
    speaker: Tensor
    background: Tensor
    mean: Tensor
    trials: Trials
    hidden: int
    prepared: Prepared | None = None
    truth: TiedWorld | None = None

    @property
    def known(self) -> tuple[Statistics, Tensor, Tensor]:
        """Statistics, states and speakers (from 0) of the background."""
        rows = self.background
        speaker = self.speaker[rows].unique(return_inverse=True)[1]
        return pick(self.statistics, rows), self.state[rows], speaker


def pick(statistics: Statistics, rows: Tensor) -> Statistics:
    """The statistics of some recordings.

    Args:
        statistics: of n.
        rows: (m,) integers in [0, n).

    Raises:
        ValueError: a row is out of range.
    """
    rows = tensor("rows", rows, like=statistics.N)
    count = len(statistics.N)
    if rows.ndim != 1 or (len(rows) and not 0 <= rows.min() <= rows.max() < count):
        raise ValueError(f"rows: give (m,) integers in [0, {count})")
    return Statistics(*(getattr(statistics, name)[rows] for name in "NFS"))


def load(
    dataset: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Spoken phrases, their states found by a hidden Markov model a phrase.

    Args:
        dataset: ``embedded`` (synthesised voices, 120 speakers to learn from and 24 to
            be tried) or ``arabic_digits`` (strings of recorded digits, 18 and 12).
        profile: ``quick`` or ``full``; decides the sizes.
        seed: of the run; draws the voices, or the strings and who is tried.
        device: where everything lies.

    Raises:
        ValueError: the data set or the profile is unknown.
        DataError: a corpus is not to be had.
    """
    if dataset != "embedded" or profile not in SIZES:
        prepared = prepare(dataset, profile, seed, device)
    else:
        corpus = make_corpus(SIZES[profile], stream_seed(seed, "voices"), device)
        setting = SETTINGS[dataset, profile]
        days = _ENROLMENT if profile == "quick" else _WORLD_ENROLMENT
        prepared = prepare_corpus(corpus, setting, enrol_sessions=days, seed=seed)
    made = spoken(prepared, _HIDDEN[profile])
    some = _fewer(made.trials, _MOST_TRIALS[profile], generator(seed, "trials"))
    return replace(made, trials=some)


def spoken(prepared: Prepared, hidden: int = 48) -> Data:
    """Statistics of all recordings, each aligned with the phrase that was said.

    Only right phrases are tried here, so what was said is what was claimed.

    Args:
        prepared: of `support.verification.experiment.prepare_corpus`.
        hidden: units of each layer of a network.
    """
    phrase, Q = prepared.corpus.phrase, prepared.states
    every = torch.arange(len(phrase), device=phrase.device)
    gathered = [
        baum_welch(prepared.x[rows], prepared.align(rows))
        for rows in every.split(_AT_ONCE)
    ]
    parts = (torch.cat([getattr(part, name) for part in gathered]) for name in "NFS")
    statistics = Statistics(*parts).scale(KAPPA)
    state = phrase[:, None] * Q + torch.arange(Q, device=phrase.device)
    rows = prepared.background
    states = Q * len(prepared.corpus.phrases)
    return Data(
        statistics,
        state,
        prepared.corpus.speaker,
        rows,
        state_means(pick(statistics, rows), state[rows], states),
        _right_phrase(prepared.trials),
        hidden,
        prepared=prepared,
    )


def world(
    kind: str, profile: str, seed: int, device: torch.device | str = "cpu"
) -> Data:
    """Statistics drawn from hidden factors that are known.

    Args:
        kind: one of `support.data.tied_world.WORLDS`; ``tanh`` is smaller.
        profile: ``quick`` or ``full``, with four times as many speakers.
        seed: of the run.
        device: where everything lies.

    Raises:
        ValueError: the kind or the profile is unknown.
    """
    if profile not in SIZES:
        raise ValueError(f"profile: got {profile!r}; give one of {list(SIZES)}")
    speakers, sessions = _WORLDS.get(kind, (160, 9))
    speakers *= 4 if profile == "full" else 1
    made = tied_world(
        kind, stream_seed(seed, f"world {kind}"), speakers=speakers, sessions=sessions
    )
    made = TiedWorld(**{name: part.to(device) for name, part in vars(made).items()})
    known = made.speaker < round(_LEARNED * speakers)
    background, tried = (part.nonzero()[:, 0] for part in (known, ~known))
    trials = trial_list(
        made.speaker[tried],
        made.session[tried],
        torch.zeros_like(tried),
        enrol_sessions=_WORLD_ENROLMENT if sessions > 6 else _ENROLMENT,
        max_per_type=_MOST_TRIALS[profile],
        generator=generator(seed, "trials"),
    )
    trials = replace(trials, model=tried[trials.model], test=tried[trials.test])
    statistics = Statistics(made.N, made.F, made.S)
    states = made.N.shape[1]
    state = torch.arange(states, device=made.N.device).expand(len(made.N), states)
    mean = state_means(pick(statistics, background), state[background], states)
    return Data(
        statistics, state, made.speaker, background, mean, trials, 32, truth=made
    )


def quartet(data: Data) -> dict[str, int]:
    """Recordings to be heard: two speakers of one sex, each on two occasions.

    Args:
        data: of `load`.

    Returns:
        What is heard, and the place of the recording in the corpus; one phrase.

    Raises:
        ValueError: these are statistics of a world.
    """
    if data.prepared is None:
        raise ValueError("data: a world cannot be heard; give what load returns")
    corpus = data.prepared.corpus
    tried = (~corpus.background).nonzero()[:, 0]
    sex = corpus.sex[tried]
    two = int(tried[0]), int(tried[1:][sex[1:] == sex[0]][0])
    found = {}
    for person, session in ((0, 0), (1, 1), (1, 0), (0, 1)):  # no order to guess by
        said = (corpus.speaker == two[person]) & (corpus.session == session)
        place = int((said & (corpus.phrase == 0)).nonzero()[0, 0])
        found[f"speaker {'AB'[person]}, occasion {session + 1}"] = place
    return found


def _right_phrase(trials: Trials) -> Trials:
    """True claims and impostors alone, both of the phrase that is claimed."""
    return _of(trials, (trials.kind == TrialKind.TC) | (trials.kind == TrialKind.IC))


def _fewer(trials: Trials, most: int, source: torch.Generator) -> Trials:
    """All true claims, and at most so many impostors."""
    others = (trials.kind == TrialKind.IC).nonzero()[:, 0]
    drawn = torch.randperm(len(others), generator=source).to(others.device)
    kept = trials.kind == TrialKind.TC
    kept[others[drawn[:most]]] = True
    return _of(trials, kept)


def _of(trials: Trials, kept: Tensor) -> Trials:
    names = ("test", "model_index", "kind", "anagram")
    return replace(trials, **{name: getattr(trials, name)[kept] for name in names})

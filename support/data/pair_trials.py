"""Pairs of utterances: of one speaker to learn from, of any two to be tried."""

from enum import IntEnum
from typing import NamedTuple

import torch
from torch import Tensor

from support.arrays import classes, flags
from support.scalars import whole

__all__ = [
    "Condition",
    "PairTrials",
    "balanced_folds",
    "pair_trials",
    "permuted_pairs",
    "stereo_pairs",
]


class Condition(IntEnum):
    """Which of a trial's two utterances are shouted."""

    NN = 0
    """none"""
    NS = 1
    """one of them"""
    SS = 2
    """both"""


class PairTrials(NamedTuple):
    """Claims that two utterances have one speaker.

    Args:
        first: (n,) utterances.
        second: (n,) other utterances, of a higher number.
        target: (n,) bool, true claims.
        condition: (n,) values of `Condition`.
    """

    first: Tensor
    second: Tensor
    target: Tensor
    condition: Tensor


def balanced_folds(group: Tensor, folds: int, *, generator: torch.Generator) -> Tensor:
    """Deal speakers out to folds, each group of them evenly.

    Args:
        group: (S,) integers from 0, such as the sex of each speaker.
        folds: how many, 2 to S.
        generator: a CPU generator, which shuffles the speakers.

    Returns:
        (S,) fold of each speaker, from 0; sizes differ by at most one in each group.

    Raises:
        ValueError: shape or counts are out of range, or the generator is none.

    >>> draw = torch.Generator().manual_seed(0)
    >>> balanced_folds(torch.tensor([0, 0, 1, 1]), 2, generator=draw).sort().values
    tensor([0, 0, 1, 1])
    """
    group = classes("group", group)
    if group.ndim != 1 or len(group) < 2:
        raise ValueError(
            f"group: got shape {tuple(group.shape)}; give (S,), S at least 2"
        )
    folds = whole("folds", folds, 2, len(group))
    _is_generator(generator)
    # in the order of the groups, shuffled within; then dealt out like cards
    shuffled = torch.randperm(len(group), generator=generator).to(group.device)
    order = shuffled[group[shuffled].argsort(stable=True)]
    dealt = torch.empty_like(group)
    dealt[order] = torch.arange(len(group), device=group.device) % folds
    return dealt


def stereo_pairs(
    speaker: Tensor, phrase: Tensor, shouted: Tensor
) -> tuple[Tensor, Tensor]:
    """Every normal utterance with every shouted one of its speaker and phrase.

    Args:
        speaker: (N,) integers from 0.
        phrase: (N,) integers from 0.
        shouted: (N,) flags.

    Returns:
        (P,) normal utterances and (P,) shouted ones, row by row a pair.

    Raises:
        ValueError: shapes differ, or no speaker has a phrase in both conditions.

    >>> stereo_pairs([0, 0, 0, 1], [5, 5, 7, 5], [False, True, True, True])
    (tensor([0]), tensor([1]))
    """
    who, loud = _utterances(speaker, shouted)
    what = classes("phrase", phrase, like=who)
    if what.shape != who.shape:
        raise ValueError(
            f"phrase: got shape {tuple(what.shape)}; give ({len(who)},), one an "
            "utterance"
        )
    normal, other = (~loud).nonzero()[:, 0], loud.nonzero()[:, 0]
    alike = (who[normal, None] == who[other]) & (what[normal, None] == what[other])
    row, column = alike.nonzero(as_tuple=True)
    if not len(row):
        raise ValueError(
            "speaker, phrase, shouted: no speaker has a phrase in both conditions; "
            "give pairs to learn from"
        )
    return normal[row], other[column]


def permuted_pairs(
    pairs: tuple[Tensor, Tensor], speaker: Tensor, *, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Pair every shouted utterance with the normal one of another speaker's pair.

    A control: normal and shouted utterances are the same ones as often as before, and
    only who goes with whom is lost.

    Args:
        pairs: of `stereo_pairs`.
        speaker: (N,) integers from 0, of the utterances.
        generator: a CPU generator, which orders the speakers in a ring.

    Returns:
        Pairs as before; the first's speaker is the next one in the ring.

    Raises:
        ValueError: they are no pairs of one speaker each, there are fewer than two
            speakers, or speakers with unlike numbers of pairs.
    """
    if not isinstance(pairs, tuple | list) or len(pairs) != 2:
        raise ValueError(
            f"pairs: got {type(pairs).__name__}; give two sides, (P,) each"
        )
    normal, shouted = (classes("pairs", side) for side in pairs)
    if normal.ndim != 1 or normal.shape != shouted.shape or not len(normal):
        raise ValueError(
            f"pairs: got shapes {tuple(normal.shape)} and {tuple(shouted.shape)}; give "
            "(P,) twice, P at least 1"
        )
    everybody = classes("speaker", speaker, like=normal)
    largest = int(torch.maximum(normal, shouted).max())
    if everybody.ndim != 1 or largest >= len(everybody):
        raise ValueError(
            f"speaker: got shape {tuple(everybody.shape)} for utterances up to "
            f"{largest}; give (N,), one speaker an utterance"
        )
    who = everybody[normal]
    if not torch.equal(who, everybody[shouted]):
        raise ValueError("pairs: a pair has two speakers; give those of `stereo_pairs`")
    _is_generator(generator)
    names, counts = who.unique(return_counts=True)
    if len(names) < 2 or int(counts.min()) != int(counts.max()):
        raise ValueError(
            f"pairs: got {len(names)} speakers with {int(counts.min())} to "
            f"{int(counts.max())} pairs; give at least two, with as many pairs each"
        )
    rows = who.argsort(stable=True).reshape(len(names), -1)
    ring = torch.randperm(len(names), generator=generator).to(rows.device)
    swapped = torch.empty_like(normal)
    swapped[rows[ring].flatten()] = normal[rows[ring.roll(1)].flatten()]
    return swapped, shouted


def pair_trials(
    speaker: Tensor, shouted: Tensor, fold: Tensor, session: Tensor | None = None
) -> PairTrials:
    """Every pair of utterances whose speakers lie in one fold.

    Two utterances of one speaker in one session are no pair: their microphone and room
    would tell that they belong together, and a session is all normal or all shouted.

    Args:
        speaker: (N,) integers from 0.
        shouted: (N,) flags.
        fold: (S,) integers from 0, by speaker.
        session: (N,) integers from 0; each utterance has its own where left out.

    Returns:
        See `PairTrials`; needs N^2 / 2 places meanwhile.

    Raises:
        ValueError: shapes differ, a speaker has no fold, or there is no pair.

    >>> found = pair_trials([0, 0, 1, 2], [False, True, False, True], [0, 0, 1])
    >>> found.first.tolist(), found.second.tolist(), found.condition.tolist()
    ([0, 0, 1], [1, 2, 2], [1, 0, 1])
    """
    who, loud = _utterances(speaker, shouted)
    folds = classes("fold", fold, like=who)
    if folds.ndim != 1 or (len(who) and int(who.max()) >= len(folds)):
        raise ValueError(
            f"fold: got shape {tuple(folds.shape)} for speakers up to "
            f"{int(who.max())}; give (S,), one fold a speaker"
        )
    day = torch.arange(len(who), device=who.device)
    if session is not None:
        day = classes("session", session, like=who)
        if day.shape != who.shape:
            raise ValueError(
                f"session: got shape {tuple(day.shape)}; give ({len(who)},), one an "
                "utterance"
            )
    first, second = torch.triu_indices(len(who), len(who), 1, device=who.device)
    same = who[first] == who[second]
    kept = (folds[who[first]] == folds[who[second]]) & ~(
        same & (day[first] == day[second])
    )
    first, second = first[kept], second[kept]
    if not len(first):
        raise ValueError("speaker, fold: no two utterances lie in one fold")
    condition = loud[first].long() + loud[second].long()
    return PairTrials(first, second, same[kept], condition)


def _utterances(speaker: Tensor, shouted: Tensor) -> tuple[Tensor, Tensor]:
    who = classes("speaker", speaker)
    loud = flags("shouted", shouted, like=who)
    if who.ndim != 1 or loud.shape != who.shape:
        raise ValueError(
            f"speaker, shouted: got shapes {tuple(who.shape)} and {tuple(loud.shape)}; "
            "give (N,) each"
        )
    return who, loud


def _is_generator(generator: torch.Generator) -> None:
    if not isinstance(generator, torch.Generator):
        raise ValueError(
            f"generator: got {type(generator).__name__}; give a torch.Generator"
        )

"""Pairs to learn from, pairs to be tried, folds of speakers."""

from itertools import combinations

import pytest
import torch

from support.data.pair_trials import (
    Condition,
    balanced_folds,
    pair_trials,
    permuted_pairs,
    stereo_pairs,
)

SPEAKER, PHRASE, SESSION = torch.cartesian_prod(
    torch.arange(6), torch.arange(3), torch.arange(4)
).T
SHOUTED = SESSION >= 2
FOLD = torch.tensor([0, 1, 2, 0, 1, 2])


def source(seed=0):
    return torch.Generator().manual_seed(seed)


def test_every_pair_inside_a_fold_is_tried_once():
    found = pair_trials(SPEAKER, SHOUTED, FOLD)
    wanted = [
        (i, j)
        for i, j in combinations(range(len(SPEAKER)), 2)
        if FOLD[SPEAKER[i]] == FOLD[SPEAKER[j]]
    ]
    assert list(zip(found.first.tolist(), found.second.tolist(), strict=True)) == wanted
    for i, j, target, condition in zip(*(part.tolist() for part in found), strict=True):
        assert target == (SPEAKER[i] == SPEAKER[j])
        assert condition == int(SHOUTED[i]) + int(SHOUTED[j])
    assert set(found.condition.tolist()) == set(Condition)


def test_one_speaker_in_one_session_is_no_pair():
    every = pair_trials(SPEAKER, SHOUTED, FOLD)
    found = pair_trials(SPEAKER, SHOUTED, FOLD, SESSION)
    same = every.target & (SESSION[every.first] == SESSION[every.second])
    assert same.any()
    for ours, whole in zip(found, every, strict=True):
        assert torch.equal(ours, whole[~same])


def test_stereo_pairs_are_of_one_speaker_and_phrase():
    normal, shouted = stereo_pairs(SPEAKER, PHRASE, SHOUTED)
    assert len(normal) == 6 * 3 * 2 * 2
    assert not SHOUTED[normal].any()
    assert SHOUTED[shouted].all()
    assert torch.equal(SPEAKER[normal], SPEAKER[shouted])
    assert torch.equal(PHRASE[normal], PHRASE[shouted])
    both = set(zip(normal.tolist(), shouted.tolist(), strict=True))
    assert len(both) == len(normal)


def test_permuted_pairs_lose_the_speaker_and_nothing_else():
    pairs = stereo_pairs(SPEAKER, PHRASE, SHOUTED)
    normal, shouted = permuted_pairs(pairs, SPEAKER, generator=source())
    assert torch.equal(shouted, pairs[1])
    assert torch.equal(normal.sort().values, pairs[0].sort().values)
    assert (SPEAKER[normal] != SPEAKER[shouted]).all()
    assert torch.equal(PHRASE[normal], PHRASE[shouted])


def test_folds_hold_as_many_of_each_group():
    group = torch.arange(24) % 2
    for seed in range(3):
        fold = balanced_folds(group, 4, generator=source(seed))
        for number in range(4):
            here = group[fold == number]
            assert len(here) == 6
            assert int(here.sum()) == 3
    other = balanced_folds(group, 4, generator=source(9))
    assert not torch.equal(other, balanced_folds(group, 4, generator=source()))


def test_bad_input_is_refused_in_words():
    for call, words in (
        (lambda: pair_trials(SPEAKER, SHOUTED[:-1], FOLD), "speaker, shouted: got"),
        (lambda: pair_trials(SPEAKER, SHOUTED, FOLD[:3]), "fold: got shape"),
        (lambda: pair_trials(SPEAKER, SHOUTED, FOLD - 1), "fold: got values from -1"),
        (lambda: pair_trials(SPEAKER, SESSION, FOLD), "shouted: got 2"),
        (lambda: pair_trials([0, 1], [0, 1], [0, 1]), "no two utterances"),
        (lambda: pair_trials(SPEAKER, SHOUTED, FOLD, FOLD), "session: got shape"),
        (lambda: pair_trials([0.5], [0], [0]), "speaker: got 0.5"),
        (lambda: pair_trials("ab", [0], [0]), "speaker: got str"),
        (lambda: stereo_pairs(SPEAKER, PHRASE[:-1], SHOUTED), "phrase: got shape"),
        (lambda: stereo_pairs([0, 1], [0, 0], [0, 1]), "no speaker has a phrase"),
        (lambda: balanced_folds([0, 1], 3, generator=source()), "folds: got 3"),
        (lambda: balanced_folds([0, 1], 2.5, generator=source()), "folds: got 2.5"),
        (lambda: balanced_folds([0], 2, generator=source()), "group: got shape"),
        (lambda: balanced_folds([0, 1], 2, generator=None), "generator: got NoneType"),
    ):
        with pytest.raises(ValueError, match=words):
            call()
    pairs = stereo_pairs(SPEAKER, PHRASE, SHOUTED)
    with pytest.raises(ValueError, match="generator: got int"):
        permuted_pairs(pairs, SPEAKER, generator=3)
    for bad, words in (
        ((pairs[0], pairs[1][1:]), "pairs: got shapes"),
        (([], []), "pairs: got shapes"),
        (None, "pairs: got NoneType; give two sides"),
        ((*pairs, pairs[0]), "pairs: got tuple; give two sides"),
        ((pairs[0], pairs[1].flip(0)), "a pair has two speakers"),
        (([0], [10**6]), r"speaker: got shape \(72,\) for utterances up to 1000000"),
    ):
        with pytest.raises(ValueError, match=words):
            permuted_pairs(bad, SPEAKER, generator=source())
    for kept in (pairs[0] < 12, torch.arange(len(pairs[0])) > 0):
        with pytest.raises(ValueError, match="at least two, with as many pairs"):
            permuted_pairs(
                (pairs[0][kept], pairs[1][kept]), SPEAKER, generator=source()
            )

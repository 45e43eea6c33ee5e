"""Voices and recordings become embeddings, folds and trials."""

from dataclasses import replace

import pytest
import torch

from chapters.shouted import data as chapter
from chapters.shouted.data import SIZES, Size, heard, load


@pytest.fixture
def tiny(monkeypatch):
    recipe = replace(SIZES["quick"].recipe, epochs=1)
    monkeypatch.setitem(SIZES, "quick", Size(4, 8, 4, 8, recipe))
    return load("embedded", "quick", 3)


def test_voices_are_in_both_conditions_and_folds_are_balanced(tiny):
    assert len(tiny.z) == 8 * 6 * 4
    assert tiny.z.dtype == torch.float64
    assert tiny.shouted.double().mean() == 0.5
    assert torch.bincount(tiny.fold).tolist() == [2, 2, 2, 2]
    normal, shouted = tiny.pairs
    assert len(normal) == 8 * 4 * 9
    assert torch.equal(tiny.speaker[normal], tiny.speaker[shouted])
    # no pair shares a day: two thirds of the normal pairs of one speaker are left
    trials = tiny.trials
    assert int((trials.target & (trials.condition == 0)).sum()) == 8 * 3 * 16
    assert tiny.background.mean(0).abs().max() < 1e-9
    assert int(tiny.background_speaker.max()) == 3
    assert tiny.emotional is None


def test_the_full_network_learns_for_a_step(monkeypatch):
    full = SIZES["full"]
    small = replace(full, background=4, speakers=8, phrases=2)
    small = replace(small, recipe=replace(full.recipe, epochs=1))
    monkeypatch.setitem(SIZES, "full", small)
    assert load("embedded", "full", 0).z.shape[1] == 2 * full.width


def test_recordings_are_paired_within_an_emotion_and_without():
    data = load("ravdess", "quick", 0)
    assert len(data.z) == 384
    assert data.shouted.double().mean() == 0.5
    assert len(data.pairs[0]) == 24 * 4 * 4
    assert torch.equal(data.phrase[data.pairs[0]], data.phrase[data.pairs[1]])
    mixed = data.emotional
    assert mixed is not None
    assert (~mixed.shouted).sum() == 288
    assert mixed.shouted.sum() == 192
    assert torch.equal(mixed.fold, data.fold)
    other = load("ravdess", "quick", 1)
    assert torch.equal(other.z, data.z)
    assert not torch.equal(other.fold, data.fold)


def test_one_voice_is_heard_with_more_and_more_effort():
    clips = heard(0)
    assert list(clips) == ["effort 0", "effort 0.5", "effort 1"]
    lengths = [len(clip) for clip in clips.values()]
    assert lengths == sorted(lengths)
    levels = [float(clip.square().mean().sqrt()) for clip in clips.values()]
    assert max(levels) < 1.02 * min(levels)


def test_unknown_words_are_refused():
    with pytest.raises(ValueError, match="dataset: got 'voices'; give one of"):
        load("voices", "quick", 0)
    with pytest.raises(ValueError, match="profile: got 'slow'; give one of"):
        load("embedded", "slow", 0)
    with pytest.raises(ValueError, match="phrase: got 99; give an integer from 0"):
        heard(0, 99)
    assert chapter.FOLDS == 4

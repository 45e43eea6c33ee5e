"""What every segmenter is given: shapes, sounds and back, what depends on the seed."""

import pytest
import torch

from support.segmentation.experiment import (
    SETTINGS,
    Setting,
    log_spectrogram,
    prepare,
    to_sound,
)
from tests.segmentation.small import SMALL, prepared


def test_shapes_and_a_dictionary_of_unit_patterns_low_first():
    found = prepared()
    assert found.train.x.shape == (6, 129, 200)
    assert found.test.labels.shape == (3, 4, 200)
    assert found.front is not None
    assert found.W.shape == (129, 5)
    torch.testing.assert_close(found.W.norm(dim=0), torch.ones(5))
    centroid = (torch.arange(129.0) @ found.W) / found.W.sum(0)
    assert (centroid.diff() >= 0).all()


def test_the_front_end_may_be_left_out_and_changes_nothing_else():
    whole = prepared()
    found = prepare("embedded", "quick", 0, splits=("train", "test"), setting=SMALL)
    assert found.front is None
    assert torch.equal(found.train.x, whole.train.x)
    assert torch.equal(found.W, whole.W)


def test_the_seed_makes_all_anew():
    other = prepare("embedded", "quick", 1, splits=("train", "test"), setting=SMALL)
    assert not torch.equal(other.test.x, prepared().test.x)


def test_a_spectrogram_is_the_logarithm_of_its_magnitudes():
    time = torch.arange(1600) / 8000
    x = log_spectrogram(torch.sin(2 * torch.pi * 1000 * time))
    assert x.shape == (129, 10)
    assert (x[:, 2:-2].argmax(0) == 32).all()  # 1 kHz of 4 kHz in 128 steps
    assert x.min() >= 0


def test_a_whole_spectrogram_sounds_as_its_mixture_and_a_half_quieter():
    sound = prepared().test.layers.waveforms[0]
    x = log_spectrogram(sound)
    assert (to_sound(x, sound) - sound).abs().max() < 1e-4
    both = to_sound(torch.stack([x, x / 2]), sound)
    assert both.shape == (2, len(sound))
    assert both[1].square().mean() < 0.5 * both[0].square().mean()


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="dataset 'moon'"):
        prepare("moon", "quick", 0)
    with pytest.raises(ValueError, match="profile 'slow'"):
        prepare("embedded", "slow", 0)
    with pytest.raises(ValueError, match="splits: got"):
        prepare("embedded", "quick", 0, splits=("train",))
    with pytest.raises(ValueError, match="maps: got shape"):
        to_sound(torch.ones(129, 3), torch.ones(1600))
    with pytest.raises(ValueError, match="maps: got -1"):
        to_sound(-torch.ones(129, 10), torch.ones(1600))
    with pytest.raises(ValueError, match="profile"):
        prepare("embedded", ["quick"], 0)
    for size in (0, -5, 1.5, True):
        with pytest.raises(ValueError, match="frames: got"):
            Setting(frames=size)


def test_the_full_setting_is_the_papers_network():
    full = SETTINGS["full"]
    assert (full.components, full.channels, full.hidden, full.repeats) == (
        256,
        64,
        128,
        5,
    )

"""What the networks hear: shapes, the frozen front-end, what the seed redraws."""

import pytest
import torch

from chapters.proxy_segmentation.data import INPUTS, load
from tests.chapters.proxy_segmentation.small import data
from tests.segmentation.small import SMALL


def test_each_input_has_a_frame_for_each_of_the_spectrogram():
    for what in INPUTS:
        for part, x in zip(data().heard(what), data().x, strict=True):
            assert len(part) == len(x)
            assert part.shape[2] == x.shape[2]
    assert data().labels.test.shape == (3, 4, 200)


def test_features_are_those_of_the_front_end_and_it_is_frozen():
    with torch.no_grad():
        wanted = data().front_end(data().x.test)
    torch.testing.assert_close(data().features.test, wanted)
    assert not any(p.requires_grad for p in data().front_end.parameters())


def test_the_seed_redraws_all_and_repeats_itself():
    again, other = (load("embedded", "quick", seed, setting=SMALL) for seed in (0, 1))
    assert torch.equal(again.features.test, data().features.test)
    assert not torch.equal(other.x.test, data().x.test)


def test_unknown_names_are_refused():
    with pytest.raises(ValueError, match="dataset 'moon'"):
        load("moon", "quick", 0)
    with pytest.raises(ValueError, match="profile 'slow'"):
        load("embedded", "slow", 0)

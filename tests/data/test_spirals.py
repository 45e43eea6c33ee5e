"""The spiral arms."""

import pytest
import torch

from support.data.spirals import spirals


def test_sizes_standardisation_and_target():
    data = spirals(0)
    assert data.x_train.shape == (420, 2)
    assert data.x_test.shape == (180, 2)
    counts = torch.bincount(torch.cat([data.c_train, data.c_test]))
    assert counts.tolist() == [400, 160, 20, 20]
    assert data.x_train.mean(0).abs().max() < 1e-5
    assert (data.x_train.std(0, correction=0) - 1).abs().max() < 1e-5
    assert torch.equal(data.y_test, data.c_test + 2.0)


def test_deterministic_in_seed():
    assert torch.equal(spirals(1).x_train, spirals(1).x_train)
    assert not torch.equal(spirals(1).x_train, spirals(2).x_train)


def test_bad_sizes_are_refused():
    with pytest.raises(ValueError, match="shares"):
        spirals(0, shares=[1.0])
    with pytest.raises(ValueError, match="shares"):
        spirals(0, shares=[1.0, 0.0])
    with pytest.raises(ValueError, match="test_share"):
        spirals(0, test_share=0.0)

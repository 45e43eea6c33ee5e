"""The chapter's tasks: one way in, the same for the same seed."""

import pytest
import torch

from chapters.multiclass_auc.data import MIXTURES, load, long_tail, mixture


def test_the_broadcast_is_standardised_by_its_training_part():
    data = load("embedded", "quick", 0)
    x, y, x_test, y_test = data.clean
    assert x.shape[0] == 24
    assert x.mean((0, 2)).abs().max() < 1e-4
    assert (x.std((0, 2)) - 1).abs().max() < 1e-4
    assert y.shape == (24, x.shape[2])
    assert len(y_test) == len(x_test) * x_test.shape[2]
    assert torch.equal(data.spoilt.x, x)
    wrong = (data.spoilt.y != y).float().mean()
    assert 0.05 < wrong < 0.35


@pytest.mark.parametrize("name", MIXTURES)
def test_a_mixture_depends_on_its_seed_and_spoils_only_labels(name):
    task, clean = mixture(name, 3), mixture(name, 3, rate=0.0)
    assert torch.equal(task.x, clean.x)
    assert not torch.equal(mixture(name, 4).x, task.x)
    assert torch.equal(task.y, clean.y) == (MIXTURES[name][1] == 0)


def test_the_long_tail_is_long_and_leaves_no_sample_in_both_parts():
    task = long_tail(0)
    counts = task.y.bincount()
    assert counts.max() > 8 * counts.min()
    assert len(task.y) + len(task.y_test) == 1797


def test_unknown_settings_are_refused():
    with pytest.raises(ValueError, match="'radio'"):
        load("radio", "quick", 0)

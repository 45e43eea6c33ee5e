"""The chapter's tasks: one way in, the same for the same seed."""

import pytest
import torch

from chapters.multiclass_auc.data import (
    MIXTURES,
    Task,
    hold_out,
    load,
    long_tail,
    mixture,
)


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


def test_a_quarter_is_held_out_with_the_rarest_class_in_both_parts():
    task = mixture("A", 0)
    part = hold_out(task)
    assert (len(part.y), len(part.y_test)) == (150, 50)
    assert (part.y == 2).any()
    assert (part.y_test == 2).any()
    rows = torch.cat([part.x, part.x_test])
    assert len(rows.unique(dim=0)) == len(task.x)


def test_whole_sequences_are_held_out_and_too_few_are_refused():
    y = torch.zeros(8, 5, dtype=torch.int64)
    y[2:4, 0] = 1
    task = Task(torch.randn(8, 3, 5), y, torch.zeros(1), torch.zeros(1))
    part = hold_out(task)
    assert part.y.shape == (6, 5)
    assert part.y_test.shape == (10,)
    assert part.y.sum() == part.y_test.sum() == 1
    with pytest.raises(ValueError, match="give 8"):
        hold_out(task._replace(x=task.x[:7], y=y[:7]))

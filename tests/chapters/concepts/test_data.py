"""The one way to the chapter's data."""

import pytest
import torch

from chapters.concepts.data import load, load_digits


def test_a_seed_gives_one_task_and_another_seed_another():
    first, second, other = (
        load("embedded", "quick", seed, "cpu") for seed in (0, 0, 1)
    )
    assert first.x_train.shape == (3000, 3, 16, 16)
    assert torch.equal(first.x_test, second.x_test)
    assert not torch.equal(first.table, other.table)
    assert len(load_digits(0).names) == load_digits(0).c_train.shape[1]


def test_unknown_settings_are_refused_by_name():
    with pytest.raises(ValueError, match=r"'fast'.*quick or full"):
        load("embedded", "fast", 0)
    with pytest.raises(ValueError, match="paintings"):
        load("paintings", "quick", 0)

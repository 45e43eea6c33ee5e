"""Stratified batches: every class in each, every sequence in an epoch."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.data.sampling import StratifiedSequenceSampler


def rng(seed=0):
    return torch.Generator().manual_seed(seed)


def test_a_rare_class_is_in_every_batch():
    counts = torch.zeros(24, 3).long()
    counts[:, 2] = 200
    counts[::2, 1] = 50
    counts[:2, 0] = 30  # two sequences hold the rare class
    sampler = StratifiedSequenceSampler(counts, 6, rng())
    assert len(sampler) == 4
    batches = list(sampler)
    assert len(batches) == 4
    assert all((counts[batch].sum(0) >= 20).all() for batch in batches)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 1000))
def test_an_epoch_without_rare_classes_holds_each_sequence_once(count, size, seed):
    size = min(size, count)
    sampler = StratifiedSequenceSampler(torch.full((count, 2), 100), size, rng(seed))
    batches = list(sampler)
    assert all(len(batch) == size == len(batch.unique()) for batch in batches)
    assert torch.cat(batches).unique().tolist() == list(range(count))


def test_order_differs_between_epochs_and_repeats_with_the_seed():
    counts = torch.full((12, 2), 100)
    sampler = StratifiedSequenceSampler(counts, 4, rng())
    first, second = torch.cat(list(sampler)), torch.cat(list(sampler))
    assert not torch.equal(first, second)
    again = torch.cat(list(StratifiedSequenceSampler(counts, 4, rng())))
    assert torch.equal(first, again)


def test_several_sequences_are_taken_to_reach_the_minimum():
    counts = torch.tensor([[8, 100]] * 6 + [[0, 100]] * 18)
    sampler = StratifiedSequenceSampler(counts, 6, rng(), minimum=20)
    assert all(counts[batch, 0].sum() >= 20 for batch in sampler)


def test_what_cannot_be_reached_is_approached():
    counts = torch.tensor([[1, 100], [0, 100], [0, 100]])
    batches = list(StratifiedSequenceSampler(counts, 2, rng(), minimum=20))
    assert all(counts[batch, 0].sum() == 1 for batch in batches)


def test_bad_input_is_named():
    counts = torch.ones(4, 2)
    with pytest.raises(ValueError, match="batch_size"):
        StratifiedSequenceSampler(counts, 5, rng())
    with pytest.raises(ValueError, match=r"class \[1\]"):
        StratifiedSequenceSampler(counts * torch.tensor([1, 0]), 2, rng())
    with pytest.raises(ValueError, match="class_counts"):
        StratifiedSequenceSampler(counts[0], 1, rng())

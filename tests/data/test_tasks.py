"""Coarser tasks and the inequality that goes with them."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.data.tasks import aggregate_probabilities, coarsen


def test_labels_follow_a_sequence_a_dictionary_and_a_tensor(device):
    labels = torch.tensor([[0, 3], [2, 1]], device=device, dtype=torch.int32)
    expected = torch.tensor([[1, 0], [0, 1]], device=device)
    for mapping in ([1, 1, 0, 0], {3: 0, 2: 0, 0: 1, 1: 1}, torch.tensor([1, 1, 0, 0])):
        assert torch.equal(coarsen(labels, mapping), expected)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 2**31),
    classes=st.integers(2, 12),
    spread=st.floats(0.05, 5),
    data=st.data(),
)
def test_no_sample_loses_less_on_the_finer_task(seed, classes, spread, data):
    """The granularity inequality, exactly: KL of every sample, any mapping."""
    mapping = data.draw(st.lists(st.integers(0, 4), min_size=classes, max_size=classes))
    source = torch.Generator().manual_seed(seed)
    rate = torch.full((2, 30, classes), spread, dtype=torch.float64)
    fine = torch._standard_gamma(rate, generator=source).clamp_min(1e-30)
    fine = fine / fine.sum(-1, keepdim=True)
    coarse = aggregate_probabilities(fine, mapping)
    assert torch.allclose(coarse.sum(-1), torch.ones(2, 30, dtype=torch.float64))

    def divergence(q, p):
        return (torch.special.xlogy(q, q) - torch.special.xlogy(q, p)).sum(-1)

    assert bool((divergence(*coarse) <= divergence(*fine) + 1e-12).all())


def test_aggregation_is_the_coarse_label_of_certain_answers():
    labels, mapping = torch.arange(4), [0, 2, 2, 1]
    certain = torch.nn.functional.one_hot(labels, 4).float()
    coarse = aggregate_probabilities(certain, mapping)
    assert torch.equal(coarse.argmax(1), coarsen(labels, mapping))
    assert coarse.dtype == torch.float32


def test_gradients_pass_through_the_sum():
    p = torch.tensor([0.2, 0.3, 0.5], requires_grad=True)
    aggregate_probabilities(p, [0, 0, 1])[0].backward()
    assert p.grad.tolist() == [1, 1, 0]


def test_bad_input_is_refused_in_words():
    labels = torch.tensor([0, 1, 2])
    with pytest.raises(ValueError, match="not total; label 2"):
        coarsen(labels, [0, 0])
    with pytest.raises(ValueError, match="not total; label 1"):
        coarsen(labels, {0: 0, 2: 1})
    with pytest.raises(ValueError, match="label -1"):
        coarsen(labels - 1, [0, 0])
    with pytest.raises(ValueError, match=r"labels: got torch\.float32"):
        coarsen(labels.float(), [0, 0, 1])
    with pytest.raises(ValueError, match="one integer for every"):
        coarsen(labels, [])
    with pytest.raises(ValueError, match="got class -1"):
        coarsen(labels, [0, -1, 0])
    with pytest.raises(ValueError, match="2 classes for probabilities"):
        aggregate_probabilities(torch.ones(5, 3), [0, 1])
    with pytest.raises(ValueError, match="probabilities: got"):
        aggregate_probabilities(torch.tensor([1.5, -0.5]), [0, 1])

"""From frames to one vector."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.testing import assert_close

from support.models.pooling import (
    alignment_pool,
    mean_pool,
    statistics_pool,
    uniform_alignment,
)


def given_batch(seed=0, count=3, length=12, size=4, states=5):
    draw = torch.Generator().manual_seed(seed)
    y = torch.randn(count, length, size, generator=draw, dtype=torch.float64)
    A = torch.rand(count, length, states, generator=draw, dtype=torch.float64)
    return y, A / A.sum(2, keepdim=True)


@settings(deadline=None)
@given(st.integers(0, 2**31))
def test_the_mean_is_in_the_supervector(seed):
    y, A = given_batch(seed)
    count = A.sum(1)
    parts = alignment_pool(y, A).unflatten(1, (5, 4))
    weighed = (count[..., None] * parts).sum(1) / count.sum(1, keepdim=True)
    assert_close(weighed, mean_pool(y, torch.ones(3, 12).bool()))


def test_a_state_a_frame_gives_the_frames_back(device):
    y, _ = given_batch()
    A = torch.eye(12, dtype=torch.float64).expand(3, -1, -1)
    assert_close(alignment_pool(y.to(device), A.to(device)).cpu(), y.flatten(1))


def test_one_state_is_the_mean():
    y, _ = given_batch()
    A = torch.ones(3, 12, 1, dtype=torch.float64)
    assert_close(alignment_pool(y, A), y.mean(1))


def test_order_matters_to_the_supervector_alone():
    y, A = given_batch()
    mask = torch.ones(3, 12).bool()
    turned = y.flip(1)
    assert_close(mean_pool(turned, mask), mean_pool(y, mask))
    assert_close(statistics_pool(turned, mask), statistics_pool(y, mask))
    assert (alignment_pool(turned, A) - alignment_pool(y, A)).abs().max() > 0.1


def test_statistics_are_mean_and_deviation_of_real_frames():
    y, _ = given_batch()
    mask = torch.arange(12) < torch.tensor([12, 7, 1])[:, None]
    found = statistics_pool(y, mask)
    for row, frames in enumerate((12, 7, 1)):
        real = y[row, :frames]
        assert_close(found[row, :4], real.mean(0))
        assert_close(found[row, 4:], real.std(0, correction=0), atol=1.1e-4, rtol=1e-6)


@pytest.mark.parametrize("fill", [0.0, 7.0, float("nan")])
def test_padding_is_not_looked_at(fill):
    y, _ = given_batch()
    mask = torch.ones(3, 12).bool()
    more = torch.cat([y, torch.full((3, 50, 4), fill, dtype=y.dtype)], dim=1)
    wide = torch.cat([mask, torch.zeros(3, 50).bool()], dim=1)
    for pool in (mean_pool, statistics_pool):
        assert_close(pool(more, wide), pool(y, mask))
    A = given_batch()[1]
    padded = torch.cat([A, A.new_zeros(3, 50, 5)], dim=1)
    more.requires_grad_()
    found = alignment_pool(more, padded)
    assert_close(found, alignment_pool(y, A))
    found.sum().backward()
    assert torch.isfinite(more.grad).all()
    assert not more.grad[:, 12:].any()


def test_gradients_reach_the_features_and_not_the_alignment():
    y, A = given_batch(length=6)
    A.requires_grad_()
    assert torch.autograd.gradcheck(
        lambda y: alignment_pool(y, A, 0.5), y.requires_grad_()
    )
    alignment_pool(y, A).sum().backward()
    assert A.grad is None


def test_each_frame_is_told_what_its_state_got_wrong():
    r"""dL/dy_t = sum_q A_tq / (n_q + rho) dL/ds_q."""
    y, A = given_batch()
    y.requires_grad_()
    s = alignment_pool(y, A, 0.3)
    wanted = torch.randn(s.shape, generator=torch.Generator().manual_seed(1)).double()
    s.backward(wanted)
    share = A / (A.sum(1, keepdim=True) + 0.3)
    assert_close(y.grad, share @ wanted.unflatten(1, (5, 4)))


def test_shrinkage_pulls_states_with_few_frames_to_zero():
    y, A = given_batch()
    norms = [float(alignment_pool(y, A, rho).norm()) for rho in (0, 1, 10, 1e9)]
    assert norms == sorted(norms, reverse=True)
    assert norms[-1] < 1e-6


@settings(deadline=None)
@given(st.integers(1, 20), st.integers(0, 30))
def test_equal_parts_differ_by_at_most_a_frame(states, more):
    frames = torch.tensor([states + more, states])
    A = uniform_alignment(frames, states, states + more)
    count = A.sum(1)
    assert_close(count.sum(1), frames.float())
    assert float(count.amax() - count[0].amin()) <= max(1, float(count[0].amax()) - 1)
    assert float(count[0].amax() - count[0].amin()) <= 1
    path = A[0].argmax(1)
    assert (path.diff() >= 0).all()


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda y, A: mean_pool(y, torch.ones(3, 11).bool()), "shapes"),
        (lambda y, A: mean_pool(y, torch.full((3, 12), 0.5)), "mask: got 0.5"),
        (lambda y, A: statistics_pool(y, torch.zeros(3, 12).bool()), "utterance 0"),
        (lambda y, A: alignment_pool(y, A[:, :9]), "same utterances and frames"),
        (lambda y, A: alignment_pool(y, A * 0), "no frame in state 0"),
        (lambda y, A: alignment_pool(y, A - 0.5), "weights from -0"),
        (lambda y, A: alignment_pool(y, A * torch.nan), "A: got nan"),
        (lambda y, A: alignment_pool(y, A, -1.0), "shrinkage"),
        (lambda y, A: uniform_alignment(torch.tensor([5, 3]), 4, 9), "1 of 2"),
        (lambda y, A: uniform_alignment(torch.tensor([5]), 4, 4), "4 frames"),
        (lambda y, A: uniform_alignment(torch.tensor([5.5]), 4, 9), "frames: got 5.5"),
    ],
)
def test_bad_input_is_refused_in_words(act, words):
    with pytest.raises(ValueError, match=words):
        act(*given_batch())

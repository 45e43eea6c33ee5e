"""The example of a reader's own pooling."""

import torch

from chapters.supervectors.own_method import state_statistics


def test_the_example_pools_states_and_a_deviation_and_passes_gradients():
    rng = torch.Generator().manual_seed(0)
    frames = torch.randn(30, 9, 4, generator=rng).requires_grad_()
    alignment = torch.eye(3).repeat_interleave(3, 0).expand(30, 9, 3)
    pooled = state_statistics(frames, alignment, torch.ones(30, 9).bool())
    assert pooled.shape == (30, 3 * 4 + 4)
    means = frames.reshape(30, 3, 3, 4).mean(2).flatten(1)
    torch.testing.assert_close(pooled[:, :12], means)
    pooled.square().sum().backward()
    assert (frames.grad.abs().sum((1, 2)) > 0).all()

"""Directions do not see lengths, and 0 has none."""

import pytest
import torch

from support.directions import directions


@pytest.mark.parametrize("size", [1e-300, 1e-160, 1.0, 1e160, 1e300])
def test_lengths_are_taken_out(size):
    rows = torch.tensor([[3.0, 4.0], [-1.0, 0.0], [0.0, 0.0]], dtype=torch.double)
    wanted = torch.tensor([[0.6, 0.8], [-1.0, 0.0], [0.0, 0.0]], dtype=torch.double)
    torch.testing.assert_close(directions(size * rows), wanted)


def test_gradients_are_right_and_turn_only():
    rows = torch.randn(3, 4, generator=torch.Generator().manual_seed(0)).double()
    rows.requires_grad_()
    assert torch.autograd.gradcheck(directions, rows)
    (directions(rows) * torch.arange(4.0)).sum().backward()
    inward = (rows.grad * rows).sum(1)
    torch.testing.assert_close(inward, torch.zeros(3).double(), atol=1e-12, rtol=0)

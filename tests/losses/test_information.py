"""The Gaussian divergence."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.distributions import Independent, Normal, kl_divergence

from support.losses.information import gaussian_kl


def draw(seed: int, *shape: int) -> list[torch.Tensor]:
    source = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=source, dtype=torch.float64) for _ in range(4)]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_equals_torch_distributions_and_is_not_negative(seed):
    mean_p, log_var_p, mean_q, log_var_q = draw(seed, 5, 3)
    p = Independent(Normal(mean_p, (log_var_p / 2).exp()), 1)
    q = Independent(Normal(mean_q, (log_var_q / 2).exp()), 1)
    ours = gaussian_kl(mean_p, log_var_p, mean_q, log_var_q)
    assert torch.allclose(ours, kl_divergence(p, q))
    assert (ours >= 0).all()
    assert (gaussian_kl(mean_p, log_var_p, mean_p, log_var_p) == 0).all()


def test_equal_variances_give_a_squared_distance(device):
    p, q = torch.randn(4, 3, device=device), torch.randn(4, 3, device=device)
    log_var = torch.full((1,), 0.7, device=device)
    expected = (p - q).square().sum(-1) / (2 * log_var.exp())
    assert torch.allclose(gaussian_kl(p, log_var, q, log_var), expected)


def test_gradients():
    parts = [part.requires_grad_() for part in draw(0, 2, 3)]
    assert torch.autograd.gradcheck(gaussian_kl, parts)


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match="broadcast"):
        gaussian_kl(torch.zeros(2, 3), torch.zeros(2), torch.zeros(3), torch.zeros(3))

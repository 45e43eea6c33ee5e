"""Similarity of two representations."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.metrics.similarity import linear_cka


def draw(seed: int, n: int, d: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=source, dtype=torch.float64)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_invariances_symmetry_and_range(seed):
    a, b = draw(seed, 40, 5), draw(seed + 1, 40, 3)
    rotation = torch.linalg.qr(draw(seed + 2, 5, 5)).Q
    assert linear_cka(a, 3 * a @ rotation + 7) == pytest.approx(1.0)
    assert linear_cka(a, b) == pytest.approx(linear_cka(b, a))
    assert linear_cka(a @ rotation, b) == pytest.approx(linear_cka(a, b))
    assert 0 <= linear_cka(a, b) <= 1


@pytest.mark.parametrize("d", [5, 80])
def test_equals_the_form_with_gram_matrices(d, device):
    a, b = draw(0, 40, d).to(device), draw(1, 40, 7).to(device)
    centre = torch.eye(40, device=device, dtype=torch.float64) - 1 / 40
    k, el = centre @ (a @ a.T) @ centre, centre @ (b @ b.T) @ centre
    hsic = (k * el).sum() / (k.square().sum() * el.square().sum()).sqrt()
    assert linear_cka(a, b) == pytest.approx(float(hsic))


def test_independent_gaussians_are_not_alike():
    assert linear_cka(draw(0, 2000, 10), draw(1, 2000, 10)) < 0.02


def test_bad_input_is_refused_in_words():
    a = draw(0, 5, 2)
    with pytest.raises(ValueError, match="at least 3"):
        linear_cka(a[:2], a[:2])
    with pytest.raises(ValueError, match="must be"):
        linear_cka(a, a[:4])
    with pytest.raises(ValueError, match="b: all rows"):
        linear_cka(a, torch.ones(5, 1))

"""LEACE leaves no linear probe anything; the projection starts harmless."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression, LogisticRegression

from support.models.erasure import SensitiveProjection, leace, reverse_gradient


def samples(seed=0, n=400, d=6, classes=3):
    source = torch.Generator().manual_seed(seed)
    z = torch.randint(classes, (n,), generator=source)
    z[:classes] = torch.arange(classes)
    means = torch.randn(classes, d, generator=source, dtype=torch.float64)
    noise = torch.randn(n, d, generator=source, dtype=torch.float64)
    mixing = torch.randn(d, d, generator=source, dtype=torch.float64)
    return means[z] + noise @ mixing, z


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 1000), st.integers(1, 6), st.integers(2, 4))
def test_class_means_become_equal(seed, d, classes):
    x, z = samples(seed, d=d, classes=classes)
    erased = leace(x, z)(x)
    means = torch.stack([erased[z == value].mean(0) for value in z.unique()])
    assert (means - means[0]).abs().max() < 1e-6


def test_every_least_squares_probe_is_constant():
    x, z = samples()
    erased = leace(x, z)(x).numpy()
    onehot = np.eye(3)[z.numpy()]
    assert np.abs(LinearRegression().fit(erased, onehot).coef_).max() < 1e-8
    before = LogisticRegression(max_iter=1000).fit(x.numpy(), z).score(x.numpy(), z)
    probe = LogisticRegression(max_iter=1000).fit(erased, z)
    chance = float(torch.bincount(z).max()) / len(z)
    assert before > 0.6
    assert probe.score(erased, z) == pytest.approx(chance, abs=0.01)


def test_no_other_map_that_erases_moves_the_samples_less():
    """The plain projection that removes the mean differences moves them more."""
    x, z = samples(classes=2)
    moved = (leace(x, z)(x) - x).square().sum()
    direction = x[z == 1].mean(0) - x[z == 0].mean(0)
    direction = direction / direction.norm()
    centred = x - x.mean(0)
    plain = centred - centred @ torch.outer(direction, direction)
    assert moved < (plain - centred).square().sum()


def test_what_is_erased_stays_erased_and_the_rest_stays():
    x, z = samples()
    eraser = leace(x, z)
    torch.testing.assert_close(eraser(eraser(x)), eraser(x))
    torch.testing.assert_close(eraser(x).mean(0), x.mean(0))
    assert torch.linalg.matrix_rank(eraser.erasing) == 2


def test_numbers_and_classes_agree_and_the_dtype_is_kept(device):
    x, z = samples(classes=2)
    by_class, by_number = leace(x, z), leace(x, z.double())
    torch.testing.assert_close(by_class(x), by_number(x))
    single = x.float().to(device)
    assert by_class.to(device)(single).dtype == torch.float32


def test_a_flat_direction_is_left_alone_with_a_warning():
    x, z = samples()
    flat = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)
    with pytest.warns(UserWarning, match="1 of 7 directions hardly vary"):
        eraser = leace(flat, z)
    torch.testing.assert_close(eraser(flat)[:, -1], flat[:, -1])


@pytest.mark.parametrize(
    ("x", "z", "message"),
    [
        (torch.zeros(3, 2), torch.zeros(4), "x, z: got shapes"),
        (torch.zeros(3, 2), torch.zeros(3, dtype=torch.long), "one class only"),
        (torch.full((3, 2), torch.nan), torch.zeros(3), "x: got nan"),
    ],
)
def test_bad_input_is_named(x, z, message):
    with pytest.raises(ValueError, match=message):
        leace(x, z)


def test_the_projection_starts_as_the_unit_sphere(device):
    x = torch.randn(5, 4, generator=torch.Generator().manual_seed(0)).to(device)
    out = SensitiveProjection(4).to(device)(x)
    torch.testing.assert_close(out, x / x.norm(dim=1, keepdim=True))
    with pytest.raises(ValueError, match="features: got 0"):
        SensitiveProjection(0)


def test_a_reversed_gradient_has_the_other_sign(device):
    x = torch.randn(3, 4, device=device, requires_grad=True)
    weights = torch.randn(3, 4, device=device)
    assert torch.equal(reverse_gradient(x), x)
    (reverse_gradient(x, scale=0.5) * weights).sum().backward()
    torch.testing.assert_close(x.grad, -0.5 * weights)
    with pytest.raises(ValueError, match="scale: got -1"):
        reverse_gradient(x, scale=-1)

"""Each measure keeps, and loses, exactly what its docstring declares."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.metrics.similarity import (
    cca,
    fit_r2,
    linear_cka,
    minibatch_cka,
    mutual_neighbours,
    procrustes,
    pwcca,
    rbf_cka,
    rsa,
    svcca,
)

N, P, Q = 40, 5, 4


def _halves(x, y, family, **options):
    return fit_r2(x[:25], y[:25], family, x[25:], y[25:], **options).r2


MEASURES = {
    "linear CKA": linear_cka,
    "biased linear CKA": lambda x, y: linear_cka(x, y, unbiased=False),
    "RBF CKA": rbf_cka,
    "minibatch CKA": lambda x, y: minibatch_cka([(x[:20], y[:20]), (x[20:], y[20:])]),
    "RSA, Euclidean": lambda x, y: rsa(x, y, distance="euclidean"),
    "RSA, correlation": rsa,
    "CCA": lambda x, y: cca(x, y).mean,
    "SVCCA": lambda x, y: svcca(x, y, keep=0.7).mean,
    "PWCCA": lambda x, y: pwcca(x, y).mean,
    "Procrustes": lambda x, y: procrustes(x, y).r2,
    "Procrustes, norms alone": lambda x, y: procrustes(x, y, scale=False).r2,
    "Procrustes, angle": lambda x, y: procrustes(x, y).angle,
    "R2, orthogonal": lambda x, y: _halves(x, y, "orthogonal"),
    "R2, scaled": lambda x, y: _halves(x, y, "scaled"),
    "R2, affine": lambda x, y: _halves(x, y, "affine", ridge=0),
    "neighbours": mutual_neighbours,
    "neighbours, cosine": lambda x, y: mutual_neighbours(x, y, distance="cosine"),
}
ROTATED, LINEAR = {"RSA, correlation", "PWCCA"}, {"CCA", "R2, affine"}
ASYMMETRIC = {"PWCCA", "R2, orthogonal", "R2, scaled", "R2, affine"}
SHIFTED = {"RSA, correlation", "neighbours, cosine"}


def draw(seed: int, n: int, d: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=source, dtype=torch.float64)


def related(seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Two representations with common and own parts, features of unequal size."""
    x = draw(seed, N, P) * torch.tensor([3.0, 2.0, 1.5, 1.0, 0.5])
    return x, x @ draw(seed + 1, P, Q) + 2 * draw(seed + 2, N, Q)


def rotation(seed: int, d: int) -> torch.Tensor:
    return torch.linalg.qr(draw(seed, d, d)).Q


def stretched(seed: int, d: int) -> torch.Tensor:
    """An invertible matrix, far from a rotation and not ill-conditioned."""
    scales = torch.linspace(0.3, 3, d, dtype=torch.float64)
    return rotation(seed, d) * scales @ rotation(seed + 1, d)


@pytest.mark.parametrize("name", MEASURES)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31), factor=st.floats(0.01, 100))
def test_permutation_scale_and_symmetry(name, seed, factor):
    measure, (x, y) = MEASURES[name], related(seed)
    value = measure(x, y)
    order = torch.randperm(P, generator=torch.Generator().manual_seed(seed))
    assert measure(x[:, order], y) == pytest.approx(value, abs=1e-6)
    assert measure(factor * x, y) == pytest.approx(value, abs=1e-6)
    assert measure(x, factor * y) == pytest.approx(value, abs=1e-6)
    if name not in ASYMMETRIC:
        assert measure(y, x) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("name", MEASURES)
@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_rotation_shift_and_invertible_maps(name, seed):
    measure, (x, y) = MEASURES[name], related(seed)
    value = measure(x, y)
    if name not in ROTATED:
        assert measure(x @ rotation(seed, P), y) == pytest.approx(value, abs=1e-6)
        assert measure(x, y @ rotation(seed, Q)) == pytest.approx(value, abs=1e-6)
    if name not in SHIFTED:
        shifted = measure(x + draw(seed + 3, 1, P), y - 2)
        assert shifted == pytest.approx(value, abs=1e-6)
    if name in LINEAR:
        assert measure(x @ stretched(seed, P), y) == pytest.approx(value, abs=1e-6)
    if name in {"CCA", "PWCCA"}:
        assert measure(x, y @ stretched(seed, Q)) == pytest.approx(value, abs=1e-6)


@pytest.mark.parametrize("name", MEASURES)
def test_what_is_not_declared_does_change(name):
    """The declared table holds in both directions (one world that shows it)."""
    measure, (x, y) = MEASURES[name], related(3)
    value = measure(x, y)
    if name in ROTATED:
        assert abs(measure(x @ rotation(5, P), y) - value) > 1e-3
    if name in SHIFTED:
        assert abs(measure(x + 5 * draw(6, 1, P), y) - value) > 1e-3
    if name not in LINEAR:
        assert abs(measure(x @ stretched(5, P), y) - value) > 1e-3
    if name in ASYMMETRIC:
        assert abs(measure(y, x) - value) > 1e-3
    if name not in {"CCA", "PWCCA"}:
        assert abs(measure(x, y @ stretched(7, Q)) - value) > 1e-3


@pytest.mark.parametrize("name", MEASURES)
def test_a_copy_is_perfect(name):
    x = related(4)[0]
    perfect = 0 if "angle" in name else 1
    assert MEASURES[name](x, x) == pytest.approx(perfect, abs=1e-6)


@pytest.mark.parametrize("name", MEASURES)
def test_single_precision_agrees_and_the_input_is_not_touched(name, device):
    x, y = (side.float().to(device) for side in related(8))
    before = x.clone(), y.clone()
    value = MEASURES[name](x, y)
    double = MEASURES[name](x.double(), y.double())
    assert value == pytest.approx(double, abs=1e-5)
    assert torch.equal(x, before[0])
    assert torch.equal(y, before[1])

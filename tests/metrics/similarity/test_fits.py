"""Procrustes and the fits by family: closed forms, order, held-out honesty."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.metrics.similarity import FAMILIES, cca, fit_r2, procrustes


def draw(seed: int, n: int, d: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=source, dtype=torch.float64)


def rotation(seed: int, d: int) -> torch.Tensor:
    return torch.linalg.qr(draw(seed, d, d)).Q


def centred(x: torch.Tensor) -> torch.Tensor:
    return x - x.mean(0)


def test_rotation_and_scale_are_scipys():
    from scipy.linalg import orthogonal_procrustes

    x, y = draw(0, 50, 4), draw(1, 50, 4) + draw(0, 50, 4)
    matrix, scale = orthogonal_procrustes(centred(x).numpy(), centred(y).numpy())
    found = procrustes(x, y)
    assert torch.allclose(found.rotation, torch.from_numpy(matrix))
    size = float(centred(x).norm())
    assert found.factor == pytest.approx(scale / size**2)
    moved = found.factor * centred(x) @ found.rotation
    explained = 1 - (centred(y) - moved).square().sum() / centred(y).square().sum()
    assert found.r2 == pytest.approx(float(explained))


def test_disparity_is_scipys():
    from scipy.spatial import procrustes as reference

    x, y = draw(0, 50, 3), draw(1, 50, 3) + draw(0, 50, 3)
    assert procrustes(x, y).r2 == pytest.approx(1 - reference(x.numpy(), y.numpy())[2])


@pytest.mark.parametrize("pair", [(3, 5), (5, 3)])
def test_unequal_widths_are_filled_up_with_zeros(pair):
    x, y = draw(0, 40, pair[0]), draw(1, 40, pair[1])
    wide = [
        torch.cat([side, side.new_zeros(40, 5 - side.shape[1])], 1) for side in (x, y)
    ]
    found, padded = procrustes(x, y), procrustes(*wide)
    assert found.r2 == pytest.approx(padded.r2)
    assert found.rotation.shape == (5, 5)
    eye = torch.eye(5, dtype=torch.float64)
    assert torch.allclose(found.rotation.T @ found.rotation, eye)
    with pytest.raises(ValueError, match="give equal widths"):
        procrustes(x, y, pad=False)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_the_angle_is_a_metric_and_the_forms_agree(seed):
    x, y, z = (draw(seed + k, 12, 3) for k in range(3))
    xy, yz, xz = procrustes(x, y), procrustes(y, z), procrustes(x, z)
    assert xz.angle <= xy.angle + yz.angle + 1e-9
    overlap = math.cos(xy.angle)
    assert xy.r2 == pytest.approx(overlap**2)
    assert xy.distance**2 == pytest.approx(2 - 2 * overlap)
    assert procrustes(x, y, scale=False).r2 == pytest.approx(2 * overlap - 1)


def gaussians(R: torch.Tensor, noise: float, n: int = 40_000):
    """Z_A = U + noise, Z_B = U R + noise; two halves of n samples."""
    u, d = draw(0, n, len(R)), len(R)
    a, b = u + noise * draw(1, n, d), u @ R + noise * draw(2, n, d)
    half = n // 2
    return a[:half], b[:half], a[half:], b[half:]


@pytest.mark.parametrize(
    "R",
    [
        rotation(9, 3),
        torch.diag(torch.tensor([3.0, 1.0, 0.2], dtype=torch.float64)),
        torch.diag(torch.tensor([1.0, 1.0, 0.0], dtype=torch.float64)),
    ],
    ids=["rotation", "stretch", "collapse"],
)
def test_r2_of_gaussians_is_known(R):
    noise = 0.5
    a, b, a_test, b_test = gaussians(R, noise)
    size_a = 3 * (1 + noise**2)
    size_b = float(R.square().sum()) + 3 * noise**2
    nuclear = float(torch.linalg.matrix_norm(R, "nuc"))
    s = nuclear / math.sqrt(size_a * size_b)
    affine = float(R.square().sum()) / (1 + noise**2) / size_b
    expected = {"orthogonal": 2 * s - 1, "scaled": s**2, "affine": affine}
    for family, r2 in expected.items():
        found = fit_r2(a, b, family, a_test, b_test)
        assert found.r2 == pytest.approx(r2, abs=0.015), family
        assert found.information == pytest.approx(-1.5 * math.log(1 - found.r2))
    assert procrustes(a, b).r2 == pytest.approx(s**2, abs=0.015)


def test_affine_r2_is_the_projection_in_sample():
    x, y = draw(0, 60, 4), draw(1, 60, 3) + draw(0, 60, 3)
    basis = torch.linalg.qr(centred(x)).Q
    expected = (basis.T @ centred(y)).square().sum() / centred(y).square().sum()
    found = fit_r2(x, y, "affine", x, y, ridge=0)
    assert found.r2 == pytest.approx(float(expected))
    white = torch.linalg.qr(centred(y)).Q
    mean_square = cca(x, white).rho.square().mean()
    again = fit_r2(x, white, "affine", x, white, ridge=0)
    assert again.r2 == pytest.approx(float(mean_square))


def test_each_family_does_as_well_as_the_one_before_in_sample():
    x = draw(0, 300, 6)
    y = torch.relu(x @ draw(1, 6, 6)) + 0.3 * draw(2, 300, 6)
    scores = [fit_r2(x, y, family, x, y, ridge=1e-8).r2 for family in FAMILIES]
    assert scores == sorted(scores)
    assert scores[3] > scores[2] + 0.02


def test_a_curve_is_seen_by_the_perceptron_alone():
    x = draw(0, 1200, 2).float()
    y = x.abs()
    parts = (x[:900], y[:900])
    affine = fit_r2(*parts, "affine", x[900:], y[900:])
    wide = fit_r2(*parts, "mlp", x[900:], y[900:])
    assert affine.r2 < 0.05
    assert wide.r2 > 0.9
    assert wide == fit_r2(*parts, "mlp", x[900:], y[900:])


def test_more_features_than_samples_explain_nothing_held_out():
    x, y = draw(0, 90, 200), draw(1, 90, 3)
    in_sample = fit_r2(x[:40], y[:40], "affine", x[:40], y[:40], ridge=0)
    assert in_sample.r2 == pytest.approx(1)
    held = fit_r2(x[:40], y[:40], "affine", x[40:], y[40:])
    assert held.r2 < 0.1
    assert held.ridge >= 1


def test_the_ridge_is_that_of_leaving_one_out():
    from sklearn.linear_model import RidgeCV

    x, y = draw(0, 60, 20), draw(1, 60, 2)
    y[:, 0] += x[:, 0]
    # Ours is relative to the mean square of the centred features.
    unit = float(centred(x).square().mean()) * 60
    penalties = [unit * 10.0**power for power in range(-8, 3)]
    model = RidgeCV(penalties).fit(x.numpy(), y.numpy())
    found = fit_r2(x, y, "affine", x, y)
    assert found.ridge == pytest.approx(model.alpha_ / unit)
    shown = 1 - ((model.predict(x.numpy()) - y.numpy()) ** 2).sum() / float(
        centred(y).square().sum()
    )
    assert found.r2 == pytest.approx(shown, rel=1e-6)


def test_an_exact_fit_has_infinite_information():
    x = draw(0, 30, 2)
    found = fit_r2(x, x, "affine", x[:9], x[:9], ridge=0)
    assert found.r2 == pytest.approx(1)
    assert found.information > 30


def test_bad_input_is_refused_in_words():
    x, y = draw(0, 30, 3), draw(1, 30, 2)
    with pytest.raises(ValueError, match="family: got 'cubic'"):
        fit_r2(x, y, "cubic", x, y)
    with pytest.raises(ValueError, match="ridge: got -1"):
        fit_r2(x, y, "affine", x, y, ridge=-1)
    with pytest.raises(ValueError, match=r"x_test: got shape .*; give \(m, 3\)"):
        fit_r2(x, y, "affine", x[:, :2], y)
    with pytest.raises(ValueError, match="y_test: row 0, column 0 is -inf"):
        fit_r2(x, y, "affine", x, y / 0)
    with pytest.raises(ValueError, match="x_test has 4 rows and y_test has 30"):
        fit_r2(x, y, "affine", x[:4], y)
    with pytest.raises(ValueError, match="y_test: all rows are equal"):
        fit_r2(x, y, "affine", x, torch.ones(30, 2))
    with pytest.raises(ValueError, match="x: got 9 rows; give at least 10"):
        fit_r2(x[:9], y[:9], "mlp", x, y)
    with pytest.raises(ValueError, match="y: all rows are equal"):
        procrustes(x, 0 * y)

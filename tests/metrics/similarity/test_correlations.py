"""CCA and kin against scikit-learn and by hand."""

import pytest
import torch

from support.metrics.similarity import cca, pwcca, svcca


def draw(seed: int, n: int, d: int) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(n, d, generator=source, dtype=torch.float64)


def related() -> tuple[torch.Tensor, torch.Tensor]:
    x = draw(0, 200, 5)
    return x, x[:, :3] @ draw(1, 3, 4) + 2 * draw(2, 200, 4)


def test_correlations_are_scikit_learns():
    import numpy as np
    from sklearn.cross_decomposition import CCA

    x, y = related()
    model = CCA(4, scale=False, tol=1e-14, max_iter=10_000)
    a, b = model.fit_transform(x.numpy(), y.numpy())
    expected = [abs(np.corrcoef(a[:, k], b[:, k])[0, 1]) for k in range(4)]
    found = cca(x, y)
    assert found.rho.tolist() == pytest.approx(expected, abs=1e-6)
    assert found.mean == pytest.approx(np.mean(expected), abs=1e-6)
    assert found.forced == 0


def test_population_correlation_of_a_noisy_copy():
    x = draw(0, 40_000, 3)
    assert cca(x, x + draw(1, 40_000, 3)).mean == pytest.approx(0.5**0.5, abs=0.01)


def test_noise_directions_raise_cca_and_not_svcca():
    signal = draw(0, 3000, 4)
    tiny = 1e-3 * draw(3, 3000, 4)
    x = torch.cat([signal, tiny], 1)
    y = torch.cat([draw(1, 3000, 4), tiny], 1)
    assert cca(x, y).mean > 0.5
    assert svcca(x, y).mean < 0.1
    assert svcca(x, y).rho.shape == (4,)


def test_too_few_rows_force_correlations_of_one():
    x, y = draw(0, 20, 15), draw(1, 20, 12)
    found = cca(x, y)
    assert found.forced == 15 + 12 - 19
    assert torch.allclose(found.rho[: found.forced], torch.ones(8).double())


def test_rank_deficient_sides_lose_their_empty_directions():
    x = draw(0, 50, 2)
    wide = x @ draw(1, 2, 6)
    assert cca(wide, x).rho.shape == (2,)
    assert cca(wide, x).mean == pytest.approx(1)
    dead = torch.cat([x, torch.zeros(50, 3)], 1)
    assert cca(dead, x).rho.shape == (2,)


def test_pwcca_is_its_formula_with_variates_of_x():
    x, y = related()
    a, b = x - x.mean(0), y - y.mean(0)
    whiten_a = torch.linalg.inv(torch.linalg.cholesky(a.T @ a)).T
    whiten_b = torch.linalg.inv(torch.linalg.cholesky(b.T @ b)).T
    left, rho, _ = torch.linalg.svd((a @ whiten_a).T @ (b @ whiten_b))
    variates = a @ whiten_a @ left[:, :4]
    weights = (variates.T @ a).abs().sum(1)
    expected = float((weights * rho).sum() / weights.sum())
    assert pwcca(x, y).mean == pytest.approx(expected, rel=1e-9)


def test_a_small_share_keeps_one_direction():
    x, y = related()
    assert svcca(x, y, keep=1e-6).rho.shape == (1,)
    assert svcca(x, y, keep=1).mean == pytest.approx(cca(x, y).mean)


def test_bad_input_is_refused_in_words():
    x, y = related()
    with pytest.raises(ValueError, match="keep: got 0"):
        svcca(x, y, keep=0)
    with pytest.raises(ValueError, match="rtol: got 1"):
        cca(x, y, rtol=1)
    with pytest.raises(ValueError, match="rtol: got -1"):
        pwcca(x, y, rtol=-1)
    for measure in (cca, svcca, pwcca):
        with pytest.raises(ValueError, match="at least 3"):
            measure(x[:2], y[:2])
        with pytest.raises(ValueError, match="x: row 0, column 0 is inf"):
            measure(x / 0 * x.sign(), y)


def test_a_unit_that_never_fires_changes_nothing():
    x, y = draw(0, 40, 4), draw(1, 40, 4)
    silent = torch.cat([x, torch.zeros(40, 2)], 1)
    assert svcca(silent, y).mean == pytest.approx(svcca(x, y).mean, abs=1e-12)

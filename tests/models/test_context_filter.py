"""The filter is a ridge regression of each bin, and finds filters that are there."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import Ridge

from support.models import context_filter
from support.models.context_filter import fit_context_filter


def spectra(seed: int = 0, *shape: int) -> torch.Tensor:
    return torch.randn(
        *(shape or (3, 5, 40)),
        generator=torch.Generator().manual_seed(seed),
        dtype=torch.double,
    )


def test_each_bin_is_a_ridge_regression():
    x, y = spectra(), spectra(1)
    found = fit_context_filter(x, y, frames=2, bins=1, penalty=3.0)
    wide = np.pad(x, ((0, 0), (1, 1), (2, 2)), mode="edge")
    for f in range(5):
        columns = [
            wide[:, f + i, j : j + 40].ravel() for i in range(3) for j in range(5)
        ]
        z = np.stack([*columns, np.ones(120)], 1)
        change = (y - x)[:, f].reshape(-1).numpy()
        peer = Ridge(alpha=3.0, fit_intercept=False, solver="cholesky").fit(z, change)
        np.testing.assert_allclose(found.weight[f], peer.coef_, atol=1e-9)
        wanted = x[:, f] + torch.from_numpy(z @ peer.coef_).reshape(3, 40)
        torch.testing.assert_close(found.apply(x)[:, f], wanted)


def test_a_filter_that_is_there_is_found():
    x = spectra()
    before = torch.cat([x[:, :, :1], x[:, :, :-1]], 2)
    y = x + 0.3 * before - 0.2
    found = fit_context_filter(x, y, frames=1, bins=0, penalty=1e-9)
    torch.testing.assert_close(found.apply(x), y, atol=1e-6, rtol=0)


def test_an_endless_penalty_changes_nothing_and_none_fits_best():
    x, y = spectra(), spectra(1)
    stiff = fit_context_filter(x, y, frames=1, penalty=1e15)
    assert torch.allclose(stiff.apply(x), x, atol=1e-9)
    errors = [
        float(
            (fit_context_filter(x, y, frames=1, penalty=p).apply(x) - y).square().mean()
        )
        for p in (1.0, 100.0, 1e4)
    ]
    assert errors == sorted(errors)


def test_parts_of_a_batch_give_the_same_filter(monkeypatch):
    x, y = spectra(), spectra(1)
    whole = fit_context_filter(x, y, frames=1)
    monkeypatch.setattr(context_filter, "_BLOCK", 1)
    parts = fit_context_filter(x, y, frames=1)
    torch.testing.assert_close(parts.weight, whole.weight)
    torch.testing.assert_close(parts.apply(x), whole.apply(x))


def test_types_and_devices_are_kept(device):
    x, y = spectra().to(device), spectra(1).to(device)
    found = fit_context_filter(x.float(), y, frames=1)
    assert found.weight.dtype == torch.float64
    assert found.apply(x.float()).dtype == torch.float32
    assert found.apply(x[:0]).shape == (0, 5, 40)
    assert found.apply(x).device == x.device


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"y": spectra(1, 3, 5, 39)}, "x, y: got shapes"),
        ({"x": spectra(0, 5, 40)}, "x: got shape"),
        ({"x": spectra(0, 3, 5, 0)}, "x: got shape"),
        ({"x": spectra()[:0], "y": spectra()[:0]}, "x, y: got shapes"),
        ({"y": spectra() * torch.nan}, "y: got nan"),
        ({"x": "spectra"}, "x: got"),
        ({"frames": 1.5}, "frames: got 1.5"),
        ({"frames": -1}, "frames: got -1"),
        ({"bins": True}, "bins: got True"),
        ({"penalty": 0}, "penalty: got 0"),
        ({"penalty": float("inf")}, "penalty: got inf"),
    ],
)
def test_what_cannot_be_fitted_is_refused(changes, words):
    with pytest.raises(ValueError, match=words):
        fit_context_filter(**({"x": spectra(), "y": spectra(1)} | changes))


def test_another_number_of_bins_is_refused():
    found = fit_context_filter(spectra(), spectra(1), frames=1)
    with pytest.raises(ValueError, match=r"x: got shape .*give \(N, 5, T\)"):
        found.apply(torch.zeros(1, 4, 9))

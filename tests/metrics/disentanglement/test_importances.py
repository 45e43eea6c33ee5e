"""A sparse reader by its closed form, and the count of what it takes."""

import math

import numpy as np
import pytest
import torch
from sklearn.linear_model import Lasso
from sklearn.metrics import r2_score

from support.metrics.disentanglement import dci_from_importances
from support.metrics.disentanglement.importances import completeness, lasso_importances


def draw(*shape: int, seed: int = 0) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


def split() -> tuple[torch.Tensor, ...]:
    z, w = draw(90, 6), torch.tensor([[2.0, 0, 0, 0, 0, 0], [1, -1, 0, 0, 0, 0]])
    y = z @ w.double().T + 0.1 * draw(90, 2, seed=1)
    return z[:60], y[:60], z[60:], y[60:]


def test_orthogonal_codes_have_soft_thresholded_weights(device):
    # columns +1 and -1, orthogonal and of deviation 1: the Lasso has a closed form
    z = torch.tensor([[1.0, 1], [1, -1], [-1, 1], [-1, -1]]).repeat(5, 1).double()
    y = (0.8 * z[:, 0] + 0.6 * z[:, 1])[:, None]
    found = lasso_importances(z.to(device), y.to(device), z, y, 0.25)
    wanted = torch.tensor([[0.55, 0.35]], dtype=torch.float64)
    torch.testing.assert_close(found.importances.cpu(), wanted)
    left = 2 * 0.25**2  # of a factor of variance 1
    assert float(found.r2_in) == pytest.approx(1 - left)
    assert float(found.r2_out) == pytest.approx(1 - left)
    assert found.importances.device.type == device


def test_weights_and_r2_are_those_of_the_library():
    z, y, z_test, y_test = split()
    found = lasso_importances(z, y, z_test, y_test, 0.05)
    mean, deviation = z.mean(0), z.std(0, correction=0)
    rows, others = ((side - mean) / deviation for side in (z, z_test))
    for j in range(2):
        target = (y[:, j] - y[:, j].mean()) / y[:, j].std(correction=0)
        model = Lasso(0.05, tol=1e-10).fit(rows.numpy(), target.numpy())
        np.testing.assert_allclose(
            found.importances[j].numpy(), np.abs(model.coef_), atol=2e-4
        )
        said = model.predict(others.numpy())
        seen = (y_test[:, j] - y[:, j].mean()) / y[:, j].std(correction=0)
        assert float(found.r2_out[j]) == pytest.approx(
            r2_score(seen.numpy(), said), abs=1e-3
        )


def test_affine_maps_of_units_and_factors_change_nothing():
    z, y, z_test, y_test = split()
    wanted = lasso_importances(z, y, z_test, y_test, 0.05)
    moved = lasso_importances(
        1e6 * z - 3, 1e-6 * y + 7, 1e6 * z_test - 3, 1e-6 * y_test + 7, 0.05
    )
    for one, other in zip(wanted, moved, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-7)


def test_units_that_do_not_move_take_no_weight_and_penalties_empty_a_row():
    z, y, z_test, y_test = split()
    z = torch.cat([z, torch.full((60, 1), 0.1)], 1)
    z_test = torch.cat([z_test, draw(30, 1)], 1)
    assert (lasso_importances(z, y, z_test, y_test, 0.05).importances[:, 6] == 0).all()
    empty = lasso_importances(z, y, z_test, y_test, 1.0)
    assert (empty.importances == 0).all()
    torch.testing.assert_close(empty.r2_in, torch.zeros(2).double())
    assert completeness(empty.importances).effective.isnan().all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"y": torch.ones(60, 2)}, "y: factor 0 does not vary"),
        ({"y_test": torch.ones(30, 2)}, "y_test: factor 0 does not vary"),
        ({"z": draw(60)}, r"z: got shape \(60,\)"),
        ({"z": draw(59, 6)}, "y: got 60 rows for 59 of z"),
        ({"z_test": draw(30, 5)}, "z_test: got 5 columns"),
        ({"y_test": draw(30, 3)}, "y_test: got 3 columns"),
        ({"z_test": draw(1, 6), "y_test": draw(1, 2)}, "z_test: got shape"),
        ({"z": draw(60, 6) * torch.nan}, "z: got nan"),
        ({"alpha": 0}, "alpha: got 0"),
        ({"alpha": "word"}, "alpha: got 'word'"),
        ({"y": None}, "y: got None"),
    ],
)
def test_what_cannot_be_read_is_refused(changes, words):
    names = ("z", "y", "z_test", "y_test")
    given = dict(zip(names, split(), strict=True)) | {"alpha": 0.05} | changes
    with pytest.raises(ValueError, match=words):
        lasso_importances(**given)


@pytest.mark.parametrize("width", [20, 768, 2048])
@pytest.mark.parametrize("used", [1, 2, 8, 20])
def test_equal_units_have_a_completeness_by_their_number_and_the_width(width, used):
    rows = (torch.arange(width) < used).double()[None]
    found = completeness(3 * rows)
    law = 1 - math.log(used) / math.log(width)
    assert float(found.per_factor) == pytest.approx(law, abs=1e-12)
    assert float(found.effective) == pytest.approx(used, abs=1e-10)


def test_dead_units_raise_completeness_and_not_the_number():
    rows = draw(4, 9).abs()
    wide = torch.cat([rows, torch.zeros(4, 91)], 1)
    before, after = completeness(rows), completeness(wide)
    torch.testing.assert_close(before.effective, after.effective)
    assert (after.per_factor > before.per_factor).all()


def test_it_is_the_completeness_of_dci_factor_by_factor(device):
    rows = draw(4, 9).abs().to(device)
    found = completeness(rows)
    assert float(found.per_factor.mean()) == pytest.approx(
        dci_from_importances(rows)[1]
    )
    assert found.per_factor.device.type == device


def test_an_empty_row_has_no_completeness_and_a_single_unit_all_of_it():
    found = completeness(torch.tensor([[0.0, 0], [1, 0]]))
    assert found.per_factor.isnan().tolist() == [True, False]
    assert found.effective.isnan().tolist() == [True, False]
    alone = completeness(torch.tensor([[2.0], [0.0]]))
    assert float(alone.per_factor[0]) == 1
    assert alone.per_factor[1].isnan()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (torch.ones(3), "importances: got shape"),
        (torch.ones(0, 3), "importances: got shape"),
        (-torch.eye(2), "importances: got -1"),
        (torch.full((1, 2), torch.inf), "importances: got inf"),
    ],
)
def test_rows_that_are_no_importances_are_refused(rows, words):
    with pytest.raises(ValueError, match=words):
        completeness(rows)

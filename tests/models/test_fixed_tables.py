"""Tables of prototypes: products, the simplex, and what a projection leaves."""

import numpy as np
import pytest
import torch

from support.models.fixed_tables import factor_tables, orthogonal_table


def drawn(seed=0):
    return torch.Generator().manual_seed(seed)


@pytest.mark.parametrize(("classes", "dim"), [(2, 2), (5, 5), (4, 9), (10, 64)])
def test_orthogonal_rows_of_one_length(classes, dim):
    table = orthogonal_table(classes, dim, drawn(), 3.0)
    assert table.shape == (classes, dim)
    assert table.dtype == torch.float32
    torch.testing.assert_close(
        table @ table.T, 9 * torch.eye(classes), atol=1e-5, rtol=0
    )


@pytest.mark.parametrize(("classes", "dim"), [(2, 1), (4, 3), (4, 8), (10, 9)])
def test_the_corners_of_a_simplex(classes, dim):
    table = orthogonal_table(classes, dim, drawn(), 2.0, simplex=True)
    wanted = torch.full((classes, classes), -4 / (classes - 1))
    torch.testing.assert_close(
        table @ table.T, wanted.fill_diagonal_(4.0), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(table.sum(0), torch.zeros(dim), atol=1e-5, rtol=0)


@pytest.mark.parametrize("dim", [4, 16, 64])
def test_too_many_classes_are_nearly_orthogonal(dim):
    table = orthogonal_table(200, dim, drawn())
    unit = table / table.norm(dim=1, keepdim=True)
    cosines = (unit @ unit.T)[~torch.eye(200, dtype=torch.bool)]
    spread = float(cosines.std())
    assert 0.7 / dim**0.5 < spread < 1.3 / dim**0.5
    assert float(cosines.abs().mean()) < 3 / dim**0.5
    assert 0.8 < float(table.square().sum(1).mean()) < 1.2


def test_the_generator_alone_decides():
    assert torch.equal(
        orthogonal_table(3, 8, drawn(1)), orthogonal_table(3, 8, drawn(1))
    )
    assert not torch.equal(
        orthogonal_table(3, 8, drawn(1)), orthogonal_table(3, 8, drawn(2))
    )


def test_a_table_a_factor_and_each_is_orthogonal():
    tables = factor_tables([6, 3], [16, 4], drawn(), 4.0)
    assert [tuple(table.shape) for table in tables] == [(6, 16), (3, 4)]
    for table in tables:
        own = table @ table.T
        torch.testing.assert_close(own, 16 * torch.eye(len(table)), atol=1e-4, rtol=0)
    for kind in (torch.tensor, np.array, tuple):
        same = factor_tables(kind([6, 3]), kind([16, 4]), drawn(), 4.0)
        assert all(torch.equal(*pair) for pair in zip(tables, same, strict=True))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"classes": 1}, "classes: got 1"),
        ({"classes": 2.5}, "classes: got 2.5"),
        ({"classes": True}, "classes: got True"),
        ({"dim": 0}, "dim: got 0"),
        ({"dim": "8"}, "dim: got '8'"),
        ({"scale": 0}, "scale: got 0"),
        ({"scale": -1.0}, "scale: got -1"),
        ({"scale": 1e39}, "scale: got 1e[+]39"),
        ({"scale": 1e-46}, "scale: got 1e-46"),
        ({"scale": float("nan")}, "scale: got nan"),
        ({"scale": None}, "scale: got None"),
        ({"simplex": "no"}, "simplex: got 'no'; give True or False"),
        ({"simplex": 1}, "simplex: got 1"),
        ({"classes": 5, "dim": 3, "simplex": True}, "dim: got 3; a simplex of 5"),
    ],
)
def test_bad_input_in_words(given, words):
    options = {"classes": 3, "dim": 8, "generator": drawn(), **given}
    with pytest.raises(ValueError, match=words):
        orthogonal_table(**options)


@pytest.mark.parametrize(
    ("levels", "widths", "words"),
    [
        ([3, 4], [8, 3], "block 1 has 3 dimensions for 4 levels"),
        ([3], [8, 8], "got 1 and 2"),
        ([], [], r"levels: got \[\]"),
        ([1], [8], "levels: got 1"),
        ([3], [2.5], "block_dims: got 2.5"),
        (3, [8], "levels: got 3"),
        ("33", [8, 8], "levels: got '33'"),
    ],
)
def test_bad_factors_in_words(levels, widths, words):
    with pytest.raises(ValueError, match=words):
        factor_tables(levels, widths, drawn())

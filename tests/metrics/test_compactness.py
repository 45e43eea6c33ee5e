"""How many components hold the relevance: known answers, and what must not matter."""

import math

import pytest
import torch

from support.metrics.compactness import effective_number, mass_number
from support.metrics.disentanglement import dci_from_importances


def drawn(groups=4, components=12, seed=0):
    source = torch.Generator().manual_seed(seed)
    return torch.rand(groups, components, generator=source, dtype=torch.float64)


@pytest.mark.parametrize("count", [1, 2, 5, 12])
def test_components_that_share_alike_are_counted(count):
    row = torch.zeros(1, 12)
    row[0, :count] = 0.3
    assert float(effective_number(row)) == pytest.approx(count, abs=1e-12)
    assert float(mass_number(row, 1.0)) == count
    assert float(mass_number(row)) == math.ceil(0.8 * count - 1e-9)


def test_known_numbers():
    row = torch.tensor([[0.5, 0.3, 0.2, 0.0, 0.0]])
    assert float(mass_number(row)) == 2
    entropy = -sum(p * math.log(p) for p in (0.5, 0.3, 0.2))
    assert float(effective_number(row)) == pytest.approx(math.exp(entropy), abs=1e-6)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.6, 0.7, 0.8, 0.9])
def test_a_share_that_is_just_reached_is_reached_whatever_the_unit(share):
    row = torch.ones(1, 10, dtype=torch.float64)
    for unit in (1.0, 0.1, 1 / 3, 1e-12, 1e300):
        assert float(mass_number(row * unit, share)) == round(10 * share)


@pytest.mark.parametrize("unit", [1e308, 1e-308, 5e-324])
def test_no_unit_is_too_large_or_too_small(unit):
    rows = torch.full((1, 10), unit, dtype=torch.float64)
    assert float(effective_number(rows)) == pytest.approx(10, abs=1e-9)
    assert float(mass_number(rows)) == 8


def test_the_whole_is_held_by_all_that_live():
    row = torch.tensor([[1.0, 1e-13, 0.0]], dtype=torch.float64)
    assert float(mass_number(row, 1)) == 2


def test_dead_components_change_neither_count_and_change_completeness():
    live = drawn()
    padded = torch.cat([live, torch.zeros(4, 50)], 1)[:, torch.randperm(62)]
    for count in (effective_number, mass_number):
        torch.testing.assert_close(count(padded), count(live), rtol=0, atol=1e-9)
    assert dci_from_importances(padded)[1] > dci_from_importances(live)[1] + 0.1


def test_one_is_least_and_all_components_are_most():
    for count in (effective_number, mass_number):
        found = count(drawn(50, 7))
        assert (found >= 1).all()
        assert (found <= 7 + 1e-9).all()
        assert found.dtype == torch.float64
    assert (mass_number(drawn(50, 7)) % 1 == 0).all()


def test_a_row_of_zeros_has_no_number():
    rows = torch.tensor([[0.0, 0.0], [1.0, 0.0]])
    for count in (effective_number, mass_number):
        with pytest.warns(UserWarning, match="1 of 2 rows are zero"):
            found = count(rows)
        assert found[0].isnan()
        assert float(found[1]) == 1


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (torch.ones(3), "got shape"),
        (torch.ones(0, 3), "got shape"),
        (torch.ones(3, 0), "got shape"),
        (torch.tensor([[1.0, -1.0]]), "got -1"),
        (torch.tensor([[1.0, math.nan]]), "got nan"),
        ([["a", "b"]], "relevances: got list"),
        (None, "relevances: got NoneType"),
    ],
)
def test_what_is_no_table_of_relevances_is_refused(given, words):
    for count in (effective_number, mass_number):
        with pytest.raises(ValueError, match=words):
            count(given)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, math.nan, "most", True])
def test_a_share_is_above_zero_and_at_most_one(share):
    with pytest.raises(ValueError, match="share: got"):
        mass_number(drawn(), share)

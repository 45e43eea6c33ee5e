"""Single numbers are taken from any library, and refused by name."""

import numpy as np
import pytest
import torch

from support.scalars import number, whole


@pytest.mark.parametrize("value", [3, np.int8(3), np.uint64(3), torch.tensor(3)])
def test_integers_of_any_library_are_whole(value):
    taken = whole("k", value)
    assert taken == 3
    assert type(taken) is int


@pytest.mark.parametrize(
    "value", [3.0, 2.5, True, "3", None, np.float32(3), torch.tensor(3.0), [3]]
)
def test_what_is_no_integer_is_refused(value):
    with pytest.raises(ValueError, match=r"^k: got .*; give an integer of at least 1$"):
        whole("k", value)


@pytest.mark.parametrize("value", [0, 6, -1])
def test_a_whole_number_keeps_its_limits(value):
    with pytest.raises(ValueError, match=f"got {value}; give an integer from 1 to 5"):
        whole("k", value, most=5)


@pytest.mark.parametrize(
    "value", [2, 2.0, np.float16(2), torch.tensor(2.0, requires_grad=True)]
)
def test_numbers_of_any_library_are_numbers(value):
    taken = number("rate", value, least=2, most=2)
    assert taken == 2
    assert type(taken) is float


@pytest.mark.parametrize(
    "value", [float("nan"), float("inf"), True, "1", None, [1.0], torch.ones(1)]
)
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ValueError, match=r"^rate: got .*; give a finite number$"):
        number("rate", value)


@pytest.mark.parametrize(
    ("limits", "value", "words"),
    [
        ({"least": 0}, -1e-9, "at least 0"),
        ({"above": 0}, 0, "above 0"),
        ({"most": 1}, 1.5, "at most 1"),
        ({"above": 0, "most": 1}, 2, "above 0 and at most 1"),
    ],
)
def test_a_number_keeps_its_limits(limits, value, words):
    with pytest.raises(ValueError, match=f"give a finite number {words}$"):
        number("rate", value, **limits)

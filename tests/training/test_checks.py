"""Devices that are asked for, and what methods return."""

import pytest
import torch

from support.training import require_tensor, resolve_device


def test_devices():
    assert resolve_device("cpu").type == "cpu"
    expected = "cuda" if torch.cuda.is_available() else "cpu"
    assert resolve_device("auto").type == expected
    for spec in ("tpu", "cuda:x", "cuda:", "gpu"):
        with pytest.raises(ValueError, match="device: got"):
            resolve_device(spec)
    with pytest.raises(ValueError, match="usable GPU"):
        resolve_device("cuda:99")


def test_what_a_method_gave_is_returned_as_it_is():
    value = torch.zeros(2, 5, requires_grad=True)
    assert require_tensor(value, shape=(2, -1), what="it") is value
    assert require_tensor([[1, 2]], shape=(1, 2), what="it") == [[1, 2]]


@pytest.mark.parametrize(
    ("value", "shape", "message"),
    [
        (torch.zeros(2), (3,), r"it has shape \(2,\); expected \(3\)"),
        (torch.zeros(2), (2, -1), r"expected \(2, any\)"),
        (torch.tensor([1.0, float("inf")]), (2,), r"1 of 2 value\(s\) are NaN"),
        ("text", (), "it is a str; give a tensor or a number"),
        ([[1], [1, 2]], (2, 2), "it is a list"),
    ],
)
def test_what_a_method_may_not_give_is_told(value, shape, message):
    with pytest.raises(ValueError, match=message):
        require_tensor(value, shape=shape, what="it")

"""What the door lets in, what it makes of it, and what it refuses in words."""

import numpy as np
import pytest
import torch

from support.arrays import classes, flags, real, tensor

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("given", "made"),
    [
        (torch.float64, torch.float64),
        (torch.float32, torch.float32),
        (torch.float16, torch.float32),
        (torch.bfloat16, torch.float32),
        (torch.int64, torch.float64),
        (torch.uint8, torch.float64),
        (torch.bool, torch.float64),
    ],
)
def test_real_numbers_get_a_type_that_holds_their_sums(given, made):
    found = real("x", torch.tensor([0, 1, 1]).to(given))
    assert found.dtype == made
    assert found.tolist() == [0, 1, 1]


@pytest.mark.parametrize(
    "array",
    [
        np.arange(4.0)[::-1],
        np.arange(4, dtype=">i4")[::-1],
        np.arange(4, dtype=np.uint16)[::-1],
        np.arange(4, dtype=np.uint64)[::-1],
        np.arange(4, dtype=np.longdouble)[::-1],
        [3, 2, 1, 0],
        (3.0, 2.0, 1.0, 0.0),
    ],
)
def test_every_array_enters(array):
    assert real("x", array).tolist() == [3, 2, 1, 0]
    assert classes("x", array, 4).tolist() == [3, 2, 1, 0]


def test_an_array_that_may_not_be_written_is_copied():
    array = np.arange(3.0)
    array.flags.writeable = False
    tensor("x", array).add_(1)
    assert array.tolist() == [0, 1, 2]


def test_a_number_alone_enters_and_large_sums_are_no_infinity():
    assert real("x", 3).shape == ()
    assert float(real("x", torch.full((3,), 3e38)).max()) > 1e38
    assert float(real("x", torch.full((3,), 6e4).half()).sum()) > 65504


def test_gradients_pass():
    x = torch.ones(3, dtype=torch.half, requires_grad=True)
    real("x", x).sum().backward()
    assert x.grad.tolist() == [1, 1, 1]


@pytest.mark.parametrize("value", [NAN, INF, -INF])
def test_what_is_not_finite_is_named_with_its_place(value):
    bad = torch.tensor([[0.0, 1.0], [2.0, value]])
    with pytest.raises(ValueError, match=rf"scores: got {value} at \(1, 1\); give fin"):
        real("scores", bad)
    assert real("scores", bad, finite=False) is bad
    with pytest.raises(ValueError, match=rf"y: got {value} at 0; give whole"):
        classes("y", torch.tensor([value]))


@pytest.mark.parametrize("bad", [["a"], [1j], None, torch.ones(2) * 1j, [[1], [1, 2]]])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(ValueError, match=r"^x: "):
        real("x", bad)


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ([0.1, 0.9], "got 0.1 at 0; give whole numbers"),
        ([0, -100], r"got values from -100 to 0; give integers in \[0, 3\)"),
        ([0, 3], r"got values from 0 to 3; give integers in \[0, 3\)"),
    ],
)
def test_what_is_no_class_is_refused(bad, words):
    with pytest.raises(ValueError, match=f"labels: {words}"):
        classes("labels", bad, 3)


@pytest.mark.parametrize("kind", [torch.bool, torch.uint8, torch.int32, torch.float16])
def test_classes_are_int64_and_flags_bool(kind):
    given = torch.tensor([0, 1]).to(kind)
    assert classes("y", given, 2).dtype == torch.long
    assert flags("y", given).tolist() == [False, True]


@pytest.mark.parametrize("bad", [[0, 2], [0.5], [NAN], [-1]])
def test_what_is_neither_true_nor_false_is_refused(bad):
    with pytest.raises(ValueError, match=r"is_target: got .*; give true and false"):
        flags("is_target", bad)

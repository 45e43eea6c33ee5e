"""Random erasing: spans, chances, padding, and what is refused."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.signal.erasing import random_erase


def drawn(seed):
    return torch.Generator().manual_seed(seed)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31))
def test_a_span_lies_inside_its_utterance(seed):
    frames = torch.tensor([20, 9, 3, 1])
    x = torch.zeros(4, 20, 2)
    gone = (random_erase(x, frames, 1.0, 2, 8, drawn(seed)) != 0).any(2)
    assert (gone.sum(1) >= torch.tensor([2, 2, 2, 0])).all()
    assert (gone.sum(1) <= (frames - 1).clamp_max(8)).all()
    assert not gone[torch.arange(20) >= frames[:, None]].any()
    edges = gone.int().diff(dim=1, prepend=torch.zeros(4, 1).int())
    assert ((edges == 1).sum(1) == (frames > 1)).all()  # one span each


def test_chance_length_place_and_noise_are_those_that_are_said():
    x, frames = torch.zeros(20_000, 12, 1), torch.full((20_000,), 12)
    found = random_erase(x, frames, 0.3, 2, 4, drawn(0))[..., 0]
    length = (found != 0).sum(1)
    hit = length > 0
    assert float(hit.double().mean()) == pytest.approx(0.3, abs=0.02)
    share = torch.bincount(length[hit]).double() / hit.sum()
    assert share[2:].tolist() == pytest.approx([1 / 3] * 3, abs=0.03)
    assert float(found[found != 0].std()) == pytest.approx(0.5, abs=0.02)
    twos = (found[length == 2] != 0).int().argmax(1)
    assert twos.unique().tolist() == list(range(11))


def test_zero_chance_changes_nothing_and_the_generator_decides():
    x, frames = torch.randn(5, 9, 3, generator=drawn(1)), [9, 9, 5, 2, 1]
    assert torch.equal(random_erase(x, frames, 0, 1, 3, drawn(0)), x)
    one, same, other = (random_erase(x, frames, 1, 1, 3, drawn(k)) for k in (2, 2, 3))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_gradients_pass_where_nothing_was_erased():
    x = torch.ones(1, 9, 1, requires_grad=True)
    found = random_erase(x, [9], 1, 3, 3, drawn(0))
    found.sum().backward()
    assert torch.equal(x.grad[..., 0] == 0, found[..., 0] != 1)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"x": torch.zeros(2, 9)}, "x: got shape"),
        ({"x": "speech"}, "x: got str"),
        ({"x": torch.full((2, 9, 1), torch.nan)}, "x: got nan"),
        ({"frames": [9]}, "frames: got shape"),
        ({"frames": [9, 0]}, "frames: got shape"),
        ({"frames": [9, 10]}, "frames: got values from 9 to 10"),
        ({"frames": [9, 2.5]}, "frames: got 2.5"),
        ({"p": 1.5}, "p: got 1.5"),
        ({"shortest": 0}, "shortest: got 0"),
        ({"longest": 10}, "longest: got 10"),
        ({"longest": 1}, "longest: got 1"),
        ({"longest": True}, "longest: got True"),
        ({"generator": 0}, "generator: got int"),
    ],
)
def test_bad_input_is_told_in_words(given, words):
    good = {"x": torch.zeros(2, 9, 1), "frames": [9, 9], "generator": drawn(0)}
    with pytest.raises(ValueError, match=words):
        random_erase(**good | given)


def test_both_devices_have_the_same_holes(device):
    x, frames = torch.ones(4, 9, 2), torch.tensor([9, 7, 5, 3])
    found = random_erase(x.to(device), frames.to(device), 1, 2, 4, drawn(0))
    assert torch.equal(found.cpu(), random_erase(x, frames, 1, 2, 4, drawn(0)))

"""Convolution is convolution; times and levels are read as they were put in."""

import numpy as np
import pytest
import torch

from support.data.rooms import polack_rooms
from support.signal.rooms import (
    convolve,
    direct_to_reverberant,
    schroeder_decay,
    schroeder_t60,
)


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


@pytest.mark.parametrize(("samples", "taps"), [(1, 1), (7, 3), (3, 7), (100, 31)])
def test_convolution_is_numpys_cut_to_the_signals_length(samples, taps):
    x, h = noise(0, 2, samples), noise(1, 2, taps)
    wanted = [np.convolve(*pair)[:samples] for pair in zip(x, h, strict=True)]
    np.testing.assert_allclose(convolve(x, h), np.array(wanted), atol=1e-12)


def test_one_response_serves_a_batch_and_a_delay_delays():
    x = noise(0, 3, 4, 50)
    assert torch.allclose(convolve(x, [0, 0, 2]), torch.nn.functional.pad(
        2 * x, (2, 0))[..., :50], atol=1e-12)  # fmt: skip
    assert convolve(x.float(), noise(1, 4, 9)).dtype == torch.float64
    assert convolve(x.half(), noise(1, 9).float()).dtype == torch.float32
    assert convolve(torch.zeros(0, 5), [1.0]).shape == (0, 5)


def test_rounding_is_as_small_as_is_said():
    x, h = noise(0, 300), noise(1, 80)
    x[50], x[100:200] = 1e9, 0
    apart = (convolve(x.float(), h.float()) - convolve(x, h)).abs().max()
    bound = torch.finfo(torch.float32).eps * np.log2(380) * x.norm() * h.norm()
    assert 0 < apart < bound


def test_gradients_pass_through_a_room():
    x, h = noise(0, 2, 9).requires_grad_(), noise(1, 4).requires_grad_()
    assert torch.autograd.gradcheck(convolve, (x, h))


@pytest.mark.parametrize("t60", [0.1, 0.3, 0.9])
def test_an_exponential_decay_has_the_time_that_it_was_given(t60):
    h = torch.exp(-6.9078 * torch.arange(16000).double() / 8000 / t60)
    assert float(schroeder_t60(h, 8000)) == pytest.approx(t60, rel=1e-3)
    assert float(schroeder_t60(1e-9 * h, 8000)) == pytest.approx(t60, rel=1e-3)
    assert schroeder_t60(torch.stack([h, h]), 8000).shape == (2,)


def test_the_decay_falls_from_zero():
    decay = schroeder_decay(noise(0, 3, 100))
    assert (decay[:, 0] == 0).all()
    assert (decay.diff(dim=1) <= 0).all()
    assert schroeder_decay([1.0, 0.0])[1] == -torch.inf


def test_a_level_is_that_of_its_two_parts():
    assert float(direct_to_reverberant([2.0, 1.0, 1.0], 8000)) == pytest.approx(
        10 * np.log10(2)
    )
    late = direct_to_reverberant([2.0, 1.0, 1.0], 1000, direct=0.001)
    assert float(late) == pytest.approx(10 * np.log10(5))
    assert float(direct_to_reverberant([1.0], 8000)) == np.inf


def test_drawn_tails_have_their_times_and_levels():
    times, levels = torch.tensor([0.3, 0.6, 0.9]), torch.tensor([-3.0, 0.0, 5.0])
    source = torch.Generator().manual_seed(0)
    found = torch.stack(
        [
            schroeder_t60(polack_rooms(times, levels, source, rate=8000), 8000)
            for _ in range(20)
        ]
    )
    assert torch.allclose(found.mean(0), times.double(), rtol=0.05)
    rooms = polack_rooms(times, levels, source, rate=8000)
    assert torch.allclose(
        direct_to_reverberant(rooms, 8000), levels.double(), atol=1e-4
    )


@pytest.mark.parametrize("call", [schroeder_t60, direct_to_reverberant])
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"response": torch.zeros(9)}, "response: got silence"),
        ({"response": torch.zeros(2, 0)}, r"response: got shape \(2, 0\)"),
        ({"response": 1.0}, r"response: got shape \(\)"),
        ({"response": "room"}, "response: got"),
        ({"response": [1.0, float("nan")]}, "response: got nan at 1"),
        ({"rate": 0}, "rate: got 0"),
        ({"rate": "8000"}, "rate: got '8000'"),
    ],
)
def test_what_is_no_response_is_refused(call, options, words):
    with pytest.raises(ValueError, match=words):
        call(**({"response": [1.0, 0.5], "rate": 8000} | options))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"response": [1.0, 0.5]}, "reaches -25 dB"),
        ({"response": [1.0, 1e-9]}, "no two samples"),
        ({"start": 1}, "start: got 1"),
        ({"start": -30}, "end: got -25; give less than start, -30"),
        ({"end": float("nan")}, "end: got nan"),
    ],
)
def test_a_decay_that_says_nothing_is_refused(options, words):
    with pytest.raises(ValueError, match=words):
        schroeder_t60(**({"response": [1.0, 0.5, 0.1], "rate": 8000} | options))


@pytest.mark.parametrize(
    ("signal", "response", "words"),
    [
        (torch.zeros(2, 0), [1.0], "signal: got shape"),
        ([1.0], [], "response: got shape"),
        (torch.zeros(2, 9), torch.zeros(3, 4), "axes that broadcast"),
        ([1.0, float("inf")], [1.0], "signal: got inf at 1"),
        ([1.0], "h", "response: got"),
        (None, [1.0], "signal: got"),
        ([1j], [1.0], "signal: got"),
    ],
)
def test_what_cannot_be_convolved_is_refused(signal, response, words):
    with pytest.raises(ValueError, match=words):
        convolve(signal, response)


def test_a_level_takes_no_negative_time():
    with pytest.raises(ValueError, match="direct: got -1"):
        direct_to_reverberant([1.0, 0.5], 8000, direct=-1)

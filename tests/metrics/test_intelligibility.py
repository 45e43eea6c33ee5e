"""Intelligibility on cases whose answers are known, and its formula in loops."""

import math

import numpy as np
import pytest
import torch
from pystoi import stoi

from support.data.rooms import polack_rooms
from support.data.sources import source_pool
from support.metrics.intelligibility import short_time_intelligibility
from support.signal.rooms import convolve

RATE = 10_000


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def speech(count: int = 3, rate: int = RATE) -> torch.Tensor:
    source = torch.Generator().manual_seed(0)
    return source_pool("speech", count, 1.5, source, rate=rate).double()


def by_the_book(x: np.ndarray, y: np.ndarray) -> float:
    """Taal et al., frame by frame, band by band, segment by segment, at 10 kHz."""
    window = np.hanning(258)[1:-1]
    starts = range(0, len(x) - 255, 128)
    level = np.array([np.linalg.norm(window * x[s : s + 256]) for s in starts])
    loud = [s for s, at in zip(starts, level, strict=True) if at > level.max() / 100]
    short = []
    for signal in (x, y):
        joined = np.zeros((len(loud) + 1) * 128)
        for place, start in enumerate(loud):
            at = slice(place * 128, place * 128 + 256)
            joined[at] += window * signal[start : start + 256]
        spectra = [
            np.abs(np.fft.rfft(window * joined[m * 128 : m * 128 + 256], 512)) ** 2
            for m in range(len(loud))
        ]
        rows = []
        for band in range(15):
            low, high = (150 * 2 ** ((2 * band + side) / 6) for side in (-1, 1))
            bins = slice(round(low * 512 / 10_000), round(high * 512 / 10_000))
            rows.append([math.sqrt(s[bins].sum()) for s in spectra])
        short.append(np.array(rows))
    alike = []
    for m in range(30, len(loud) + 1):
        for one, other in zip(*(rows[:, m - 30 : m] for rows in short), strict=True):
            scaled = other * np.linalg.norm(one) / np.linalg.norm(other)
            scaled = np.minimum(scaled, one * (1 + 10 ** (15 / 20)))
            alike.append(np.corrcoef(one, scaled)[0, 1])
    return float(np.mean(alike))


def test_it_is_its_formula():
    x = speech()
    x[1, 4000:9000] = 0  # cut out of both
    y = convolve(x, noise(1, 3, 3000) * torch.linspace(1, 0, 3000).double() ** 4)
    found = short_time_intelligibility(x, y, rate=RATE)
    wanted = [
        by_the_book(one.numpy(), other.numpy()) for one, other in zip(x, y, strict=True)
    ]
    np.testing.assert_allclose(found, wanted, atol=1e-9)


@pytest.mark.parametrize(("rate", "apart"), [(10_000, 0.003), (16_000, 0.003)])
def test_it_is_pystois(rate, apart):
    """Apart by how silent frames are told, and by the filter that changes the rate."""
    x = speech(6, rate)
    share = torch.tensor([0.1, 0.3, 0.5, 1.0, 2.0, 4.0]).double()[:, None]
    y = x + share * x.std(1, keepdim=True) * noise(2, *x.shape)
    found = short_time_intelligibility(x, y, rate=rate)
    theirs = [
        stoi(one.numpy(), other.numpy(), rate) for one, other in zip(x, y, strict=True)
    ]
    np.testing.assert_allclose(found, theirs, atol=apart)
    assert max(theirs) - min(theirs) > 0.3


def test_speech_is_as_good_as_itself_at_any_level():
    x = speech()
    for louder in (1.0, 1e-6, -3.0, 1e12):
        found = short_time_intelligibility(x, louder * x, rate=RATE)
        torch.testing.assert_close(found, torch.ones(3).double())
        found = short_time_intelligibility(louder * x, x, rate=RATE)
        torch.testing.assert_close(found, torch.ones(3).double())


def test_what_swells_where_speech_falls_is_its_opposite():
    time = torch.arange(2 * RATE).double() / RATE
    move = 0.3 * (2 * math.pi * 3 * time).sin()
    click = (torch.arange(2 * RATE) % 16 == 0).double()  # a flat comb, no noise
    pair = [((1 + sign * move) * click)[None] for sign in (1, -1)]
    found = float(short_time_intelligibility(*pair, rate=RATE))
    assert found == pytest.approx(-1, abs=0.05)


def test_foreign_noise_tells_nothing_and_more_of_it_tells_less():
    x = speech(1)
    strange = noise(5, 12, x.shape[1])
    alone = short_time_intelligibility(noise(6, 12, x.shape[1]), strange, rate=RATE)
    assert abs(float(alone.mean())) < 0.05
    loud = x.square().mean().sqrt()
    values = [
        float(short_time_intelligibility(x, x + part * loud * strange[:1], rate=RATE))
        for part in (0.03, 0.1, 0.3, 1.0, 3.0)
    ]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.9
    assert values[-1] < 0.5


def test_it_falls_with_reverberation_and_does_not_hang_on_the_rate():
    means = []
    x = speech(6, 8000)
    for t60 in (0.2, 0.5, 1.0):
        source = torch.Generator().manual_seed(1)
        rooms = polack_rooms([t60] * 6, [0.0] * 6, source, rate=8000)
        wet = convolve(x, rooms)
        found = short_time_intelligibility(x, wet, rate=8000)
        means.append(float(found.mean()))
        again = [torch.fft.irfft(torch.fft.rfft(signal), 24_000) for signal in (x, wet)]
        at_16 = short_time_intelligibility(*again, rate=16_000)
        torch.testing.assert_close(at_16, found, atol=1e-6, rtol=0)
    assert means == sorted(means, reverse=True)


def test_clips_do_not_disturb_each_other(device):
    x, y = speech().to(device), (speech() + noise(3, 3, 15_000)).to(device)
    x[0, :9000] = 0  # fewer frames than the others
    together = short_time_intelligibility(x, y, rate=RATE)
    alone = [
        short_time_intelligibility(x[i : i + 1], y[i : i + 1], rate=RATE)
        for i in range(3)
    ]
    assert together.device == x.device
    torch.testing.assert_close(together, torch.cat(alone))
    mixed = short_time_intelligibility(x.float(), y, rate=RATE)
    torch.testing.assert_close(mixed, together, atol=1e-5, rtol=0)


def test_silence_in_what_is_judged_tells_nothing():
    x = speech()
    assert (short_time_intelligibility(x, 0 * x, rate=RATE) == 0).all()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"processed": noise(0, 2, 9000)}, "reference, processed: got shapes"),
        ({"reference": noise(0, 9000)}, "reference, processed: got shapes"),
        ({"reference": noise(0, 0, 9), "processed": noise(0, 0, 9)}, "not empty"),
        ({"reference": torch.zeros(3, 15_000)}, "reference: got silence"),
        ({"processed": speech() * torch.nan}, "processed: got nan"),
        ({"reference": "speech"}, "reference: got"),
        ({"rate": 0}, "rate: got 0"),
        ({"rate": "fast"}, "rate: got"),
        ({"rate": 7999}, "rate: got 7999"),
        ({"rate": 60_000}, "reference: got 15000 samples"),
        ({"reference": torch.eye(3, 15_000)}, "reference: got 1 frames"),
    ],
)
def test_what_cannot_be_judged_is_refused(changes, words):
    given = {"reference": speech(), "processed": speech(), "rate": RATE} | changes
    with pytest.raises(ValueError, match=words):
        short_time_intelligibility(**given)


def test_a_clip_alone_is_judged_as_among_many():
    x = speech(11)  # more than are judged at once
    y = x + 0.3 * noise(1, *x.shape) * x.std()
    together = short_time_intelligibility(x, y, rate=RATE)
    alone = [
        short_time_intelligibility(x[place, None], y[place, None], rate=RATE)
        for place in range(len(x))
    ]
    torch.testing.assert_close(together, torch.cat(alone), rtol=0, atol=1e-12)

"""Predictors solve their equations; distances of known filters are those on paper."""

import numpy as np
import pytest
import torch
from scipy.linalg import solve_toeplitz, toeplitz
from scipy.signal import lfilter

from support.metrics.linear_prediction import (
    cepstral_distance,
    levinson,
    log_likelihood_ratio,
    prediction_cepstra,
)

RATE = 8000
BOTH = pytest.mark.parametrize("distance", [log_likelihood_ratio, cepstral_distance])


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def autocorrelation(seed: int, frames: int, lags: int) -> torch.Tensor:
    power = torch.fft.rfft(noise(seed, frames, 60), 128).abs().square()
    return torch.fft.irfft(power)[:, :lags]


def voice(seed: int = 0, clips: int = 2, samples: int = 4000) -> torch.Tensor:
    """Noise through a resonance, loud and soft by turns."""
    sound = lfilter([1], [1, -1.6, 0.81], noise(seed, clips, samples).numpy())
    return torch.from_numpy(sound * (1.2 + np.sin(np.arange(samples) / 700)))


@pytest.mark.parametrize("order", [1, 2, 10, 16])
def test_predictors_are_those_of_a_toeplitz_solver(order):
    r = autocorrelation(0, 5, order + 1)
    a, error = levinson(r)
    for row, found, left in zip(r.numpy(), a.numpy(), error.numpy(), strict=True):
        wanted = solve_toeplitz(row[:-1], -row[1:])
        np.testing.assert_allclose(found, [1, *wanted], rtol=1e-8, atol=1e-10)
        assert found @ toeplitz(row) @ found == pytest.approx(left, rel=1e-9)


def test_silence_and_a_pure_tone_have_predictors():
    a, error = levinson([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
    assert a.tolist() == [[1, 0, 0], [1, -1, 0]]
    assert error.tolist() == [0, 0]
    assert levinson(torch.zeros(0, 3))[0].shape == (0, 3)
    assert levinson([2.0])[0].tolist() == [1]


@pytest.mark.parametrize(
    "lags", [[1.0, 2.0, 0.0], [0.0, 1.0], [1e-20, 2e-20], [1.0, 0.9, -0.9]]
)
def test_lags_that_no_signal_has_are_refused(lags):
    with pytest.raises(ValueError, match="which no signal has; give a positive semi"):
        levinson([[1.0] + [0.0] * (len(lags) - 1), lags])


@pytest.mark.parametrize("kind", [torch.float32, torch.float64])
@pytest.mark.parametrize("hertz", [0.001, 0.05, 0.3, 1.0, 3.0])
def test_rounding_of_tones_is_not_refused(kind, hertz):
    tone = torch.cos(hertz * torch.arange(17).double()).to(kind)
    a, error = levinson(torch.stack([1e-30 * tone, tone, 1e30 * tone]))
    assert ((error >= 0) & (error <= 1e-3 * torch.tensor([1e-30, 1, 1e30]))).all()
    assert a.isfinite().all()


@pytest.mark.parametrize("scale", [1e-300, 1e-9, 1e9, 1e300])
def test_predictors_do_not_know_the_level(scale):
    r = autocorrelation(0, 5, 9) / 1e3
    assert torch.allclose(levinson(scale * r)[0], levinson(r)[0], rtol=1e-9)


def test_cepstra_are_those_of_the_logarithm_of_the_spectrum():
    poles = torch.tensor([0.8 + 0.3j, 0.8 - 0.3j, -0.5]).to(torch.complex128)
    a = torch.tensor([1.0]).to(torch.complex128)
    for pole in poles:
        a = torch.cat([a, a[:1] * 0]) - pole * torch.cat([a[:1] * 0, a])
    predictor = torch.cat([a.real, torch.zeros(5).double()])
    k = torch.arange(1, 9)
    wanted = (poles[:, None] ** k).sum(0).real / k  # of a minimum-phase 1/A
    torch.testing.assert_close(prediction_cepstra(predictor), wanted)


def test_two_known_filters_are_as_far_apart_as_on_paper():
    b, c = 0.6, -0.3
    clean, _ = levinson([1.0, b])
    other, _ = levinson([1.0, c])
    r = torch.tensor([[1.0, b], [b, 1.0]]).double()
    found = torch.log((other @ r @ other) / (clean @ r @ clean))
    # a first-order process at lag 1: (1 - 2bc + c²) / (1 - b²)
    assert float(found) == pytest.approx(np.log((1 - 2 * b * c + c**2) / (1 - b**2)))
    # and in samples, long and loud enough for estimates to settle
    start = noise(0, 1, 60_000).numpy()
    one, two = (torch.from_numpy(lfilter([1], [1, -pole], start)) for pole in (b, c))
    heard = log_likelihood_ratio(one, two, rate=RATE, order=1)
    assert float(heard) == pytest.approx(float(found), abs=0.06)
    apart = cepstral_distance(one, two, rate=RATE, order=1)
    wanted = 10 / np.log(10) * np.sqrt(2) * (b - c)
    assert float(apart) == pytest.approx(wanted, rel=0.08)


def test_the_ratio_is_that_of_a_loop_over_frames():
    clean, other = voice(0), voice(1) + 0.5 * voice(0)
    length, step = 240, 60
    for row in range(2):
        values, power = [], []
        for start in range(0, 4000 - length + 1, step):
            taper = np.hanning(length + 1)[:-1]
            frames = [
                x[row, start : start + length].numpy() * taper for x in (clean, other)
            ]
            rs = [np.correlate(f, f, "full")[length - 1 :][:11] for f in frames]
            a_c, a_p = (np.r_[1, solve_toeplitz(r[:-1], -r[1:])] for r in rs)
            matrix = toeplitz(rs[0])
            values.append(np.log(a_p @ matrix @ a_p / (a_c @ matrix @ a_c)))
            power.append(rs[0][0])
        loud = np.array(power) >= max(power) * 1e-4
        ordered = np.sort(np.clip(np.array(values)[loud], 0, 2))
        wanted = ordered[: round(0.95 * loud.sum())].mean()
        found = log_likelihood_ratio(clean, other, rate=RATE)[row]
        assert float(found) == pytest.approx(wanted, abs=1e-6)


@BOTH
def test_only_the_shape_of_the_spectrum_counts(distance):
    x = voice()
    assert (distance(x, x, rate=RATE) == 0).all()
    assert distance(x, 2 * x, rate=RATE).max() < 1e-9
    assert distance(x, -x, rate=RATE).max() < 1e-9
    far = distance(x, noise(2, 2, 4000), rate=RATE)
    assert (far > 0).all()
    assert torch.allclose(far, distance(1e-9 * x, 1e9 * noise(2, 2, 4000), rate=RATE))


@BOTH
def test_more_of_another_sound_is_farther(distance):
    x, other = voice(), noise(2, 2, 4000)
    near, far = (distance(x, x + share * other, rate=RATE) for share in (0.1, 1.0))
    assert (near < far).all()


@BOTH
def test_distances_have_a_ceiling_and_silence_has_one(distance):
    x = voice()
    most = 2.0 if distance is log_likelihood_ratio else 10.0
    tone = torch.cos(torch.arange(4000).double() * 3)[None].expand(2, -1)
    for wrong in (tone, torch.zeros_like(x)):
        found = distance(x, wrong, rate=RATE)
        assert ((found > 0) & (found <= most)).all()


@BOTH
@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"processed": torch.zeros(2, 999)}, "reference, processed: got shapes"),
        ({"reference": torch.zeros(4000)}, "reference, processed: got shapes"),
        ({"reference": torch.zeros(2, 4000)}, "reference: got silence"),
        ({"reference": torch.ones(2, 9), "processed": torch.ones(2, 9)}, "got 9 sampl"),
        ({"rate": 0}, "rate: got 0"),
        ({"rate": True}, "rate: got True"),
        ({"order": 2.5}, "order: got 2.5"),
        ({"order": 500}, "more than 501 samples"),
        ({"processed": "speech"}, "processed: got"),
        ({"reference": torch.full((2, 4000), torch.nan)}, "reference: got nan"),
    ],
)
def test_what_cannot_be_compared_is_refused(distance, changes, words):
    given = {"reference": voice(), "processed": voice(1), "rate": RATE} | changes
    with pytest.raises(ValueError, match=words):
        distance(**given)


def test_predictors_of_nothing_are_refused():
    for wrong, words in (
        (1.0, "autocorrelation: got shape"),
        ([-1.0, 0.5], "autocorrelation: got -1"),
        ("r", "autocorrelation: got"),
    ):
        with pytest.raises(ValueError, match=words):
            levinson(wrong)
    for wrong in ([1.0], [0.5, 1.0], 1.0):
        with pytest.raises(ValueError, match="predictor: got shape"):
            prediction_cepstra(wrong)

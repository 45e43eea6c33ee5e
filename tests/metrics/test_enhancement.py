"""Measures of dereverberated speech on cases whose answers are known."""

import math

import numpy as np
import pytest
import torch

from support.data.rooms import polack_rooms
from support.data.sources import source_pool
from support.metrics.enhancement import (
    log_spectral_distance,
    recovered_share,
    reduced_srmr,
    segmental_snr,
)
from support.signal.rooms import convolve

RATE = 8000
BANDS = torch.eye(5).double()


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed)).double()


def magnitudes(seed: int) -> torch.Tensor:
    return noise(seed, 2, 5, 7).abs()


def test_a_spectrum_is_at_the_ceiling_with_itself_and_a_factor_is_its_noise():
    s = magnitudes(0)
    assert (segmental_snr(s, s, BANDS) == 35).all()
    louder = segmental_snr(s, 1.1 * s, BANDS)  # S² / (0.1 S)² is 20 dB everywhere
    assert torch.allclose(louder, torch.full((2,), 20.0).double())
    assert torch.allclose(segmental_snr(1e-9 * s, 1.1e-9 * s, BANDS), louder)
    assert (segmental_snr(s, 100 * s, BANDS) == -10).all()
    assert torch.allclose(segmental_snr(s, 0 * s, BANDS), torch.zeros(2).double())


def test_bands_that_are_quiet_have_the_level_of_their_own():
    quiet = torch.tensor([[[1.0, 1e-155, 1e-200]]]).double()
    assert (segmental_snr(quiet, quiet, [[1.0]]) == 35).all()
    s, p = magnitudes(0), magnitudes(1)
    found = segmental_snr(s, p, 1e-160 * BANDS)
    assert torch.allclose(found, segmental_snr(s, p, BANDS))


def test_the_ratio_weighs_bands_as_its_formula_says():
    s, p = magnitudes(0), magnitudes(1)
    bands = noise(2, 3, 5).abs()
    S, P = (np.einsum("jf,bft->bjt", bands, x) for x in (s, p))
    level = np.clip(10 * np.log10(S**2 / (S - P) ** 2), -10, 35)
    wanted = ((S**0.2 * level).sum(1) / (S**0.2).sum(1)).mean(1)
    np.testing.assert_allclose(segmental_snr(s, p, bands), wanted, rtol=1e-9)


def test_silent_frames_of_the_reference_do_not_count():
    s, p = magnitudes(0), magnitudes(1)
    silent = torch.cat([s, torch.zeros(2, 5, 3)], 2)
    found = segmental_snr(silent, torch.cat([p, magnitudes(2)[:, :, :3]], 2), BANDS)
    assert torch.allclose(found, segmental_snr(s, p, BANDS))


def test_log_magnitudes_are_as_far_apart_as_their_factor():
    s = magnitudes(0)
    assert (log_spectral_distance(s, s) == 0).all()
    found = log_spectral_distance(s, 3 * s, floor=1e-12)
    assert torch.allclose(found, torch.full((2,), math.log(3)).double(), atol=1e-6)


def test_a_share_is_none_for_nothing_all_for_dry_and_negative_for_harm():
    before = [0.4, 0.2]
    assert float(recovered_share(before, before)) == 0
    assert float(recovered_share(before, [0.0, 0.0])) == 1
    assert float(recovered_share(before, [0.8, 0.4])) == pytest.approx(-1)
    assert float(recovered_share([0.4, 0.0], [0.2, 0.1])) == pytest.approx(0.25)
    assert float(recovered_share([1e308] * 2, [1e308, 0])) == pytest.approx(0.5)
    assert float(recovered_share([1e-308] * 2, [1e-308, 0])) == pytest.approx(0.5)


def test_modulation_slows_down_in_longer_reverberation():
    source = torch.Generator().manual_seed(0)
    dry = source_pool("speech", 8, 2.0, source)
    values = [float(reduced_srmr(dry, RATE).mean())]
    for t60 in (0.3, 0.6, 0.9):
        rooms = polack_rooms([t60] * 8, [-3.0] * 8, source, rate=RATE)
        values.append(float(reduced_srmr(convolve(dry, rooms), RATE).mean()))
    assert values == sorted(values, reverse=True), values


@pytest.mark.parametrize(("hertz", "speech"), [(4, True), (16, True), (64, False)])
def test_a_tone_is_speech_by_the_rhythm_of_its_loudness(hertz, speech):
    t = torch.arange(16000).double() / RATE
    tone = (1 + torch.sin(2 * math.pi * hertz * t)) * torch.sin(2000 * math.pi * t)
    value = float(reduced_srmr(tone[None], RATE))
    assert value > 3 if speech else value < 1 / 3
    assert float(reduced_srmr(1e-9 * tone[None], RATE)) == pytest.approx(value)


@pytest.mark.parametrize(
    ("act", "words"),
    [
        (lambda s: segmental_snr(s, s[:1], BANDS), "reference, processed: got shapes"),
        (lambda s: segmental_snr(s[0], s[0], BANDS), "reference, processed: got sha"),
        (lambda s: segmental_snr(-s, s, BANDS), "reference: got -"),
        (lambda s: segmental_snr(s, -s, BANDS), "processed: got -"),
        (lambda s: segmental_snr(0 * s, s, BANDS), "reference: got silence"),
        (lambda s: segmental_snr(s, s, BANDS[:, :3]), "bands: got shape"),
        (lambda s: segmental_snr(s, s, -BANDS), "bands: got -1"),
        (lambda s: segmental_snr(s, s, 0 * BANDS), "reference: got silence in all"),
        (lambda s: segmental_snr("s", s, BANDS), "reference: got"),
        (lambda s: log_spectral_distance(s, s, floor=0), "floor: got 0"),
        (lambda s: log_spectral_distance(s, s * torch.nan), "processed: got nan"),
        (lambda s: log_spectral_distance(s[:0], s[:0]), "reference, processed: got"),
        (lambda s: reduced_srmr(s[0], RATE), "signal: got shape"),
        (lambda s: reduced_srmr(torch.zeros(1, 8000), RATE), "signal: got silence"),
        (lambda s: reduced_srmr(torch.full((1, 8000), 0.1), RATE), "or one value"),
        (lambda s: reduced_srmr(torch.ones(8000), RATE), "signal: got shape"),
        (lambda s: reduced_srmr(torch.ones(1, 8000), 100), "rate: got 100"),
        (lambda s: recovered_share([0.1], [0.1, 0.2]), "before, after: got shapes"),
        (lambda s: recovered_share([], []), "before, after: got shapes"),
        (lambda s: recovered_share([0.0], [0.1]), "before: got no damage"),
        (lambda s: recovered_share([-0.1], [0.1]), "before: got -0.1"),
        (lambda s: recovered_share([0.1], [None]), "after: got"),
    ],
)
def test_what_cannot_be_measured_is_refused(act, words):
    with pytest.raises(ValueError, match=words):
        act(magnitudes(0))

"""Clips have the sizes that are promised, and no clip stands on both sides."""

import pytest
import torch

from chapters.sparse_autoencoders.attributes import ATTRIBUTES, measure
from chapters.sparse_autoencoders.data import SIZES, load
from support.data.singing import RATE
from tests.chapters.sparse_autoencoders.small import whole


def test_sung_clips_have_the_sizes_and_scales_of_the_quick_profile():
    data = whole()
    assert (len(data.train), len(data.test)) == SIZES["embedded"]["quick"]
    assert data.train.x.shape == (800, 47, 96)
    assert data.train.attributes.shape[1] == len(data.attributes) == 10
    assert data.train.y.unique().tolist() == list(range(6))
    mean, deviation = data.train.x.mean((0, 1)), data.train.x.std((0, 1))
    torch.testing.assert_close(mean, torch.zeros(96), atol=1e-4, rtol=0)
    torch.testing.assert_close(deviation, torch.ones(96), atol=1e-3, rtol=0)


def test_a_seed_draws_the_same_clips_again_and_another_others():
    again = load("embedded", "quick", 0)
    assert torch.equal(again.train.x, whole().train.x)
    other = load("embedded", "quick", 1)
    assert not torch.equal(other.train.x, again.train.x)


def test_digits_are_split_by_take_anew_for_each_seed():
    first, other = load("fsdd", "quick", 0), load("fsdd", "quick", 1)
    assert (len(first.train), len(first.test)) == SIZES["fsdd"]["quick"]
    assert first.train.x.shape == (1800, 38, 40)
    waves = {row.numpy().tobytes() for row in first.train.waves}
    assert not waves & {row.numpy().tobytes() for row in first.test.waves}
    assert not torch.equal(first.test.waves, other.test.waves)
    # every digit of every speaker has as many takes on a side
    pairs = first.test.y * 6 + first.test.speaker
    assert pairs.bincount().tolist() == 60 * [10]
    assert (first.train.attributes.std(0) > 0).all()


@pytest.mark.parametrize(
    ("dataset", "profile", "words"),
    [("zoo", "quick", "dataset: got 'zoo'"), ("fsdd", "slow", "profile: got 'slow'")],
)
def test_what_is_not_known_is_refused(dataset, profile, words):
    with pytest.raises(ValueError, match=words):
        load(dataset, profile, 0)


def test_attributes_of_a_tone_are_those_of_the_tone():
    time = torch.arange(6176) / RATE
    wave = torch.zeros(2, 6176)
    wave[0] = 0.1 * torch.sin(2 * torch.pi * 200 * time)
    wave[1, :3088] = wave[0, :3088]
    found = measure(wave, torch.tensor([6176, 3088]), RATE)
    rows = [dict(zip(ATTRIBUTES, row.tolist(), strict=True)) for row in found]
    for row in rows:
        assert row["pitch"] == pytest.approx(5.298, abs=0.02)  # ln 200
        assert row["level"] == pytest.approx(-23.01, abs=0.1)  # 0.1 / sqrt 2
        assert row["zero crossings"] == pytest.approx(0.05, abs=0.002)
        assert row["tilt"] < 0
    assert rows[0]["centroid"] == pytest.approx(200, abs=40)
    assert rows[0]["voicing"] == 1
    assert 0.3 < rows[1]["voicing"] < 0.7
    assert rows[1]["duration"] == pytest.approx(rows[0]["duration"] / 2)


@pytest.mark.parametrize(
    ("waves", "lengths", "words"),
    [
        (torch.zeros(300), [300], "waves: got shape"),
        (torch.zeros(1, 100), [100], "at least 256 samples"),
        (torch.zeros(2, 300), [300], r"with lengths \(1,\)"),
        (torch.zeros(1, 300), [0], "lengths: got 0 to 0"),
        (torch.zeros(1, 300), [301], "lengths: got 301 to 301"),
        (torch.zeros(1, 300), [10.5], "lengths: got 10.5"),
        (torch.full((1, 300), torch.nan), [300], "waves: got nan"),
    ],
)
def test_waves_that_cannot_be_measured_are_refused(waves, lengths, words):
    with pytest.raises(ValueError, match=words):
        measure(waves, lengths, RATE)


def test_noise_is_brighter_than_a_tone_and_unvoiced():
    noise = torch.randn(1, 6176, generator=torch.Generator().manual_seed(0))
    found = measure(noise, torch.tensor([6176]), RATE)[0]
    row = dict(zip(ATTRIBUTES, found.tolist(), strict=True))
    assert row["centroid"] == pytest.approx(2000, abs=150)
    assert row["roll-off"] == pytest.approx(3400, abs=200)
    assert row["voicing"] < 0.2
    assert abs(row["tilt"]) < 3

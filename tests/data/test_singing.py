"""What is sung is what was drawn: pitch, loudness, and each technique's own range."""

import pytest
import torch

from support.data.singing import ATTRIBUTES, RATE, TECHNIQUES, sing
from support.signal.pitch import pitch_track
from support.signal.stft import power_spectrogram

NAMES = list(ATTRIBUTES)


def sung(*techniques: str, seed: int = 0, times: int = 12):
    kinds = [TECHNIQUES.index(name) for name in techniques] * times
    return sing(kinds, torch.Generator().manual_seed(seed))


def column(clips, name: str) -> torch.Tensor:
    return clips.attributes[:, NAMES.index(name)]


def test_shapes_kinds_and_seeds():
    clips = sung(*TECHNIQUES, times=2)
    assert clips.waves.shape == (12, RATE)
    assert clips.waves.dtype == torch.float32
    assert clips.attributes.shape == (12, len(ATTRIBUTES))
    assert torch.equal(sung(*TECHNIQUES, times=2).waves, clips.waves)
    assert not torch.equal(sung(*TECHNIQUES, times=2, seed=1).waves, clips.waves)


def test_a_straight_voice_has_the_pitch_that_was_drawn():
    clips = sung("straight")
    wanted = 440 * 2 ** ((column(clips, "pitch") - 69) / 12)
    track = pitch_track(clips.waves, RATE, low=75)
    torch.testing.assert_close(track.f0.median(1).values, wanted, rtol=0.02, atol=0)


def test_loudness_is_the_level():
    clips = sung("straight", "belt")
    decibels = 20 * (clips.waves.square().mean(1).sqrt() / 0.1).log10()
    torch.testing.assert_close(decibels, column(clips, "level"), rtol=0, atol=0.1)


@pytest.mark.parametrize(
    ("technique", "name", "low", "high"),
    [
        ("straight", "vibrato extent", 0, 0.1),
        ("vibrato", "vibrato extent", 0.4, 1.2),
        ("trill", "vibrato rate", 6.5, 9),
        ("breathy", "breath", 0.2, 0.8),
        ("fry", "pitch", 22, 34),
        ("belt", "tilt", 0.5, 0.8),
        ("belt", "level", -4, 3),
    ],
)
def test_a_technique_has_its_own_range_and_fills_it(technique, name, low, high):
    values = column(sung(technique, times=60), name)
    assert values.min() >= low
    assert values.max() <= high
    assert values.max() - values.min() > 0.8 * (high - low)


def test_vibrato_swings_and_breath_fills_the_gaps():
    track = pitch_track(sung("vibrato").waves, RATE).f0
    still = pitch_track(sung("straight").waves, RATE).f0
    swing = (track.quantile(0.9, 1) / track.quantile(0.1, 1)).median()
    rest = (still.quantile(0.9, 1) / still.quantile(0.1, 1)).median()
    assert swing > 1.03
    assert rest < 1.02
    powers = [
        power_spectrogram(sung(name).waves, win=512, hop=160, padding="none").mean(-1)
        for name in ("breathy", "straight")
    ]
    # the floor between harmonics, against the sum
    noisy, clear = (p.quantile(0.1, 1) / p.sum(1) for p in powers)
    assert noisy.median() > 5 * clear.median()


@pytest.mark.parametrize(
    ("technique", "words"),
    [
        ([], "technique: got shape"),
        ([6], r"technique: got values from 6 to 6; give integers in \[0, 6\)"),
        ([0.5], "technique: got 0.5"),
        ([[0]], "technique: got shape"),
        ("belt", "technique: got str"),
    ],
)
def test_no_technique_is_refused(technique, words):
    with pytest.raises(ValueError, match=words):
        sing(technique, torch.Generator().manual_seed(0))


def test_nothing_is_drawn_without_a_generator():
    with pytest.raises(ValueError, match="generator: got NoneType"):
        sing([0], None)

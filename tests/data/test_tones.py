"""Voiced tones: what was asked for is what is there."""

import pytest
import torch

from support.data.tones import EMOTIONS, emotion_logits, voiced_tones


def drawn(n=400, rho=0.7, seed=0, **options):
    return voiced_tones(n, rho, torch.Generator().manual_seed(seed), **options)


def test_the_level_is_that_of_the_loudness():
    made = drawn(overrides={"loudness": torch.linspace(0.6, 1, 400)})
    level = 10 * made.waves.square().mean(1).log10()
    assert float((level - (-35 + 25 * made.values[:, 1])).abs().max()) < 0.2


def test_factors_are_uniform_and_go_together_as_asked():
    for rho in (0.0, 0.7, -0.5):
        values = drawn(4000, rho, samples=1).values
        assert float((values.mean(0) - 0.5).abs().max()) < 0.03
        assert float((values.std(0) - 12**-0.5).abs().max()) < 0.01
        normal = torch.special.ndtri(values.double())
        assert float(torch.corrcoef(normal.T)[0, 1]) == pytest.approx(rho, abs=0.04)
        assert float(torch.corrcoef(normal.T)[:2, 2].abs().max()) < 0.05


def test_an_override_changes_one_thing():
    plain = drawn(50)
    higher = drawn(50, overrides={"pitch": plain.values[:, 0].clamp(max=0.8) + 0.1})
    assert torch.equal(plain.values[:, 1:], higher.values[:, 1:])
    assert torch.equal(plain.vowel, higher.vowel)
    assert not torch.equal(plain.waves, higher.waves)
    same = drawn(50, overrides={"pitch": plain.values[:, 0]})
    assert torch.equal(same.waves, plain.waves)
    assert torch.equal(same.emotion, plain.emotion)


def test_emotions_follow_their_law():
    made = drawn(20_000, samples=1)
    shares = emotion_logits(made.values).softmax(1).mean(0)
    found = made.emotion.bincount(minlength=len(EMOTIONS)) / 20_000
    assert float((found - shares).abs().max()) < 0.01


def test_no_harmonic_is_folded_back():
    made = drawn(20, overrides={"pitch": torch.ones(20), "loudness": torch.ones(20)})
    spectrum = torch.fft.rfft(made.waves * torch.hann_window(2048)).abs().square()
    # 254.6 Hz: above its fifteenth harmonic, 3.82 kHz, there is noise alone
    top = spectrum[:, int(3990 / 4000 * 1024) :].mean(1) / spectrum.mean(1)
    assert float(top.max()) < 0.01


def test_the_generator_alone_decides():
    assert torch.equal(drawn(9).waves, drawn(9).waves)
    assert not torch.equal(drawn(9).waves, drawn(9, seed=1).waves)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"n": 0}, "n: got 0"),
        ({"n": 2.5}, "n: got 2.5"),
        ({"rho": 1.0}, "rho: got 1"),
        ({"rho": "much"}, "rho: got 'much'"),
        ({"samples": 0}, "samples: got 0"),
        ({"overrides": {"vowel": torch.zeros(4)}}, "overrides: got 'vowel'"),
        ({"overrides": {"pitch": torch.zeros(3)}}, r"overrides\['pitch'\]: got shape"),
        ({"overrides": {"pitch": torch.full((4,), 1.5)}}, r"from 1.5 to 1.5; give"),
        ({"overrides": {"pitch": torch.zeros(0)}}, r"\(0,\).*; give \(4,\) values in"),
        ({"overrides": ["pitch"]}, "overrides: got list; give a mapping"),
        ({"overrides": {"pitch": torch.full((4,), float("nan"))}}, "got nan"),
    ],
)
def test_bad_input_in_words(given, words):
    with pytest.raises(ValueError, match=words):
        drawn(**{"n": 4, **given})


@pytest.mark.parametrize("values", [torch.ones(3), torch.ones(3, 1), "loud", None])
def test_bad_values_in_words(values):
    with pytest.raises(ValueError, match="values: got"):
        emotion_logits(values)

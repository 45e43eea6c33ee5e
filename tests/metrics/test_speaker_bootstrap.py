"""Paired intervals over speakers: what two systems share must cancel."""

import pytest
import torch

from support.metrics.speaker_bootstrap import paired_interval, speaker_interval
from support.metrics.verification import equal_error_rate

SPEAKERS, EACH = 20, 40


def equal(rates):
    return equal_error_rate(rates)[0]


@pytest.fixture
def trials():
    """Speakers of very different difficulty, and a system a little better on each."""
    rng = torch.Generator().manual_seed(7)
    speaker = torch.arange(SPEAKERS).repeat_interleave(EACH)
    is_target = torch.arange(SPEAKERS * EACH) % 4 == 0
    hard = 2 * torch.rand(SPEAKERS, generator=rng)[speaker]
    noise = torch.randn(SPEAKERS * EACH, generator=rng)
    old = noise + is_target * (0.8 + hard)
    return old, old + 0.5 * is_target, is_target, speaker


def seeded():
    return torch.Generator().manual_seed(1)


def test_pairing_narrows_the_interval_of_a_difference(trials):
    old, new, *rest = trials
    low, high = paired_interval(old, new, *rest, equal, generator=seeded())
    assert low > 0
    ends = [speaker_interval(s, *rest, equal, generator=seeded()) for s in (old, new)]
    widths = [top - bottom for bottom, top in ends]
    assert high - low < sum(widths) / 2


def test_a_system_does_not_differ_from_itself_or_from_a_monotone_map(trials):
    old, _, *rest = trials
    for same in (old, old.double().exp()):
        low, high = paired_interval(old, same, *rest, equal, generator=seeded())
        assert low == pytest.approx(0, abs=1e-12)
        assert high == pytest.approx(0, abs=1e-12)


def test_contrast_decides_what_is_compared(trials):
    old, new, *rest = trials
    low, high = paired_interval(
        old, new, *rest, equal, lambda a, b: 1 - b / a, generator=seeded()
    )
    assert 0 < low < high < 1


def test_refusals(trials):
    old, new, is_target, speaker = trials
    with pytest.raises(ValueError, match="give \\(n,\\) each"):
        paired_interval(old, new[1:], is_target, speaker, equal, generator=seeded())
    with pytest.raises(ValueError, match="got 1 speakers"):
        paired_interval(old, new, is_target, speaker * 0, equal, generator=seeded())

"""The chapter's own pictures, and what they say of themselves."""

import pytest
import torch

from chapters.tied_factors.figures import (
    draw_plates,
    draw_recovered,
    draw_timing,
    draw_travel,
)
from chapters.tied_factors.systems import Setting, train_linear
from tests.chapters.tied_factors.small import RECIPE, small_speech, small_world


def test_brackets_stand_over_three_recordings():
    drawn = draw_plates()
    words = [text.get_text() for text in drawn.figure.axes[0].texts]
    assert [word for word in words if word.startswith("recording")] == [
        "recording 1", "recording 2", "recording 3"
    ]  # fmt: skip
    assert "bracket" in drawn.alt


def test_early_and_late_are_told_by_the_truth():
    drawn = draw_timing(small_world())
    assert "late" in drawn.alt
    assert "early" in drawn.alt
    with pytest.raises(ValueError, match="got speech"):
        draw_timing(small_speech())


def test_a_factor_travels_from_minus_two_to_two():
    world = small_world()
    verifier = train_linear(world, RECIPE, 0, Setting(1, 1))
    drawn = draw_travel(verifier, world.state[0], 0)
    assert len(drawn.figure.axes[0].lines) >= 3


def test_a_panel_a_factor():
    true = torch.randn(9, 3, generator=torch.Generator().manual_seed(0))
    assert len(draw_recovered({"a": true, "b": -true}, true)) == 3

"""The chapter's own pictures, and what they say of themselves."""

import pytest
import torch

from chapters.tied_factors.figures import (
    draw_plates,
    draw_recovered,
    draw_timing,
)
from tests.chapters.tied_factors.small import small_speech, small_world


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


def test_a_panel_a_factor():
    true = torch.randn(9, 3, generator=torch.Generator().manual_seed(0))
    assert len(draw_recovered({"a": true, "b": -true}, true)) == 3

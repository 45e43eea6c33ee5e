"""The two clocks and the drawings, and what they say of themselves."""

import pytest
import torch

from chapters.unlearning.figures import curves, redrawn, two_clocks

ROWS = {
    step: {"A_r": 1.0, "A_f": left, 0.01: told, 0.05: told - 0.1, 0.1: told - 0.2}
    for step, left, told in (
        (0, 1.0, 0.9),
        (2, 0.5, 0.9),
        (20, 0.0, 0.8),
        (200, 0.0, 0.3),
    )
}


def test_the_curves_leave_the_start_out():
    found = curves(ROWS)
    assert found["accuracy on the class"] == [0.5, 0, 0]
    assert found["R², noise 5%"] == pytest.approx([0.8, 0.7, 0.2])


def test_the_clock_marks_its_step():
    drawn = two_clocks(ROWS, 20)
    assert "Marked: step 20, 0.7 at 20." in drawn.alt
    assert drawn.figure.axes[0].get_xscale() == "log"


def test_at_most_so_many_pictures_are_shown():
    drawn = redrawn(torch.rand(9, 8, 8), torch.rand(9, 8, 8), most=4)
    assert len(drawn.figure.axes) == 8
    assert "pictures of the forgotten class" in drawn.alt

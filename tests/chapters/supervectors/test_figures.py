"""Drawings hold what they are said to hold."""

import pytest
import torch

from chapters.supervectors.figures import (
    draw_alignments,
    draw_clips,
    draw_trial_kinds,
)


def axis_of(drawing):
    return drawing.figure.axes[0]


def clip(frames=20):
    return torch.randn(frames, 24, generator=torch.Generator().manual_seed(frames))


def test_clips_have_a_panel_each_and_an_average_for_all():
    clips = {"A: one": clip(20), "B: two": clip(30)}
    averages = {name: each[5:].mean(0) for name, each in clips.items()}
    first, _, last = draw_clips(clips, averages, 0.02)
    assert axis_of(first).get_title(loc="left") == "A: one"
    assert axis_of(first).get_xlim()[1] == pytest.approx(0.4)
    drawn = axis_of(last).lines[1].get_ydata()
    assert list(drawn) == pytest.approx(averages["B: two"].tolist())


def test_kinds_are_named_and_counted_in_words():
    kinds = torch.full((8, 8), -1)
    kinds[:4, :4] = 1 - torch.eye(4).long()
    drawing = draw_trial_kinds(kinds, 2, 4)
    assert "TC 4, TW 12, IC 0, IW 0" in drawing.alt
    ticks = [text.get_text() for text in axis_of(drawing).get_yticklabels()]
    assert ticks == ["speaker 1", "speaker 2"]


def test_an_alignment_is_a_staircase_over_its_clip():
    drawings = draw_alignments(
        clip(6), {"own": [0, 0, 1, 1, 2, 2], "other": [0, 1, 1, 1, 1, 2]}, [2, 4], 0.02
    )
    assert [axis_of(d).get_title(loc="left") for d in drawings] == ["own", "other"]
    # 24 bands in three states: their middles lie eight bands apart.
    stairs = axis_of(drawings[0]).lines[-1].get_ydata()
    assert list(stairs) == [3.5, 3.5, 11.5, 11.5, 19.5, 19.5]
    assert "Borders at 0.04, 0.08" in drawings[0].alt

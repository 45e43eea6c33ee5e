"""Drawings hold what they are said to hold."""

import matplotlib.pyplot as plt
import pytest
import torch

from chapters.supervectors.figures import (
    draw_alignments,
    draw_clips,
    draw_states,
    draw_supervectors,
    draw_trial_kinds,
)


@pytest.fixture(autouse=True)
def _closed_figures():
    yield
    plt.close("all")


def clip(frames=20):
    return torch.randn(frames, 24, generator=torch.Generator().manual_seed(frames))


def test_clips_have_a_panel_each_and_an_average_for_all():
    clips = {"A: one": clip(20), "B: two": clip(30)}
    averages = {name: each[5:].mean(0) for name, each in clips.items()}
    figure = draw_clips(clips, averages, 0.02)
    titles = {axis.get_title(): axis for axis in figure.axes}
    assert set(titles) == {"A: one", "B: two", "average of the sounds"}
    lines = titles["average of the sounds"].lines
    assert list(lines[1].get_xdata()) == pytest.approx(averages["B: two"].tolist())
    assert titles["A: one"].get_xlim()[1] == pytest.approx(0.6)


def test_kinds_are_named_where_they_first_stand():
    kinds = torch.full((8, 8), -1)
    kinds[:4, :4] = 1 - torch.eye(4).long()
    axis = draw_trial_kinds(kinds, 2, 4).axes[0]
    assert [text.get_text() for text in axis.texts] == ["TW"]


def test_an_alignment_is_a_staircase_over_its_clip():
    figure = draw_alignments(
        clip(6), {"own": [0, 0, 1, 1, 2, 2], "other": [0, 1, 1, 1, 1, 2]}, [2, 4], 0.02
    )
    stairs = [axis for axis in figure.axes if axis.get_ylabel() == "state"]
    assert len(stairs) == 2
    assert list(stairs[0].lines[-1].get_ydata()) == [1, 1, 2, 2, 3, 3]
    assert [axis.get_title() for axis in figure.axes[:2]] == ["own", "other"]


def test_maps_share_one_scale():
    maps = {"a": torch.ones(10, 24), "b": -3 * torch.ones(10, 24)}
    figure = draw_supervectors(maps)
    images = [axis.images[0] for axis in figure.axes if axis.images]
    assert [image.get_clim() for image in images[:2]] == [(-3, 3), (-3, 3)]
    assert images[0].get_array().shape == (24, 10)


def test_borders_and_errors_of_one_number_of_states():
    errors = {"IC": {1: 0.2, 2: 0.1}, "TW": {1: 0.3, 2: 0.02}}
    figure = draw_states(clip(6), [0, 0, 0, 1, 1, 1], 0.02, errors, 2)
    left, right = figure.axes
    assert left.get_title() == "2 averages"
    assert left.lines[0].get_xdata()[0] == pytest.approx(0.06)
    assert list(right.lines[0].get_ydata()) == pytest.approx([20, 10])

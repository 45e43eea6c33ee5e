"""Drawings hold what they are said to hold."""

import pytest
import torch

from chapters.multiclass_auc.figures import (
    draw_minute,
    draw_pairs,
    draw_scene,
    draw_slopes,
    draw_steepness,
    draw_surrogates,
)
from support.metrics.auc import auc_pairs


def test_surrogates_and_their_slopes():
    losses, pulls = (panel.figure.axes[0] for panel in draw_surrogates())
    assert len(losses.lines) == len(pulls.lines) == 5
    at_zero = [line.get_ydata()[200] for line in losses.lines]
    assert at_zero[:3] == [0.5, 0.5, 0.5]
    # at zero the sigmoid pulls with a quarter of its steepness
    middle = [line.get_ydata()[200] for line in pulls.lines]
    assert middle[:3] == pytest.approx([0, 0.25, 2.5])


def test_pairs_are_titled_with_their_areas():
    rng = torch.Generator().manual_seed(0)
    labels = torch.arange(3).repeat(20)
    scores = torch.randn(60, 3, generator=rng)
    area = auc_pairs(scores, labels)
    panels = [panel.figure.axes[0] for panel in draw_pairs(scores, labels)]
    titles = [axis.get_title(loc="left") for axis in panels]
    assert titles[1] == f"A(1 | 2) = {area[0, 1]:.2f}"
    assert titles[3] == f"A(2 | 1) = {area[1, 0]:.2f}"
    assert titles[4] == "class 2 alone"


def test_slopes_leave_gaps_for_missing_methods():
    values = {"A": {"one": 1.0, "two": 2.0}, "B": {"one": 3.0}}
    first, second = (
        panel.figure.axes[0] for panel in draw_slopes(values, ["one", "two"], [values])
    )
    assert [list(line.get_ydata()) for line in first.lines] == [[1, 2], [1, 2]]
    assert torch.isnan(torch.tensor(second.lines[1].get_ydata()[1]))


def test_minute_marks_every_wrong_frame():
    truth = torch.tensor([0, 0, 1, 2])
    cuts = {"right": truth, "wrong": torch.tensor([0, 1, 1, 1])}
    axis = draw_minute(truth, cuts, ("a", "b", "c"), hop=0.5).figure.axes[0]
    marks = [collection.get_positions() for collection in axis.collections]
    assert [list(mark) for mark in marks] == [[], [0.5, 1.5]]
    labels = [text.get_text() for text in axis.get_yticklabels()]
    assert labels == ["truth", "right", "wrong"]


def test_scene_shows_features_over_labels():
    scene = draw_scene(torch.randn(8, 50), torch.zeros(50), ("a", "b"), 1.0)
    top, low = (panel.figure.axes[0] for panel in scene)
    assert top.images[0].get_array().shape == (8, 50)
    assert low.images[0].get_array().shape == (1, 50)
    assert "a 100%" in scene[1].alt


def test_the_pull_narrows_with_the_steepness():
    rng = torch.Generator().manual_seed(0)
    scores, labels = torch.randn(30, 3, generator=rng), torch.arange(30) % 3
    wide, narrow = (
        draw_steepness(scores, labels, delta).figure.axes[1].lines[0].get_ydata()
        for delta in (1.0, 30.0)
    )
    assert wide[100] == narrow[100] == pytest.approx(1)
    assert wide[0] > 0.7
    assert narrow[0] < 1e-6

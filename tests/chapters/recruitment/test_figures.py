"""The chapter's figures draw what they are given."""

import matplotlib.pyplot as plt
import pytest
import torch

from chapters.recruitment import figures


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def words(axis):
    return [text.get_text() for text in axis.get_legend().get_texts()]


def test_a_hundred_dots_are_counted_by_group():
    groups = (torch.arange(100) < 30).long()
    figure = figures.interview({"a": groups, "b": 1 - groups}, ["men", "women"])
    assert words(figure.axes[0]) == ["men: 70", "women: 30"]
    assert words(figure.axes[1]) == ["men: 30", "women: 70"]
    assert [len(line.get_xdata()) for line in figure.axes[0].lines] == [70, 30]


def test_marginals_are_drawn_with_and_without_the_published_ones():
    ours, theirs = ({"a": [x, 1 - x], "b": [1.0]} for x in (0.25, 0.5))
    figure = figures.marginals(ours, theirs)
    heights = [bar.get_height() for bar in figure.axes[0].patches]
    assert heights == [0.25, 0.75, 0.5, 0.5]
    assert words(figure.axes[1]) == ["generated", "published"]
    assert words(figures.marginals(ours, None).axes[1]) == ["generated"]


def test_planes_colour_every_group():
    points, groups = torch.randn(60, 2), torch.arange(60) % 3
    panels = {"x": (points, groups % 2), "y": (points, groups)}
    figure = figures.face_planes(panels, list(figures.GROUPS.values()))
    assert [words(axis) for axis in figure.axes] == [
        ["men", "women"],
        ["G1", "G2", "G3"],
    ]
    assert len(figure.axes[1].lines[2].get_xdata()) == 20


def test_weights_are_written_into_their_cells():
    figure = figures.weight_map({"a": [0.5, -0.25], "b": [0.0, 1.0]}, ["x", "y"])
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["0.500", "−0.250", "0.000", "1.000"]


def test_densities_carry_their_notes_and_hide_empty_panels():
    groups = torch.arange(200) % 2
    panels = {name: torch.rand(200) for name in "abcd"}
    notes = {name: f"note {name}" for name in panels}
    figure = figures.densities(panels, groups, ["men", "women"], notes)
    assert figure.axes[3].texts[0].get_text() == "note d"
    assert [axis.get_visible() for axis in figure.axes] == [True] * 4 + [False] * 2


def test_p_curves_hold_their_values_and_the_rule():
    figure = figures.p_curves({"a": [0.5, 0.9]}, [50, 100], 4800)
    (axis,) = figure.axes
    assert axis.lines[0].get_ydata().tolist() == [0.5, 0.9]
    assert axis.lines[1].get_ydata() == [0.8, 0.8]
    assert axis.get_xlabel() == "chosen of 4,800"


def test_the_card_writes_changes_with_their_sign():
    figure = figures.card({"a": {"face": -0.07, "words": 0.0}})
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts == ["−0.070", "0"]
    low, high = figure.axes[0].get_xlim()
    assert low < -0.07 < 0 < high


def test_frames_of_a_projection_have_one_size():
    numbers = dict.fromkeys(["a", "b", "c", "d"], 0.5)
    groups = torch.arange(40) % 2
    sizes = set()
    for scale in (0.001, 1.0):
        points = scale * torch.randn(40, 2)
        figure = figures.projected(points, groups, numbers, "λ = 1")
        left, right = figure.axes
        assert len(right.patches) == 4
        sizes.add((*figure.get_size_inches(), *left.get_xlim()))
    assert len(sizes) == 1


def test_bars_stand_one_a_method():
    table = {name: {"leakage": 0.5, "KL": 0.1} for name in ("A", "B", "C")}
    figure = figures.bars_by_method(table)
    assert [len(axis.patches) for axis in figure.axes] == [3, 3]
    assert figure.axes[1].get_title() == "KL"

"""The chapter's figures draw what they are given."""

import matplotlib.pyplot as plt
import pytest
import torch

from chapters.concepts import figures
from support.models.concepts import Settings


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_rows_of_pictures_carry_their_titles():
    rows = [torch.rand(3, 3, 4, 4), torch.rand(3, 1, 4, 4)]
    figure = figures.sprite_rows(rows, [["a", "b", "c"], ["d", "e", "f"]])
    assert [axis.get_title() for axis in figure.axes] == list("abcdef")


def test_the_table_writes_its_labels():
    figure = figures.table_map(torch.tensor([[0, 1], [2, 0]]), rows="r", columns="c")
    assert [text.get_text() for text in figure.axes[0].texts] == ["0", "1", "2", "0"]


def test_histograms_draw_two_values_for_two_models():
    codes = {"A": torch.randn(50), "B": torch.randn(50)}
    labels = torch.arange(50) % 2, torch.arange(50) % 4
    figure = figures.component_histograms(
        codes, *labels, names=("c", "bg"), levels=[0, 3]
    )
    assert len(figure.axes) == 4
    words = [text.get_text() for text in figure.axes[3].get_legend().get_texts()]
    assert words == ["bg: 0", "bg: 3"]


def test_lines_carry_their_values():
    figure = figures.sweep([0.0, 1.0], [0.7, 0.5], 0.45, {"n": [0.3, 0.0]})
    top, bottom = figure.axes
    assert top.lines[0].get_ydata().tolist() == [0.7, 0.5]
    assert top.lines[1].get_ydata()[0] == 0.45
    assert bottom.lines[0].get_ydata().tolist() == [0.3, 0.0]
    figure = figures.curves({"a": [1.0, 2.0], "b": [3.0]}, x="x", y="y")
    assert figure.axes[0].lines[1].get_ydata().tolist() == [3.0]


def test_nine_methods_keep_nine_looks():
    points = {str(index): (index, index) for index in range(9)}
    figure = figures.excess(points, x="x", y="y")
    looks = {
        (line.get_marker(), line.get_color(), line.get_markerfacecolor())
        for line in figure.axes[0].lines[:9]
    }
    assert len(looks) == 9


def test_written_values_mark_each_place():
    places = figures.setting_pair(
        Settings(torch.tensor([1.0, -2.0]), torch.tensor([1.0, 4.0])), 1
    )
    assert places == (-2.0, 4.0)
    figure = figures.written_values(
        {"A": torch.randn(40)}, torch.arange(40) % 2, {"A": {"rule": places}}
    )
    assert [line.get_xdata()[0] for line in figure.axes[0].lines] == [-2.0, 4.0]


def test_the_plane_is_centred_at_one():
    total = torch.ones(4, 4)
    total[0, 0] = 1.5
    points, labels = torch.rand(6, 2), torch.arange(6) % 2
    figure = figures.plane(total, points, labels, limit=2.0)
    assert figure.axes[0].images[0].get_clim() == (0.5, 1.5)


def test_stripes_are_those_of_the_two_values():
    values, nuisance = torch.randn(60), torch.arange(60) % 3
    figure = figures.component_stripes(values, nuisance, [0, 2], title="t", limit=9)
    (axis,) = figure.axes
    assert axis.get_title() == "t"
    assert axis.get_xlim() == (-9, 9)
    words = [text.get_text() for text in axis.get_legend().get_texts()]
    assert words == ["value 0", "value 2"]

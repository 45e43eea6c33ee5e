"""The chapter's figures draw what they are given."""

import math

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch

from chapters.disentanglement import figures


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def test_clouds_carry_their_marks():
    codes = {"a": torch.rand(9, 3), "b": torch.rand(9, 2)}
    factors = torch.arange(9)[:, None] % 6
    figure = figures.clouds(codes, factors, {"a": "MIG = 1", "b": "MIG = 0"})
    assert figure.axes[1].get_title() == "b\nMIG = 0"
    assert len(figure.axes[0].collections[0].get_offsets()) == 9


def test_matrices_write_their_values():
    matrix = torch.tensor([[2.5, 0.0], [0.25, 1.0]])
    figure = figures.joint_and_information(torch.full((3, 3), 1 / 9), matrix)
    assert [text.get_text() for text in figure.axes[1].texts] == [
        "2.50",
        "0.00",
        "0.25",
        "1.00",
    ]
    figure = figures.turning(matrix, {"Min": 0.5, "MIG": 1.0}, "turned")
    assert [bar.get_width() for bar in figure.axes[1].patches] == [0.5, 1.0]


def test_the_heat_map_says_which_framed_row_is_flat():
    tables = {
        "flat": np.array([[1.0, 1.0], [0.5, 0.0]]),
        "falling": np.array([[1.0, 0.4], [1.0, 1.0]]),
    }
    figure = figures.heat_maps(tables, ["perfect", "other"], [math.inf, 0.1])
    titles = [axis.get_title() for axis in figure.axes if axis.get_visible()]
    assert titles == ["flat: flat", "falling: falls"]
    ticks = [text.get_text() for text in figure.axes[0].get_xticklabels()]
    assert ticks == ["∞", "0.1"]


def test_bars_are_stacked_to_the_whole():
    parts = torch.tensor([[1.0, 0.5, 0.25], [2.0, 0.0, 0.0]])
    figure = figures.information_bars({"a": parts, "b": parts[:1]}, {"a": parts})
    above = figure.axes[0].patches
    tops = [bar.get_y() + bar.get_height() for bar in above[-3:]]
    assert tops == pytest.approx([1.75, 2.0, 1.75])


def test_scatters_and_lines_carry_their_values():
    figure = figures.rank_scatter(
        {"Min": [0.1, 0.9], "MIG": [0.3, 0.2]}, [0.5, 0.6], {"Min": 1.0, "MIG": -1.0}
    )
    assert figure.axes[0].lines[0].get_xdata().tolist() == [0.1, 0.9]
    assert figure.axes[1].get_title() == "MIG: -1.00"
    figure = figures.score_curves(
        {"Min": {"a": [1.0, 0.5]}, "MIG": {"a": [0.2, 0.1]}}, [math.inf, 0.1]
    )
    assert figure.axes[1].lines[0].get_ydata().tolist() == [0.2, 0.1]
    figure = figures.stress_curves(
        [6, 100], {"Min": [1.0, 0.5]}, [100, 1000], {"plug-in": [0.2, 0.0]}
    )
    assert figure.axes[0].lines[0].get_ydata().tolist() == [1.0, 0.5]
    assert figure.axes[1].lines[0].get_xdata().tolist() == [100, 1000]


def test_pictures_are_grey_or_coloured():
    figure = figures.pictures(torch.rand(2, 1, 4, 4), ["a", "b"])
    assert figure.axes[0].images[0].get_array().shape == (4, 4)
    figure = figures.pictures(torch.zeros(2, 3, 4, 4, dtype=torch.uint8), ["a", "b"])
    assert figure.axes[1].images[0].get_array().shape == (4, 4, 3)

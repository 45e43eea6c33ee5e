"""What each kind of figure says of itself is what its data say."""

import numpy as np
import pytest
import torch

from support import plots


@pytest.fixture(autouse=True)
def style() -> None:
    plots.use_style()


def test_lines_say_their_ends_and_extremes() -> None:
    drawn = plots.lines(
        {"A": [0.5, 0.9, 0.8], "B": [0.4, 0.3, 0.35]},
        at=["none", "some", "all"],
        x="data",
        y="accuracy",
        bands={"A": ([0.4, 0.8, 0.7], [0.6, 1.0, 0.9])},
        others={"B": [[0.4, 0.4, 0.4], [0.3, 0.3, 0.3]]},
        references={"chance": 0.25},
    )
    assert drawn.alt == (
        "Lines of accuracy against data. A: 0.5 at none, 0.8 at all, highest 0.9 at "
        "some, at its end the band goes from 0.7 to 0.9. B: 0.4 at none, 0.35 at all, "
        "lowest 0.3 at some; 2 thin lines beside it. At the end A is highest and B "
        "lowest. Level line chance at 0.25."
    )


def test_rates_are_said_in_per_cent() -> None:
    drawn = plots.lines(
        {"A": ([0.01, 0.5], [0.4, 0.002]), "B": ([np.nan], [np.nan])},
        x="false alarms",
        y="misses",
        x_scale="deviate",
        y_scale="deviate",
        x_limits=(0.001, 0.6),
        y_limits=(0.001, 0.6),
        title="IC",
    )
    assert drawn.alt == (
        "IC: lines of misses, in per cent on a normal-deviate axis against false "
        "alarms, in per cent on a normal-deviate axis. A: 40 % at 1 %, 0.2 % at 50 %. "
        "B: no values."
    )


def test_bars_say_each_row_and_who_is_highest() -> None:
    drawn = plots.bars(
        {"low": {"A": 1, "B": 2}, "high": {"A": 3, "B": 1.5}},
        value="bits",
        intervals={"low": {"A": (0.5, 1.5)}},
        seeds={"high": {"B": [1, 2]}},
        references={"all": 4},
    )
    assert drawn.alt == (
        "Bars of bits. low: A 1 (from 0.5 to 1.5); B 2. high: A 3; B 1.5, 2 seeds "
        "from 1 to 2. Highest of A: high; lowest: low. Highest of B: low; lowest: "
        "high. Line all at 4."
    )


def test_dots_of_one_series_need_no_name() -> None:
    drawn = plots.dots(
        {"A": 0.2, "B": torch.tensor(-0.1)}, value="gain", intervals={"A": (0.1, 0.3)}
    )
    assert drawn.alt == (
        "Dots of gain. A: 0.2 (from 0.1 to 0.3). B: −0.1. Highest: A; lowest: B."
    )


def test_a_forest_says_who_holds_no_effect_and_what_the_paper_says() -> None:
    drawn = plots.forest(
        {"A − B": (0.2, 0.1, 0.3), "A − C": (0.01, -0.05, 0.07)},
        value="gain",
        margin=0.05,
        paper={"A − B": 0.4},
    )
    assert drawn.alt == (
        "Estimates of gain with intervals, a row each; no effect is 0, the margin "
        "0.05. A − B: 0.2, interval from 0.1 to 0.3, the paper says 0.4. A − C: "
        "0.01, interval from −0.05 to 0.07; it holds no effect."
    )


def test_a_forest_of_no_record_says_so() -> None:
    drawn = plots.forest({}, value="gain")
    assert drawn.alt.endswith("no effect is 0. No seed is recorded yet.")
    written = [text.get_text() for text in drawn.figure.axes[0].texts]
    assert written == ["No seed is recorded yet"]


def test_a_heat_map_says_its_cells_or_only_its_extremes() -> None:
    few = plots.heat([[1, 2], [3, np.nan]], ["a", "b"], ["x", "y"], value="bits")
    assert few.alt == (
        "Table of bits, 2 rows by 2 columns. a: x 1, y 2. b: x 3, y none. Highest: 3, "
        "b, x. Lowest: 1, a, x."
    )
    many = plots.heat(
        np.arange(100).reshape(10, 10), range(10), range(10), value="n", centre=0
    )
    assert many.alt == (
        "Table of n, 10 rows by 10 columns. Highest: 99, 9, 9. Lowest: 0, 0, 0."
    )


def test_a_field_says_where_it_is_highest() -> None:
    values = torch.zeros(4, 5)
    values[3, 0] = 2
    drawn = plots.field(
        values, x="seconds", y="band", value="power", extent=(0, 10, 0, 8), borders=[2]
    )
    assert drawn.alt == (
        "Map of power over seconds from 0 to 10 and band from 0 to 8; values from 0 "
        "to 2, highest near 1, 7. Borders at 2."
    )


def test_tiles_say_the_share_of_each_class() -> None:
    drawn = plots.tiles([[0, 0, 1, 1], [0, 0, 0, 1]], ["speech", "music"], rows="ab")
    assert drawn.alt == (
        "Tiles, 2 rows by 4 columns, coloured by class. a: speech 50%, music 50%. b: "
        "speech 75%, music 25%."
    )


def test_histograms_say_medians_and_lines() -> None:
    drawn = plots.histograms(
        {"A": torch.linspace(0, 1, 101), "B": []}, x="score", marks={"here": 0.5}
    )
    assert drawn.alt == (
        "Histogram of score. A: median 0.5, nine in ten from 0.05 to 0.95. B: no "
        "values. Line here at 0.5."
    )


def test_points_say_where_they_lie() -> None:
    many = np.stack([np.linspace(0, 1, 101), np.linspace(0, 10, 101)], 1)
    drawn = plots.scatter(
        {"A": (1, 2), "B": many}, x="leak", y="gain", named=True, levels={"zero": 0}
    )
    assert drawn.alt == (
        "Points of gain against leak. A: 2 at 1. B: 101 points, nine in ten from 0.5 "
        "to 9.5 at from 0.05 to 0.95. Line zero at 0."
    )


def test_images_say_their_titles() -> None:
    row = [torch.zeros(1, 8, 8), np.zeros((8, 8, 3), dtype=np.uint8)]
    drawn = plots.images([row], [["a", "b"]], labels=["top"], what="digits")
    assert drawn.alt == "1 row of 2 digits. top: a, b."


@pytest.mark.parametrize(
    ("draw", "message"),
    [
        (lambda: plots.lines({}, x="x", y="y"), "series: got none"),
        (lambda: plots.lines({"A": [1]}, at=[1, 2], x="x", y="y"), "1 values for 2"),
        (lambda: plots.lines({"A": ([1], [1])}, x="x", y="y", x_scale="a"), "x_scale"),
        (lambda: plots.bars({}, value="v"), "no rows"),
        (lambda: plots.heat([[1]], ["a"], ["b", "c"], value="v"), r"\(1, 1\)"),
        (lambda: plots.histograms({"A": []}, x="x"), "no value"),
        (lambda: plots.scatter({}, x="x", y="y"), "groups: got none"),
        (lambda: plots.scatter({"A": [1, 2, 3]}, x="x", y="y"), r"give \(n, 2\)"),
        (lambda: plots.images([[]]), "no image"),
        (lambda: plots.images([[np.zeros(3)]]), r"shape \(3,\)"),
        (lambda: plots.colour_of("loud"), "role: got 'loud'"),
        (lambda: plots.panels(plots.bars, {"a": {"b": 1}}, share="z"), "share"),
        (lambda: plots.show([], name="fig-a-b", caption="c"), "no panel"),
    ],
)
def test_wrong_arguments_are_named(draw, message) -> None:
    with pytest.raises(ValueError, match=message):
        draw()


def test_a_forest_refuses_a_row_without_an_interval() -> None:
    with pytest.raises(ValueError, match="'alone' is"):
        plots.forest({"alone": (0.5, float("nan"), float("nan"))}, value="gain")

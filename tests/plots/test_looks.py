"""Labels keep apart, panels share their axes, colours differ for every eye."""

import re
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text

from support import plots
from support.plots.drawing import spread
from support.plots.palette import SHADES, themed

CSS = Path(__file__).parents[2] / "book" / "_static" / "book.css"

# Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB.
SIGHTS = {
    "all three cones": np.eye(3),
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


@pytest.fixture(autouse=True)
def style() -> None:
    plots.use_style()


def boxes(figure, words):
    figure.draw_without_rendering()
    return [
        Text.get_window_extent(text)  # without the line that leads to its point
        for text in figure.axes[0].texts
        if text.get_text() in words
    ]


@pytest.mark.parametrize("seed", range(5))
def test_names_at_the_ends_of_lines_never_overlap(seed: int) -> None:
    ends = np.random.default_rng(seed).normal(0, [1e-3, 1][seed % 2], 6)
    series = {f"system {k}": [0, end] for k, end in enumerate(ends)}
    drawn = plots.lines(series, at=[0, 1], x="x", y="y", size=plots.PANEL)
    found = boxes(drawn.figure, series)
    assert len(found) == 6
    assert not any(one.overlaps(two) for one, two in combinations(found, 2))
    middles = [box.y0 for box in found]
    assert np.array_equal(np.argsort(middles), np.argsort(ends))
    assert max(box.x1 for box in found) <= drawn.figure.bbox.x1


def test_long_names_stand_above_the_lines() -> None:
    series = {f"a system with a very long name {k}": [0, k] for k in range(3)}
    drawn = plots.lines(series, at=[0, 1], x="x", y="y", size=plots.PANEL)
    assert boxes(drawn.figure, series) == []
    (legend,) = drawn.figure.legends
    assert [text.get_text() for text in legend.get_texts()] == list(series)


def test_names_of_points_keep_apart_where_there_is_room() -> None:
    places = {f"name {k}": (k % 3 / 50, k // 3 / 50) for k in range(6)} | {
        "far": (1, 1)
    }
    drawn = plots.scatter(places, x="x", y="y", named=True)
    found = boxes(drawn.figure, places)
    assert len(found) == 7
    assert not any(one.overlaps(two) for one, two in combinations(found, 2))


def test_places_move_as_little_as_may_be() -> None:
    assert spread([1.0, 0.0], 0.5, -1, 2).tolist() == [1.0, 0.0]
    assert spread([0.0, 0.1, 0.2], 1.0, 0, 9).tolist() == [0.0, 1.0, 2.0]
    assert spread([5.0, 5.0], 1.0, 0, 5).tolist() == [4.0, 5.0]
    crowd = spread(np.zeros(5), 1.0, 0, 2)
    assert all(after - before >= 1 for before, after in pairwise(crowd))


@pytest.mark.parametrize("share", ["x", "y", "xy"])
def test_panels_share_their_axes(share: str) -> None:
    contents = {"one": {"A": ([0, 1], [0, 1])}, "two": {"A": ([0, 9], [5, 7])}}
    drawn = plots.panels(plots.lines, contents, share=share, x="x", y="y")
    axes = [each.figure.axes[0] for each in drawn]
    assert [axis.get_title(loc="left") for axis in axes] == ["one", "two"]
    for side in "xy":
        ends = {getattr(axis, f"get_{side}lim")() for axis in axes}
        assert len(ends) == (1 if side in share else 2)


def test_rows_share_their_values() -> None:
    contents = {"one": {"A": 1.0}, "two": {"A": 9.0}}
    drawn = plots.panels(plots.dots, contents, share="value", value="v")
    assert len({each.figure.axes[0].get_xlim() for each in drawn}) == 1
    drawn = plots.panels(plots.bars, contents, share="value", value="v")
    assert len({each.figure.axes[0].get_ylim() for each in drawn}) == 1


def linear(colour: str) -> np.ndarray:
    parts = np.array([int(colour[k : k + 2], 16) for k in (1, 3, 5)]) / 255
    return np.where(parts <= 0.04045, parts / 12.92, ((parts + 0.055) / 1.055) ** 2.4)


def contrast(one: str, two: str) -> float:
    light = [linear(c) @ [0.2126, 0.7152, 0.0722] + 0.05 for c in (one, two)]
    return max(light) / min(light)


def oklab(rgb: np.ndarray) -> np.ndarray:
    cones = np.array(
        [
            [0.4122214708, 0.5363325363, 0.0514459929],
            [0.2119034982, 0.6806995451, 0.1073969566],
            [0.0883024619, 0.2817188376, 0.6299787005],
        ]
    )
    return np.array(
        [
            [0.2104542553, 0.7936177850, -0.0040720468],
            [1.9779984951, -2.4285922050, 0.4505937099],
            [0.0259040371, 0.7827717662, -0.8086757660],
        ]
    ) @ np.cbrt(cones @ rgb)


@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("theme", [0, 1])
def test_series_differ_for_every_eye_in_both_themes(sight: str, theme: int) -> None:
    shades = [pair[theme] for pair in list(SHADES.values())[:6]]
    seen = [oklab(np.clip(SIGHTS[sight] @ linear(shade), 0, 1)) for shade in shades]
    nearest = min(np.linalg.norm(a - b) for a, b in combinations(seen, 2))
    assert nearest > 0.08


def test_words_may_be_written_in_every_colour() -> None:
    for name, pair in SHADES.items():
        if name not in ("faint", "paper"):
            for shade, ground in zip(
                pair, ("#ffffff", SHADES["paper"][1]), strict=True
            ):
                assert contrast(shade, ground) >= 4.5, (name, shade)


def test_the_page_knows_the_dark_shade_of_every_colour() -> None:
    dark = CSS.read_text("utf-8").split('html[data-theme="dark"] {')[1].split("}")[0]
    found = dict(re.findall(r"--plot-(\w+): (#\w+);", dark))
    assert found == {name: pair[1] for name, pair in SHADES.items()}
    assert themed(f"fill: {SHADES['blue'][0]}") == "fill: var(--plot-blue, #0068c0)"

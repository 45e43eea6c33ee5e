"""Many samples at once: histograms of one number, scatter plots of two."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.colors import to_rgba
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from support.plots.drawing import (
    LETTER,
    TEXT,
    WIDE,
    Drawing,
    Size,
    array,
    between,
    key,
    listed,
    number,
    start,
)
from support.plots.palette import INK, LINES, NEUTRAL, PAPER, look

__all__ = ["histograms", "scatter"]

Limits = tuple[float | None, float | None] | None
_MOST_SHOWN = 600  # points, evenly chosen where there are more


def histograms(
    samples: Mapping[str, Any],
    *,
    x: str,
    bins: int = 40,
    density: bool = True,
    marks: Mapping[str, float] | None = None,
    x_limits: tuple[float, float] | None = None,
    y_limits: Limits = None,
    y_scale: str = "linear",
    colours: Mapping[str, str | int] | None = None,
    title: str = "",
    size: Size = WIDE,
) -> Drawing:
    """Draw histograms over each other on common bins.

    Args:
        samples: name to (n,) values; n may be zero.
        x: label of the axis, with its unit.
        bins: how many.
        density: bars whose area is one; else counts.
        marks: words to a value, for upright lines.
        x_limits: ends of the bins; of all samples where None.
        y_limits: ends of the vertical axis.
        y_scale: ``linear`` or ``log``.
        colours: name to role, see `support.plots.colour_of`.
        title: over the panel.
        size: inches.

    Raises:
        ValueError: no sample holds a value.
    """
    values = {name: array(some).ravel() for name, some in samples.items()}
    every = np.concatenate([np.empty(0), *values.values()])
    if not len(every):
        raise ValueError("samples: no value in any; give at least one")
    figure, axis = start(size, title)
    edges = np.histogram_bin_edges(every, bins, range=x_limits)
    shown: dict[str, Any] = {}
    for index, (name, some) in enumerate(values.items()):
        style = look(index, (colours or {}).get(name))
        heights, _ = np.histogram(some, edges, density=density and len(some) > 0)
        axis.stairs(heights, edges, fill=True, color=style["color"], alpha=0.25)
        axis.stairs(heights, edges, color=style["color"], ls=style["linestyle"], lw=1.6)
        shown[name] = Patch(
            fc=to_rgba(style["color"], 0.25),
            ec=style["color"],
            ls=style["linestyle"],
            lw=1.6,
        )
    for index, (words, place) in enumerate((marks or {}).items()):
        line = LINES[index % len(LINES)]
        shown[words] = axis.axvline(place, color=INK, lw=1.6, linestyle=line)
    axis.set(
        xlabel=x,
        ylabel="density" if density else "count",
        yscale=y_scale,
        xlim=x_limits,
    )
    if density:
        axis.set_yticks([])
    axis.set_ylim(y_limits if y_limits else (None if y_scale == "log" else 0, None))
    if len(shown) > 1:
        key(axis, shown)
    head = f"{title}: histogram" if title else "Histogram"
    said = [f"{head} of {x}."]
    for name, some in values.items():
        if len(some):
            low, middle, high = np.quantile(some, (0.05, 0.5, 0.95))
            said.append(
                f"{name}: median {number(middle)}, nine in ten {between(low, high)}."
            )
        else:
            said.append(f"{name}: no values.")
    if marks:
        lines = (f"{number(place)}, {words}" for words, place in marks.items())
        said.append(f"Lines at {listed(lines)}.")
    return Drawing(figure, " ".join(said))


def scatter(
    groups: Mapping[str, Any],
    *,
    x: str,
    y: str,
    named: bool = False,
    values: Mapping[str, Any] | None = None,
    value: str = "",
    segments: Sequence[tuple[tuple[float, float], tuple[float, float]]] = (),
    levels: Mapping[str, float] | None = None,
    uprights: Mapping[str, float] | None = None,
    x_limits: Limits = None,
    y_limits: Limits = None,
    square: bool = False,
    colours: Mapping[str, str | int] | None = None,
    title: str = "",
    size: Size = WIDE,
) -> Drawing:
    """Draw points in the plane, a colour and a mark a group.

    Args:
        groups: name to (n, 2) points, or to one point.
        x: label of the horizontal axis, with its unit.
        y: of the vertical axis.
        named: write each group's name beside its points, instead of a key.
        values: name to (n,) numbers that colour the points instead of the group.
        value: what these numbers are; a scale stands beside the points.
        segments: pairs of points that are joined.
        levels: words to a height, for dashed level lines.
        uprights: words to a place, for dashed upright lines.
        x_limits: ends of the axis.
        y_limits: the same.
        square: give both axes one unit of length.
        colours: name to role, see `support.plots.colour_of`.
        title: over the panel.
        size: inches.

    Raises:
        ValueError: there is no group, or its points are not in the plane.
    """
    if not groups:
        raise ValueError("groups: got none; give at least one name with its points")
    clouds = {name: np.atleast_2d(array(points)) for name, points in groups.items()}
    for name, points in clouds.items():
        if points.shape[1] != 2:
            raise ValueError(f"groups: {name!r} has shape {points.shape}; give (n, 2)")
    figure, axis = start(size, title)
    axis.add_collection(
        LineCollection(segments, colors=NEUTRAL, linewidths=1, alpha=0.6)
    )
    few = max(map(len, clouds.values())) <= 60
    shown: dict[str, Any] = {}
    for index, (name, points) in enumerate(clouds.items()):
        style = look(index, (colours or {}).get(name))
        kept = np.linspace(
            0, len(points) - 1, min(len(points), _MOST_SHOWN // len(clouds))
        ).astype(int)
        mark = {
            "marker": style["marker"],
            "s": 46 if few else 9,
            "linewidths": 0.6 if few else 0,
        }
        if values is None:
            axis.scatter(
                *points[kept].T,
                color=style["color"],
                edgecolors=PAPER,
                alpha=1 if few else 0.6,
                **mark,
            )
        else:
            ends = [array(v) for v in values.values()]
            dots = axis.scatter(
                *points[kept].T,
                c=array(values[name])[kept],
                cmap="cividis",
                vmin=min(v.min() for v in ends),
                vmax=max(v.max() for v in ends),
                **mark,
            )
        shown[name] = Line2D(
            [], [], ls="none", marker=style["marker"], color=style["color"], ms=7
        )
    for rule, lines in ((axis.axhline, levels), (axis.axvline, uprights)):
        for words, place in (lines or {}).items():
            shown[words] = rule(
                place, color=NEUTRAL, linestyle=LINES[1], lw=1.2, zorder=1
            )
    axis.set(xlabel=x, ylabel=y, xlim=x_limits, ylim=y_limits)
    if square:
        axis.set_aspect("equal")
    if values is not None:
        figure.colorbar(dots, ax=axis, label=value).outline.set_visible(False)
    elif named:
        _name_points(axis, clouds, colours or {})
        key(
            axis,
            {words: shown[words] for words in [*(levels or {}), *(uprights or {})]},
        )
    elif len(shown) > 1:
        key(axis, shown)
    sns.despine(figure)
    return Drawing(figure, _words(clouds, x, y, levels, uprights, len(segments), title))


def _name_points(
    axis: Axes, clouds: Mapping[str, np.ndarray], colours: Mapping[str, str | int]
) -> None:
    """Write each name beside its points, where no name and no point stands yet."""
    axis.margins(0.15)
    axis.figure.draw_without_rendering()
    scale = axis.figure.dpi / 72
    centres = {name: points.mean(0) for name, points in clouds.items()}
    at = {name: axis.transData.transform(c) / scale for name, c in centres.items()}
    sides = axis.get_window_extent().extents / scale
    taken = [np.array([*place - 4, *place + 4]) for place in at.values()]
    shifts = [
        np.array([side * 8 if abs(up) < 2 else 0, up * 1.1 * TEXT])
        for up in (0, 1, -1, 2, -2, 3, -3)
        for side in (1, -1)
    ]
    for index, name in enumerate(at):
        size = np.array([LETTER * TEXT * len(name), 1.2 * TEXT])
        corners = [at[name] + s - size * ((s[0] < 0), 0.5) for s in shifts]
        boxes = [np.concatenate([corner, corner + size]) for corner in corners]
        costs = [
            sum((box[:2] < b[2:]).all() and (b[:2] < box[2:]).all() for b in taken)
            + (box[:2] < sides[:2]).sum()
            + 2 * (box[2:] > sides[2:]).sum()
            for box in boxes
        ]
        best = int(np.argmin(costs))  # the first of equals
        taken.append(boxes[best])
        axis.annotate(
            name,
            centres[name],
            shifts[best],
            textcoords="offset points",
            color=look(index, colours.get(name))["color"],
            va="center",
            ha="right" if shifts[best][0] < 0 else "left",
            annotation_clip=False,
        )


def _words(
    clouds: Mapping[str, np.ndarray],
    x: str,
    y: str,
    levels: Mapping[str, float] | None,
    uprights: Mapping[str, float] | None,
    joined: int,
    title: str,
) -> str:
    head = f"{title}: points" if title else "Points"
    said = [f"{head} of {y} against {x}."]
    for name, points in clouds.items():
        if len(points) == 1:
            said.append(f"{name}: {number(points[0, 1])} at {number(points[0, 0])}.")
            continue
        ends = np.nanquantile(points, (0.05, 0.95), axis=0)
        said.append(
            f"{name}: {len(points)} points, nine in ten {between(*ends[:, 1])} "
            f"at {between(*ends[:, 0])}."
        )
    if joined:
        said.append(f"{joined} pairs are joined.")
    for words, place in [*(levels or {}).items(), *(uprights or {}).items()]:
        said.append(f"Line {words} at {number(place)}.")
    return " ".join(said)

"""Many samples at once: histograms of one number, scatter plots of two."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
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
    Limits,
    Look,
    Size,
    array,
    between,
    key,
    number,
    opening,
    root,
    start,
)
from support.plots.palette import INK, LINES, NEUTRAL, PAPER, look

__all__ = ["histograms", "scatter"]

_MOST_LARGE = 60  # points of a group that are drawn large
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
    said = [f"{opening('Histogram', title)} of {x}."]
    shown: dict[str, Any] = {}
    for index, (name, some) in enumerate(values.items()):
        style = look(index, (colours or {}).get(name))
        line = {"ls": style["linestyle"], "lw": 1.6}
        heights, _ = np.histogram(some, edges, density=density and len(some) > 0)
        axis.stairs(heights, edges, fill=True, color=style["color"], alpha=0.25)
        axis.stairs(heights, edges, color=style["color"], **line)
        area = to_rgba(style["color"], 0.25)
        shown[name] = Patch(fc=area, ec=style["color"], **line)
        words = "no values"
        if len(some):
            low, middle, high = np.quantile(some, (0.05, 0.5, 0.95))
            words = f"median {number(middle)}, nine in ten {between(low, high)}"
        said.append(f"{name}: {words}.")
    for index, (words, place) in enumerate((marks or {}).items()):
        line = LINES[index % len(LINES)]
        shown[words] = axis.axvline(place, color=INK, lw=1.6, linestyle=line)
        said.append(f"Line {words} at {number(place)}.")
    axis.set(xlabel=x, ylabel="density" if density else "count", yscale=y_scale)
    axis.set(xlim=x_limits, ylim=y_limits or (None if y_scale == "log" else 0, None))
    if density:
        axis.set_yticks([])
    key(axis, shown)
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
    joined = LineCollection(segments, colors=NEUTRAL, linewidths=1, alpha=0.6)
    axis.add_collection(joined)
    few = max(map(len, clouds.values())) <= _MOST_LARGE
    mark: Look = {"s": 46 if few else 9, "linewidths": 0.6 if few else 0}
    each = [array(some) for some in (values or {}).values()]
    said = [f"{opening('Points', title)} of {y} against {x}."]
    shown: dict[str, Any] = {}
    for index, (name, points) in enumerate(clouds.items()):
        style = look(index, (colours or {}).get(name))
        most = min(len(points), _MOST_SHOWN // len(clouds))
        kept = np.linspace(0, len(points) - 1, most).astype(int)
        ink: dict[str, Any] = {"color": style["color"], "edgecolors": PAPER}
        if values is not None:
            ink = {"c": array(values[name])[kept], "cmap": "cividis"}
            ink |= {"vmin": min(map(np.min, each)), "vmax": max(map(np.max, each))}
        across, up = points[kept].T
        sign: Look = {"marker": style["marker"]}
        drawn = axis.scatter(across, up, alpha=1 if few else 0.6, **ink, **mark, **sign)
        shown[name] = Line2D([], [], ls="none", color=style["color"], ms=7, **sign)
        words = f"{number(points[0, 1])} at {number(points[0, 0])}"
        if len(points) != 1:
            low, high = np.nanquantile(points, (0.05, 0.95), axis=0)
            words = f"{len(points)} points, nine in ten {between(low[1], high[1])} "
            words += f"at {between(low[0], high[0])}"
        said.append(f"{name}: {words}.")
    if len(segments):
        said.append(f"{len(segments)} pairs are joined.")
    ruled: dict[str, Any] = {}
    for rule, places in ((axis.axhline, levels), (axis.axvline, uprights)):
        for words, place in (places or {}).items():
            line = {"linestyle": LINES[1], "lw": 1.2, "zorder": 1}
            ruled[words] = rule(place, color=NEUTRAL, **line)
            said.append(f"Line {words} at {number(place)}.")
    axis.margins(0.15 if named else 0.05)
    axis.set(xlabel=x, ylabel=y, xlim=x_limits, ylim=y_limits)
    if square:
        axis.set_aspect("equal")
    if values is not None:
        figure.colorbar(drawn, ax=axis, label=value).outline.set_visible(False)
    if named:
        _name_points(axis, clouds, colours or {})
    key(axis, ruled if named else shown | ruled, least=1 if named else 2)
    return Drawing(figure, " ".join(said))


def _name_points(
    axis: Axes, clouds: Mapping[str, np.ndarray], colours: Mapping[str, str | int]
) -> None:
    """Write each name beside its points, where no name and no point stands yet."""
    root(axis).draw_without_rendering()
    scale = root(axis).dpi / 72
    sides = np.array(axis.get_window_extent().extents) / scale
    centres = {name: points.mean(0) for name, points in clouds.items()}
    at = {name: axis.transData.transform(c) / scale for name, c in centres.items()}
    taken = [np.array([*place - 4, *place + 4]) for place in at.values()]
    shifts = [
        np.array([side * (8 if abs(up) < 2 else 14), up * 1.15 * TEXT])
        for up in (0, 1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6)
        for side in (1, -1)
    ]
    for index, name in enumerate(at):
        size: np.ndarray = np.array([LETTER * TEXT * len(name), 1.25 * TEXT])
        corners = [at[name] + s - size * (s[0] < 0, 0.5) for s in shifts]
        boxes = [np.concatenate([corner, corner + size]) for corner in corners]
        costs = [
            sum((box[:2] < b[2:]).all() and (b[:2] < box[2:]).all() for b in taken)
            + 2 * ((box[:2] < sides[:2]).sum() + (box[2:] > sides[2:]).sum())
            for box in boxes
        ]
        best = int(np.argmin(costs))  # the first of equals
        taken.append(boxes[best])
        colour = look(index, colours.get(name))["color"]
        far = {"arrowstyle": "-", "color": colour, "lw": 0.6} if best > 5 else None
        axis.annotate(
            name,
            centres[name],
            tuple(shifts[best]),
            textcoords="offset points",
            color=colour,
            va="center",
            ha="right" if shifts[best][0] < 0 else "left",
            arrowprops=far,
        )

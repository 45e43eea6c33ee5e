"""Lines over a common axis, with bands, other seeds, references and marks."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator
from scipy.special import ndtr, ndtri

from support.plots.drawing import (
    WIDE,
    Drawing,
    Size,
    array,
    between,
    label_ends,
    listed,
    name_ticks,
    number,
    start,
)
from support.plots.palette import INK, LINES, NEUTRAL, PAPER, look

__all__ = ["lines"]

_MOST_MARKED = 20  # points of a line that are still seen one by one
_RATES = (1e-4, 0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95)
_SCALES = {
    "linear": "",
    "log": ", logarithmic",
    "deviate": ", on a normal-deviate axis",
}
Limits = tuple[float | None, float | None] | None


def lines(
    series: Mapping[str, Any],
    *,
    x: str,
    y: str,
    at: Sequence[Any] | None = None,
    bands: Mapping[str, tuple[Any, Any]] | None = None,
    others: Mapping[str, Sequence[Any]] | None = None,
    references: Mapping[str, float] | None = None,
    marks: Mapping[str, tuple[float, float]] | None = None,
    x_scale: str = "linear",
    y_scale: str = "linear",
    x_limits: Limits = None,
    y_limits: Limits = None,
    colours: Mapping[str, str | int] | None = None,
    title: str = "",
    size: Size = WIDE,
) -> Drawing:
    """Draw named lines, each with its name at its end.

    Args:
        series: name to values over `at`, or to (places, values) without `at`.
        x: label of the horizontal axis, with its unit.
        y: of the vertical axis.
        at: numbers or words, common to all.
        bands: name to lower and upper ends, as long as the series' values.
        others: name to further lines over the same places, such as other seeds,
            drawn thin.
        references: words to a height, for dashed level lines.
        marks: words to (x, y), for single points.
        x_scale: ``linear``, ``log`` or ``deviate``: rates in (0, 1), shown in
            per cent on a normal-deviate axis, as detection errors are.
        y_scale: the same.
        x_limits: ends of the axis; None leaves an end to the data.
        y_limits: the same.
        colours: name to role, see `support.plots.colour_of`.
        title: over the panel.
        size: inches.

    Raises:
        ValueError: there is no series, or one has not a value for each place.
    """
    if not series:
        raise ValueError("series: got none; give at least one name with its values")
    names = at is not None and any(isinstance(place, str) for place in at)
    shared = None if at is None else np.arange(len(at)) if names else array(at)
    paths = {}
    for name, values in series.items():
        places, heights = (shared, values) if shared is not None else values
        paths[name] = array(places), array(heights)
        if paths[name][0].shape != paths[name][1].shape:
            raise ValueError(
                f"series: {name!r} has {len(paths[name][1])} values for "
                f"{len(paths[name][0])} places; give one for each"
            )
    figure, axis = start(size, title)
    bands, others, references = bands or {}, others or {}, references or {}
    _scale(axis, "x", x_scale, x_limits)
    _scale(axis, "y", y_scale, y_limits)
    ends = []
    for index, (name, (places, heights)) in enumerate(paths.items()):
        style = look(index, (colours or {}).get(name))
        for line in others.get(name, ()):
            axis.plot(places, array(line), color=style["color"], lw=0.8, alpha=0.4)
        if name in bands:
            low, high = map(array, bands[name])
            axis.fill_between(
                places, low, high, color=style["color"], alpha=0.18, linewidth=0
            )
        if len(places) > _MOST_MARKED:
            style["marker"] = None
        axis.plot(places, heights, markeredgecolor=PAPER, **style)
        if len(last := np.flatnonzero(np.isfinite(heights))):
            ends.append((name, places[last[-1]], heights[last[-1]], style["color"]))
    for height in references.values():
        axis.axhline(height, color=NEUTRAL, linestyle=LINES[1], lw=1.2, zorder=1)
    for words, place in (marks or {}).items():
        axis.plot(*place, "o", color=INK, ms=9, mfc="none", mew=1.6)
        axis.annotate(words, place, (8, 6), textcoords="offset points")
    if names:
        name_ticks(axis, shared, at)
    elif shared is not None and x_scale == "log" and len(shared) <= 8:
        axis.set_xticks(shared, [number(place) for place in shared])
        axis.minorticks_off()
    axis.set(xlabel=x, ylabel=y, xlim=x_limits, ylim=y_limits)
    right = axis.get_xlim()[1]
    ends += [(name, right, height, NEUTRAL) for name, height in references.items()]
    if len(ends) > 1:
        label_ends(axis, ends)
    return Drawing(
        figure,
        _words(
            paths,
            bands,
            others,
            references,
            marks or {},
            at,
            names,
            x,
            y,
            (x_scale, y_scale),
            title,
        ),
    )


def _scale(axis: Axes, which: str, scale: str, limits: Limits) -> None:
    if scale not in _SCALES:
        raise ValueError(f"{which}_scale: got {scale!r}; give one of {list(_SCALES)}")
    if scale != "deviate":
        axis.set(**{f"{which}scale": scale})
        return
    # A rate of 0 or 1 has no place on the axis; it stands at the edge.
    getattr(axis, f"set_{which}scale")(
        "function", functions=(lambda p: ndtri(np.clip(p, 1e-9, 1 - 1e-9)), ndtr)
    )
    low, high = limits or (None, None)
    ticks = [r for r in _RATES if (low or 0) <= r <= (high or 1)]
    axis.set(
        **{
            f"{which}ticks": ticks,
            f"{which}ticklabels": [f"{100 * r:g}" for r in ticks],
        }
    )
    getattr(axis, f"{which}axis").set_minor_locator(NullLocator())


def _words(
    paths: Mapping[str, tuple[np.ndarray, np.ndarray]],
    bands: Mapping[str, tuple[Any, Any]],
    others: Mapping[str, Sequence[Any]],
    references: Mapping[str, float],
    marks: Mapping[str, tuple[float, float]],
    at: Sequence[Any] | None,
    names: bool,
    x: str,
    y: str,
    scales: tuple[str, str],
    title: str,
) -> str:
    def place(value: float) -> str:
        return str(at[int(value)]) if names and at is not None else number(value)

    head = f"{title}: lines" if title else "Lines"
    across, up = (_SCALES[scale] for scale in scales)
    said = [f"{head} of {y}{up} against {x}{across}."]
    last: dict[str, float] = {}
    for name, (places, heights) in paths.items():
        seen = np.flatnonzero(np.isfinite(heights))
        if not len(seen):
            said.append(f"{name}: no values.")
            continue
        one, two = seen[0], seen[-1]
        top, low = seen[heights[seen].argmax()], seen[heights[seen].argmin()]
        last[name] = heights[two]
        words = (
            f"{name}: {number(heights[one])} at {place(places[one])}, "
            f"{number(heights[two])} at {place(places[two])}"
        )
        if top not in (one, two):
            words += f", highest {number(heights[top])} at {place(places[top])}"
        if low not in (one, two):
            words += f", lowest {number(heights[low])} at {place(places[low])}"
        if name in bands:
            ends = (float(array(side)[two]) for side in bands[name])
            words += f", at its end the band goes {between(*ends)}"
        if many := len(others.get(name, ())):
            words += f"; {many} thin line{'s' * (many > 1)} beside it"
        said.append(f"{words}.")
    if len(last) > 1:
        high, low = max(last, key=last.__getitem__), min(last, key=last.__getitem__)
        said.append(f"At the end {high} is highest and {low} lowest.")
    said += [f"Level line {name} at {number(v)}." for name, v in references.items()]
    if marks:
        said.append(
            "Marked: "
            + listed(
                f"{name} at {number(a)}, {number(b)}" for name, (a, b) in marks.items()
            )
            + "."
        )
    return " ".join(said)

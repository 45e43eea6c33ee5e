"""Lines over a common axis, with bands, other seeds, references and marks."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import NullLocator
from scipy.special import ndtr, ndtri

from support.plots.drawing import (
    WIDE,
    Drawing,
    Limits,
    Size,
    array,
    label_ends,
    name_ticks,
    number,
    opening,
    start,
)
from support.plots.palette import INK, LINES, NEUTRAL, PAPER, look

__all__ = ["lines"]

_MOST_MARKED = 20  # points of a line that are still seen one by one
_RATES = (1e-4, 0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95)
_SCALES = {
    "linear": "",
    "log": ", logarithmic",
    "deviate": ", in per cent on a normal-deviate axis",
}
Path = tuple[np.ndarray, np.ndarray]


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
    named = at is not None and any(isinstance(place, str) for place in at)
    words_at: Sequence[Any] = at if at is not None and named else ()
    shared = np.arange(len(words_at)) if words_at else None if at is None else array(at)
    paths: dict[str, Path] = {}
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
        if len(places) > _MOST_MARKED:
            style["marker"] = None
        for line in others.get(name, ()):
            axis.plot(places, array(line), color=style["color"], lw=0.8, alpha=0.4)
        if name in bands:
            low, high = map(array, bands[name])
            faint = {"color": style["color"], "alpha": 0.18, "linewidth": 0}
            axis.fill_between(places, low, high, **faint)
        axis.plot(places, heights, markeredgecolor=PAPER, **style)
        if len(seen := np.flatnonzero(np.isfinite(heights))):
            ends.append((name, places[seen[-1]], heights[seen[-1]], style["color"]))
    for height in references.values():
        axis.axhline(height, color=NEUTRAL, linestyle=LINES[1], lw=1.2, zorder=1)
    for words, place in (marks or {}).items():
        axis.plot(*place, "o", color=INK, ms=9, mfc="none", mew=1.6)
        axis.annotate(words, place, (8, 6), textcoords="offset points")
    if words_at:
        name_ticks(axis, shared, words_at)
    elif shared is not None and x_scale == "log" and len(shared) <= 8:
        axis.set_xticks(shared, [number(float(place)) for place in shared])
        axis.minorticks_off()
    axis.set(xlabel=x, ylabel=y, xlim=x_limits, ylim=y_limits)
    right = axis.get_xlim()[1]
    ends += [(name, right, height, NEUTRAL) for name, height in references.items()]
    if len(ends) > 1:
        label_ends(axis, ends)
    say_x, say_y = _speaker(x_scale, words_at), _speaker(y_scale)
    labels = ((y, y_scale), (x, x_scale))
    axes = " against ".join(f"{word}{_SCALES[scale]}" for word, scale in labels if word)
    said = [f"{opening('Lines', title)}{' of ' * bool(axes)}{axes}."]
    for name, path in paths.items():
        words = _words(*path, say_x, say_y)
        if name in bands:
            first, last = (say_y(array(side)[-1]) for side in bands[name])
            words += f", at its end the band goes from {first} to {last}"
        if many := len(others.get(name, ())):
            words += f"; {many} thin line{'s' * (many > 1)} beside it"
        said.append(f"{name}: {words}.")
    finals = {name: heights[-1] for name, (_, heights) in paths.items() if len(heights)}
    order = sorted((v, name) for name, v in finals.items() if np.isfinite(v))
    if len(order) > 1:
        said.append(f"At the end {order[-1][1]} is highest and {order[0][1]} lowest.")
    said += [f"Level line {name} at {say_y(v)}." for name, v in references.items()]
    for words, (across, up) in (marks or {}).items():
        said.append(f"Marked: {words}, {say_y(up)} at {say_x(across)}.")
    return Drawing(figure, " ".join(said))


def _scale(axis: Axes, which: str, scale: str, limits: Limits) -> None:
    if scale not in _SCALES:
        raise ValueError(f"{which}_scale: got {scale!r}; give one of {list(_SCALES)}")
    if scale != "deviate":
        axis.set(**{f"{which}scale": scale})
        return
    # A rate of 0 or 1 has no place on the axis; it stands far beyond the edge.
    ways = (lambda rate: ndtri(np.clip(rate, 1e-9, 1 - 1e-9)), ndtr)
    getattr(axis, f"set_{which}scale")("function", functions=ways)
    low, high = limits or (None, None)
    ticks = [rate for rate in _RATES if (low or 0) <= rate <= (high or 1)]
    side = getattr(axis, f"{which}axis")
    side.set_ticks(ticks, [f"{100 * rate:g}" for rate in ticks])
    side.set_minor_locator(NullLocator())


def _speaker(scale: str, names: Sequence[Any] = ()) -> Callable[[float], str]:
    """How a place on an axis is said."""
    if names:
        return lambda value: str(names[int(value)])
    if scale == "deviate":
        return lambda value: f"{number(100 * value)} %"
    return number


def _words(
    places: np.ndarray,
    heights: np.ndarray,
    say_x: Callable[[float], str],
    say_y: Callable[[float], str],
) -> str:
    """The ends of a line, and its extremes where they are no ends."""
    seen = np.flatnonzero(np.isfinite(heights))
    if not len(seen):
        return "no values"
    ends = [seen[0], seen[-1]][: len(seen)]
    top, low = seen[heights[seen].argmax()], seen[heights[seen].argmin()]
    parts = [("", end) for end in ends]
    parts += [("highest ", top)] * (top not in ends) + [("lowest ", low)] * (
        low not in ends
    )
    return ", ".join(f"{w}{say_y(heights[k])} at {say_x(places[k])}" for w, k in parts)

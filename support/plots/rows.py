"""One value a row: bars, dots with intervals, and forests of differences."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from support.plots.drawing import (
    WIDE,
    Drawing,
    Size,
    array,
    between,
    fixed,
    key,
    listed,
    name_ticks,
    number,
    start,
)
from support.plots.palette import FAINT, INK, LINES, MARKERS, NEUTRAL, PAPER, colour_of

__all__ = ["bars", "dots", "forest"]

Table = Mapping[str, Mapping[str, Any]] | Mapping[str, Any]
Limits = tuple[float | None, float | None] | None


def bars(
    table: Table,
    *,
    value: str,
    intervals: Table | None = None,
    seeds: Table | None = None,
    stacked: bool = False,
    horizontal: bool = False,
    references: Mapping[str, float] | None = None,
    limits: Limits = None,
    digits: int | None = 2,
    colours: Mapping[str, str | int] | None = None,
    title: str = "",
    size: Size | None = None,
) -> Drawing:
    """Draw bars from zero: a group a row of the table, a bar a series.

    Args:
        table: row to series to value, or row to value.
        value: label of the axis of values, with its unit.
        intervals: lower and upper ends, in the table's shape.
        seeds: lists of values, in the table's shape; drawn as small rings.
        stacked: put the series of a row on top of each other.
        horizontal: rows run down, which leaves room for long names.
        references: words to a value, for dashed lines.
        limits: ends of the axis of values.
        digits: decimals of the values that are written at the bars, where they
            have room; None for none.
        colours: series to role, see `support.plots.colour_of`.
        title: over the panel.
        size: inches; from the number of rows where None.
    """
    rows, names, values = _table(table, "table")
    count = 1 if stacked else len(names)
    figure, axis = start(
        size or (WIDE[0], _height(rows, count) if horizontal else WIDE[1]), title
    )
    width = 0.8 / count
    base = np.zeros(len(rows))
    shown = {}
    for index, name in enumerate(names):
        colour = colour_of((colours or {}).get(name, index))
        at = np.arange(len(rows)) + (
            0 if stacked else width * (index - (count - 1) / 2)
        )
        heights = np.array([values[row].get(name, np.nan) for row in rows], dtype=float)
        style = {"color": colour, "edgecolor": PAPER, "linewidth": 1}
        if horizontal:
            drawn = axis.barh(at, heights, 0.94 * width, left=base, **style)
        else:
            drawn = axis.bar(at, heights, 0.94 * width, bottom=base, **style)
        shown[name] = Patch(facecolor=colour)
        if stacked:
            base = base + np.nan_to_num(heights)
        reach = heights.copy()
        for at_row, row in zip(at, rows, strict=True):
            if ends := _cell(intervals, row, name):
                _line(axis, ends, at_row, horizontal, color=INK, lw=1.6)
                reach[rows.index(row)] = max(*ends, reach[rows.index(row)])
            for seed in _cell(seeds, row, name) or ():
                _point(axis, seed, at_row, horizontal)
        pitch = figure.get_size_inches()[0] * 72 * 0.8 / (len(rows) * len(names))
        room = horizontal or pitch > 6.2 * (2 + (digits or 0))
        if digits is not None and not stacked and not seeds and not intervals and room:
            words = [fixed(h, digits) for h in heights]
            axis.bar_label(drawn, words, padding=3)
            axis.margins(**{"x" if horizontal else "y": 0.2})
    _finish(axis, rows, value, horizontal, references, limits)
    if len(names) > 1:
        key(axis, shown)
    return Drawing(
        figure,
        _words(
            "Stacked bars" if stacked else "Bars",
            rows,
            names,
            values,
            value,
            intervals,
            seeds,
            references,
            title,
        ),
    )


def dots(
    table: Table,
    *,
    value: str,
    intervals: Table | None = None,
    seeds: Table | None = None,
    references: Mapping[str, float] | None = None,
    limits: Limits = None,
    digits: int | None = 2,
    colours: Mapping[str, str | int] | None = None,
    title: str = "",
    size: Size | None = None,
) -> Drawing:
    """Draw a row of the table as marks on a line, with intervals and seeds.

    Args:
        table: row to series to value, or row to value.
        value: label of the axis, with its unit.
        intervals: lower and upper ends, in the table's shape.
        seeds: lists of values, in the table's shape; drawn as ticks below.
        references: words to a value, for dashed lines.
        limits: ends of the axis.
        digits: decimals of the values, written where there is one series.
        colours: series to role, see `support.plots.colour_of`.
        title: over the panel.
        size: inches; from the number of rows where None.
    """
    rows, names, values = _table(table, "table")
    apart = 0.24 if intervals or seeds else 0.0
    count = len(names) if apart else 1
    figure, axis = start(size or (WIDE[0], _height(rows, count)), title)
    shown = {}
    for index, name in enumerate(names):
        style = {
            "color": colour_of((colours or {}).get(name, index)),
            "ls": "none",
            "marker": MARKERS[index % 7],
            "ms": 8,
            "mec": PAPER,
        }
        shown[name] = Line2D([], [], **style)
        for place, row in enumerate(rows):
            at = place + apart * (index - (len(names) - 1) / 2)
            if ends := _cell(intervals, row, name):
                axis.plot(ends, [at, at], color=style["color"], lw=2.5, alpha=0.6)
            if some := _cell(seeds, row, name):
                axis.plot(some, [at + 0.18] * len(some), "|", color=NEUTRAL, ms=7)
            if (here := values[row].get(name)) is None:
                continue
            axis.plot(here, at, **style)
            if digits is not None and len(names) == 1:
                text = fixed(here, digits)
                axis.annotate(
                    text, (here, at), (0, 6), textcoords="offset points", ha="center"
                )
    _finish(axis, rows, value, True, references, limits)
    if len(names) > 1:
        key(axis, shown)
    return Drawing(
        figure,
        _words("Dots", rows, names, values, value, intervals, seeds, references, title),
    )


def forest(
    rows: Mapping[str, tuple[float, float, float]],
    *,
    value: str,
    none: float = 0.0,
    margin: float | None = None,
    paper: Mapping[str, float] | None = None,
    limits: Limits = None,
    digits: int = 2,
    title: str = "",
    size: Size | None = None,
) -> Drawing:
    """Draw estimates with intervals against the line of no effect.

    Args:
        rows: name to estimate, lower and upper end.
        value: label of the axis, with its unit and which side is better.
        none: the value that says there is no effect.
        margin: what counts as an effect; the band around `none` is shaded.
        paper: name to the figure that the paper states, an open diamond.
        limits: ends of the axis.
        digits: decimals of the numbers at the right.
        title: over the panel.
        size: inches; from the number of rows where None.
    """
    figure, axis = start(size or (WIDE[0], _height(list(rows), 1)), title)
    handles = {}
    if margin is not None:
        axis.axvspan(
            none - margin, none + margin, color=FAINT, alpha=0.6, lw=0, zorder=0
        )
        handles["less than the margin"] = Patch(facecolor=FAINT)
    axis.axvline(none, color=INK, lw=1.2, zorder=1)
    said = []
    for place, (name, (middle, low, high)) in enumerate(rows.items()):
        clear = low > none or high < none
        colour = colour_of("method" if clear else "neutral")
        axis.plot([low, high], [place, place], color=colour, lw=2)
        axis.plot(middle, place, "s", color=colour, ms=8, mec=PAPER)
        one, two, three = (fixed(v, digits) for v in (middle, low, high))
        text = f"{one} [{two}, {three}]"
        axis.annotate(
            text,
            (1.03, place),
            va="center",
            xycoords=("axes fraction", "data"),
            annotation_clip=False,
        )
        words = f"{name}: {number(middle)}, interval {between(low, high)}"
        if name in (paper or {}):
            axis.plot(
                paper[name], place, "D", mfc=PAPER, color=colour_of("highlight"), ms=8
            )
            handles["paper"] = Line2D(
                [],
                [],
                marker="D",
                mfc=PAPER,
                ls="none",
                ms=8,
                color=colour_of("highlight"),
            )
            words += f", the paper says {number(paper[name])}"
        said.append(words + ("." if clear else "; it holds no effect."))
    _finish(axis, list(rows), value, True, None, limits)
    axis.locator_params(axis="x", nbins=4)
    key(axis, handles)
    head = f"{title}: estimates" if title else "Estimates"
    middle = (
        f"{head} of {value} with intervals, a row each; no effect is {number(none)}"
    )
    if margin is not None:
        middle += f", the margin {number(margin)}"
    return Drawing(figure, " ".join([f"{middle}.", *said]))


def _table(
    table: Table, argument: str
) -> tuple[list[str], list[str], dict[str, dict[str, float]]]:
    """Rows, series in the order of their first row, and the values by both."""
    if not table:
        raise ValueError(f"{argument}: got no rows; give at least one")
    values = {
        row: {k: float(v) for k, v in cells.items()}
        if isinstance(cells, Mapping)
        else {"": float(cells)}
        for row, cells in table.items()
    }
    names = list(dict.fromkeys(name for cells in values.values() for name in cells))
    return list(values), names, values


def _cell(table: Table | None, row: str, name: str) -> list[float] | None:
    cells = (table or {}).get(row)
    if isinstance(cells, Mapping):
        cells = cells.get(name)
    return None if cells is None else array(cells).tolist()


def _height(rows: list[str], count: int) -> float:
    return 1.0 + len(rows) * (0.3 + 0.16 * count)


def _line(
    axis: Axes, ends: list[float], at: float, horizontal: bool, **style: Any
) -> None:
    here = [at, at]
    axis.plot(*((ends, here) if horizontal else (here, ends)), **style)


def _point(axis: Axes, value: float, at: float, horizontal: bool) -> None:
    place = (value, at) if horizontal else (at, value)
    axis.plot(*place, "o", mfc="none", color=INK, ms=4, mew=0.8)


def _finish(
    axis: Axes,
    rows: list[str],
    value: str,
    horizontal: bool,
    references: Mapping[str, float] | None,
    limits: Limits,
) -> None:
    """Names of the rows, the axis of values, and its reference lines."""
    places = range(len(rows))
    name_ticks(axis, places, rows, down=horizontal)
    axis.grid(False, axis="y" if horizontal else "x")
    rule = axis.axvline if horizontal else axis.axhline
    for words, level in (references or {}).items():
        rule(level, color=NEUTRAL, linestyle=LINES[1], lw=1.2)
        place, ends = ((level, 1), "center") if horizontal else ((1, level), "left")
        axis.annotate(
            words,
            place,
            (3, 3) if horizontal else (4, 0),
            textcoords="offset points",
            xycoords=("data", "axes fraction")
            if horizontal
            else ("axes fraction", "data"),
            color=NEUTRAL,
            ha=ends,
            va="bottom" if horizontal else "center",
            annotation_clip=False,
        )
    if horizontal:
        axis.set(xlabel=value, ylim=(len(rows) - 0.4, -0.6), xlim=limits)
    else:
        axis.set(ylabel=value, ylim=limits)
    crossing = axis.get_xlim() if horizontal else axis.get_ylim()
    if crossing[0] < 0 < crossing[1]:
        rule(0, color=INK, lw=0.8)


def _words(
    kind: str,
    rows: list[str],
    names: list[str],
    values: dict[str, dict[str, float]],
    value: str,
    intervals: Table | None,
    seeds: Table | None,
    references: Mapping[str, float] | None,
    title: str,
) -> str:
    head = f"{title}: {kind.lower()}" if title else kind
    said = [f"{head} of {value}."]
    for row in rows:
        cells = []
        for name, here in values[row].items():
            words = f"{name} {number(here)}".strip()
            if ends := _cell(intervals, row, name):
                words += f" ({between(*ends)})"
            if some := _cell(seeds, row, name):
                words += f", {len(some)} seeds {between(min(some), max(some))}"
            cells.append(words)
        said.append(f"{row}: {'; '.join(cells)}.")
    if len(rows) > 1:
        for name in names:
            known = {row: values[row][name] for row in rows if name in values[row]}
            high, low = (
                max(known, key=known.__getitem__),
                min(known, key=known.__getitem__),
            )
            of = f" of {name}" if name else ""
            said.append(f"Highest{of}: {high}; lowest: {low}.")
    if references:
        said.append(
            "Lines at "
            + listed(f"{number(level)}, {words}" for words, level in references.items())
            + "."
        )
    return " ".join(said)

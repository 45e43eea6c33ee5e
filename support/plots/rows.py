"""One value a row: bars, dots with intervals, and forests of differences."""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from support.plots.drawing import (
    WIDE,
    Drawing,
    Limits,
    Look,
    Size,
    array,
    between,
    fixed,
    key,
    name_ticks,
    number,
    opening,
    start,
)
from support.plots.palette import FAINT, INK, LINES, MARKERS, NEUTRAL, PAPER, colour_of

__all__ = ["bars", "dots", "forest"]

Table = Mapping[str, Any]  # row to series to value, or row to value


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
        colours: series to role.
        title: over the panel.
        size: inches; from the number of rows where None.
    """
    rows, names, values = _table(table)
    count = 1 if stacked else len(names)
    tall = _height(rows, count) if horizontal else WIDE[1]
    figure, axis = start(size or (WIDE[0], tall), title)
    width = 0.8 / count
    pitch = figure.get_size_inches()[0] * 72 * width / len(rows)
    written = digits is not None and not (stacked or seeds or intervals)
    base, shown = np.zeros(len(rows)), {}
    for index, name in enumerate(names):
        colour = colour_of((colours or {}).get(name, index))
        at = np.arange(len(rows)) + width * (index % count - (count - 1) / 2)
        heights = np.array([values[row].get(name, np.nan) for row in rows])
        style: Look = {"color": colour, "edgecolor": PAPER, "linewidth": 1}
        style["left" if horizontal else "bottom"] = base
        draw = axis.barh if horizontal else axis.bar
        drawn = draw(at, heights, 0.94 * width, **style)
        shown[name] = Patch(facecolor=colour)
        if stacked:
            base = base + np.nan_to_num(heights)
        for place, row in zip(at, rows, strict=True):
            ends, some = _cell(intervals, row, name), _cell(seeds, row, name)
            for along, look in ((ends, {"lw": 1.6}), (some, _RING)):
                across = [place] * len(along)
                path = (along, across) if horizontal else (across, along)
                axis.plot(*path, color=INK, **look)
        if (
            written
            and digits is not None
            and (horizontal or pitch > 6.2 * (digits + 2))
        ):
            axis.bar_label(drawn, [fixed(h, digits) for h in heights], padding=3)
            axis.margins(*((0.2, None) if horizontal else (None, 0.2)))
    _finish(axis, rows, value, horizontal, references, limits)
    key(axis, shown)
    words = _words(rows, names, values, intervals, seeds, references)
    kind = "Stacked bars" if stacked else "Bars"
    return Drawing(figure, f"{opening(kind, title)} of {value}. {words}")


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
    """Draw each row of the table as marks on a line, with intervals and seeds.

    Args:
        table: row to series to value, or row to value.
        value: label of the axis, with its unit.
        intervals: lower and upper ends, in the table's shape.
        seeds: lists of values, in the table's shape; drawn as ticks below.
        references: words to a value, for dashed lines.
        limits: ends of the axis.
        digits: decimals of the values, written where there is one series.
        colours: series to role.
        title: over the panel.
        size: inches; from the number of rows where None.
    """
    rows, names, values = _table(table)
    apart = 0.24 if intervals or seeds else 0.0
    tall = _height(rows, len(names) if apart else 1)
    figure, axis = start(size or (WIDE[0], tall), title)
    shown = {}
    for index, name in enumerate(names):
        colour = colour_of((colours or {}).get(name, index))
        mark: Look = {"marker": MARKERS[index % 7], "ls": "none", "ms": 8, "mec": PAPER}
        shown[name] = Line2D([], [], color=colour, **mark)
        for place, row in enumerate(rows):
            at = place + apart * (index - (len(names) - 1) / 2)
            ends, some = _cell(intervals, row, name), _cell(seeds, row, name)
            axis.plot(ends, [at] * len(ends), color=colour, lw=2.5, alpha=0.6)
            axis.plot(some, [at + 0.18] * len(some), "|", color=NEUTRAL, ms=7)
            here = values[row].get(name, np.nan)
            axis.plot(here, at, color=colour, **mark)
            if digits is not None and len(names) == 1:
                _beside(axis, fixed(here, digits), (here, at), (0, 6), ha="center")
    _finish(axis, rows, value, True, references, limits)
    key(axis, shown)
    words = _words(rows, names, values, intervals, seeds, references)
    return Drawing(figure, f"{opening('Dots', title)} of {value}. {words}")


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
        rows: name to estimate, lower and upper end; where there is none, the figure
            says that nothing is recorded yet.
        value: label of the axis, with its unit and which side is better.
        none: the value that says there is no effect.
        margin: what counts as an effect; the band around `none` is shaded.
        paper: name to the figure that the paper states, an open diamond.
        limits: ends of the axis.
        digits: decimals of the numbers at the right.
        title: over the panel.
        size: inches; from the number of rows where None.

    Raises:
        ValueError: a row has a number that is not finite: without an interval there is
            nothing to draw, so leave it out and say so in words.
    """
    for name, ends in rows.items():
        if not all(map(math.isfinite, ends)):
            raise ValueError(
                f"rows: {name!r} is {tuple(ends)}; leave a row without an interval out"
            )
    figure, axis = start(size or (WIDE[0], _height(list(rows), 1)), title)
    said = f"{opening('Estimates', title)} of {value} with intervals, a row each; "
    said += f"no effect is {number(none)}"
    shown: dict[str, Any] = {}
    if margin is not None:
        axis.axvspan(none - margin, none + margin, color=FAINT, alpha=0.6, lw=0)
        shown["less than the margin"] = Patch(facecolor=FAINT)
        said += f", the margin {number(margin)}"
    axis.axvline(none, color=INK, lw=1.2, zorder=1)
    parts = [f"{said}."]
    for place, (name, (middle, low, high)) in enumerate(rows.items()):
        clear = low > none or high < none
        colour = colour_of("method" if clear else "neutral")
        axis.plot([low, high], [place, place], color=colour, lw=2)
        axis.plot(middle, place, "s", color=colour, ms=8, mec=PAPER)
        one, two, three = (fixed(each, digits) for each in (middle, low, high))
        right = ("axes fraction", "data")
        _beside(axis, f"{one} [{two}, {three}]", (1, place), (8, 0), xycoords=right)
        words = f"{name}: {number(middle)}, interval {between(low, high)}"
        if paper and name in paper:
            (mark,) = axis.plot(paper[name], place, "D", mfc=PAPER, ms=8)
            mark.set_color(colour_of("highlight"))
            shown["paper"] = Line2D([], [], marker="D", ls="none", mfc=PAPER, ms=8)
            shown["paper"].set_color(colour_of("highlight"))
            words += f", the paper says {number(paper[name])}"
        parts.append(words + ("." if clear else "; it holds no effect."))
    if not rows:
        axis.text(0.5, 0.5, _EMPTY, ha="center", transform=axis.transAxes)
        parts.append(f"{_EMPTY}.")
    _finish(axis, list(rows), value, True, None, limits)
    axis.locator_params(axis="x", nbins=4)
    key(axis, shown, least=1)
    return Drawing(figure, " ".join(parts))


_EMPTY = "No seed is recorded yet"
_RING = {"marker": "o", "mfc": "none", "ms": 4, "mew": 0.8, "ls": "none"}


def _table(table: Table) -> tuple[list[str], list[str], dict[str, dict[str, float]]]:
    """Rows, series in the order of their first row, and the values by both."""
    if not table:
        raise ValueError("table: got no rows; give at least one")
    values = {
        row: {name: float(value) for name, value in cells.items()}
        for row, each in table.items()
        for cells in [each if isinstance(each, Mapping) else {"": each}]
    }
    names = list(dict.fromkeys(name for cells in values.values() for name in cells))
    return list(values), names, values


def _cell(table: Table | None, row: str, name: str) -> list[float]:
    cells = (table or {}).get(row, ())
    if isinstance(cells, Mapping):
        cells = cells.get(name, ())
    return array(cells).tolist()


def _height(rows: list[str], count: int) -> float:
    return 1.0 + len(rows) * (0.3 + 0.16 * count)


def _beside(
    axis: Axes, words: str, place: Any, shift: tuple[float, float], **more: Any
) -> None:
    more = {"va": "bottom" if shift[1] else "center"} | more
    axis.annotate(
        words, place, shift, textcoords="offset points", annotation_clip=False, **more
    )


def _finish(
    axis: Axes,
    rows: list[str],
    value: str,
    horizontal: bool,
    references: Mapping[str, float] | None,
    limits: Limits,
) -> None:
    """Names of the rows, the axis of values, and its reference lines."""
    name_ticks(axis, range(len(rows)), rows, down=horizontal)
    axis.grid(False, axis="y" if horizontal else "x")
    rule = axis.axvline if horizontal else axis.axhline
    for words, level in (references or {}).items():
        rule(level, color=NEUTRAL, linestyle=LINES[1], lw=1.2)
        place, shift = ((level, 1), (0, 3)) if horizontal else ((1, level), (4, 0))
        along = ("data", "axes fraction")[:: 1 if horizontal else -1]
        turn = {"ha": "center"} if horizontal else {}
        _beside(axis, words, place, shift, xycoords=along, color=NEUTRAL, **turn)
    if horizontal:
        axis.set(xlabel=value, ylim=(len(rows) - 0.4, -0.6), xlim=limits)
    else:
        axis.set(ylabel=value, ylim=limits)
    low, high = axis.get_xlim() if horizontal else axis.get_ylim()
    if low < 0 < high:
        rule(0, color=INK, lw=0.8)


def _words(
    rows: list[str],
    names: list[str],
    values: dict[str, dict[str, float]],
    intervals: Table | None,
    seeds: Table | None,
    references: Mapping[str, float] | None,
) -> str:
    said = []
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
    for name in names if len(rows) > 1 else ():
        known = {row: values[row][name] for row in rows if name in values[row]}
        order = sorted(known, key=known.__getitem__)
        of = f" of {name}" if name else ""
        said.append(f"Highest{of}: {order[-1]}; lowest: {order[0]}.")
    said += [f"Line {words} at {number(v)}." for words, v in (references or {}).items()]
    return " ".join(said)

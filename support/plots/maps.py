"""Colour for number: annotated tables, fields such as spectrograms, class tiles."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch, Rectangle

from support.plots.drawing import (
    WIDE,
    Drawing,
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
from support.plots.palette import DARK, FILLS, MARKERS, PAPER, colour_of

__all__ = ["field", "heat", "tiles"]

_GROWING, _CENTRED = "cividis", "PuOr"
_MOST_SAID = 40  # cells that the words list one by one


def heat(
    values: Any,
    rows: Sequence[Any],
    columns: Sequence[Any],
    *,
    value: str,
    x: str = "",
    y: str = "",
    digits: int = 2,
    limits: tuple[float, float] | None = None,
    centre: float | None = None,
    frame: Iterable[int] = (),
    title: str = "",
    size: Size | None = None,
) -> Drawing:
    """Draw a table with each number written on its colour.

    Args:
        values: (rows, columns); NaN leaves a cell empty.
        rows: their names.
        columns: their names.
        value: what the numbers are, with their unit.
        x: what the columns are.
        y: what the rows are.
        digits: decimals.
        limits: values of the ends of the colours.
        centre: the value of the neutral colour, for numbers with two sides.
        frame: places of rows that are framed.
        title: over the panel.
        size: inches; from the table where None.

    Raises:
        ValueError: the table has not the size that the names say.
    """
    table = array(values)
    if table.shape != (len(rows), len(columns)):
        raise ValueError(
            f"values: got shape {table.shape} for {len(rows)} rows and {len(columns)} "
            "columns; give a name to each"
        )
    letters = min(max(len(str(row)) for row in rows), 24)
    wide = 0.35 + 0.085 * letters + (0.32 + 0.08 * digits) * len(columns)
    figure, axis = start(size or (max(wide, 2.4), 1.1 + 0.34 * len(rows)), title)
    low, high = _ends(table, limits, centre)
    sns.heatmap(
        table,
        ax=axis,
        annot=np.vectorize(fixed, otypes=[object])(table, digits),
        fmt="",
        cbar=False,
        linewidths=1,
        linecolor=PAPER,
        vmin=low,
        vmax=high,
        cmap=_GROWING if centre is None else _CENTRED,
    )
    name_ticks(axis, np.arange(len(columns)) + 0.5, columns)
    name_ticks(axis, np.arange(len(rows)) + 0.5, rows, down=True)
    axis.set(xlabel=x, ylabel=y)
    axis.tick_params(length=0)
    for row in frame:
        box = Rectangle((0, row), len(columns), 1, fill=False, lw=3, clip_on=False)
        box.set_edgecolor(colour_of("highlight"))
        axis.add_patch(box)
    said = [f"{opening('Table', title)} of {value}, {_shape(table)}."]
    for row, line in zip(rows, table, strict=True):
        if table.size <= _MOST_SAID:
            cells = zip(columns, line, strict=True)
            said.append(
                f"{row}: " + ", ".join(f"{c} {number(v)}" for c, v in cells) + "."
            )
    for word, find in (("Highest", np.nanargmax), ("Lowest", np.nanargmin)):
        at = np.unravel_index(int(find(table)), table.shape)
        cell = f"{rows[int(at[0])]}, {columns[int(at[1])]}"
        said.append(f"{word}: {number(table[at])}, {cell}.")
    return Drawing(figure, " ".join(said))


def field(
    values: Any,
    *,
    x: str,
    y: str,
    value: str = "",
    extent: tuple[float, float, float, float] | None = None,
    limits: tuple[float, float] | None = None,
    centre: float | None = None,
    borders: Sequence[float] = (),
    steps: Mapping[str, tuple[Any, Any]] | None = None,
    points: Mapping[str, Any] | None = None,
    square: bool = False,
    title: str = "",
    size: Size = WIDE,
) -> Drawing:
    """Draw a quantity over a plane, such as a spectrogram, with marks on it.

    Args:
        values: (rows, columns), the first row at the bottom.
        x: label of the horizontal axis, with its unit.
        y: of the vertical axis.
        value: what is drawn; with it stands a scale beside the field.
        extent: left, right, bottom and top end of the axes.
        limits: values of the ends of the colours.
        centre: the value of the neutral colour.
        borders: upright dotted lines.
        steps: name to (x, y) of a line of steps in the axes' units.
        points: name to (n, 2) points.
        square: give both axes one unit of length.
        title: over the panel.
        size: inches.
    """
    table = array(values)
    figure, axis = start(size, title)
    low, high = _ends(table, limits, centre)
    shown = axis.imshow(
        table,
        origin="lower",
        aspect="equal" if square else "auto",
        vmin=low,
        vmax=high,
        cmap=_GROWING if centre is None else _CENTRED,
        extent=extent,
        interpolation="none",
    )
    edges = np.array([*axis.get_xlim(), *axis.get_ylim()]).reshape(2, 2)
    over: dict[str, Any] = {}
    for border in borders:
        axis.axvline(border, color="white", lw=1.6, linestyle=":")
    for index, (name, sides) in enumerate((steps or {}).items()):
        path = [array(side) for side in sides]
        axis.step(*path, where="mid", color="white", lw=4.5)
        (over[name],) = axis.step(*path, where="mid", color=colour_of(1 - index), lw=2)
    for index, (name, places) in enumerate((points or {}).items()):
        mark: Look = {"marker": MARKERS[index % 7], "ls": "none", "ms": 3.5, "mew": 0.4}
        (over[name],) = axis.plot(*array(places).T, color=DARK, mec="white", **mark)
    axis.set(xlabel=x, ylabel=y, xlim=edges[0], ylim=edges[1])
    axis.grid(False)
    if value:
        figure.colorbar(shown, ax=axis, label=value).outline.set_visible(False)
    key(axis, over, least=1)
    peak = np.unravel_index(int(np.nanargmax(table)), table.shape)[::-1]
    share = (np.array(peak) + 0.5) / table.shape[::-1]
    near = edges[:, 0] + share * (edges[:, 1] - edges[:, 0])
    words = (
        f"{opening('Map', title)} of {value or 'a quantity'} over {x} "
        f"{between(*edges[0])} and {y} {between(*edges[1])}; values "
        f"{between(np.nanmin(table), np.nanmax(table))}, highest near "
        f"{number(near[0])}, {number(near[1])}."
    )
    if len(borders):
        words += " Borders at " + ", ".join(number(border) for border in borders) + "."
    if over:
        words += f" Drawn over it: {', '.join(over)}."
    return Drawing(figure, words)


def tiles(
    values: Any,
    classes: Sequence[str],
    *,
    rows: Sequence[Any] | None = None,
    columns: Sequence[Any] | None = None,
    x: str = "",
    y: str = "",
    extent: tuple[float, float] | None = None,
    write: bool = False,
    title: str = "",
    size: Size | None = None,
) -> Drawing:
    """Draw a class as the colour of its tile: tables of labels, segmentations.

    Args:
        values: (rows, columns) integers, places in `classes`; -1 leaves a hole.
        classes: their names.
        rows: names of the rows, the first on top.
        columns: names of the columns.
        x: label of the horizontal axis.
        y: of the vertical axis.
        extent: ends of the horizontal axis, where columns are time.
        write: write the class's number in each tile.
        title: over the panel.
        size: inches; from the number of rows where None.
    """
    table = array(values).astype(int)
    figure, axis = start(size or (WIDE[0], 1.3 + min(0.38 * len(table), 3.0)), title)
    shades = [FILLS[place % len(FILLS)] for place in range(len(classes))]
    axis.imshow(
        np.ma.masked_less(table, 0),
        cmap=ListedColormap(shades),
        vmin=-0.5,
        vmax=len(classes) - 0.5,
        aspect="auto",
        interpolation="none",
        extent=(*(extent or (0, table.shape[1])), len(table), 0),
    )
    for line in range(1, len(table)) if len(table) <= 12 else ():
        axis.axhline(line, color=PAPER, lw=2)
    for (row, column), here in np.ndenumerate(table) if write else ():
        place = (column + 0.5, row + 0.5)
        axis.text(*place, str(here), ha="center", va="center", color=DARK)
    name_ticks(axis, np.arange(len(rows or ())) + 0.5, rows or (), down=True)
    if columns is not None:
        name_ticks(axis, np.arange(len(columns)) + 0.5, columns)
    axis.set(xlabel=x, ylabel=y)
    axis.grid(False)
    handles = [Patch(facecolor=shade) for shade in shades]
    key(axis, dict(zip(classes, handles, strict=True)))
    said = [f"{opening('Tiles', title)}, {_shape(table)}, coloured by class."]
    for name, line in zip(rows or range(1, len(table) + 1), table, strict=True):
        shares = {name: np.mean(line == place) for place, name in enumerate(classes)}
        parts = [f"{name} {share:.0%}" for name, share in shares.items() if share]
        if len(table) <= 12:
            said.append(f"{name}: {', '.join(parts)}.")
    return Drawing(figure, " ".join(said))


def _shape(table: np.ndarray) -> str:
    return f"{table.shape[0]} rows by {table.shape[1]} columns"


def _ends(
    table: np.ndarray, limits: tuple[float, float] | None, centre: float | None
) -> tuple[float, float]:
    """Values of the ends of the colours; both are as far from a centre."""
    low, high = limits or (float(np.nanmin(table)), float(np.nanmax(table)))
    if centre is None:
        return low, high
    reach = max(high - centre, centre - low, 1e-9)
    return centre - reach, centre + reach

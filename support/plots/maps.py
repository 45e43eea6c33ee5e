"""Colour for number: annotated tables, fields such as spectrograms, class tiles."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch, Rectangle

from support.plots.drawing import (
    WIDE,
    Drawing,
    Size,
    array,
    between,
    fixed,
    key,
    name_ticks,
    number,
    start,
)
from support.plots.palette import FILLS, PAPER, colour_of

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
    long = max(len(str(row)) for row in rows)
    cell = 0.16 + 0.08 * (digits + 2)
    figure, axis = start(
        size
        or (
            max(0.35 + 0.085 * min(long, 24) + cell * len(columns), 2.4),
            1.1 + 0.34 * len(rows),
        ),
        title,
    )
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
    axis.set_yticks(np.arange(len(rows)) + 0.5, rows, rotation=0)
    axis.set(xlabel=x, ylabel=y)
    axis.tick_params(length=0)
    for row in frame:
        axis.add_patch(
            Rectangle(
                (0, row),
                len(columns),
                1,
                fill=False,
                lw=3,
                clip_on=False,
                edgecolor=colour_of("highlight"),
            )
        )
    return Drawing(figure, _table_words(table, rows, columns, value, title))


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
        cmap=_CENTRED if centre is not None else _GROWING,
        extent=extent,
        interpolation="none",
    )
    handles: dict[str, Any] = {}
    for border in borders:
        axis.axvline(border, color="white", lw=1.6, linestyle=":")
    for index, (name, (across, up)) in enumerate((steps or {}).items()):
        axis.step(array(across), array(up), where="mid", color="white", lw=4.5)
        handles[name] = axis.step(
            array(across), array(up), where="mid", color=colour_of(1 - index), lw=2
        )[0]
    for index, (name, places) in enumerate((points or {}).items()):
        handles[name] = axis.plot(
            *array(places).T,
            "os^DvPX"[index % 7],
            color="black",
            ms=3.5,
            mec="white",
            mew=0.4,
            ls="none",
        )[0]
    axis.set(xlabel=x, ylabel=y)
    if extent:
        axis.set(xlim=extent[:2], ylim=extent[2:])
    axis.grid(False)
    if value:
        bar = figure.colorbar(shown, ax=axis, label=value)
        bar.outline.set_visible(False)
    key(axis, handles)
    peak = np.unravel_index(int(np.nanargmax(table)), table.shape)[::-1]
    ends = np.array([*axis.get_xlim(), *axis.get_ylim()]).reshape(2, 2)
    share = (np.array(peak) + 0.5) / table.shape[::-1]
    near = ends[:, 0] + share * (ends[:, 1] - ends[:, 0])
    head = f"{title}: map" if title else "Map"
    words = (
        f"{head} of {value or 'a quantity'} over {x} {between(*ends[0])} and "
        f"{y} {between(*ends[1])}; values {between(np.nanmin(table), np.nanmax(table))}"
        f", highest near {number(near[0])}, {number(near[1])}."
    )
    if len(borders):
        words += " Borders at " + ", ".join(number(border) for border in borders) + "."
    if handles:
        words += f" Drawn over it: {', '.join(handles)}."
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
    shades = [FILLS[k % len(FILLS)] for k in range(len(classes))]
    left, right = extent or (0, table.shape[1])
    axis.imshow(
        np.ma.masked_less(table, 0),
        cmap=ListedColormap(shades),
        vmin=-0.5,
        vmax=len(classes) - 0.5,
        aspect="auto",
        interpolation="none",
        extent=(left, right, len(table), 0),
    )
    for line in range(1, len(table)) if len(table) <= 12 else ():
        axis.axhline(line, color=PAPER, lw=2)
    if write:
        for (row, column), here in np.ndenumerate(table):
            axis.text(
                column + 0.5,
                row + 0.5,
                str(here),
                ha="center",
                va="center",
                color="black",
            )
    _names(axis, rows, columns)
    axis.set(xlabel=x, ylabel=y)
    axis.grid(False)
    key(
        axis,
        {name: Patch(facecolor=c) for name, c in zip(classes, shades, strict=True)},
    )
    head = f"{title}: tiles" if title else "Tiles"
    said = [
        f"{head}, {len(table)} rows by {table.shape[1]} columns, coloured by class."
    ]
    for name, line in zip(rows or range(1, len(table) + 1), table, strict=True):
        if len(table) > 12:
            break
        parts = [
            f"{c} {np.mean(line == k):.0%}"
            for k, c in enumerate(classes)
            if (line == k).any()
        ]
        said.append(f"{name}: {', '.join(parts)}.")
    return Drawing(figure, " ".join(said))


def _ends(
    table: np.ndarray, limits: tuple[float, float] | None, centre: float | None
) -> tuple[float, float]:
    """Values of the ends of the colours; both are as far from a centre."""
    low, high = limits or (float(np.nanmin(table)), float(np.nanmax(table)))
    if centre is None:
        return low, high
    reach = max(high - centre, centre - low, 1e-9)
    return centre - reach, centre + reach


def _names(
    axis: Axes, rows: Sequence[Any] | None, columns: Sequence[Any] | None
) -> None:
    if rows is None:
        axis.set_yticks([])
    else:
        name_ticks(axis, np.arange(len(rows)) + 0.5, rows, down=True)
    if columns is not None:
        name_ticks(axis, np.arange(len(columns)) + 0.5, columns)


def _table_words(
    table: np.ndarray,
    rows: Sequence[Any],
    columns: Sequence[Any],
    value: str,
    title: str,
) -> str:
    head = f"{title}: table" if title else "Table"
    said = [f"{head} of {value}, {len(rows)} rows by {len(columns)} columns."]
    if table.size <= _MOST_SAID:
        for name, line in zip(rows, table, strict=True):
            cells = zip(columns, line, strict=True)
            said.append(
                f"{name}: " + ", ".join(f"{c} {number(v)}" for c, v in cells) + "."
            )
    for word, find in (("Highest", np.nanargmax), ("Lowest", np.nanargmin)):
        row, column = np.unravel_index(int(find(table)), table.shape)
        said.append(
            f"{word}: {number(table[row, column])}, {rows[row]}, {columns[column]}."
        )
    return " ".join(said)

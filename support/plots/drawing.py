"""What every kind of figure needs: the style, a start, labels, spoken numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from support.plots.palette import COLOURS, FAINT, INK

__all__ = [
    "LETTER",
    "PANEL",
    "TEXT",
    "WIDE",
    "Drawing",
    "Limits",
    "Look",
    "Size",
    "array",
    "between",
    "fixed",
    "key",
    "label_ends",
    "name_ticks",
    "number",
    "opening",
    "root",
    "spread",
    "start",
    "use_style",
]

Size = tuple[float, float]
Look = dict[str, Any]  # keywords of matplotlib
Limits = tuple[float | None, float | None] | None
WIDE: Size = (5.0, 3.1)
"""Inches of a figure of one panel: a phone shows it whole, words at 11 px."""
PANEL: Size = (3.2, 2.6)
"""Inches of a panel: two stand beside each other, or on a phone under each other."""

TEXT = 10.5  # points: 14 px at natural size
LETTER = 0.56  # of the text's size, the width of a letter
_LINE = 1.25  # of the text's size, from one line of words to the next


@dataclass(frozen=True)
class Drawing:
    """A figure and what it shows, in words built from its data."""

    figure: Figure
    alt: str


def use_style() -> None:
    """Set the book's figure style: quiet axes, no ground, deterministic SVG."""
    sns.set_theme(context="notebook", style="whitegrid", palette=COLOURS)
    sizes = (
        "axes.label axes.title font. legend.font xtick.label ytick.label figure.title"
    )
    inks = "axes.edgecolor axes.labelcolor text.color xtick.color ytick.color"
    settings: Any = (
        {f"{name}size": TEXT for name in [*sizes.split(), "legend.title_font"]}
        | dict.fromkeys(inks.split(), INK)
        | {
            "axes.facecolor": "none",
            "axes.linewidth": 0.8,
            "axes.spines.right": False,
            "axes.spines.top": False,
            "figure.constrained_layout.use": True,
            "figure.facecolor": "none",
            "figure.figsize": WIDE,
            "font.family": "DejaVu Sans",
            "grid.color": FAINT,
            "grid.linewidth": 0.8,
            "legend.frameon": False,
            "lines.linewidth": 2,
            "lines.markersize": 6,
            "savefig.facecolor": "none",
            "svg.fonttype": "path",
            "svg.hashsalt": "figure",
        }
    )
    mpl.rcParams.update(settings)


def start(size: Size, title: str = "") -> tuple[Figure, Axes]:
    """A figure of one panel, which pyplot does not keep."""
    figure = Figure(figsize=size)
    axis = figure.add_subplot()
    axis.set_title(fill(title, int(size[0] * 12)), loc="left")
    axis.locator_params(axis="x", nbins=max(int(size[0]), 3), steps=(1, 2, 5, 10))
    return figure, axis


def root(axis: Axes) -> Any:
    """The figure of a panel, which is never a part of another."""
    return axis.figure


def array(values: Any) -> np.ndarray:
    """Numbers of a list, an array or a tensor on any device, as float64."""
    if hasattr(values, "detach"):
        values = values.detach().cpu().numpy()
    return np.asarray(values, dtype=float)


def number(value: float) -> str:
    """A number as a page says it, to three digits.

    >>> number(-0.12345), number(12345.6), number(2.0), number(2e-5)
    ('−0.123', '12,346', '2', '2.0e−05')
    """
    if np.isnan(value):
        return "none"
    size = abs(value)
    form = ",.0f" if size >= 1000 else ".1e" if 0 < size < 1e-3 else ".3g"
    return f"{value:{form}}".replace("-", "−")


def fixed(value: float, digits: int) -> str:
    """A number with so many decimals; nothing where there is none.

    >>> fixed(-0.001, 2), fixed(-0.5, 1), fixed(float("nan"), 1)
    ('0.00', '−0.5', '')
    """
    text = "" if np.isnan(value) else f"{value:.{digits}f}"
    return text.lstrip("-") if not float(text or 1) else text.replace("-", "−")


def between(low: float, high: float) -> str:
    """An interval in words."""
    return f"from {number(low)} to {number(high)}"


def opening(kind: str, title: str) -> str:
    """The first words of what a figure says: its title, if any, and its kind."""
    return f"{title}: {kind.lower()}" if title else kind


def spread(places: Sequence[float], gap: float, low: float, high: float) -> np.ndarray:
    """Move places apart, as little as may be (in squares), in the order they have.

    Args:
        places: where labels would like to stand.
        gap: least distance of two.
        low: none stands below.
        high: none stands above, where there is room for all.

    Returns:
        Their new places, in the order given.

    >>> spread([0.0, 0.0, 5.0], 1.0, -9.0, 9.0).tolist()
    [-0.5, 0.5, 5.0]
    """
    order = np.argsort(places, kind="stable")
    # Without the gaps they are to be non-decreasing: blocks share their mean.
    wanted = np.asarray(places, dtype=float)[order] - gap * np.arange(len(order))
    blocks: list[tuple[float, int]] = []
    for value in wanted:
        mean, count = value, 1
        while blocks and blocks[-1][0] > mean:
            before, many = blocks.pop()
            mean = (mean * count + before * many) / (count + many)
            count += many
        blocks.append((mean, count))
    level = np.repeat([mean for mean, _ in blocks], [count for _, count in blocks])
    room = max(high - gap * (len(order) - 1), low)
    moved = np.empty(len(order))
    moved[order] = np.clip(level, low, room) + gap * np.arange(len(order))
    return moved


def label_ends(axis: Axes, ends: Sequence[tuple[str, float, float, str]]) -> None:
    """Write names to the right of the axes at the height of their lines' ends.

    Names that would take more than two fifths of the width stand above instead.

    Args:
        axis: with all data and limits set.
        ends: name, end of the line in data, colour.
    """
    width, height = root(axis).get_size_inches() * 72
    longest = max((len(name) for name, *_ in ends), default=0)
    line = TEXT * _LINE
    if LETTER * TEXT * longest > 0.4 * width or len(ends) * line > 0.75 * height:
        key(axis, {name: Line2D([], [], color=c, lw=3) for name, *_, c in ends})
        return
    root(axis).draw_without_rendering()
    box = axis.get_window_extent()
    points = axis.transData.transform([(x, y) for _, x, y, _ in ends])
    wanted = np.clip((points[:, 1] - box.y0) / box.height, 0, 1)
    places = spread(wanted, line * root(axis).dpi / 72 / box.height, 0, 1)
    for (name, x, y, colour), place in zip(ends, places, strict=True):
        to: Look = {
            "textcoords": "axes fraction",
            "va": "center",
            "annotation_clip": False,
        }
        axis.annotate(name, (x, y), (1.03, place), color=colour, **to)


def key(axis: Axes, handles: Mapping[str, Any], *, least: int = 2) -> None:
    """Names above the axes with their signs, in as many columns as fit.

    Args:
        axis: of a figure with this one panel.
        handles: name to a line or patch as it is drawn.
        least: with fewer names than these nothing is written.
    """
    if len(handles) < least:
        return
    width = root(axis).get_size_inches()[0] * 72 - 40
    longest = max(map(len, handles))
    columns = int(np.clip(width // (LETTER * TEXT * longest + 28), 1, len(handles)))
    rows = -(-len(handles) // columns)
    root(axis).legend(
        list(handles.values()),
        list(handles),
        loc="outside upper left",
        ncols=-(-len(handles) // rows),
        handlelength=1.3,
        columnspacing=1,
        borderaxespad=0,
    )


def name_ticks(
    axis: Axes, places: Any, names: Sequence[Any], *, down: bool = False
) -> None:
    """Write words at the ticks; beside each other they turn where they are long."""
    if down:
        words = [fill(str(name), 24, break_long_words=False) for name in names]
        axis.set_yticks(places, words, rotation=0)
        return
    room = root(axis).get_size_inches()[0] * 72 * 0.8 / max(len(names), 1)
    letters = max(int(room / (LETTER * TEXT)), 5)
    words = [fill(str(name), letters, break_long_words=False) for name in names]
    wide = max(len(line) for word in words for line in word.split("\n"))
    if wide > letters:
        words = [fill(str(name), 20) for name in names]
        axis.set_xticks(places, words, rotation=35, ha="right", rotation_mode="anchor")
    else:
        axis.set_xticks(places, words)

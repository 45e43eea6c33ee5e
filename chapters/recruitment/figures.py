"""The figures of the chapter on recruitment."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from torch import Tensor

from support.plots import COLOURS, LINES, MARKERS

__all__ = [
    "GROUPS",
    "bars_by_method",
    "card",
    "densities",
    "face_planes",
    "interview",
    "marginals",
    "p_curves",
    "projected",
    "weight_map",
]

GROUPS = {"gender": ("men", "women"), "ethnicity": ("G1", "G2", "G3")}
"""What the groups are called, in the order of their numbers."""


def interview(panels: Mapping[str, Tensor], names: Sequence[str]) -> Figure:
    """The best hundred of each scorer as dots, the best at the top left.

    Args:
        panels: title to (100,) groups in the order of the scores.
        names: of the groups.
    """
    figure, axes = plt.subplots(
        1, len(panels), figsize=(3.7 * len(panels), 3.7), layout="constrained"
    )
    figure.get_layout_engine().set(wspace=0.15)
    x, y = np.arange(100) % 10, np.arange(100) // 10
    for axis, (title, groups) in zip(axes, panels.items(), strict=True):
        for place, name in enumerate(names):
            rows = groups.cpu().numpy() == place
            axis.plot(
                x[rows],
                y[rows],
                linestyle="none",
                marker=MARKERS[place],
                color=COLOURS[place],
                markerfacecolor=COLOURS[place] if place else "none",
                markersize=8,
                label=f"{name}: {rows.sum()}",
            )
        axis.set(title=title, xticks=[], yticks=[], aspect="equal")
        axis.invert_yaxis()
        axis.grid(False)
        axis.legend(fontsize=9, ncols=2, loc="upper center", bbox_to_anchor=(0.5, 0))
        for spine in axis.spines.values():
            spine.set_visible(False)
    return figure


def marginals(
    ours: Mapping[str, Sequence[float]],
    published: Mapping[str, Sequence[float]] | None,
) -> Figure:
    """Shares of the values of a few attributes, drawn beside the published ones.

    Args:
        ours: attribute to the share of each of its values.
        published: the same; None where the file is not at hand.
    """
    figure, axes = plt.subplots(1, len(ours), figsize=(8.4, 2.6), sharey=True)
    for axis, (name, shares) in zip(axes, ours.items(), strict=True):
        places = np.arange(len(shares))
        shift = 0.0 if published is None else 0.2
        width = 0.7 if published is None else 0.38
        axis.bar(places - shift, shares, width, color=COLOURS[0], label="generated")
        if published is not None:
            axis.bar(
                places + shift,
                published[name],
                width,
                color="white",
                edgecolor=COLOURS[1],
                hatch="//",
                label="published",
            )
        axis.set(title=name, xlabel="level", xticks=places)
        axis.grid(False, axis="x")
    axes[0].set_ylabel("share")
    axes[-1].legend(fontsize=8)
    return figure


def face_planes(
    panels: Mapping[str, tuple[Tensor, Tensor]], names: Sequence[Sequence[str]]
) -> Figure:
    """Faces on a plane, coloured by a group, one panel an attribute.

    Args:
        panels: title to points (n, 2) and groups (n,).
        names: of the groups of each panel.
    """
    figure, axes = plt.subplots(1, len(panels), figsize=(3.9 * len(panels), 3.3))
    for axis, (title, (points, groups)), words in zip(
        axes, panels.items(), names, strict=True
    ):
        _cloud(axis, points, groups, words)
        axis.set(title=title, xlabel="first direction", ylabel="second direction")
        axis.legend(fontsize=8, loc="upper right")
    return figure


def weight_map(table: Mapping[str, Sequence[float]], columns: Sequence[str]) -> Figure:
    """Recovered weights as a heat map, one row a score.

    Args:
        table: row to one weight a column.
        columns: names of the columns.
    """
    values = np.array(list(table.values()))
    limit = np.abs(values).max()
    figure, axis = plt.subplots(figsize=(8.6, 0.9 + 0.5 * len(table)))
    axis.imshow(values, cmap="PuOr", vmin=-limit, vmax=limit, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        axis.text(
            column,
            row,
            f"{value:.3f}".replace("-", "−"),
            ha="center",
            va="center",
            fontsize=7.5,
            color="white" if abs(value) > 0.55 * limit else "black",
        )
    axis.set_yticks(range(len(table)), table)
    axis.set_xticks(range(len(columns)), columns, fontsize=8, rotation=30, ha="right")
    axis.grid(False)
    return figure


def densities(
    panels: Mapping[str, Tensor],
    groups: Tensor,
    names: Sequence[str],
    notes: Mapping[str, str],
) -> Figure:
    """Score histograms of the groups, one panel a scorer, a note in each.

    Args:
        panels: scorer to (n,) scores in [0, 1].
        groups: (n,) integers.
        names: of the groups.
        notes: scorer to the text in its panel.
    """
    across = min(3, len(panels))
    down = -(-len(panels) // across)
    figure, axes = plt.subplots(
        down,
        across,
        figsize=(8.8, 0.5 + 2.2 * down),
        squeeze=False,
        sharex=True,
        sharey=True,
    )
    edges = np.linspace(0, 1, 41)
    for axis, (title, scores) in zip(axes.flat, panels.items(), strict=False):
        for place, name in enumerate(names):
            axis.hist(
                scores[groups == place].cpu().numpy(),
                edges,
                density=True,
                histtype="stepfilled",
                facecolor=(*to_rgb(COLOURS[place]), 0.2),
                edgecolor=COLOURS[place],
                linestyle=LINES[place],
                linewidth=1.5,
                label=name,
            )
        axis.set_title(title, fontsize=10)
        axis.text(0.98, 0.95, notes[title], ha="right", va="top", fontsize=8.5,
                  transform=axis.transAxes)  # fmt: skip
    for axis in axes.flat[len(panels) :]:
        axis.set_visible(False)
    for axis in axes[-1]:
        axis.set_xlabel("score")
    for axis in axes[:, 0]:
        axis.set_ylabel("density")
    axes[0, 0].legend(fontsize=8, loc="center right")
    return figure


def p_curves(
    curves: Mapping[str, Sequence[float]], counts: Sequence[int], total: int
) -> Figure:
    """The p-% value against how many are chosen, with the four-fifths line.

    Args:
        curves: scorer to one value a count.
        counts: how many are chosen.
        total: of the applications.
    """
    figure, axis = plt.subplots(figsize=(7.4, 3.4))
    for place, (name, values) in enumerate(curves.items()):
        axis.plot(
            counts,
            values,
            color=COLOURS[place],
            marker=MARKERS[place],
            linestyle=LINES[place],
            label=name,
        )
    axis.axhline(0.8, color="0.3", linewidth=1)
    beside = axis.get_yaxis_transform()
    axis.text(1.01, 0.8, "four fifths", fontsize=9, va="center", transform=beside)
    axis.set_xscale("log")
    axis.set_xticks(counts, [f"{count:,}" for count in counts])
    axis.minorticks_off()
    axis.set(
        xlabel=f"chosen of {total:,}", ylabel="smallest share / largest", ylim=(0, 1.03)
    )
    axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def card(changes: Mapping[str, Mapping[str, float]]) -> Figure:
    """One application with one part exchanged at a time, scored by several scorers.

    Args:
        changes: scorer to exchanged part to the change of the score.
    """
    figure, axis = plt.subplots(figsize=(7.4, 3.0))
    parts = list(next(iter(changes.values())))
    height = 0.8 / len(changes)
    for place, (name, values) in enumerate(changes.items()):
        at = np.arange(len(parts)) + (place - (len(changes) - 1) / 2) * height
        bars = axis.barh(
            at,
            [values[part] for part in parts],
            height * 0.9,
            color=COLOURS[place],
            hatch=("", "//", "..")[place % 3],
            edgecolor="white",
            label=name,
        )
        labels = [
            f"{values[part]:+.3f}".replace("-", "−")
            if abs(values[part]) >= 5e-4
            else "0"
            for part in parts
        ]
        axis.bar_label(bars, labels, padding=3, fontsize=8)
    axis.set_yticks(range(len(parts)), parts)
    axis.invert_yaxis()
    axis.axvline(0, color="0.2", linewidth=1)
    reach = [
        0.0,
        *(change for values in changes.values() for change in values.values()),
    ]
    low, high = min(reach), max(reach)
    room = 0.18 * (high - low) + 1e-3
    axis.set(xlabel="change of the score", xlim=(low - room, high + room))
    axis.grid(False, axis="y")
    axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def projected(
    points: Tensor, groups: Tensor, numbers: Mapping[str, float], title: str
) -> Figure:
    """One strength of the projection: the cloud of faces, and four numbers of it.

    Args:
        points: (n, 2), in the same directions for every strength.
        groups: (n,) 0 or 1.
        numbers: what is measured, as the bars show it, each in [0, 1].
        title: of the frame.
    """
    # A fixed layout: all frames alike, and no solver for each of them.
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(8.2, 3.1), layout="none", width_ratios=(4, 5)
    )
    figure.subplots_adjust(0.08, 0.12, 0.98, 0.88, wspace=0.75)
    _cloud(left, points, groups, GROUPS["gender"], size=2.5)
    left.set(xlim=(-0.75, 0.75), ylim=(-0.75, 0.75), title="faces, two directions")
    left.legend(fontsize=8, loc="upper right")
    left.title.set_fontsize(10)
    bars = right.barh(
        list(numbers), list(numbers.values()), color=[COLOURS[k] for k in (0, 5, 1, 2)]
    )
    right.bar_label(bars, fmt="%.3f", padding=3, fontsize=9)
    right.invert_yaxis()
    right.set(xlim=(0, 1.2), xticks=[], title=title)
    right.title.set_fontsize(10)
    right.grid(False, axis="y")
    return figure


def bars_by_method(table: Mapping[str, Mapping[str, float]]) -> Figure:
    """One panel a measure, one bar a method.

    Args:
        table: method to measure to value.
    """
    measures = list(next(iter(table.values())))
    figure, axes = plt.subplots(
        1, len(measures), figsize=(9.0, 0.9 + 0.36 * len(table)), sharey=True
    )
    for place, (axis, measure) in enumerate(zip(axes, measures, strict=True)):
        values = [row[measure] for row in table.values()]
        bars = axis.barh(list(table), values, color=COLOURS[place])
        axis.bar_label(bars, fmt="%.3f", padding=3, fontsize=8)
        axis.set(xlim=(0, max(values) * 1.4), xticks=[])
        axis.set_title(measure, fontsize=9)
        axis.grid(False)
    axes[0].invert_yaxis()
    return figure


def _cloud(
    axis: Axes,
    points: Tensor,
    groups: Tensor,
    names: Sequence[str],
    *,
    size: float = 3.0,
) -> None:
    for place, name in enumerate(names):
        rows = points[groups == place].cpu().numpy()
        axis.plot(
            *rows.T,
            linestyle="none",
            marker=MARKERS[place],
            color=COLOURS[place],
            markerfacecolor=COLOURS[place] if place else "none",
            markersize=size,
            markeredgewidth=0.5,
            alpha=0.6,
            label=name,
        )

"""The figures of the chapter on concept bottlenecks."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap, to_rgb
from matplotlib.figure import Figure
from torch import Tensor

from support.models.concepts import Settings
from support.plots import COLOURS, LINES, MARKERS

__all__ = [
    "component_histograms",
    "component_stripes",
    "curves",
    "excess",
    "plane",
    "setting_pair",
    "sprite_rows",
    "sweep",
    "table_map",
    "written_values",
]


def sprite_rows(rows: Sequence[Tensor], titles: Sequence[Sequence[str]]) -> Figure:
    """Pictures in rows, each with a title.

    Args:
        rows: each (n, channels, side, side) in [0, 1], equally long.
        titles: one text a picture.
    """
    count = len(rows[0])
    figure, axes = plt.subplots(
        len(rows), count, figsize=(0.95 * count, 1.25 * len(rows)), squeeze=False
    )
    for line, pictures, words in zip(axes, rows, titles, strict=True):
        for axis, picture, word in zip(line, pictures, words, strict=True):
            shown = picture.permute(1, 2, 0).clamp(0, 1).cpu().numpy()
            axis.imshow(shown.repeat(3, 2) if shown.shape[2] == 1 else shown)
            axis.set_title(word, fontsize=8)
            axis.set_axis_off()
    return figure


def table_map(table: Tensor, *, rows: str, columns: str) -> Figure:
    """A partition table as tiles; the label is written into each tile."""
    values = table.cpu().numpy()
    count = int(values.max()) + 1
    figure, axis = plt.subplots(figsize=(6.4, min(4.0, 1 + 0.17 * len(values))))
    axis.imshow(values, cmap=ListedColormap(COLOURS[:count]), aspect="auto", alpha=0.75)
    if values.size <= 500:
        for (row, column), value in np.ndenumerate(values):
            axis.text(column, row, value, ha="center", va="center", fontsize=6)
    axis.set(xlabel=columns, ylabel=rows, xticks=[], yticks=[])
    axis.grid(False)
    return figure


def component_histograms(
    components: Mapping[str, Tensor],
    concept: Tensor,
    nuisance: Tensor,
    *,
    names: tuple[str, str],
    levels: Sequence[int],
) -> Figure:
    """Histogram of one component, by its concept and by a nuisance.

    Args:
        components: name of the model to (n,) values of the component.
        concept: (n,) in {0, 1}.
        nuisance: (n,) integers.
        names: of concept and nuisance.
        levels: the two values of the nuisance that are drawn.
    """
    sorts = [
        (names[0], concept, [(0, "no"), (1, "yes")], COLOURS[:2]),
        (names[1], nuisance, [(v, str(v)) for v in levels], COLOURS[2:4]),
    ]
    figure, axes = plt.subplots(
        2, len(components), figsize=(7.2, 4.4), sharex="col", squeeze=False
    )
    for column, (model, values) in enumerate(components.items()):
        edges = np.linspace(float(values.min()), float(values.max()), 41)
        for row, (name, labels, shown, colours) in enumerate(sorts):
            axis = axes[row, column]
            for index, (level, word) in enumerate(shown):
                axis.hist(
                    values[labels == level].cpu().numpy(),
                    edges,
                    histtype="stepfilled",
                    facecolor=(*to_rgb(colours[index]), 0.25),
                    edgecolor=colours[index],
                    linewidth=1.6,
                    linestyle=LINES[index],
                    label=f"{name}: {word}",
                )
            axis.set(title=f"{model}, by {name}", ylabel="images" * (column == 0))
            if column == len(components) - 1:
                axis.legend(fontsize=7, loc="upper center")
        axes[1, column].set_xlabel("value of the component $z_j$")
    return figure


def component_stripes(
    values: Tensor, nuisance: Tensor, levels: Sequence[int], *, title: str, limit: float
) -> Figure:
    """Histogram of one component, by two values of a nuisance.

    Args:
        values: (n,) the component.
        nuisance: (n,) integers.
        levels: the two values of the nuisance that are drawn.
        title: over the panel.
        limit: the horizontal axis ends there on both sides.
    """
    figure, axis = plt.subplots(figsize=(6.4, 2.8))
    edges = np.linspace(-limit, limit, 61)
    for level, colour, line in zip(levels, COLOURS[2:4], LINES, strict=False):
        axis.hist(
            values[nuisance == level].cpu().numpy(),
            edges,
            histtype="stepfilled",
            facecolor=(*to_rgb(colour), 0.25),
            edgecolor=colour,
            linewidth=1.6,
            linestyle=line,
            label=f"value {level}",
        )
    axis.set(title=title, ylabel="images", xlabel="value of the component $z_j$")
    axis.set_xlim(-limit, limit)
    axis.legend(loc="upper center")
    return figure


def sweep(
    gammas: Sequence[float],
    accuracy: Sequence[float],
    ceiling: float,
    leaks: Mapping[str, Sequence[float]],
) -> Figure:
    """Task accuracy against γ with the ceiling, and URR beneath."""
    places = np.arange(len(gammas))
    figure, (top, bottom) = plt.subplots(2, 1, figsize=(6.0, 4.6), sharex=True)
    top.plot(places, accuracy, marker="o", color=COLOURS[0], label="task accuracy")
    top.axhline(ceiling, color=COLOURS[6], linestyle="--", label="ceiling of concepts")
    top.set(ylabel="task accuracy")
    top.legend()
    for index, (name, values) in enumerate(leaks.items()):
        bottom.plot(
            places,
            values,
            marker=MARKERS[index],
            linestyle=LINES[index],
            color=COLOURS[index],
            label=name,
        )
    bottom.axhline(0, color=COLOURS[6], linewidth=0.8)
    labels = ["0 (CBM)" if not gamma else f"{gamma:g}" for gamma in gammas]
    bottom.set(ylabel="URR given c", xlabel="weight γ of the third term")
    bottom.set_xticks(places, labels)
    bottom.legend(title="nuisance")
    return figure


def curves(values: Mapping[str, Sequence[float]], *, x: str, y: str) -> Figure:
    """Lines over 0, 1, 2, ..., one a name."""
    figure, axis = plt.subplots(figsize=(6.0, 3.6))
    for index, (name, line) in enumerate(values.items()):
        axis.plot(
            np.arange(len(line)),
            line,
            label=name,
            color=COLOURS[index],
            marker=MARKERS[index],
            markersize=4,
            linestyle=LINES[index],
        )
    axis.set(xlabel=x, ylabel=y)
    axis.legend(fontsize=8)
    return figure


def excess(points: Mapping[str, tuple[float, float]], *, x: str, y: str) -> Figure:
    """Named points in the plane, with lines at zero.

    Args:
        points: name to (x, y).
        x: label of the first axis.
        y: label of the second axis.
    """
    figure, axis = plt.subplots(figsize=(6.2, 3.8))
    for index, (name, place) in enumerate(points.items()):
        axis.plot(
            *place,
            linestyle="none",
            marker=MARKERS[index % len(MARKERS)],
            color=COLOURS[index % len(COLOURS)],
            markerfacecolor="none" if index >= len(MARKERS) else None,
            markersize=8,
            label=name,
        )
    axis.axhline(0, color=COLOURS[6], linewidth=0.8)
    axis.axvline(0, color=COLOURS[6], linewidth=0.8)
    axis.set(xlabel=x, ylabel=y)
    axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1.0, 0.5))
    return figure


def written_values(
    components: Mapping[str, Tensor],
    concept: Tensor,
    written: Mapping[str, Mapping[str, tuple[float, float]]],
) -> Figure:
    """Densities of a component given its concept, and what a rule writes there.

    Args:
        components: name of the model to (n,) values of the component.
        concept: (n,) in {0, 1}.
        written: model to rule to the values written for "no" and for "yes".
    """
    figure, axes = plt.subplots(1, len(components), figsize=(7.2, 4.2), squeeze=False)
    for axis, (model, values) in zip(axes[0], components.items(), strict=True):
        for level, word in ((0, "absent"), (1, "present")):
            axis.hist(
                values[concept == level].cpu().numpy(),
                bins=30,
                density=True,
                histtype="stepfilled",
                alpha=0.35,
                color=COLOURS[level],
                edgecolor=COLOURS[level],
                linestyle=LINES[level],
                label=f"concept {word}",
            )
        for index, (rule, places) in enumerate(written[model].items()):
            for place in places:
                axis.axvline(
                    place,
                    color=COLOURS[6],
                    linestyle=LINES[index],
                    label=rule if place == places[0] else None,
                )
        axis.set(title=model, xlabel="value of the component $z_j$", ylabel="density")
        # below the axes: the data leave no corner free
        axis.legend(fontsize=8, loc="upper center", bbox_to_anchor=(0.5, -0.22))
    return figure


def setting_pair(settings: Settings, index: int) -> tuple[float, float]:
    """What an intervention writes into one component, for "no" and for "yes"."""
    return float(settings.no[index]), float(settings.yes[index])


def plane(total: Tensor, points: Tensor, labels: Tensor, *, limit: float) -> Figure:
    """A quantity over a square grid of the plane, with the data on top.

    Args:
        total: (side, side), rows along the second coordinate.
        points: (n, 2) data.
        labels: (n,) class of each point.
        limit: the square is [-limit, limit] on both axes.
    """
    figure, axis = plt.subplots(figsize=(5.4, 4.2))
    edge = (-limit, limit, -limit, limit)
    spread = max(float((total - 1).abs().max()), 1e-6)
    shown = axis.imshow(
        total.cpu().numpy(),
        extent=edge,
        origin="lower",
        cmap="PuOr_r",
        vmin=1 - spread,
        vmax=1 + spread,
    )
    for label in labels.unique().tolist():
        place = points[labels == label].cpu().numpy()
        axis.scatter(
            *place.T,
            s=9,
            marker=MARKERS[label],
            color=COLOURS[6],
            linewidths=0,
            label=f"arm {label}",
        )
    figure.colorbar(shown, label="sum of the four probabilities")
    square = (-limit, limit)
    axis.set(xlabel="$x_1$", ylabel="$x_2$", xlim=square, ylim=square)
    axis.legend(fontsize=7, loc="upper left", frameon=True)
    axis.grid(False)
    return figure

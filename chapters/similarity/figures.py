"""Drawings of the chapter on similarity; each returns a figure to be shown."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from support.plots import COLOURS, LINES, MARKERS

__all__ = [
    "draw_asymmetry",
    "draw_clouds",
    "draw_corner",
    "draw_ladder",
    "draw_samples",
    "draw_staircase",
    "draw_worlds",
]

_KINDS = (
    ("same task", COLOURS[0], MARKERS[0]),
    ("source finer", COLOURS[2], MARKERS[2]),
    ("source coarser", COLOURS[1], MARKERS[1]),
)
Tasks = tuple[int, int]


def draw_clouds(
    clouds: Mapping[str, Tensor],
    upper: Tensor,
    scores: Mapping[str, Mapping[str, float]],
) -> Figure:
    """Clouds in the plane side by side, each above a list of its scores.

    Args:
        clouds: name to (n, 2) points.
        upper: (n,) booleans, the class of each point.
        scores: name of the cloud to its scores; a cloud may have none.
    """
    lines = max(map(len, scores.values()))
    figure, axes = plt.subplots(
        1, len(clouds), figsize=(2.35 * len(clouds), 2.7 + 0.24 * lines), squeeze=False
    )
    reach = max(float(points.abs().max()) for points in clouds.values()) * 1.05
    for axis, (name, points) in zip(axes[0], clouds.items(), strict=True):
        for side, colour, marker in ((upper, 0, 0), (~upper, 1, 1)):
            x, y = points[side].T.cpu().numpy()
            style = {"s": 7, "color": COLOURS[colour], "marker": MARKERS[marker]}
            axis.scatter(x, y, alpha=0.6, linewidths=0, **style)
        axis.set(title=name, xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
        axis.set(xticks=[], yticks=[])
        words = [f"{key}  {value:.3f}" for key, value in scores.get(name, {}).items()]
        axis.set_xlabel("\n".join(words), fontsize=9)
    return figure


def draw_samples(images: Tensor, tables: Mapping[int, Tensor], fine: Tensor) -> Figure:
    """One image of each fine class, with its class in every task.

    Args:
        images: (N, channels, side, side) in [0, 1].
        tables: number of classes to the class of each fine label.
        fine: (N,) fine labels.
    """
    count = int(fine.max()) + 1
    figure, axes = plt.subplots(1, count, figsize=(0.92 * count, 1.75))
    for label, axis in enumerate(axes):
        picture = images[fine == label][0].permute(1, 2, 0).cpu().numpy()
        grey = picture.shape[2] == 1
        axis.imshow(
            picture[..., 0] if grey else picture, cmap="gray_r" if grey else None
        )
        classes = [f"{n}: {int(table[label])}" for n, table in tables.items()]
        axis.set(xticks=[], yticks=[])
        axis.set_xlabel("\n".join(classes), fontsize=8)
        axis.grid(False)
    axes[0].set_ylabel("task: class", fontsize=8)
    return figure


def draw_worlds(scores: Mapping[str, Mapping[str, float]]) -> Figure:
    """Three informations of each Gaussian world as bars.

    Args:
        scores: world to its scores; ``isotropic``, ``full`` and ``Shannon`` are
            drawn.
    """
    figure, axis = plt.subplots(figsize=(6.4, 3.0))
    names = ("Shannon", "full", "isotropic")
    words = ("Shannon", "affine, free covariance", "affine, one variance")
    places = np.arange(len(scores))
    for index, (name, word) in enumerate(zip(names, words, strict=True)):
        heights = [row[name] for row in scores.values()]
        bars = axis.bar(
            places + 0.27 * (index - 1),
            heights,
            0.25,
            color=COLOURS[index],
            hatch=("", "//", "..")[index],
            edgecolor="white",
            label=word,
        )
        axis.bar_label(bars, fmt="%.2f", fontsize=8)
    axis.set_xticks(places, list(scores))
    axis.set(ylabel="nats", ylim=(0, 1.3 * axis.get_ylim()[1]))
    axis.grid(False, axis="x")
    axis.legend(ncols=3, fontsize=8, loc="upper center")
    return figure


def draw_asymmetry(
    relative: Mapping[Tasks, float], cka: Mapping[Tasks, float]
) -> Figure:
    """Stitching in both directions beside CKA, which has none.

    Args:
        relative: relative KL by the tasks of source and target.
        cka: CKA by the same.
    """
    tasks = list(dict.fromkeys(source for source, _ in relative))
    pairs = [(a, b) for i, a in enumerate(tasks) for b in tasks[i:]]
    pairs.sort(key=lambda pair: (pair[0] != pair[1], tasks.index(pair[1])))
    there = [relative[pair] for pair in pairs]
    back = [relative[b, a] for a, b in pairs]
    names = [f"{a} | {b}" for a, b in pairs]
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(9.2, 3.1), width_ratios=(2.1, 1), layout="constrained"
    )
    _tiles(left, np.array([there, back]), "Blues", top=max(*there, *back))
    left.set_xticks(range(len(pairs)), names)
    left.set_yticks((0, 1), ("A → B", "B → A"))
    left.set(xlabel="classes of A | classes of B", title="relative KL of stitching")
    square = np.array([[cka[a, b] for b in tasks] for a in tasks])
    _tiles(right, square, "Greens", top=1.0)
    right.set_xticks(range(len(tasks)), tasks)
    right.set_yticks(range(len(tasks)), tasks)
    right.set(xlabel="classes of B", ylabel="classes of A", title="CKA")
    return figure


def _tiles(axis: Axes, values: np.ndarray, colours: str, top: float) -> None:
    axis.imshow(values, cmap=colours, vmin=0, vmax=1.15 * top, aspect="auto")
    for (row, column), value in np.ndenumerate(values):
        ink = "white" if value > 0.65 * top else "black"
        text = {"ha": "center", "va": "center", "color": ink}
        axis.text(column, row, f"{value:.3f}" if top < 1 else f"{value:.2f}", **text)
    axis.grid(False)
    axis.tick_params(length=0)


def draw_corner(
    panels: Mapping[str, Sequence[float]],
    functional: Sequence[float],
    tasks: Sequence[Tasks],
    *,
    guard: Mapping[str, float],
    floor: float,
) -> Figure:
    """Functional against representational similarity, a dot a pair.

    Args:
        panels: name of a representational score to its values.
        functional: one minus relative KL, a value a pair.
        tasks: of source and target, a pair each.
        guard: score above which the corner should be empty, for some panels.
        floor: of the functional score that bounds the corner.
    """
    figure, axes = plt.subplots(
        1, len(panels), figsize=(4.4 * len(panels), 3.7), sharey=True, squeeze=False
    )
    function = np.asarray(functional)
    kinds = np.array([0 if a == b else 1 if a > b else 2 for a, b in tasks])
    for axis, (name, values) in zip(axes[0], panels.items(), strict=True):
        for index, (word, colour, marker) in enumerate(_KINDS):
            chosen = kinds == index
            axis.scatter(
                np.asarray(values)[chosen],
                function[chosen],
                s=34,
                color=colour,
                marker=marker,
                alpha=0.75,
                label=word,
                linewidths=0,
            )
        axis.set(xlabel=name)
        axis.set_ylim(function.min() - 0.05, 1.02)
        if name in guard:
            bottom, edge = axis.get_ylim()[0], axis.get_xlim()[1]
            corner = Rectangle(
                (guard[name], bottom),
                max(edge, 1.0) - guard[name],
                floor - bottom,
                facecolor="none",
                edgecolor=COLOURS[6],
                linestyle="--",
                hatch="////",
                alpha=0.35,
            )
            axis.add_patch(corner)
    axes[0, 0].set_ylabel("1 − relative KL")
    axes[0, -1].legend(fontsize=8, loc="lower right")
    return figure


def draw_ladder(
    families: Sequence[str],
    r2: Mapping[Tasks, Sequence[float]],
    relative: Mapping[Tasks, Sequence[float]],
) -> Figure:
    """R² and relative KL over growing families, a line a pair of tasks."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6))
    for axis, values, label in (
        (axes[0], r2, "held-out R²"),
        (axes[1], relative, "relative KL"),
    ):
        for index, ((a, b), line) in enumerate(values.items()):
            axis.plot(
                range(len(families)),
                line,
                color=COLOURS[index % 7],
                marker=MARKERS[index % 7],
                linestyle=LINES[index % 7],
                label=f"{a} → {b}",
            )
        axis.set_xticks(range(len(families)), families)
        axis.set(ylabel=label)
    axes[1].legend(fontsize=8, ncols=2)
    return figure


def draw_staircase(
    classes: Sequence[int],
    summed: Mapping[Tasks, Sequence[float]],
    trained: Mapping[Tasks, Sequence[float]],
) -> Figure:
    """KL from the coarsest to the finest task: one head added up, and three heads.

    Args:
        classes: of the tasks, from coarse to fine.
        summed: divergences with aggregated probabilities, by tasks of the pair.
        trained: the same with a head trained for each task.
    """
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True)
    titles = ("one head, probabilities added up", "a head trained for each task")
    for axis, values, title in zip(axes, (summed, trained), titles, strict=True):
        for index, ((a, b), line) in enumerate(values.items()):
            axis.plot(
                range(len(classes)),
                line,
                color=COLOURS[index % 7],
                marker=MARKERS[index % 7],
                linestyle=LINES[index % 7],
                label=f"{a} → {b}",
            )
        axis.set_xticks(range(len(classes)), classes)
        axis.set(xlabel="classes of the task", title=title)
    axes[0].set_ylabel("KL, nats")
    axes[0].legend(fontsize=8, ncols=2)
    return figure

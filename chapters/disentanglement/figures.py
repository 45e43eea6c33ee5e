"""The figures of the chapter on disentanglement."""

import math
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from support.plots import COLOURS, LINES, MARKERS

__all__ = [
    "clouds",
    "heat_maps",
    "information_bars",
    "joint_and_information",
    "pictures",
    "rank_scatter",
    "score_curves",
    "sigma_name",
    "stress_curves",
    "turning",
]

_HATCHES = ("", "//", "..")


def sigma_name(sigma: float) -> str:
    """A width as axes and tables write it.

    >>> sigma_name(math.inf), sigma_name(0.1)
    ('∞', '0.1')
    """
    return "∞" if math.isinf(sigma) else f"{sigma:g}"


def clouds(
    codes: Mapping[str, Tensor], factors: Tensor, marks: Mapping[str, str]
) -> Figure:
    """The first two components of several codes, coloured by the first factor.

    Args:
        codes: name to (N, m).
        factors: (N, n); the first column colours the points.
        marks: name to what is written under the title.
    """
    figure, axes = plt.subplots(1, len(codes), figsize=(3.5 * len(codes), 3.3))
    for axis, (name, code) in zip(axes, codes.items(), strict=True):
        z = code[:, :2].cpu().numpy()
        shake = np.random.default_rng(0).uniform(-0.02, 0.02, z.shape)
        dots = axis.scatter(
            *(z + shake).T, c=factors[:, 0].cpu().numpy(), cmap="cividis", s=7, lw=0
        )
        axis.set_title(f"{name}\n{marks[name]}")
        axis.set(xlabel="component $z_1$", ylabel="component $z_2$", aspect="equal")
        axis.set(xlim=(-0.3, 1.3), ylim=(-0.3, 1.3))
    figure.colorbar(dots, ax=axes, label="value of factor $c_1$", ticks=range(6))
    return figure


def joint_and_information(joint: Tensor, matrix: Tensor) -> Figure:
    """The joint law of two factors beside a matrix of informations.

    Args:
        joint: (K, K) probabilities of the first two factors.
        matrix: (n, m) informations in bits, factors by components.
    """
    figure, axes = plt.subplots(1, 2, figsize=(7.4, 3.2))
    left, right = axes
    shown = left.imshow(joint.numpy(), cmap="cividis", origin="lower", vmin=0)
    left.set(xlabel="value of $c_2$", ylabel="value of $c_1$", title="joint law")
    figure.colorbar(shown, ax=left, label="probability")
    shown = right.imshow(matrix.numpy(), cmap="cividis", vmin=0)
    _write(right, matrix.numpy(), float(matrix.max()))
    rows, columns = matrix.shape
    right.set_xticks(range(columns), [f"$z_{j + 1}$" for j in range(columns)])
    right.set_yticks(range(rows), [f"$c_{i + 1}$" for i in range(rows)])
    right.set(title="information, perfect code")
    figure.colorbar(shown, ax=right, label="bits")
    for axis in axes:
        axis.grid(False)
    return figure


def heat_maps(
    tables: Mapping[str, np.ndarray],
    encoders: Sequence[str],
    sigmas: Sequence[float],
    *,
    highlight: int = 0,
) -> Figure:
    """One panel a score: encoders down, dependence across; one row is framed.

    Args:
        tables: score to (encoders, sigmas).
        encoders: names of the rows.
        sigmas: widths of the columns.
        highlight: the row that should read 1 everywhere.
    """
    across = 4
    down = -(-len(tables) // across)
    figure, axes = plt.subplots(
        down, across, figsize=(8.4, 0.6 + 2.75 * down), squeeze=False, sharey=True
    )
    for axis, (name, table) in zip(axes.flat, tables.items(), strict=False):
        axis.imshow(table, cmap="cividis", vmin=0, vmax=1, aspect="auto")
        _write(axis, table, 1.0)
        row = table[highlight]
        flat = float(row.max() - row.min()) < 0.02
        axis.set_title(f"{name}: {'flat' if flat else 'falls'}", fontsize=10)
        axis.add_patch(
            Rectangle(
                (-0.5, highlight - 0.5),
                len(sigmas),
                1,
                fill=False,
                edgecolor=COLOURS[1],
                linewidth=3,
                linestyle="-" if flat else "--",
                clip_on=False,
            )
        )
        axis.set_xticks(range(len(sigmas)), [sigma_name(s) for s in sigmas], fontsize=9)
        axis.set_yticks(range(len(encoders)), encoders, fontsize=9)
        axis.grid(False)
    for axis in axes.flat[len(tables) :]:
        axis.set_visible(False)
    for axis in axes[-1]:
        axis.set_xlabel("σ (smaller: more dependent)", fontsize=8)
    return figure


def information_bars(
    components: Mapping[str, Tensor], factors: Mapping[str, Tensor]
) -> Figure:
    """What each component says, and where each factor is to be found, in bits.

    Args:
        components: encoder to (m, 3), see `terms.component_parts`.
        factors: encoder to (n, 3), see `terms.factor_parts`.
    """
    sides = (
        (components, "z", ["of its factor", "of other factors", "of nuisances"]),
        (factors, "c", ["in its component", "only with the others", "lost"]),
    )
    figure, axes = plt.subplots(2, 1, figsize=(8.4, 5.4))
    titles = (
        "What a component says: the first part over the whole is its minimality",
        "Where a factor is told: the first part over the whole is its sufficiency",
    )
    for axis, (parts, letter, words), title in zip(axes, sides, titles, strict=True):
        places, labels, middles = [], [], []
        start = 0.0
        for part in parts.values():
            here = start + np.arange(len(part))
            middles.append(here.mean())
            places.extend(here)
            labels.extend(f"${letter}_{k + 1}$" for k in range(len(part)))
            start = here[-1] + 2
        stacked = np.concatenate([part.numpy() for part in parts.values()])
        bottom = np.zeros(len(stacked))
        for index, word in enumerate(words):
            axis.bar(
                places,
                stacked[:, index],
                bottom=bottom,
                color=COLOURS[index],
                hatch=_HATCHES[index],
                edgecolor="white",
                label=word,
            )
            bottom += stacked[:, index]
        axis.set_xticks(places, labels, fontsize=9)
        for middle, name in zip(middles, parts, strict=True):
            axis.text(middle, bottom.max() * 1.06, name, ha="center", fontsize=9)
        axis.set(ylabel="bits", ylim=(0, bottom.max() * 1.2))
        axis.set_title(title, fontsize=10)
        axis.grid(False, axis="x")
        axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def turning(matrix: Tensor, scores: Mapping[str, float], title: str) -> Figure:
    """One state of the turning code: its informations and its scores.

    Args:
        matrix: (n, m) informations in bits.
        scores: name to value in [0, 1].
        title: of the frame.
    """
    # A fixed layout: all frames alike, and no solver for each of them.
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(7.0, 2.9), layout="none", width_ratios=(2, 3)
    )
    figure.subplots_adjust(0.06, 0.12, 0.98, 0.88, wspace=0.45)
    left.imshow(matrix.numpy(), cmap="cividis", vmin=0, vmax=2.6)
    _write(left, matrix.numpy(), 2.6)
    rows, columns = matrix.shape
    left.set_xticks(range(columns), [f"$z_{j + 1}$" for j in range(columns)])
    left.set_yticks(range(rows), [f"$c_{i + 1}$" for i in range(rows)])
    left.set_title("information in bits", fontsize=10)
    left.grid(False)
    names = list(scores)
    new = [name in ("Min", "Suf") for name in names]
    bars = right.barh(
        names,
        list(scores.values()),
        color=[COLOURS[0] if flag else COLOURS[4] for flag in new],
    )
    right.bar_label(bars, fmt="%.2f", padding=3, fontsize=9)
    right.invert_yaxis()
    right.set(xlim=(0, 1.15), xticks=[], title=title)
    right.title.set_fontsize(10)
    right.grid(False, axis="y")
    return figure


def rank_scatter(
    scores: Mapping[str, Sequence[float]],
    accuracy: Sequence[float],
    correlation: Mapping[str, float],
) -> Figure:
    """Each score against an accuracy, one panel a score, its correlation on top.

    Args:
        scores: name to one value an encoder.
        accuracy: one value an encoder.
        correlation: name to Spearman's.
    """
    across = 4
    down = -(-len(scores) // across)
    figure, axes = plt.subplots(
        down, across, figsize=(9.0, 0.4 + 2.2 * down), squeeze=False, sharey=True
    )
    for index, (axis, (name, values)) in enumerate(
        zip(axes.flat, scores.items(), strict=False)
    ):
        style = 0 if name in ("Min", "Suf") else 1
        axis.plot(
            values,
            accuracy,
            linestyle="none",
            marker=MARKERS[style],
            color=COLOURS[style],
            markersize=4,
        )
        axis.set_title(f"{name}: {correlation[name]:.2f}", fontsize=10)
        if index % across == 0:
            axis.set_ylabel("accuracy")
    for axis in axes.flat[len(scores) :]:
        axis.set_visible(False)
    for axis in axes[-1]:
        axis.set_xlabel("score")
    return figure


def pictures(images: Tensor, titles: Sequence[str]) -> Figure:
    """A row of small pictures, each with a title.

    Args:
        images: (n, C, H, W), uint8 or in [0, 1]; one or three channels.
        titles: one a picture.
    """
    figure, axes = plt.subplots(1, len(images), figsize=(1.15 * len(images), 1.7))
    for axis, image, title in zip(axes, images, titles, strict=True):
        shown = image.permute(1, 2, 0).cpu().numpy()
        axis.imshow(shown.squeeze(), cmap="gray" if shown.shape[2] == 1 else None)
        axis.set_title(title, fontsize=7)
        axis.set_axis_off()
    return figure


def score_curves(
    tables: Mapping[str, Mapping[str, Sequence[float]]], sigmas: Sequence[float]
) -> Figure:
    """One panel a score, one line an encoder, over the dependence.

    Args:
        tables: score to encoder to one value a width.
        sigmas: the widths, as the axis shows them.
    """
    figure, axes = plt.subplots(1, len(tables), figsize=(9.0, 2.9), sharey=True)
    for axis, (score, lines) in zip(axes, tables.items(), strict=True):
        for index, (name, values) in enumerate(lines.items()):
            axis.plot(
                range(len(sigmas)),
                values,
                color=COLOURS[index],
                marker=MARKERS[index],
                linestyle=LINES[index],
                label=name,
            )
        axis.set_xticks(range(len(sigmas)), [sigma_name(s) for s in sigmas])
        axis.set(title=score, xlabel="width σ", ylim=(-0.02, 1.05))
    axes[-1].legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5))
    return figure


def stress_curves(
    bins: Sequence[int],
    by_bins: Mapping[str, Sequence[float]],
    counts: Sequence[int],
    by_count: Mapping[str, Sequence[float]],
) -> Figure:
    """Scores against the number of bins, and a useless code's score against N.

    Args:
        bins: numbers of bins.
        by_bins: name to one value a number of bins.
        counts: sample sizes.
        by_count: name to one value a sample size.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(8.4, 3.3))
    sides = ((left, bins, by_bins), (right, counts, by_count))
    for axis, places, lines in sides:
        for index, (name, values) in enumerate(lines.items()):
            axis.plot(
                places,
                values,
                color=COLOURS[index],
                marker=MARKERS[index],
                linestyle=LINES[index],
                label=name,
            )
        axis.set_xscale("log")
        axis.set_xticks(places, [f"{place:,}" for place in places], fontsize=8)
        axis.minorticks_off()
        axis.legend(fontsize=8)
    left.set(xlabel="bins B", ylabel="score", ylim=(0, 1.05))
    left.set_title("perfect code with 1 % jitter", fontsize=10)
    right.set(xlabel="samples N", ylabel="sufficiency")
    right.set_title("code that knows nothing", fontsize=10)
    return figure


def _write(axis: Axes, table: np.ndarray, top: float) -> None:
    """Write each value into its tile, dark on light and light on dark."""
    for (row, column), value in np.ndenumerate(table):
        colour = "black" if value > 0.6 * top else "white"
        text = f"{value:.2f}"
        axis.text(column, row, text, ha="center", va="center", fontsize=7, color=colour)

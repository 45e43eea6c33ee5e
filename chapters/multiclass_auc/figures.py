"""Drawings of the chapter on multiclass AUC; each returns a figure to be shown."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import torch
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from torch import Tensor

from support.losses.pairwise import surrogate
from support.metrics.auc import auc_pairs
from support.plots import COLOURS, LINES

__all__ = [
    "draw_minute",
    "draw_pairs",
    "draw_scene",
    "draw_slopes",
    "draw_steepness",
    "draw_surrogates",
]

SHAPES = (("step", 1), ("sigmoid", 1), ("sigmoid", 10), ("logistic", 1), ("hinge", 1))


def draw_surrogates() -> Figure:
    """Losses of a pair by the difference of its scores, and their pulls.

    Returns:
        Two panels: the loss, and minus its derivative.
    """
    gap = (torch.arange(-200, 201) / 100).requires_grad_()
    figure, axes = plt.subplots(1, 2, figsize=(8, 3.4))
    for (kind, delta), line, colour in zip(SHAPES, LINES, COLOURS, strict=False):
        loss = surrogate(gap, kind, delta)
        slope = torch.autograd.grad(loss.sum(), gap)[0]
        name = f"{kind}, δ = {delta}" if kind == "sigmoid" else kind
        style = {"linestyle": line, "color": colour, "label": name, "lw": 2}
        at, height = gap.detach().numpy(), loss.detach().numpy()
        axes[0].plot(at, height, **style)
        axes[1].plot(at, -slope.numpy(), **style)
    axes[0].set(xlabel="Δ, positive minus negative", ylabel="loss of the pair")
    axes[1].set(xlabel="Δ, positive minus negative", ylabel="pull on the pair")
    axes[0].legend()
    return figure


def draw_steepness(scores: Tensor, labels: Tensor, delta: float) -> Figure:
    """The pairs of a network, by difference of probability, and who is pulled.

    Args:
        scores: outputs of the network, shape (N, C).
        labels: class of each sample, shape (N,).
        delta: steepness of the sigmoid.

    Returns:
        One panel: a histogram of the pairs, and over it the sigmoid's pull in
        parts of its largest; shaded where a pair has hardly a gradient.
    """
    columns = scores.softmax(1).cpu()
    labels = labels.cpu()
    own = columns.gather(1, labels[:, None])
    gaps = (own - columns.T[labels])[labels[:, None] != labels]
    figure, axis = plt.subplots(figsize=(6.4, 3.0))
    axis.hist(gaps.numpy(), 50, range=(-1, 1), histtype="stepfilled", color="0.72")
    pull = axis.twinx()
    at = torch.linspace(-1, 1, 201)
    share = torch.sigmoid(delta * at)
    height = (4 * share * (1 - share)).numpy()
    pull.plot(at.numpy(), height, color=COLOURS[0], lw=2.5)
    pull.fill_between(at.numpy(), height, color=COLOURS[0], alpha=0.15)
    pull.grid(False)
    pull.set(ylim=(0, 1.05))
    pull.set_ylabel("pull, of its largest", color=COLOURS[0])
    axis.set(
        xlabel="Δ, own class minus other, in probability",
        ylabel="pairs, log scale",
        yscale="log",
        xlim=(-1, 1),
        title=f"sigmoid with δ = {delta:g}",
    )
    return figure


def draw_scene(
    mel: Tensor, labels: Tensor, classes: Sequence[str], seconds: float
) -> Figure:
    """A mel spectrogram above the class of each frame.

    Args:
        mel: log-mel values, shape (M, T).
        labels: class of each frame, shape (T,).
        classes: their names.
        seconds: length of the sequence.

    Returns:
        Two panels that share the time axis.
    """
    bands, frames = mel.shape
    figure, (top, low) = plt.subplots(2, sharex=True, height_ratios=(4, 1))
    top.imshow(
        mel.cpu().numpy(),
        origin="lower",
        aspect="auto",
        cmap="magma",
        extent=(0, seconds, 0, bands),
        vmin=float(mel.quantile(0.02)),
    )
    top.grid(False)
    top.set(ylabel="mel band")
    time = (torch.arange(frames) * seconds / frames).numpy()
    low.step(time, labels.cpu().numpy(), where="post", color=COLOURS[0], lw=2)
    low.set(
        xlabel="seconds",
        xlim=(0, seconds),
        yticks=range(len(classes)),
        yticklabels=classes,
        ylim=(len(classes) - 0.6, -0.4),
    )
    return figure


def draw_pairs(scores: Tensor, labels: Tensor) -> Figure:
    """Histograms of the scores of class i, for samples of class i and of class j.

    Args:
        scores: shape (N, C).
        labels: integers in [0, C), shape (N,).

    Returns:
        C × C panels; row i is column i of the scores; titles give A(i | j).
    """
    scores, labels = scores.detach().cpu(), labels.cpu()
    area = auc_pairs(scores, labels).numpy()
    count = scores.shape[1]
    size = (2.5 * count, 1.8 * count)
    figure, axes = plt.subplots(count, count, figsize=size, sharex="row")
    for i in range(count):
        edges = torch.linspace(*scores[:, i].aminmax(), 31).tolist()
        for j in range(count):
            axis = axes[i, j]
            axis.hist(
                scores[labels == i, i].numpy(),
                edges,
                color=COLOURS[0],
                alpha=0.6,
                label="i",
            )
            text = f"class {i + 1} alone"
            if i != j:
                axis.hist(
                    scores[labels == j, i].numpy(),
                    edges,
                    color=COLOURS[1],
                    histtype="step",
                    lw=2,
                    label="j",
                )
                text = f"A({i + 1} | {j + 1}) = {area[i, j]:.2f}"
            axis.set(title=text, yticks=[])
            axis.grid(False)
        axes[i, 0].set(ylabel=f"column {i + 1}")
    return figure


def draw_slopes(
    values: Mapping[str, Mapping[str, float]],
    methods: Sequence[str],
    others: Sequence[Mapping[str, Mapping[str, float]]] = (),
    label: str = "",
) -> Figure:
    """One panel a setting: a line over the methods, thin lines for other seeds.

    Args:
        values: of this run, by setting and method.
        methods: their order; one that a setting lacks leaves a gap.
        others: the same table of other seeds.
        label: of the vertical axes.

    Returns:
        Panels in rows of three.
    """
    rows = -(-len(values) // 3)
    figure, axes = plt.subplots(
        rows, 3, figsize=(9, 0.6 + 2.3 * rows), sharex=True, squeeze=False
    )
    gap = float("nan")
    for axis, (setting, row) in zip(axes.flat, values.items(), strict=False):
        for other in others:
            line = [other.get(setting, {}).get(name, gap) for name in methods]
            axis.plot(range(len(methods)), line, color="0.75", lw=1)
        line = [row.get(name, gap) for name in methods]
        axis.plot(range(len(methods)), line, marker="o", color=COLOURS[0], lw=2.5)
        axis.set(title=setting, xticks=range(len(methods)))
        axis.set_xticklabels(methods, rotation=50, ha="right")
    for axis in axes.flat[len(values) :]:
        axis.set_visible(False)
    for row in axes:
        row[0].set(ylabel=label)
    return figure


def draw_minute(
    truth: Tensor, cuts: Mapping[str, Tensor], classes: Sequence[str], hop: float
) -> Figure:
    """Segmentations as bars under the truth; ticks mark wrong frames.

    Args:
        truth: class of each frame, shape (T,), at most three classes.
        cuts: decisions of each system, shape (T,).
        classes: names of the classes.
        hop: seconds a frame.

    Returns:
        One panel, a row for the truth and one for each system.
    """
    shades: list[Any] = [COLOURS[1], COLOURS[5], "#E6E6E6"][: len(classes)]
    rows = torch.stack([truth, *cuts.values()]).cpu()
    seconds = rows.shape[1] * hop
    figure, axis = plt.subplots(figsize=(9, 1 + 0.55 * len(rows)))
    axis.imshow(
        rows.numpy(),
        aspect="auto",
        interpolation="nearest",
        cmap=ListedColormap(shades),
        extent=(0, seconds, len(rows), 0),
        vmin=0,
        vmax=len(classes) - 1,
    )
    for place in range(1, len(rows)):
        wrong = ((rows[place] != rows[0]).nonzero()[:, 0] * hop).numpy()
        axis.eventplot(
            wrong, lineoffsets=place + 0.88, linelengths=0.24, color="black", lw=0.5
        )
        axis.axhline(place, color="white", lw=3)
    for name, shade in zip(classes, shades, strict=True):
        axis.plot([], [], "s", color=shade, label=name, mec="0.4")
    axis.plot([], [], "|", color="black", label="wrong")
    axis.legend(ncols=4, loc="lower center", bbox_to_anchor=(0.5, 1))
    axis.grid(False)
    axis.set(
        yticks=[place + 0.5 for place in range(len(rows))],
        yticklabels=["truth", *cuts],
        xlabel="seconds",
        xlim=(0, seconds),
        ylim=(len(rows), 0),
    )
    return figure

"""Drawings of the chapter on multiclass AUC."""

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from support import plots
from support.losses.pairwise import Kind, surrogate
from support.metrics.auc import auc_pairs

__all__ = [
    "draw_minute",
    "draw_pairs",
    "draw_scene",
    "draw_slopes",
    "draw_steepness",
    "draw_surrogates",
]

SHAPES: dict[str, tuple[Kind, float]] = {
    "step": ("step", 1),
    "sigmoid, δ=1": ("sigmoid", 1),
    "sigmoid, δ=10": ("sigmoid", 10),
    "logistic": ("logistic", 1),
    "hinge": ("hinge", 1),
}


def draw_surrogates() -> list[plots.Drawing]:
    """Losses of a pair by the difference of its scores, and minus their slopes."""
    gap = (torch.arange(-200, 201) / 100).requires_grad_()
    losses, pulls = {}, {}
    for name, (kind, delta) in SHAPES.items():
        losses[name] = surrogate(gap, kind, delta)
        pulls[name] = -torch.autograd.grad(losses[name].sum(), gap)[0]
    panels = {"loss of the pair": losses, "pull on the pair": pulls}
    label = "Δ, positive minus negative"
    return plots.panels(plots.lines, panels, at=gap.detach(), x=label, y="")


def draw_steepness(scores: Tensor, labels: Tensor, delta: float) -> plots.Drawing:
    """Histogram of pairs of scores (N, C), and over it how hard a sigmoid pulls."""
    columns, labels = scores.softmax(1).cpu(), labels.cpu()
    own = columns.gather(1, labels[:, None])
    gaps = (own - columns.T[labels])[labels[:, None] != labels]
    drawn = plots.histograms(
        {"pairs": gaps},
        x="Δ, own class minus other, in probability",
        bins=50,
        density=False,
        x_limits=(-1, 1),
        y_scale="log",
        colours={"pairs": "neutral"},
        title=f"sigmoid with δ = {delta:g}",
    )
    colour = plots.colour_of("method")
    pull = drawn.figure.axes[0].twinx()
    at = torch.linspace(-1, 1, 201)
    share = torch.sigmoid(delta * at)
    height = (4 * share * (1 - share)).numpy()
    pull.plot(at.numpy(), height, color=colour, lw=2.5)
    pull.fill_between(at.numpy(), height, color=colour, alpha=0.15)
    pull.grid(False)
    pull.set_ylim(0, 1.05)
    pull.set_ylabel("pull, of its largest", color=colour)
    return drawn


def draw_scene(
    mel: Tensor, labels: Tensor, classes: Sequence[str], seconds: float
) -> list[plots.Drawing]:
    """Log-mel values (M, T) over the class of each frame (T,), as two panels."""
    extent = (0.0, seconds, 0.0, float(len(mel)))
    limits = (float(mel.quantile(0.02)), float(mel.max()))
    return [
        plots.field(mel, x="seconds", y="mel band", extent=extent, limits=limits),
        plots.tiles(labels[None], classes, x="seconds", extent=extent[:2]),
    ]


def draw_pairs(scores: Tensor, labels: Tensor) -> list[plots.Drawing]:
    """Histograms of column i of scores (N, C), of class i and class j: C x C panels.

    Titles give A(i | j).
    """
    scores, labels = scores.detach().cpu(), labels.cpu()
    area = auc_pairs(scores, labels)
    panels = []
    for i, j in np.ndindex(*area.shape):
        column = scores[:, i]
        title = f"A({i + 1} | {j + 1}) = {area[i, j]:.2f}"
        panels.append(
            plots.histograms(
                {f"class {k + 1}": column[labels == k] for k in dict.fromkeys((i, j))},
                x=f"column {i + 1}",
                x_limits=(float(column.min()), float(column.max())),
                bins=30,
                title=title if i != j else f"class {i + 1} alone",
                size=(2.1, 2.1),
            )
        )
    return panels


def draw_slopes(
    values: Mapping[str, Mapping[str, float]],
    methods: Sequence[str],
    others: Sequence[Mapping[str, Mapping[str, float]]] = (),
    label: str = "",
) -> list[plots.Drawing]:
    """One panel a setting: values of the methods in their order, as a line.

    A method that the setting lacks leaves a gap; others are thin lines, other seeds.
    """

    def line(row: Mapping[str, float]) -> list[float]:
        return [row.get(name, float("nan")) for name in methods]

    return [
        plots.lines(
            {"this run": line(row)},
            others={"this run": [line(other.get(setting, {})) for other in others]},
            at=methods,
            x="",
            y=label,
            title=setting,
            size=plots.PANEL,
        )
        for setting, row in values.items()
    ]


def draw_minute(
    truth: Tensor, cuts: Mapping[str, Tensor], classes: Sequence[str], hop: float
) -> plots.Drawing:
    """Decisions (T,) under the truth (T,), hop seconds a frame; ticks mark errors."""
    rows = torch.stack([truth, *cuts.values()]).cpu()
    names = ["truth", *cuts]
    span = (0.0, rows.shape[1] * hop)
    drawn = plots.tiles(rows, classes, rows=names, x="seconds", extent=span)
    for place, row in enumerate(rows[1:], 1):
        wrong = ((row != rows[0]).nonzero()[:, 0] * hop).numpy()
        drawn.figure.axes[0].eventplot(
            wrong, color=plots.DARK, lineoffsets=place + 0.88, linelengths=0.24, lw=0.5
        )
    return drawn

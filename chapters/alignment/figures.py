"""The pictures that no other chapter draws: the two clouds, and the plane of trades."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from matplotlib.lines import Line2D
from torch import Tensor

from chapters.alignment.data import Data, Parts
from support import plots
from support.metrics.intervals import mean_interval
from support.records import Records

__all__ = ["clouds", "nearest", "plane", "recorded_planes"]

_SHOWN = 120


def clouds(a: Tensor, b: Tensor, *, title: str = "") -> plots.Drawing:
    """Both clouds of embeddings in the plane where they spread most, partners joined.

    Args:
        a: (n, d) embeddings of pictures.
        b: (n, d) of their captions.
        title: over the panel.
    """
    a, b = a.double().cpu(), b.double().cpu()
    both = torch.cat([a, b])
    middle = both.mean(0)
    # A gap between two narrow clouds is the direction in which all points spread most.
    axes = torch.linalg.svd(both - middle, full_matrices=False).Vh[:2].T
    axes = axes * torch.where(((a - middle) @ axes).mean(0) > 0, -1.0, 1.0)
    pictures, captions = (((side - middle) @ axes)[:_SHOWN] for side in (a, b))
    pairs = torch.stack([pictures, captions], 1).tolist()
    return plots.scatter(
        {"pictures": pictures, "captions": captions},
        x="first direction",
        y="second direction",
        segments=[(tuple(one), tuple(other)) for one, other in pairs],
        x_limits=(-0.9, 0.9),
        y_limits=(-0.9, 0.9),
        square=True,
        title=title,
        size=(4.6, 4.2),
    )


def plane(
    points: Mapping[str, tuple[float, float]],
    paths: Mapping[str, Sequence[str]],
    labels: Mapping[str, str],
    *,
    star: str = "",
    bars: Mapping[str, Sequence[tuple[float, float]]] | None = None,
    title: str = "",
) -> plots.Drawing:
    """One mark a training; arrows follow one knob, a star is the intervention.

    Args:
        points: name to URR of the nuisances and CKA.
        paths: what is turned, to the names that it passes in order.
        labels: name to what is written beside its mark, where there is one.
        star: name of the training without nuisances.
        bars: name to the intervals of both numbers.
        title: over the panel.
    """
    figure, axis = plots.start((5.2, 4.2), title)
    lines = {}
    for place, (what, names) in enumerate(paths.items()):
        colour = plots.colour_of(place)
        for start, end in pairwise(names):
            arrow = {"arrowstyle": "-|>", "color": colour, "lw": 1.6, "shrinkB": 4}
            axis.annotate("", points[end], points[start], arrowprops=arrow)
        axis.scatter(*zip(*(points[name] for name in names), strict=True), color=colour)
        lines[what] = Line2D([], [], color=colour, lw=3)
    on_path = {name for names in paths.values() for name in names}
    for name, (across, up) in points.items():
        if name not in on_path:
            mark, size = ("*", 200) if name == star else ("o", 36)
            colour = plots.colour_of("fourth" if name == star else "neutral")
            axis.scatter(across, up, marker=mark, s=size, color=colour, zorder=3)
        if bars:
            axis.hlines(up, *bars[name][0], color=plots.NEUTRAL, linewidth=1.2)
            axis.vlines(across, *bars[name][1], color=plots.NEUTRAL, linewidth=1.2)
    last = {names[-1] for names in paths.values()}
    for name in labels.keys() & points.keys():
        # Ends stand above their mark, beginnings and single marks to the right.
        shift, side = ((0, 8), "center") if name in last else ((8, -11), "left")
        offset: Any = "offset points"
        axis.annotate(labels[name], points[name], shift, textcoords=offset, ha=side)
    axis.set(xlabel="URR of the nuisances", ylabel="CKA of pictures and captions")
    axis.set_ylim(-0.08, 1.12)
    low, high = axis.get_xlim()
    axis.set_xlim(low - 0.05 * (high - low), high + 0.2 * (high - low))
    plots.key(axis, lines)
    told = "; ".join(
        f"{name} {up:.2f} at {across:.2f}" for name, (across, up) in points.items()
    )
    ways = "; ".join(f"{what}: {' to '.join(names)}" for what, names in paths.items())
    alt = f"CKA against URR of the nuisances: {told}. Arrows: {ways}."
    return plots.Drawing(figure, alt)


def recorded_planes(
    records: Mapping[str, Records],
    names: Sequence[str],
    paths: Mapping[str, Sequence[str]],
    labels: Mapping[str, str],
    *,
    star: str = "",
) -> list[plots.Drawing]:
    """The same plane over recorded seeds: means, with the intervals of both.

    Args:
        records: corpus to its records.
        names: of trainings; those that a corpus has are shown.
        paths: see `plane`.
        labels: see `plane`.
        star: see `plane`.

    Returns:
        A panel for each corpus with two records or more.
    """
    panels = []
    for corpus, runs in records.items():
        if len(runs) < 2:
            continue
        found = {
            name: [runs.scores(name, key) for key in ("URR nuisance", "CKA")]
            for name in names
        }
        known = {name: both for name, both in found.items() if not np.isnan(both).any()}
        panels.append(
            plane(
                {name: (x.mean(), y.mean()) for name, (x, y) in known.items()},
                paths,
                labels,
                star=star,
                bars={
                    name: list(map(mean_interval, both)) for name, both in known.items()
                },
                title=f"{corpus} data, {len(runs)} seeds",
            )
        )
    return panels


def nearest(
    data: Data, clouds_of: Mapping[str, tuple[Parts, Parts]], *, count: int = 8
) -> plots.Drawing:
    """The test pictures nearest to one caption, a row of pictures a training.

    Args:
        data: of the chapter.
        clouds_of: name of a training to its embeddings of pictures and captions.
        count: pictures a row.
    """
    keys = data.keys.test
    one = int((keys == keys.mode().values).nonzero()[0, 0])
    rows, marks = [], []
    for a, b in clouds_of.values():
        order = (a.test @ b.test[one]).argsort(descending=True)[:count].tolist()
        rows.append([data.pictures.test[place] for place in order])
        right = [bool(keys[place] == keys[one]) for place in order]
        marks.append(["right" if each else "other" for each in right])
    return plots.images(rows, marks, labels=list(clouds_of), what="nearest pictures")

"""Two pictures that no other chapter draws: the two clouds, and the plane of trades."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import torch
from torch import Tensor

from support import plots

__all__ = ["clouds", "plane"]

_SHOWN = 60


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
        x_limits=(-1.05, 1.05),
        y_limits=(-1.05, 1.05),
        square=True,
        title=title,
        size=plots.PANEL,
    )


def plane(
    points: Mapping[str, tuple[float, float]],
    paths: Mapping[str, Sequence[str]],
    *,
    star: str = "",
    x: str = "URR of the nuisances",
    y: str = "CKA of pictures and captions",
) -> plots.Drawing:
    """One mark a training; arrows follow one knob, a star is the intervention.

    Args:
        points: name to nuisance and alignment.
        paths: what is turned, to the names that it passes in order.
        star: name of the training without nuisances.
        x: label.
        y: label.
    """
    figure, axis = plots.start(plots.WIDE)
    on_path = {name for names in paths.values() for name in names}
    for place, names in enumerate(paths.values()):
        colour = plots.colour_of(place)
        for start, end in pairwise(names):
            axis.annotate(
                "",
                points[end],
                points[start],
                arrowprops={"arrowstyle": "->", "color": colour, "shrinkB": 4},
            )
        axis.scatter(*zip(*(points[name] for name in names), strict=True), color=colour)
    for name, (across, up) in points.items():
        if name not in on_path:
            mark, size = ("*", 170) if name == star else ("o", 36)
            role = "highlight" if name == star else "neutral"
            colour = plots.colour_of(role)
            axis.scatter([across], [up], marker=mark, s=size, color=colour, zorder=3)
    ends = {
        names[place]: index
        for index, names in enumerate(paths.values())
        for place in (0, -1)
    }
    for name, (across, up) in points.items():
        if name in ends or name not in on_path:
            axis.annotate(name, (across, up), xytext=(6, 5), textcoords="offset points")
    axis.set(xlabel=x, ylabel=y, ylim=(0, 1.08))
    axis.margins(x=0.16)
    told = "; ".join(
        f"{name} {up:.2f} at {across:.2f}" for name, (across, up) in points.items()
    )
    ways = "; ".join(f"{what}: {' to '.join(names)}" for what, names in paths.items())
    return plots.Drawing(figure, f"{y} against {x}: {told}. Arrows: {ways}.")

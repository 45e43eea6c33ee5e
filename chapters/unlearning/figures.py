"""The picture to remember: two clocks, and what the head is given to see."""

from collections.abc import Mapping

from torch import Tensor, nn

from chapters.unlearning.data import Ring
from support import plots
from support.training import predict

__all__ = ["curves", "plane_clouds", "redrawn", "two_clocks"]

Rows = Mapping[int, Mapping[str | float, float]]


def curves(rows: Rows) -> dict[str, list[float]]:
    """Accuracy and three readers' R², by the steps after the first.

    Args:
        rows: by step, as `scores.clock` gives them.
    """
    names: dict[str, str | float] = {"accuracy on the class": "A_f"}
    names |= {f"R², noise {key:.0%}": key for key in (0.01, 0.05, 0.1)}
    seen = [row for step, row in rows.items() if step]
    return {name: [row[key] for row in seen] for name, key in names.items()}


def two_clocks(rows: Rows, step: int) -> plots.Drawing:
    """Draw accuracy and information against the training step, one step marked.

    Args:
        rows: by step, as `scores.clock` gives them.
        step: that is marked, one of the rows' after 0.
    """
    places = [place for place in rows if place]
    return plots.lines(
        curves(rows),
        at=places,
        x="training step",
        y="accuracy, or R²",
        x_scale="log",
        y_limits=(-0.1, 1.05),
        marks={f"step {step}": (step, rows[step][0.05])},
        colours={
            "accuracy on the class": "highlight",
            "R², noise 1%": "method",
            "R², noise 5%": "third",
            "R², noise 10%": "fourth",
        },
    )


def redrawn(asked: Tensor, drawn: Tensor, most: int = 6) -> plots.Drawing:
    """Draw pictures above what somebody made of their features.

    Args:
        asked: (n, ...) pictures in [0, 1].
        drawn: (n, ...) drawings of them.
        most: how many are shown.
    """
    return plots.images(
        [list(asked[:most]), list(drawn[:most])],
        labels=["new\npictures", "drawings\nof them"],
        what="pictures of the forgotten class",
    )


def plane_clouds(
    plane: nn.Sequential, maps: Mapping[str, nn.Module], ring: Ring
) -> dict[str, dict[str, Tensor]]:
    """Features of the ring's classes, before any map and after two of them.

    Args:
        plane: the network on the ring, body and head.
        maps: by name, as `systems.ring_maps` gives them.
        ring: the points; class 0 is to be forgotten.

    Returns:
        By title of a panel, by group: (n, 2), every seventh point.
    """
    ends = {"before": nn.Identity()} | {
        name: maps[name] for name in ("linear, λ = 1", "two hidden layers")
    }
    groups = {"the other five": ring.y != 0, "to forget": ring.y == 0}
    return {
        title: {
            name: predict(f, predict(plane[0], ring.x[rows]))[::7].cpu()
            for name, rows in groups.items()
        }
        for title, f in ends.items()
    }

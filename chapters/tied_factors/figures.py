"""The chapter's own pictures: brackets over frames, and a factor that is a time."""

from collections.abc import Mapping

import torch
from torch import Tensor

from chapters.tied_factors.data import Data
from support import plots

__all__ = ["draw_plates", "draw_recovered", "draw_timing"]


def draw_plates() -> plots.Drawing:
    """Which variable is shared by what: brackets over speakers, recordings, frames."""
    figure, axis = plots.start((6.4, 2.6))
    axis.set(xlim=(0, 12), ylim=(0, 4))
    axis.axis("off")
    speaker, session = plots.colour_of("method"), plots.colour_of("baseline")
    axis.plot([0.2, 11.8], [3.2, 3.2], color=speaker, lw=4)
    axis.text(6, 3.4, "speaker factor y: one for all her frames", ha="center")
    for place in range(3):
        left = 0.2 + 4 * place
        axis.plot([left, left + 3.6], [2.0, 2.0], color=session, lw=4)
        axis.text(left + 1.8, 2.2, f"session factor x{place + 1}", ha="center")
        for frame in range(9):
            at = left + 0.2 + 0.4 * frame
            axis.plot([at, at], [0.7, 1.5], color=plots.INK, lw=2)
        axis.text(left + 1.8, 0.2, f"recording {place + 1}", ha="center")
    return plots.Drawing(
        figure,
        "A long bracket, the speaker's factor, over three recordings; under it a "
        "shorter one over each recording, its session factor; under these the frames "
        "as strokes.",
    )


def draw_timing(world: Data, feature: int = 0) -> plots.Drawing:
    """The true path of one feature for an early and for a late recording.

    Args:
        world: whose first factors of speaker and recording move the time.
        feature: which.
    """
    truth = world.truth
    if truth is None:
        raise ValueError("world: got speech; give a world, whose truth is known")
    both = torch.cat([truth.y[truth.speaker], truth.x], dim=1)
    R = truth.x.shape[1]
    moved = both[:, 0] + both[:, R]
    added = both.square().sum(1) - both[:, 0].square() - both[:, R].square()
    chosen = {}
    for word, time in (("late", -2.5), ("usual", 0.0), ("early", 2.5)):
        # at about this time, the one to whom the other factors add the least
        place = ((moved - time).square() + added).argmin()
        name = f"{word}, y + x = {moved[place]:+.1f}"
        chosen[name] = truth.mean[place, :, feature]
    return plots.lines(
        chosen, at=range(1, 1 + world.mean.shape[0]), x="state", y="mean of a feature"
    )


def draw_recovered(found: Mapping[str, Tensor], true: Tensor) -> list[plots.Drawing]:
    """True factors against found ones, a panel a factor, a colour a model.

    Args:
        found: model to its factors, brought near the true ones, (n, R).
        true: (n, R).
    """
    return [
        plots.scatter(
            {
                name: torch.stack([true[:, k], values[:, k]], dim=1)
                for name, values in found.items()
            },
            x="true",
            y="found",
            title=f"factor {k + 1}",
            size=(2.1, 2.1),
        )
        for k in range(true.shape[1])
    ]

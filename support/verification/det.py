"""Detection-error curves on normal-deviate axes, with bands and marked points."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from torch import Tensor

from support.metrics.verification import (
    DCF08,
    det_points,
    equal_error_rate,
    error_rates,
    minimum_dcf,
)
from support.plots import COLOURS, LINES, MARKERS

__all__ = ["det_axes", "deviate", "draw_det", "plot_det"]

_TICKS = (1e-4, 0.001, 0.005, 0.02, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 0.95)
_POINTS = 300


def deviate(rate: Tensor) -> Tensor:
    r"""$\Phi^{-1}$ of a rate, its place on a normal-deviate axis.

    Args:
        rate: in (0, 1).

    Returns:
        Same shape, float64.

    >>> float(deviate(torch.tensor(0.5)))
    0.0
    """
    return torch.special.ndtri(rate.double())


def det_axes(axis: Axes, *, low: float = 5e-4, high: float = 0.5) -> None:
    """Label both axes in per cent, and draw the line where the errors are equal.

    Args:
        axis: of a figure.
        low: smallest rate shown.
        high: largest.
    """
    ticks = [tick for tick in _TICKS if low <= tick <= high]
    places = deviate(torch.tensor(ticks)).tolist()
    ends = deviate(torch.tensor([low, high])).tolist()
    axis.plot(ends, ends, color="0.8", lw=1, zorder=0)
    axis.set(
        xlabel="false alarms, %",
        ylabel="misses, %",
        xlim=ends,
        ylim=ends,
        xticks=places,
        yticks=places,
        xticklabels=[f"{100 * tick:g}" for tick in ticks],
        yticklabels=[f"{100 * tick:g}" for tick in ticks],
        aspect="equal",
    )


def plot_det(
    axis: Axes,
    target: Tensor,
    nontarget: Tensor,
    *,
    label: str,
    place: int = 0,
    mark: bool = True,
) -> None:
    """Add one curve; a filled mark where errors are equal, an open one at minDCF08.

    Args:
        axis: prepared by `det_axes`.
        target: (m,) scores of true claims.
        nontarget: (n,) of false ones.
        label: the curve's name.
        place: decides colour, line and mark.
        mark: draw the two points.
    """
    rates = error_rates(target.cpu(), nontarget.cpu())
    x, y = det_points(rates, len(target), len(nontarget))
    # A curve of thousands of steps weighs more than an eye can see.
    kept = torch.linspace(0, len(x) - 1, min(len(x), 8 * _POINTS)).long()
    kept = kept[_apart(x[kept], y[kept])]
    colour = COLOURS[place % len(COLOURS)]
    line = LINES[place % len(LINES)]
    axis.plot(x[kept], y[kept], linestyle=line, lw=2, label=label, color=colour)
    if not mark:
        return
    equal = deviate(equal_error_rate(rates)[0].clamp(1e-6, 1 - 1e-6))
    shape = MARKERS[place % len(MARKERS)]
    axis.plot(equal, equal, shape, ms=7, color=colour)
    threshold = minimum_dcf(rates, DCF08)[1]
    best = int((rates.thresholds == threshold).nonzero()[0])
    axis.plot(x[best], y[best], shape, ms=7, mfc="white", mew=1.5, color=colour)


def draw_det(
    scores: Mapping[str, tuple[Tensor, Tensor]],
    bands: Mapping[str, tuple[Tensor, Tensor, Tensor]] | None = None,
    *,
    low: float = 5e-4,
    high: float = 0.5,
) -> Figure:
    """One curve a system, with bands where they are given.

    Args:
        scores: of true and of false claims, by system.
        bands: false-alarm rates, lower and upper miss rate, by system; see
            `support.metrics.speaker_bootstrap.det_band`.
        low: smallest rate shown.
        high: largest.

    Returns:
        One panel.
    """
    figure, axis = plt.subplots(figsize=(5.4, 5.0))
    det_axes(axis, low=low, high=high)
    for place, (name, (target, nontarget)) in enumerate(scores.items()):
        plot_det(axis, target, nontarget, label=name, place=place)
        if bands and name in bands:
            at, bottom, top = (part.cpu() for part in bands[name])
            lower, upper = (
                deviate(side.clamp(low / 2, 1 - low / 2)) for side in (bottom, top)
            )
            axis.fill_between(
                deviate(at),
                lower,
                upper,
                color=COLOURS[place % len(COLOURS)],
                alpha=0.15,
            )
    axis.legend(loc="upper right")
    return figure


def _apart(x: Tensor, y: Tensor) -> Tensor:
    """Places of the points that are at least a hair from the one kept before."""
    travelled = torch.cat([x.new_zeros(1), (x.diff().abs() + y.diff().abs()).cumsum(0)])
    cell = (travelled / travelled[-1].clamp_min(1e-9) * _POINTS).long()
    first = torch.ones_like(cell, dtype=torch.bool)
    first[1:] = cell[1:] != cell[:-1]
    first[-1] = True
    return first.nonzero()[:, 0]

"""Detection-error curves on normal-deviate axes, with bands and marked points."""

from collections.abc import Mapping

import torch
from torch import Tensor

from support import plots
from support.metrics.verification import (
    DCF08,
    equal_error_rate,
    error_rates,
    minimum_dcf,
)

__all__ = ["draw_det"]

_POINTS = 300  # of a curve; a step for every trial weighs more than an eye can see


def draw_det(
    scores: Mapping[str, tuple[Tensor, Tensor]],
    bands: Mapping[str, tuple[Tensor, Tensor, Tensor]] | None = None,
    *,
    low: float = 5e-4,
    high: float = 0.5,
    title: str = "",
    size: tuple[float, float] = plots.WIDE,
) -> plots.Drawing:
    """One curve a system; filled marks at equal errors, open ones at least DCF08.

    Args:
        scores: of true and of false claims, by system.
        bands: false-alarm rates, lower and upper miss rate, by system; see
            `support.metrics.speaker_bootstrap.det_band`.
        low: smallest rate shown.
        high: largest.
        title: over the panel.
        size: inches.
    """
    curves, spots, said = {}, [], []
    for place, (name, (target, nontarget)) in enumerate(scores.items()):
        rates = error_rates(target.cpu(), nontarget.cpu())
        curves[name] = _seen(rates.false_alarm, rates.miss, low, high)
        equal, cost = equal_error_rate(rates)[0], minimum_dcf(rates, DCF08)
        best = int((rates.thresholds == cost[1]).nonzero()[0])
        spots += [
            (place, "full", equal, equal),
            (place, "none", rates.false_alarm[best], rates.miss[best]),
        ]
        said.append(
            f"{name}: both errors equal at {float(equal):.1%}, "
            f"minDCF08 {float(cost[0]):.2f}."
        )
    drawn = plots.lines(
        curves,
        x="false alarms, %",
        y="misses, %",
        x_scale="deviate",
        y_scale="deviate",
        x_limits=(low, high),
        y_limits=(low, high),
        title=title,
        size=size,
    )
    axis = drawn.figure.axes[0]
    axis.plot([low, high], [low, high], color=plots.FAINT, lw=1, zorder=0)
    for place, fill, *spot in spots:
        mark = plots.look(place) | {"linestyle": "none", "fillstyle": fill, "ms": 7}
        axis.plot(*(float(rate) for rate in spot), **mark)
    for place, name in enumerate(curves):
        if bands and name in bands:
            at, bottom, top = (part.cpu() for part in bands[name])
            colour = plots.colour_of(place)
            axis.fill_between(at, bottom, top, color=colour, alpha=0.15, linewidth=0)
    return plots.Drawing(drawn.figure, " ".join([drawn.alt, *said]))


def _seen(
    false_alarm: Tensor, miss: Tensor, low: float, high: float
) -> tuple[Tensor, Tensor]:
    """The part of a curve inside the axes, from few false alarms to many, thinned."""
    inside = (false_alarm >= low / 2) & (false_alarm <= high)
    x, y = (part[inside & (miss <= high)].flip(0) for part in (false_alarm, miss))
    if len(x) <= _POINTS:
        return x, y
    # As many points a stretch of the curve, not a trial: measured on the axes.
    across, up = (
        torch.special.ndtri(part.clamp(low / 2, 1 - low / 2)).diff().abs()
        for part in (x, y)
    )
    travelled = (across + up).cumsum(0)
    cell = (travelled / travelled[-1].clamp_min(1e-9) * _POINTS).long()
    kept = torch.cat([cell.diff() != 0, cell.new_ones(2).bool()])
    return x[kept], y[kept]

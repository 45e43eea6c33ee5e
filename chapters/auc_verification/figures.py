"""Drawings of the chapter on AUC for verification."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from matplotlib.lines import Line2D
from torch import Tensor

from chapters.auc_verification.gaussians import gaussian_cost, gaussian_equal_error
from support import plots
from support.losses.pairwise import surrogate
from support.metrics.verification import DCF08, DCF10, OperatingPoint, error_rates

Look = dict[str, Any]  # keywords of a kind, or of matplotlib

__all__ = [
    "draw_flows",
    "draw_gaussians",
    "draw_matrix",
    "draw_surrogates",
    "draw_threshold",
]

_POINTS = 60  # of a curve that is drawn in many frames
_LOW = (plots.WIDE[0], 2.2)  # inches
_RATES = ("false alarms, %", "misses, %")


def draw_gaussians(separations: Sequence[float]) -> plots.Drawing:
    """Straight lines of Gaussian scores, and where three measures look at them.

    Args:
        separations: distance of the means, in standard deviations.
    """
    low, high = 3e-5, 0.97
    curves = {}
    for gap in separations:
        # Misses are Phi(tau - gap), false alarms Phi(-tau).
        at = torch.linspace(-4, 2, 120).double()
        alarm, miss = torch.special.ndtr(at), torch.special.ndtr(-at - gap)
        seen = (miss > low) & (miss < high)
        curves[f"Δ = {gap:g}"] = alarm[seen], miss[seen]
    drawn = plots.lines(
        curves,
        x=_RATES[0],
        y=_RATES[1],
        x_scale="deviate",
        y_scale="deviate",
        x_limits=(low, high),
        y_limits=(low, high),
        size=(5.0, 4.4),
    )
    axis, said = drawn.figure.axes[0], [drawn.alt]
    signs = {"equal errors": "o", "least DCF08": "s", "least DCF10": "D"}
    for place, gap in enumerate(separations):
        equal = gaussian_equal_error(gap)
        spots = [(equal, equal)]
        for point in (DCF08, DCF10):
            _, miss_rate, alarm_rate = gaussian_cost(gap, point)
            spots.append((alarm_rate, miss_rate))
        for (words, sign), spot in zip(signs.items(), spots, strict=True):
            mark: Look = {"color": plots.colour_of(place), "mec": plots.INK, "ms": 8}
            # What lies beyond the edge is marked at it.
            at_edge = max(spot[0], low), min(spot[1], high)
            axis.plot(*at_edge, sign, clip_on=False, **mark)
            said.append(f"Δ = {gap:g}, {words}: {spot[1]:.1%} misses.")
    style: Look = {"ls": "none", "color": plots.NEUTRAL, "mec": plots.INK}
    handles = {
        words: Line2D([], [], marker=sign, **style) for words, sign in signs.items()
    }
    plots.key(axis, handles)
    return plots.Drawing(drawn.figure, " ".join(said))


def draw_threshold(
    target: Tensor, nontarget: Tensor, threshold: float, point: OperatingPoint
) -> list[plots.Drawing]:
    """One threshold on the histogram, on the ROC and on the DET curve.

    Args:
        target: (m,) scores of true claims.
        nontarget: (n,) of false ones.
        threshold: a claim is accepted above it.
        point: prices the two errors.

    Returns:
        Three panels; the first's title says both errors and the normalised cost.
    """
    miss = float((target <= threshold).double().mean())
    alarm = float((nontarget > threshold).double().mean())
    cost = miss + point.beta * alarm
    rates = error_rates(target.cpu(), nontarget.cpu())
    kept = torch.linspace(0, len(rates.miss) - 1, _POINTS).long()
    alarms, misses = rates.false_alarm[kept], rates.miss[kept]
    ends = torch.cat([target, nontarget]).aminmax()
    low, high = 4e-3, 0.6
    return [
        plots.histograms(
            {"true": target, "false": nontarget},
            x="score of the claim",
            bins=35,
            x_limits=(float(ends.min), float(ends.max)),
            marks={"accept above": threshold},
            colours={"false": "neutral"},
            title=f"Misses {miss:.1%}, false alarms {alarm:.2%}, cost {cost:.2f}",
            size=_LOW,
        ),
        plots.lines(
            {"hits": (alarms, 1 - misses)},
            x="false alarms",
            y="hits",
            marks={"here": (alarm, 1 - miss)},
            title="ROC",
            size=plots.PANEL,
        ),
        plots.lines(
            {"misses": (alarms, misses)},
            x=_RATES[0],
            y=_RATES[1],
            x_scale="deviate",
            y_scale="deviate",
            x_limits=(low, high),
            y_limits=(low, high),
            # A rate beyond the edge is marked at it.
            marks={"here": (min(max(alarm, low), high), min(max(miss, low), high))},
            title="DET",
            size=plots.PANEL,
        ),
    ]


def draw_surrogates(
    differences: Tensor, deltas: Sequence[float] = (1, 5, 30)
) -> list[plots.Drawing]:
    """Losses of a pair of trials, and the differences that a network really has.

    Args:
        differences: positive minus negative scores, any number of pairs.
        deltas: steepness of each sigmoid.

    Returns:
        Two panels with the same axis of differences, cosines.
    """
    gap = torch.linspace(-1, 1, 401)
    curves = {"step": surrogate(gap, "step")}
    curves |= {f"sigmoid, δ = {d:g}": surrogate(gap, "sigmoid", d) for d in deltas}
    # The triplet's hinge, max(0, 0.2 - gap).
    curves["hinge, margin 0.2"] = 0.2 * surrogate(gap, "hinge", 5.0)
    words = "positive minus negative score"
    same: Look = {"x": words, "x_limits": (-1, 1)}
    below = float((differences < 0).double().mean())
    return [
        plots.lines(
            curves, at=gap.tolist(), y="loss of the pair", title="Losses", **same
        ),
        plots.histograms(
            {"pairs": differences},
            bins=60,
            colours={"pairs": "neutral"},
            marks={"no difference": 0.0},
            title=f"Differences in one batch; {below:.1%} are negative",
            size=_LOW,
            **same,
        ),
    ]


def draw_flows(flows: Mapping[str, Tensor], targets: int) -> list[plots.Drawing]:
    """Paths of free scores, one panel a loss.

    Args:
        flows: (steps + 1, m + n) by loss, see `flow.follow`; the first target and
            the first non-target are drawn strongly.
        targets: m.
    """
    panels = []
    for name, path in flows.items():
        # Every fourth step, and of the many false claims every fourth.
        kept = path[::4]
        true, false = kept[:, :targets].T, kept[:, targets:].T
        panels.append(
            plots.lines(
                {"true": true[0], "false": false[0]},
                others={"true": list(true[1:]), "false": list(false[1::4])},
                at=range(0, len(path), 4),
                x="step",
                y="score",
                y_limits=(-1.3, 1.3),
                colours={"false": "neutral"},
                title=name,
                size=(2.1, 2.6),
            )
        )
    return panels


def draw_matrix(
    positive: Tensor, negative: Tensor, delta: float
) -> list[plots.Drawing]:
    """All pairs of one batch, sorted, and how hard the loss pulls on each.

    Args:
        positive: (P,) scores of pairs of one identity.
        negative: (Q,) of two.
        delta: steepness.

    Returns:
        Two panels: the differences, and the pull in parts of its largest.
    """
    rows, columns = _thinned(positive, 100), _thinned(negative, 240)
    gap = rows[:, None] - columns
    share = torch.sigmoid(delta * gap)
    sides: Look = {"x": "negative pairs, in order", "y": "positive pairs, in order"}
    style: Look = {**sides, "extent": (0, 1, 0, 1), "size": plots.PANEL}
    words = "positive minus negative"
    panels = [
        plots.field(gap, centre=0.0, value=words, title="Differences", **style),
        plots.field(
            4 * share * (1 - share),
            limits=(0, 1),
            value="pull, of its largest",
            title=f"Pull for δ = {delta:g}",
            **style,
        ),
    ]
    for panel in panels:
        panel.figure.axes[0].set(xticks=[], yticks=[])
    return panels


def _thinned(values: Tensor, count: int) -> Tensor:
    """The values in order, or evenly spaced ones of them where they are many."""
    kept = torch.linspace(0, len(values) - 1, min(count, len(values))).long()
    return values.detach().cpu().sort().values[kept]

"""Drawings of the chapter on AUC for verification."""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from support import plots
from support.losses.pairwise import surrogate
from support.metrics.verification import OperatingPoint, error_rates

Look = dict[str, Any]  # keywords of a kind, or of matplotlib

__all__ = [
    "draw_flows",
    "draw_surrogates",
    "draw_threshold",
]

_POINTS = 60  # of a curve that is drawn in many frames
_LOW = (plots.WIDE[0], 2.2)  # inches
_RATES = ("false alarms, %", "misses, %")


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

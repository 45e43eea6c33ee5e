"""Drawings of the chapter on AUC for verification; each returns a figure."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from chapters.auc_verification.gaussians import (
    gaussian_cost,
    gaussian_equal_error,
)
from support.losses.pairwise import surrogate
from support.metrics.verification import (
    DCF08,
    DCF10,
    OperatingPoint,
    det_points,
    error_rates,
)
from support.plots import COLOURS, LINES, MARKERS
from support.verification.det import det_axes, deviate

__all__ = [
    "draw_contest",
    "draw_flows",
    "draw_gaussians",
    "draw_histograms",
    "draw_matrix",
    "draw_steepness",
    "draw_surrogates",
    "draw_threshold",
]

_BINS = 60


def draw_gaussians(separations: Sequence[float]) -> Figure:
    """Straight lines of Gaussian scores, and where three measures look at them.

    Args:
        separations: distance of the means, in standard deviations.

    Returns:
        One panel on normal-deviate axes.
    """
    figure, axis = plt.subplots(figsize=(5.4, 5.0))
    det_axes(axis, low=3e-5, high=0.97)
    at = torch.linspace(-5, 5, 50).double()
    marks = (("DCF08", DCF08, "s"), ("DCF10", DCF10, "D"))
    for gap, line, colour in zip(separations, LINES, COLOURS, strict=False):
        # Misses are Phi(tau - gap), false alarms Phi(-tau).
        axis.plot(-at, at - gap, linestyle=line, color=colour, label=f"Δ = {gap:g}")
        equal = deviate(torch.tensor(gaussian_equal_error(gap)))
        axis.plot(equal, equal, "o", color=colour, ms=7)
        for _, point, shape in marks:
            _, miss, alarm = gaussian_cost(gap, point)
            place = deviate(torch.tensor([alarm, miss]).clamp(1e-9, 1 - 1e-9))
            axis.plot(*place, shape, color=colour, ms=7, mfc="white", mew=1.5)
    axis.plot([], [], "o", color="0.3", label="equal errors")
    for name, _, shape in marks:
        axis.plot([], [], shape, color="0.3", mfc="white", label=f"least {name}")
    axis.legend(loc="lower left", fontsize="small")
    return figure


def draw_threshold(
    target: Tensor, nontarget: Tensor, threshold: float, point: OperatingPoint
) -> Figure:
    """One threshold on the histogram, on the ROC and on the DET curve.

    Args:
        target: (m,) scores of true claims.
        nontarget: (n,) of false ones.
        threshold: a claim is accepted above it.
        point: prices the two errors.

    Returns:
        Three panels; the title says both errors and the normalised cost.
    """
    target, nontarget = target.cpu(), nontarget.cpu()
    rates = error_rates(target, nontarget)
    miss = float((target <= threshold).double().mean())
    alarm = float((nontarget > threshold).double().mean())
    # Placed by hand: many frames are drawn, and laying them out takes longest.
    figure, (left, middle, right) = plt.subplots(
        1, 3, figsize=(9.4, 3.3), layout="none"
    )
    figure.subplots_adjust(0.02, 0.18, 0.98, 0.8, wspace=0.28)
    ends = torch.cat([target, nontarget]).aminmax()
    edges = torch.linspace(*(float(end) for end in ends), 36).tolist()
    style = {"density": True, "histtype": "stepfilled"}
    left.hist(nontarget.numpy(), edges, color="0.7", label="false claims", **style)
    left.hist(
        target.numpy(),
        edges,
        color=COLOURS[0],
        alpha=0.55,
        label="true claims",
        **style,
    )
    left.axvline(threshold, color="black", lw=2)
    left.set(xlabel="score", yticks=[], title="accept to the right")
    left.legend(fontsize="small", loc="upper left")
    kept = torch.linspace(0, len(rates.miss) - 1, 60).long()
    middle.plot(rates.false_alarm[kept], 1 - rates.miss[kept], color=COLOURS[0], lw=2)
    middle.plot(alarm, 1 - miss, "ko", ms=9)
    middle.set(
        xlabel="false alarms",
        ylabel="hits",
        title="ROC",
        xlim=(-0.02, 1),
        xticks=[0, 0.5, 1],
        yticks=[0, 0.5, 1],
        aspect=1,
    )
    det_axes(right, low=4e-3, high=0.5)
    x, y = det_points(rates, len(target), len(nontarget))
    right.plot(x[kept], y[kept], color=COLOURS[0], lw=2)
    here = torch.tensor([alarm, miss]).clamp(4e-3, 0.5)
    right.plot(*deviate(here), "ko", ms=9)
    right.tick_params(labelsize="small")
    right.set(title="DET")
    figure.suptitle(
        f"misses {miss:.1%} · false alarms {alarm:.2%} · "
        f"cost {miss + point.beta * alarm:.2f}"
    )
    return figure


def draw_surrogates(
    differences: Tensor, deltas: Sequence[float] = (1, 5, 30)
) -> Figure:
    """Losses of a pair of trials above the differences that a network really has.

    Args:
        differences: positive minus negative scores, any number of pairs.
        deltas: steepness of each sigmoid.

    Returns:
        Two panels that share the axis of differences, cosines.
    """
    gap = torch.linspace(-1, 1, 401)
    figure, (top, low) = plt.subplots(
        2, sharex=True, figsize=(6.6, 5.0), height_ratios=(2, 1)
    )
    curves = {"step": surrogate(gap, "step")}
    curves |= {f"sigmoid, δ = {d:g}": surrogate(gap, "sigmoid", d) for d in deltas}
    # The triplet's hinge, max(0, 0.2 - gap).
    curves["hinge, margin 0.2"] = 0.2 * surrogate(gap, "hinge", 5.0)
    shades = ["#000000", *COLOURS]
    for (name, loss), line, colour in zip(curves.items(), LINES, shades, strict=False):
        top.plot(gap, loss, linestyle=line, color=colour, lw=2, label=name)
    top.set(ylabel="loss of the pair")
    top.legend(loc="upper right")
    low.hist(differences.cpu().numpy(), _BINS, color="0.6", histtype="stepfilled")
    low.axvline(0, color="black", lw=1)
    low.set(
        xlabel="positive minus negative score",
        ylabel="pairs",
        yticks=[],
        xlim=(-1, 1),
    )
    return figure


def draw_flows(flows: Mapping[str, Tensor], targets: int) -> Figure:
    """Paths of free scores, one panel a loss.

    Args:
        flows: (steps + 1, m + n) by loss, see `flow.follow`; the first target and
            the first non-target are drawn strongly.
        targets: m.

    Returns:
        Panels that share their axes.
    """
    figure, axes = plt.subplots(
        1, len(flows), figsize=(3.2 * len(flows), 3.6), sharey=True, squeeze=False
    )
    for axis, (name, path) in zip(axes.flat, flows.items(), strict=True):
        time = range(len(path))
        axis.plot(time, path[:, targets + 1 :: 4], color="0.75", lw=0.6)
        axis.plot(time, path[:, 1:targets], color=COLOURS[0], lw=0.9)
        axis.plot(time, path[:, 0], color=COLOURS[0], lw=2.5, ls="--")
        axis.plot(time, path[:, targets], color="0.35", lw=2.5, ls="--")
        axis.set(title=name, xlabel="step", ylim=(-1.3, 1.3))
        axis.grid(False, axis="x")
    axes[0, 0].set(ylabel="score")
    return figure


def draw_histograms(
    scores: Mapping[str, tuple[Tensor, Tensor, Tensor]], rates: Mapping[str, float]
) -> Figure:
    """Scores of true claims, of impostors and of wrong phrases, a row a system.

    Args:
        scores: of TC, IC and TW trials, by system.
        rates: EER of IC, by system, for the titles.

    Returns:
        Panels under each other that share their axis.
    """
    figure, axes = plt.subplots(
        len(scores), figsize=(7, 1.5 * len(scores) + 0.6), sharex=True, squeeze=False
    )
    edges = torch.linspace(-0.6, 1, _BINS).tolist()
    for axis, (name, (true, impostor, wrong)) in zip(
        axes.flat, scores.items(), strict=True
    ):
        axis.hist(
            wrong.cpu().numpy(),
            edges,
            density=True,
            histtype="step",
            color=COLOURS[1],
            ls="--",
            label="wrong phrase",
        )
        axis.hist(
            impostor.cpu().numpy(),
            edges,
            density=True,
            histtype="stepfilled",
            color="0.7",
            label="impostor",
        )
        axis.hist(
            true.cpu().numpy(),
            edges,
            density=True,
            histtype="stepfilled",
            color=COLOURS[0],
            alpha=0.5,
            label="true claim",
        )
        axis.set(yticks=[])
        axis.set_title(f"{name}: EER of impostors {rates[name]:.1%}", loc="left")
    axes[0, 0].legend(ncols=3, fontsize="small", loc="upper left")
    axes[-1, 0].set(xlabel="score")
    return figure


def draw_matrix(positive: Tensor, negative: Tensor, delta: float) -> Figure:
    """All pairs of one batch, sorted, and how hard the loss pulls on each.

    Args:
        positive: (P,) scores of pairs of one identity.
        negative: (Q,) of two.
        delta: steepness.

    Returns:
        Two panels: the differences, and the pull in parts of its largest.
    """
    rows = _thinned(positive.detach().cpu(), 100)
    columns = _thinned(negative.detach().cpu(), 240)
    gap = rows[:, None] - columns
    share = torch.sigmoid(delta * gap)
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.4), sharey=True)
    style = {"aspect": "auto", "origin": "lower", "interpolation": "nearest"}
    seen = axes[0].imshow(gap.numpy(), cmap="RdBu_r", vmin=-1, vmax=1, **style)
    axes[0].contour(gap.numpy(), [0.0], colors="black", linewidths=1.5)
    figure.colorbar(seen, ax=axes[0], label="positive minus negative")
    pull = (4 * share * (1 - share)).numpy()
    seen = axes[1].imshow(pull, cmap="cividis", vmin=0, vmax=1, **style)
    figure.colorbar(seen, ax=axes[1], label="pull, of its largest")
    for axis in axes:
        axis.grid(False)
        axis.set(xticks=[], yticks=[], xlabel="negative pairs, low to high")
    axes[0].set(ylabel="positive pairs, low to high")
    return figure


def draw_steepness(
    rates: Mapping[float, float],
    reference: float,
    others: Sequence[tuple[Mapping[float, float], float]] = (),
) -> Figure:
    """Equal error rate against the steepness, beside the network before tuning.

    Args:
        rates: EER by delta, of this run.
        reference: EER before fine-tuning.
        others: the same pair of other seeds, drawn thin.

    Returns:
        One panel, the steepness on a logarithmic axis.
    """
    figure, axis = plt.subplots(figsize=(6.4, 3.4))
    for row, _ in others:
        axis.plot(list(row), [100 * v for v in row.values()], color="0.8", lw=1)
    axis.plot(
        list(rates),
        [100 * value for value in rates.values()],
        "o-",
        color=COLOURS[0],
        lw=2.5,
        label="after fine-tuning",
    )
    axis.axhline(100 * reference, color=COLOURS[1], ls="--", lw=2, label="before (CE)")
    axis.set(xscale="log", xlabel="steepness δ", ylabel="EER of impostors, %")
    axis.set_xticks(list(rates), [f"{delta:g}" for delta in rates])
    axis.minorticks_off()
    axis.set_ylim(bottom=0)
    axis.legend()
    return figure


def draw_contest(
    rates: Mapping[str, float],
    intervals: Mapping[str, tuple[float, float]],
    others: Sequence[Mapping[str, float]] = (),
) -> Figure:
    """One equal error rate a row, its interval over speakers, and other seeds.

    Args:
        rates: EER by system, of this run.
        intervals: lower and upper end over draws of evaluation speakers.
        others: the same table of other seeds, small marks.

    Returns:
        One panel, a row a system.
    """
    figure, axis = plt.subplots(figsize=(7, 0.9 + 0.42 * len(rates)))
    for row, (name, rate) in enumerate(rates.items()):
        seeds = [100 * other[name] for other in others if name in other]
        axis.plot(seeds, [row + 0.18] * len(seeds), "|", color="0.6", ms=7)
        low, high = intervals[name]
        axis.plot([100 * low, 100 * high], [row, row], color=COLOURS[0], lw=2)
        axis.plot(100 * rate, row, MARKERS[0], color=COLOURS[0], ms=8)
        axis.annotate(
            f"{100 * rate:.1f}",
            (100 * rate, row),
            xytext=(0, 6),
            textcoords="offset points",
            ha="center",
            fontsize="small",
        )
    axis.set(
        yticks=range(len(rates)),
        yticklabels=list(rates),
        xlabel="EER of impostors, %",
        ylim=(len(rates) - 0.4, -0.7),
    )
    axis.set_xlim(left=0)
    axis.grid(False, axis="y")
    return figure


def _thinned(values: Tensor, count: int) -> Tensor:
    """The values in order, or evenly spaced ones of them where they are many."""
    kept = torch.linspace(0, len(values) - 1, min(count, len(values))).long()
    return values.sort().values[kept]

"""Drawings of scores and errors that the chapters on claimed speakers share."""

import math
from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor

from support.data.trials import TrialKind, Trials
from support.metrics.speaker_bootstrap import det_band
from support.plots import COLOURS, LINES, MARKERS
from support.verification.det import det_axes, deviate, plot_det
from support.verification.scoring import scores_of

__all__ = [
    "KIND_WORDS",
    "draw_det_kinds",
    "draw_errors",
    "draw_histograms",
    "miss_band",
]

KIND_WORDS = {
    "TC": "right speaker, right phrase",
    "TW": "right speaker, wrong phrase",
    "IC": "impostor, right phrase",
    "IW": "impostor, wrong phrase",
}
_LOW, _HIGH = 0.001, 0.6


def draw_histograms(scores: Mapping[str, Tensor], trials: Trials) -> Figure:
    """Scores of the four kinds of trials, one panel a system.

    Args:
        scores: system to its scores, (trials,).
        trials: their list.
    """
    figure, axes = plt.subplots(
        len(scores), 1, figsize=(6.4, 1.9 * len(scores)), sharex=True, squeeze=False
    )
    for axis, (name, values) in zip(axes[:, 0], scores.items(), strict=True):
        low, high = float(values.min()), float(values.max())
        edges = np.linspace(low, high, 70)
        for place, (kind, words) in enumerate(KIND_WORDS.items()):
            chosen = values[trials.kind == TrialKind[kind]].cpu().numpy()
            height, _ = np.histogram(chosen, edges, density=True)
            axis.stairs(
                height,
                edges,
                color=COLOURS[place],
                linestyle=LINES[place],
                linewidth=1.8,
                label=f"{kind}: {words}",
            )
        axis.set(title=name, ylabel="density", yticks=[])
    axes[-1, 0].set_xlabel("score of the claim")
    axes[0, 0].legend(fontsize=8, loc="upper left")
    return figure


def miss_band(
    scores: Tensor,
    trials: Trials,
    kind: str,
    false_alarm: Tensor,
    generator: torch.Generator,
    draws: int = 200,
) -> tuple[Tensor, Tensor]:
    """Band of the miss rate over draws of model speakers, for one kind of trials.

    Args:
        scores: (trials,).
        trials: their list.
        kind: ``IC``, ``TW``, ``TWa``, ``IW`` or ``all``.
        false_alarm: (g,) where.
        generator: draws the speakers.
        draws: how many.

    Returns:
        Lower and upper miss rate, 95 %.
    """
    true = trials.kind == TrialKind.TC
    false = {"TWa": trials.anagram, "all": ~true}.get(kind)
    used = true | (trials.kind == TrialKind[kind] if false is None else false)
    speaker = trials.model_speaker[trials.model_index]
    return det_band(
        scores[used],
        true[used],
        speaker[used],
        false_alarm,
        generator=generator,
        draws=draws,
    )


def draw_det_kinds(
    scores: Mapping[str, Tensor],
    trials: Trials,
    kinds: tuple[str, ...] = ("IC", "TWa"),
    generator: torch.Generator | None = None,
) -> Figure:
    """DET curves, a panel a kind of false claim, a line a system.

    Args:
        scores: system to its scores, (trials,).
        trials: their list.
        kinds: of false claims.
        generator: draws speakers for the bands; none are drawn without it.
    """
    figure, axes = plt.subplots(
        1, len(kinds), figsize=(3.1 * len(kinds), 3.5), squeeze=False
    )
    grid = torch.logspace(math.log10(_LOW), math.log10(_HIGH), 60, dtype=torch.float64)
    for axis, kind in zip(axes[0], kinds, strict=True):
        det_axes(axis, low=_LOW, high=_HIGH)
        axis.set_title(f"{kind} against TC")
        axis.tick_params(labelsize=8)
        for place, (name, values) in enumerate(scores.items()):
            true, false = scores_of(values, trials, kind)
            plot_det(axis, true, false, label=name, place=place)
            if generator is None:
                continue
            low, high = (
                deviate(side.cpu().clamp(_LOW / 2, 1 - _LOW / 2))
                for side in miss_band(values, trials, kind, grid, generator)
            )
            axis.fill_between(
                deviate(grid), low, high, color=COLOURS[place], alpha=0.15, linewidth=0
            )
    axes[0, 0].legend(fontsize=8, loc="lower left")
    return figure


def draw_errors(
    table: Mapping[str, Mapping[str, float]],
    kinds: tuple[str, ...] = ("IC", "TW", "TWa"),
) -> Figure:
    """Equal error rates as points, a row a system, a mark a kind of false claim.

    Args:
        table: system to its rates by kind.
        kinds: which are drawn.
    """
    figure, axis = plt.subplots(figsize=(6.4, 0.9 + 0.32 * len(table)))
    for place, kind in enumerate(kinds):
        axis.plot(
            [100 * row[kind] for row in table.values()],
            range(len(table)),
            MARKERS[place],
            color=COLOURS[place],
            markersize=8,
            alpha=0.85,
            label=kind,
        )
    axis.axvline(50, color="0.6", linewidth=0.8)
    axis.set_yticks(range(len(table)), list(table), fontsize=9)
    axis.set(xlim=(0, 52), xlabel="EER in %; guessing is 50")
    axis.invert_yaxis()
    axis.legend(loc="lower right", fontsize=9, ncols=len(kinds))
    return figure

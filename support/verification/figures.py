"""Drawings of scores and errors that the chapters on claimed speakers share."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor

from support import plots
from support.data.trials import TrialKind, Trials
from support.metrics.speaker_bootstrap import det_band
from support.verification.det import draw_det
from support.verification.scoring import false_claims, scores_of

__all__ = ["draw_det_kinds", "draw_errors", "draw_histograms", "miss_band"]

_LOW, _HIGH = 0.001, 0.6
_SMALL = (2.1, 2.9)  # inches; three such panels stand beside each other
_DET = (3.2, 3.0)  # two; their ticks need the room


def draw_histograms(
    scores: Mapping[str, Tensor], trials: Trials
) -> list[plots.Drawing]:
    """Scores of the four kinds of trials, one panel a system, on one axis.

    Args:
        scores: system to its scores, (trials,).
        trials: their list.
    """
    parts = {
        name: {kind.name: values[trials.kind == kind] for kind in TrialKind}
        for name, values in scores.items()
    }
    return plots.panels(
        plots.histograms,
        parts,
        share="x",
        size=_SMALL,
        x="score of the claim",
        bins=50,
    )


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
    used = true | false_claims(trials, kind)
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
) -> list[plots.Drawing]:
    """DET curves, a panel a kind of false claim, a line a system.

    Args:
        scores: system to its scores, (trials,).
        trials: their list.
        kinds: of false claims.
        generator: draws speakers for the bands; none are drawn without it.
    """
    grid = torch.logspace(math.log10(_LOW), math.log10(_HIGH), 60, dtype=torch.float64)
    drawn = []
    for kind in kinds:
        parts = {name: scores_of(row, trials, kind) for name, row in scores.items()}
        bands = {
            name: (grid, *miss_band(row, trials, kind, grid, generator))
            for name, row in scores.items()
            if generator is not None
        }
        title = f"{kind} against TC"
        drawn.append(
            draw_det(parts, bands, low=_LOW, high=_HIGH, title=title, size=_DET)
        )
    return drawn


def draw_errors(
    table: Mapping[str, Mapping[str, float]],
    kinds: tuple[str, ...] = ("IC", "TW", "TWa"),
) -> plots.Drawing:
    """Equal error rates as points, a row a system, a mark a kind of false claim.

    Args:
        table: system to its rates by kind.
        kinds: which are drawn.
    """
    return plots.dots(
        {
            name: {kind: 100 * row[kind] for kind in kinds}
            for name, row in table.items()
        },
        value="EER in %",
        references={"guessing": 50},
        limits=(0, 52),
    )

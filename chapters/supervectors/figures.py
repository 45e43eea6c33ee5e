"""Drawings of the chapter on supervectors: kinds of `support.plots`, put to use."""

from collections.abc import Mapping, Sequence

import numpy as np
from torch import Tensor

from support import plots
from support.data.trials import TrialKind

__all__ = [
    "draw_alignments",
    "draw_clips",
    "draw_trial_kinds",
]

_DEPTH = 9  # nepers of power below the loudest point that a spectrogram shows


def draw_clips(
    clips: Mapping[str, Tensor], averages: Mapping[str, Tensor], seconds: float
) -> list[plots.Drawing]:
    """Log-mel spectrograms of a few clips, and the averages over time of all.

    Args:
        clips: label to (T, bands), in natural logarithms of power.
        averages: label to (bands,).
        seconds: from one frame to the next.
    """
    top = max(float(clip.max()) for clip in clips.values())
    drawn = [
        spectrogram(clip, seconds, title=label, top=top, size=(3.2, 1.9))
        for label, clip in clips.items()
    ]
    profile = plots.lines(
        {label.split(":")[0]: average for label, average in averages.items()},
        at=range(1, 1 + len(next(iter(averages.values())))),
        x="mel band",
        y="log power",
        title="average of the sounds",
    )
    return [*drawn, profile]


def draw_trial_kinds(kinds: Tensor, speakers: int, phrases: int) -> plots.Drawing:
    """Which kind of trial each model and each test make, as a map.

    Args:
        kinds: (models, tests) integers 0..3 as `TrialKind`, -1 where the list has
            no such trial; models and tests sorted by speaker, then by phrase.
        speakers: shown.
        phrases: of each.
    """
    drawn = plots.tiles(
        kinds,
        [kind.name for kind in TrialKind],
        x="who speaks, and which phrase",
        y="claimed voice and phrase",
        size=(5.0, 4.2),
    )
    axis = drawn.figure.axes[0]
    middles = [phrases * (place + 0.5) for place in range(speakers)]
    words = [f"speaker {place + 1}" for place in range(speakers)]
    axis.set_xticks(middles, words)
    axis.set_yticks(middles, words, rotation=90, va="center")
    for line in range(1, speakers):
        axis.axhline(line * phrases, color=plots.PAPER, lw=2)
        axis.axvline(line * phrases, color=plots.PAPER, lw=2)
    held = {kind.name: int((kinds == kind).sum()) for kind in TrialKind}
    said = ", ".join(f"{name} {count}" for name, count in held.items())
    words_of_blocks = (
        f"{speakers} blocks of speakers by as many: the diagonal is TC, the rest of a "
        "diagonal block TW, the diagonal of another block IC and its rest IW; a hole "
        f"where the list has no such trial. Tiles: {said}."
    )
    return plots.Drawing(drawn.figure, f"{drawn.alt} {words_of_blocks}")


def draw_alignments(
    clip: Tensor,
    paths: Mapping[str, Sequence[int]],
    borders: Sequence[int],
    seconds: float,
) -> list[plots.Drawing]:
    """A spectrogram with the states of several alignments drawn over it.

    Args:
        clip: (T, bands) log-mel.
        paths: title to the state of each frame, from 0; a panel each.
        borders: first frames of the sounds that were really said.
        seconds: from one frame to the next.
    """
    drawn = []
    for title, path in paths.items():
        states = max(path) + 1
        times = (np.arange(len(path)) + 0.5) * seconds
        # The states climb over the whole height of the spectrogram.
        heights = (np.asarray(path) + 0.5) * clip.shape[1] / states - 0.5
        drawn.append(
            spectrogram(
                clip,
                seconds,
                title=title,
                borders=[border * seconds for border in borders],
                steps={f"state, 1 (bottom) to {states} (top)": (times, heights)},
                size=plots.WIDE,
            )
        )
    return drawn


def spectrogram(
    clip: Tensor,
    seconds: float,
    *,
    title: str,
    top: float | None = None,
    borders: Sequence[float] = (),
    steps: Mapping[str, tuple[np.ndarray, np.ndarray]] | None = None,
    size: tuple[float, float] = plots.PANEL,
) -> plots.Drawing:
    """A clip in mel bands over time, nine nepers deep from its loudest point."""
    top = float(clip.max()) if top is None else top
    return plots.field(
        clip.T,
        x="seconds",
        y="mel band",
        extent=(0, len(clip) * seconds, -0.5, clip.shape[1] - 0.5),
        limits=(top - _DEPTH, top),
        borders=borders,
        steps=steps,
        title=title,
        size=size,
    )

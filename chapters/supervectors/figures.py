"""Drawings of the chapter on supervectors; each returns a figure to be shown."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from torch import Tensor

from support.plots import COLOURS, LINES, MARKERS

__all__ = [
    "draw_alignments",
    "draw_clips",
    "draw_states",
    "draw_supervectors",
    "draw_trial_kinds",
]

_KINDS = ("TC", "TW", "IC", "IW")


def draw_clips(
    clips: Mapping[str, Tensor], averages: Mapping[str, Tensor], seconds: float
) -> Figure:
    """Log-mel spectrograms of a few clips, and the averages over time of all.

    Args:
        clips: label to (T, bands), in natural logarithms of power.
        averages: label to (bands,).
        seconds: from one frame to the next.
    """
    figure, axes = plt.subplot_mosaic(
        [[label, "average"] for label in clips],
        figsize=(7.4, 1.5 * len(clips) + 0.4),
        width_ratios=(1.7, 1),
    )
    top = max(float(clip.max()) for clip in clips.values())
    longest = seconds * max(map(len, clips.values()))
    for place, (label, clip) in enumerate(clips.items()):
        axis = axes[label]
        _spectrogram(axis, clip, seconds, top)
        axis.set(title=label, ylabel="mel band", xlim=(0, longest))
        axes["average"].plot(
            averages[label].cpu().numpy(),
            range(clip.shape[1]),
            color=COLOURS[place],
            linestyle=LINES[place],
            linewidth=2,
            label=label.split(":")[0],
        )
    axis.set_xlabel("seconds")
    axes["average"].set(title="average of the sounds", xlabel="log power", yticks=[])
    axes["average"].legend(fontsize=9)
    return figure


def draw_trial_kinds(kinds: Tensor, speakers: int, phrases: int) -> Figure:
    """Which kind of trial each model and each test make, as a map.

    Args:
        kinds: (models, tests) integers 0..3 as `TrialKind`, -1 where the list has
            no such trial; models and tests sorted by speaker, then by phrase.
        speakers: shown.
        phrases: of each.
    """
    shades = ListedColormap(["white", *COLOURS[:4]])
    figure, axis = plt.subplots(figsize=(6.4, 4.4))
    image = axis.imshow(kinds.cpu().numpy() + 1, cmap=shades, vmin=-0.5, vmax=4.5)
    for line in range(1, speakers):
        axis.axhline(line * phrases - 0.5, color="white", linewidth=2)
        axis.axvline(line * phrases - 0.5, color="white", linewidth=2)
    middles = [phrases * (place + 0.5) - 0.5 for place in range(speakers)]
    words = [f"speaker {place + 1}" for place in range(speakers)]
    axis.set_xticks(middles, words)
    axis.set_yticks(middles, words)
    axis.set(xlabel="who speaks, and which phrase", ylabel="claimed voice and phrase")
    axis.grid(False)
    for block in range(speakers):
        row, column = 0.25 * phrases - 0.5, phrases * (block + 0.75) - 0.5
        kind = int(kinds[0, block * phrases + 1])
        if kind >= 0:
            axis.text(column, row, _KINDS[kind], color="white", ha="center")
    bar = figure.colorbar(image, ticks=range(5), shrink=0.8)
    bar.ax.set_yticklabels(["no such trial", *_KINDS])
    bar.ax.grid(False)
    return figure


def draw_alignments(
    clip: Tensor,
    paths: Mapping[str, Sequence[int]],
    borders: Sequence[int],
    seconds: float,
) -> Figure:
    """A spectrogram with the states of several alignments drawn over it.

    Args:
        clip: (T, bands) log-mel.
        paths: title to the state of each frame, from 0; a panel each.
        borders: first frames of the sounds that were really said.
        seconds: from one frame to the next.
    """
    figure, axes = plt.subplots(
        len(paths), 1, figsize=(7.0, 2.1 * len(paths) + 0.3), sharex=True, squeeze=False
    )
    top = float(clip.max())
    for axis, (title, path) in zip(axes[:, 0], paths.items(), strict=True):
        _spectrogram(axis, clip, seconds, top)
        for border in borders:
            axis.axvline(border * seconds, color="white", linewidth=1.2, linestyle=":")
        states = axis.twinx()
        times = (np.arange(len(path)) + 0.5) * seconds
        states.step(times, np.asarray(path) + 1, where="mid", color="white", lw=4)
        states.step(times, np.asarray(path) + 1, where="mid", color=COLOURS[1], lw=2)
        states.set(ylabel="state", ylim=(0.3, max(path) + 1.7))
        states.yaxis.set_major_locator(MaxNLocator(integer=True))
        states.grid(False)
        axis.set(title=title, ylabel="mel band", xlim=(0, len(clip) * seconds))
    axes[-1, 0].set_xlabel("seconds")
    return figure


def draw_supervectors(maps: Mapping[str, Tensor]) -> Figure:
    """Supervectors of tests minus that of a model, as maps of states by features.

    Args:
        maps: title to (Q, D).
    """
    figure, axes = plt.subplots(
        1, len(maps), figsize=(2.1 * len(maps) + 0.9, 3.4), sharey=True, squeeze=False
    )
    reach = max(float(each.abs().max()) for each in maps.values())
    for axis, (title, each) in zip(axes[0], maps.items(), strict=True):
        image = axis.imshow(
            each.T.cpu().numpy(), cmap="PuOr", vmin=-reach, vmax=reach, aspect="auto"
        )
        axis.set(title=title, xlabel="state")
        axis.set_xticks(range(0, len(each), 3), range(1, len(each) + 1, 3))
        axis.grid(False)
    axes[0, 0].set_ylabel("feature")
    figure.colorbar(image, ax=axes[0].tolist(), shrink=0.8)
    return figure


def draw_states(
    clip: Tensor,
    path: Sequence[int],
    seconds: float,
    errors: Mapping[str, Mapping[int, float]],
    states: int,
) -> Figure:
    """One number of states: its borders in a clip, and the errors of all numbers.

    Args:
        clip: (T, bands) log-mel.
        path: the state of each frame, from 0.
        seconds: from one frame to the next.
        errors: kind of false claim to the EER for each number of states.
        states: the number at hand.
    """
    figure, (left, right) = plt.subplots(
        1, 2, figsize=(7.4, 2.8), width_ratios=(1.3, 1)
    )
    _spectrogram(left, clip, seconds, float(clip.max()))
    for frame in np.flatnonzero(np.diff(path)) + 1:
        left.axvline(frame * seconds, color="white", linewidth=2)
        left.axvline(frame * seconds, color=COLOURS[1], linewidth=1)
    left.set(xlabel="seconds", ylabel="mel band", xlim=(0, len(clip) * seconds))
    left.set_title("one average" if states == 1 else f"{states} averages")
    for place, (kind, row) in enumerate(errors.items()):
        values = [100 * value for value in row.values()]
        style = {"color": COLOURS[place], "linestyle": LINES[place]}
        right.plot(list(row), values, marker=MARKERS[place], label=kind, **style)
        right.plot(
            [states],
            [100 * row[states]],
            "o",
            markersize=14,
            color="0.3",
            fillstyle="none",
        )
    right.set(xlabel="states Q", ylabel="EER in %", ylim=(0, None))
    right.set_xticks(list(row))
    right.legend(fontsize=9)
    return figure


def _spectrogram(axis: Axes, clip: Tensor, seconds: float, top: float) -> None:
    axis.imshow(
        clip.T.cpu().numpy(),
        origin="lower",
        aspect="auto",
        cmap="viridis",
        vmin=top - 9,
        vmax=top,
        extent=(0, len(clip) * seconds, -0.5, clip.shape[1] - 0.5),
    )
    axis.grid(False)

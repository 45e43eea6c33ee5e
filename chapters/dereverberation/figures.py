"""The pictures no other chapter draws: decays, spectra in rooms, a residual unit."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from chapters.dereverberation.data import Clips, Data
from chapters.dereverberation.scores import Scores, recovered
from chapters.dereverberation.spectra import LogSpectra
from chapters.dereverberation.systems import (
    DEFAULT,
    FILTER,
    GLOBAL,
    HEARD,
    LOCAL,
    NEITHER,
    TUNED,
    WRN,
    Enhancer,
)
from support import plots
from support.signal.rooms import schroeder_decay

__all__ = ["COLOURS", "block", "decays", "shares", "spectrograms", "unit", "viewpoints"]

_COLOUR = plots.colour_of("method")
_BOX = {"boxstyle": "round,pad=0.35", "facecolor": "none", "edgecolor": _COLOUR}
#: One colour a system, in every figure.
COLOURS: dict[str, str | int] = {
    WRN: "method",
    TUNED: "baseline",
    DEFAULT: "neutral",
    FILTER: "third",
    GLOBAL: "fourth",
    LOCAL: "fifth",
    NEITHER: "sixth",
    HEARD: "reference",
}
_FRAMES = 140  # of a spectrogram, a little more than a second
_DARKEST = 6.0  # of natural log magnitudes below the loudest


def shares(
    scores: Mapping[str, Scores], kinds: Sequence[str], *, title: str = ""
) -> plots.Drawing:
    """Share of the damage that each system takes away, from kind to kind of room.

    Args:
        scores: of systems by name, with those of speech as heard.
        kinds: of rooms, in the order of their reverberation.
        title: over the panel.
    """
    series = {
        name: [recovered(scores[HEARD], of, [kind]) for kind in kinds]
        for name, of in scores.items()
        if name != HEARD
    }
    return plots.lines(
        series,
        at=list(kinds),
        x="kind of room",
        y="recovered share ρ",
        references={"nothing done": 0.0},
        colours=COLOURS,
        title=title,
    )


def decays(data: Data, kinds: Sequence[str], seconds: float = 1.0) -> plots.Drawing:
    """Energy that is still to come in the first room of each kind.

    Args:
        data: of the chapter.
        kinds: of rooms.
        seconds: that are drawn.
    """
    step = data.rate // 200
    series = {}
    for kind in kinds:
        level = schroeder_decay(data.tests[kind].rooms[0].double())
        shown = level[: round(seconds * data.rate) : step]
        heard = shown[shown > -40]
        series[kind] = (torch.arange(len(heard)) * step / data.rate, heard)
    return plots.lines(
        series,
        x="time, s",
        y="energy still to come, dB",
        references={"−25 dB": -25.0},
        y_limits=(-42, 2),
    )


def spectrograms(
    signals: Mapping[str, Tensor], spectra: LogSpectra, rate: int
) -> list[plots.Drawing]:
    """One signal over the other in time, with one scale of colours.

    Args:
        signals: title to (N,).
        spectra: whose windows are used.
        rate: samples a second.
    """
    levels = {
        title: spectra.log_magnitude(signal[None])[0, :, :_FRAMES]
        for title, signal in signals.items()
    }
    top = max(float(level.max()) for level in levels.values())
    return [
        _field(level, title, spectra, rate, limits=(top - _DARKEST, top))
        for title, level in levels.items()
    ]


def block(
    system: Enhancer, clips: Clips, number: int, rate: int
) -> list[plots.Drawing]:
    """What the first clip is after a block, and what the block has changed.

    Args:
        system: a network.
        clips: of one kind of room.
        number: of the block; 0 is the input.
        rate: samples a second.
    """
    heard = clips.wet[:1]
    steps = [system.spectra(heard), *system.by_block(heard)]
    scale, place = system.spectra.deviation, system.spectra.mean
    levels = [(step * scale + place)[0, :, :_FRAMES] for step in steps]
    top = float(levels[0].max())
    change = levels[number] - levels[max(number - 1, 0)]
    name = f"after block {number}" if number else "as heard"
    return [
        _field(
            levels[number], name, system.spectra, rate, limits=(top - _DARKEST, top)
        ),
        _field(
            change, "its correction", system.spectra, rate, limits=(-2, 2), centre=0.0
        ),
    ]


def _field(
    level: Tensor,
    title: str,
    spectra: LogSpectra,
    rate: int,
    *,
    limits: tuple[float, float],
    centre: float | None = None,
) -> plots.Drawing:
    seconds = level.shape[1] * spectra.hop / rate
    return plots.field(
        level.cpu(),
        x="time, s",
        y="frequency, kHz",
        extent=(0, seconds, 0, rate / 2000),
        limits=limits,
        centre=centre,
        title=title,
        size=plots.PANEL,
    )


def viewpoints(scores: Mapping[str, Scores], dry: float) -> plots.Drawing:
    """Systems and kinds of rooms by two measures at once.

    Args:
        scores: of systems by name.
        dry: SRMR of dry speech.
    """
    groups = {
        name: torch.stack(
            [
                torch.stack([values["LLR"].mean(), values["SRMR"].mean()])
                for kind, values in of.items()
                if kind != "dry"
            ]
        )
        for name, of in scores.items()
    }
    return plots.scatter(
        groups,
        x="LLR (further left is nearer to dry speech)",
        y="reduced SRMR",
        levels={"dry speech": dry},
        colours=COLOURS,
    )


def unit() -> plots.Drawing:
    """A residual unit: the shortcut, and the path that corrects."""
    figure, axis = plots.start((5.2, 2.4))
    names = ("normalise", "PReLU", "convolve", "normalise", "PReLU", "convolve")
    for place, name in enumerate(names):
        axis.text(place + 1, 0, name, ha="center", va="center", rotation=90, bbox=_BOX)
    arrow = {"arrowstyle": "-|>", "color": plots.INK, "lw": 1.4}
    between = [(place + 0.27, place + 0.73) for place in range(1, len(names))]
    for start, end in ((0, 0.7), *between, (6.3, 6.9), (7.1, 7.7)):
        axis.annotate("", (end, 0), (start, 0), arrowprops=arrow)
    above = 0.95
    axis.plot([0.2, 0.2, 7, 7], [0, above, above, 0.25], color=_COLOUR, lw=1.4)
    axis.annotate("", (7, 0.1), (7, 0.4), arrowprops=arrow | {"color": _COLOUR})
    axis.text(3.6, above + 0.08, "shortcut: as it is", ha="center", va="bottom")
    axis.text(7, 0, "+", ha="center", va="center")
    axis.text(-0.1, 0, "u", ha="right", va="center")
    axis.set(xlim=(-0.5, 8), ylim=(-0.8, 1.3))
    axis.axis("off")
    return plots.Drawing(
        figure,
        "A residual unit: the input goes twice through normalisation, PReLU and a "
        "convolution along time, and is added unchanged to what comes out.",
    )

"""The chapter's own pictures: the sequence with its tokens, and what they look at."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from torch import Tensor

from support import plots

__all__ = ["draw_attention", "draw_sequence", "draw_soft_labels"]

_BOX = "round,pad=0.02"
_SHOWN = 5  # frames of the drawing


def draw_sequence() -> plots.Drawing:
    """Tokens and frames in, the layers between, and what learns what at the end."""
    figure, axis = plots.start((4.9, 3.6))
    axis.set(xlim=(-0.6, 6.6), ylim=(-1.0, 4.9))
    axis.axis("off")
    names = ["class\ntoken c", "distil.\ntoken δ", *[f"$x_{k + 1}$" for k in range(4)]]
    names.append("…")
    for place, name in enumerate(names):
        role = place if place < 2 else "neutral"
        _box(axis, place, 0, 0.84, 0.7, name, role)
        axis.annotate("", (place, 1.2), (place, 0.45), arrowprops=_ARROW)
    axis.text(4, -0.85, "frames + positions", ha="center", color=plots.INK)
    _box(axis, 3, 1.75, 6.9, 0.9, "attention + memory, several layers", "neutral")
    for place, role, ends in ((0, 0, "label"), (1, 1, "teacher")):
        _box(axis, place, 3.25, 0.84, 0.7, "state", role)
        axis.annotate("", (place, 2.8), (place, 2.3), arrowprops=_ARROW)
        axis.annotate("", (place, 4.3), (place, 3.7), arrowprops=_ARROW)
        axis.text(place, 4.4, ends, ha="center", color=plots.colour_of(role))
    axis.text(
        2.0,
        3.25,
        "← these two states are\n    the utterance's vector",
        va="center",
        color=plots.INK,
    )
    return plots.Drawing(
        figure,
        "Drawing of the network. In: a class token, a distillation token, and frames "
        "with their positions. All pass several layers of attention and memory. Out: "
        "the state of the class token learns the label, that of the distillation "
        "token the teacher's answer; the two states together are the vector of the "
        "utterance.",
    )


_ARROW = {"arrowstyle": "-|>", "color": plots.NEUTRAL, "lw": 1.4}


def _box(
    axis: Axes, x: float, y: float, wide: float, high: float, name: str, role: str | int
) -> None:
    corner = x - wide / 2, y - high / 2
    colour = plots.colour_of(role)
    axis.add_patch(
        FancyBboxPatch(corner, wide, high, _BOX, fc=plots.PAPER, ec=colour, lw=1.5)
    )
    axis.text(x, y, name, ha="center", va="center", color=plots.INK)


def draw_attention(
    looks: Mapping[str, Tensor], places: Tensor, seconds: float, *, title: str = ""
) -> plots.Drawing:
    """What tokens look at over time, with the borders of the sounds.

    Args:
        looks: name of a token to its attention, (T,), summing to at most 1.
        places: (T,) place of the sound in its phrase, -1 in silence.
        seconds: from one frame to the next.
        title: over the panel.
    """
    time = [(frame + 0.5) * seconds for frame in range(len(places))]
    even = 1 / len(places)
    drawn = plots.lines(
        {name: row / even for name, row in looks.items()},
        at=time,
        x="seconds",
        y="attention, as multiple of an even look",
        references={"average": 1.0},
        y_limits=(0, None),
        title=title,
    )
    axis = drawn.figure.axes[0]
    borders = (places.diff() != 0).nonzero()[:, 0] + 1
    for border in borders.tolist():
        axis.axvline(border * seconds, color=plots.NEUTRAL, lw=1, ls=":", zorder=0)
    said = f"Dotted lines: {len(borders)} borders of sounds."
    return plots.Drawing(drawn.figure, f"{drawn.alt} {said}")


def draw_soft_labels(
    table: Tensor, speaker: int, phrase: int, *, phrases: Sequence[str]
) -> plots.Drawing:
    """A teacher's answer to one utterance: a row a phrase, a column a speaker.

    Args:
        table: (speakers, phrases) probabilities.
        speaker: who it was, from 0.
        phrase: what it was.
        phrases: their names.
    """
    drawn = plots.field(
        table.clamp_min(1e-4).log10().T,
        x="background speaker",
        y="phrase",
        value="probability, log₁₀",
        extent=(-0.5, len(table) - 0.5, -0.5, len(phrases) - 0.5),
        limits=(-4, 0),
        points={"the truth": [(speaker, phrase)]},
        size=plots.WIDE,
    )
    axis = drawn.figure.axes[0]
    axis.set_yticks(range(len(phrases)), phrases)
    own = float(table[speaker, phrase])
    same_phrase = float(table[:, phrase].sum()) - own
    same_speaker = float(table[speaker].sum()) - own
    said = (
        f"The right class has {own:.3f}, the same phrase by others {same_phrase:.4f}, "
        f"other phrases by the same speaker {same_speaker:.4f}."
    )
    return plots.Drawing(drawn.figure, f"{drawn.alt} {said}")

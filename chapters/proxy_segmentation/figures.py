"""The pictures that no other chapter draws: parts of a spectrogram, and tracks."""

from collections.abc import Mapping

from torch import Tensor

from support import plots

__all__ = ["sheet", "tracks"]

SPAN = (0.0, 4.0, 0.0, 4.0)  # seconds and kilohertz
_SIZE = (2.1, 1.7)  # three in a row


def sheet(parts: Mapping[str, Tensor], top: float) -> list[plots.Drawing]:
    """Spectrograms, or parts of one, all in the same colours.

    Args:
        parts: (F, T) each, by the title of its panel.
        top: value of the brightest colour.
    """
    return [
        plots.field(
            part,
            x="time, s",
            y="kHz",
            extent=SPAN,
            limits=(0.0, top),
            title=title,
            size=_SIZE,
        )
        for title, part in parts.items()
    ]


def tracks(
    said: Mapping[str, Tensor], labels: Tensor, tasks: tuple[str, ...]
) -> list[plots.Drawing]:
    """What networks say of one mixture over time, a panel a task.

    Args:
        said: (C, T) logits by the name of the network.
        labels: (C, T), whether a task is on.
        tasks: names of the C tasks.
    """
    frames = labels.shape[1]
    time = [(frame + 0.5) * 0.02 for frame in range(frames)]
    return [
        plots.lines(
            {name: logits[place].sigmoid() for name, logits in said.items()}
            | {"true": labels[place].float()},
            at=time,
            x="time, s",
            y="probability",
            y_limits=(-0.03, 1.03),
            colours={"true": "neutral"},
            title=task,
            size=plots.PANEL,
        )
        for place, task in enumerate(tasks)
    ]

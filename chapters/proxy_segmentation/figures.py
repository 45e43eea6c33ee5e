"""The pictures that no other chapter draws: parts of a spectrogram, and tracks."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from support import plots

__all__ = ["shapes", "sheet", "sound", "tracks", "weights"]

SPAN = (0.0, 4.0, 0.0, 4.0)  # seconds and kilohertz
_SMALL = (2.1, 1.7)  # three in a row


def sheet(parts: Mapping[str, Tensor]) -> list[plots.Drawing]:
    """Parts of a spectrogram, three in a row, on one scale of colours.

    Args:
        parts: (F, T) each, by the title of its panel.
    """
    top = max(float(part.quantile(0.99)) for part in parts.values()) or 1.0
    return [sound(part, title, (0.0, top), _SMALL) for title, part in parts.items()]


def sound(
    x: Tensor,
    title: str,
    limits: tuple[float, float] | None = None,
    size: tuple[float, float] = (5.0, 1.8),
) -> plots.Drawing:
    """A spectrogram of four seconds.

    Args:
        x: (F, T).
        title: over the panel.
        limits: values of the ends of the colours; those of x where None.
        size: inches.
    """
    return plots.field(
        x, x="time, s", y="kHz", extent=SPAN, limits=limits, title=title, size=size
    )


def shapes(
    names: Sequence[str], found: Tensor, true: Tensor
) -> dict[str, dict[str, Tensor]]:
    """Prototypes beside true spectra, each divided by its peak; one of 0 stays 0.

    Args:
        names: of the C classes.
        found: (C, F) prototypes.
        true: (C, F) spectra of the sources.
    """
    own, wanted = (x / x.amax(1, keepdim=True).clamp_min(1e-12) for x in (found, true))
    return {
        name: {"prototype": own[place], "true": wanted[place]}
        for place, name in enumerate(names)
    }


def weights(theta: Tensor, names: Sequence[str]) -> plots.Drawing:
    """What each pattern says for and against each class.

    Args:
        theta: (C, K).
        names: of the C classes.
    """
    classes, patterns = theta.shape
    drawn = plots.field(
        theta,
        x="pattern",
        y="class",
        centre=0.0,
        extent=(0.5, patterns + 0.5, 0, classes),
        title="weights Θ",
        value="weight",
        size=plots.PANEL,
    )
    places = [place + 0.5 for place in range(classes)]
    drawn.figure.axes[0].set_yticks(places, list(names))
    return drawn


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

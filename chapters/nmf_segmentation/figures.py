"""Pictures of mixtures, codes and components; the usual kinds come from the package."""

from collections.abc import Mapping

import torch
from torch import Tensor

from chapters.nmf_segmentation.audit import Reading
from chapters.nmf_segmentation.data import Data
from chapters.nmf_segmentation.probing import Factor
from chapters.nmf_segmentation.scores import relevances
from support import plots
from support.models.segmenter import NMFSegmenter

__all__ = [
    "ROLES",
    "Atlas",
    "activation_map",
    "audit",
    "dictionary",
    "f1",
    "held",
    "mixture",
]

#: One colour a code, in all figures.
ROLES = {
    "by design": "method",
    "black box": "baseline",
    "non-negative": "third",
    "untrained": "neutral",
    "log spectrum": "reference",
    "always on": "fourth",
}
_KHZ = 4.0
_FIRST, _SHOWN = 12, 8  # components: of a curve, and with a picture


def mixture(data: Data, chunk: int) -> list[plots.Drawing]:
    """A test chunk: its spectrogram, and what is on when.

    Args:
        data: of the chapter.
        chunk: which one.
    """
    x, on = data.x_test[chunk].cpu(), data.y_test[chunk].cpu().long()
    seconds = x.shape[1] * 0.02
    return [
        plots.field(
            x,
            x="seconds",
            y="kHz",
            value="log(1 + 10 |S|)",
            extent=(0, seconds, 0, _KHZ),
            title="spectrogram",
            size=plots.PANEL,
        ),
        plots.tiles(
            on,
            ["off", "on"],
            rows=data.tasks,
            x="seconds",
            extent=(0, seconds),
            title="labels",
            size=plots.PANEL,
        ),
    ]


def dictionary(data: Data) -> plots.Drawing:
    """All spectra of the dictionary, side by side."""
    W = data.dictionary.cpu()
    return plots.field(
        W,
        x="component",
        y="kHz",
        value="weight",
        extent=(0.5, W.shape[1] + 0.5, 0, _KHZ),
    )


def f1(rows: Mapping[str, Mapping[str, float]]) -> plots.Drawing:
    """F1 of each task, a mark a network."""
    tasks = [key for key in next(iter(rows.values())) if key.startswith("F1 ")]
    order = sorted(rows, key=lambda name: name == "by design")  # on top of the others
    table = {
        key.removeprefix("F1 "): {name: rows[name][key] for name in order}
        for key in tasks
    }
    return plots.dots(table, value="F1", limits=(0, 1), colours=_roles(rows))


def audit(
    readings: Mapping[str, Mapping[str, Reading]], factors: Mapping[str, Factor]
) -> list[plots.Drawing]:
    """A panel a factor: what is read off each code, and what a guess would have.

    Args:
        readings: by code, then by factor.
        factors: by name.
    """
    drawn = []
    for key, factor in factors.items():
        found = {name: row[key].uar for name, row in readings.items()}
        chance = 1 / len(factor.classes)
        figure, axis = plots.start((3.2, 2.4), f"{key} (guessing: {chance:.2f})")
        colours = [plots.colour_of(ROLES[name]) for name in found]
        bars = axis.barh(list(found), list(found.values()), 0.7, color=colours)
        axis.bar_label(bars, [f"{uar:.2f}" for uar in found.values()], padding=3)
        axis.axvline(chance, color=plots.INK, lw=1, linestyle="--")
        axis.set(xlim=(0, 1.2), xticks=(0, 0.5, 1), xlabel="UAR")
        axis.invert_yaxis()
        axis.grid(False, axis="y")
        told = "; ".join(f"{name} {uar:.2f}" for name, uar in found.items())
        words = f"Bars of the UAR on {key}, where guessing has {chance:.2f}: {told}."
        drawn.append(plots.Drawing(figure, words))
    return drawn


def held(found: Mapping[str, Tensor]) -> plots.Drawing:
    """Share of a class's relevance that the first components hold.

    Args:
        found: (C, K) relevances by network.
    """
    curves = {}
    for name, rows in found.items():
        shares = rows / rows.sum(1, keepdim=True)
        curve = shares.sort(1, descending=True).values.cumsum(1).mean(0)
        curves[name] = curve[:_FIRST].cpu()
    return plots.lines(
        curves,
        at=list(range(1, len(next(iter(curves.values()))) + 1)),
        x="components, the most relevant first",
        y="share of the relevance",
        references={"80 %": 0.8},
        y_limits=(0, 1.02),
        colours=_roles(found),
    )


def activation_map(
    readings: Mapping[str, Reading], factors: Mapping[str, Factor]
) -> plots.Drawing:
    """Components that each class of each factor uses, the classes of a factor together.

    Args:
        readings: by factor, of one code.
        factors: by name.
    """
    rows = [_shares(reading.relevance).cpu() for reading in readings.values()]
    names = [f"{key}: {name}" for key in readings for name in factors[key].classes]
    table = torch.cat(rows)
    figure, axis = plots.start((4.6, 0.2 * len(names) + 1.6))
    extent = (0.5, table.shape[1] + 0.5, len(names) - 0.5, -0.5)
    image = axis.imshow(
        table.numpy(), aspect="auto", cmap="cividis", vmin=0, extent=extent
    )
    axis.grid(False)
    axis.set_yticks(range(len(names)), names)
    axis.set(xlabel="component")
    for end in torch.tensor([len(row) for row in rows]).cumsum(0)[:-1].tolist():
        axis.axhline(end - 0.5, color="white", lw=1.6, linestyle=":")
    label = "share of the class's relevance"
    figure.colorbar(image, ax=axis, label=label, location="bottom", aspect=30)
    largest = table.argmax(1).unique()
    alt = (
        f"A table of {len(names)} classes of {len(rows)} factors by {table.shape[1]} "
        f"components. The most relevant component of a class is one of {len(largest)}."
    )
    return plots.Drawing(figure, alt)


class Atlas:
    """A picture for each component: its spectrum, and what it is used for.

    Args:
        model: the segmenter.
        readings: by factor, of its code.
        data: of the chapter.

    Attributes:
        components: those most used, by number, low frequencies first.
    """

    def __init__(
        self, model: NMFSegmenter, readings: Mapping[str, Reading], data: Data
    ) -> None:
        self.spectra = data.dictionary.cpu()
        tasks = _shares(relevances(model, data)).cpu()
        self.uses = dict(zip(data.tasks, tasks, strict=True)) | {
            key: _shares(reading.relevance).mean(0).cpu()
            for key, reading in readings.items()
        }
        total = torch.stack(list(self.uses.values())).sum(0)
        chosen = total.argsort(descending=True)[:_SHOWN].sort().values
        self.components = (chosen + 1).tolist()
        self.most = float(torch.stack(list(self.uses.values())).max())

    def draw(self, component: int) -> list[plots.Drawing]:
        """Both panels of one component."""
        place = component - 1
        frequencies = torch.linspace(0, _KHZ, len(self.spectra))
        return [
            plots.lines(
                {"": (frequencies, self.spectra[:, place])},
                x="kHz",
                y="weight",
                y_limits=(0, float(self.spectra.max())),
                title=f"spectrum of component {component}",
                size=plots.PANEL,
            ),
            plots.bars(
                {name: float(share[place]) for name, share in self.uses.items()},
                value="share of the relevance",
                horizontal=True,
                limits=(0, self.most),
                title="what it is used for",
                size=plots.PANEL,
            ),
        ]


def _shares(rows: Tensor) -> Tensor:
    return rows / rows.sum(1, keepdim=True).clamp_min(torch.finfo(rows.dtype).tiny)


def _roles(names: Mapping[str, object]) -> dict[str, str]:
    return {name: ROLES[name] for name in names if name in ROLES}

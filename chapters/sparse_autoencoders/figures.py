"""Pictures of this chapter, and the paper's own numbers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pandas as pd
import torch
from torch import Tensor

from chapters.sparse_autoencoders.data import Clips
from chapters.sparse_autoencoders.scores import Reading
from support import plots

__all__ = [
    "FAMILIES",
    "PAPER",
    "PAPER_FAMILIES",
    "RECORD",
    "ROLES",
    "code_map",
    "loudest",
    "one_unit",
    "paper_losses",
    "pipeline",
    "record",
    "rulers",
    "spectra",
    "stems",
    "unit_of",
]

#: Accuracy in per cent on ten techniques of VocalSet, one seed: the dense vector (the
#: paper's table 1) and codes of sparsity .75, .80, .85, .90, .95, .99 (the authors'
#: notebooks); None where there is none.  Of HuBERT 3 there are two at .75, 70 and 66.5.
PAPER: Mapping[str, tuple[float | None, ...]] = {
    "AST 6": (81.8, 80.25, 81.5, 82.5, 80.75, 80.0, 78.0),
    "AST 12": (82.0, 82.25, 82.0, 83.5, 81.0, 82.25, 76.25),
    "WavLM 1": (72.5, 72.5, 74.0, 75.0, 72.0, 72.25, 69.0),
    "WavLM 12": (55.0, 52.0, 50.25, 50.75, 52.5, 53.75, 45.75),
    "HuBERT 3": (73.0, 70.0, 71.25, 71.25, 67.25, 69.75, None),
    "HuBERT 12": (59.8, 61.5, 58.0, 61.25, 56.0, 56.25, 50.5),
    "MERT 4": (72.5, 72.0, 71.25, 70.75, 69.75, 69.75, 62.5),
    "MERT 7": (76.2, 70.5, 71.0, 69.5, 70.75, 68.5, 67.5),
}
#: Families among the ten best attributes, mean of six sparsities, read off figure 4.
PAPER_FAMILIES = {
    "AST 6": (4.83, 1.50, 1.83, 0.83, 0.0, 0.0, 1.00),
    "AST 12": (4.00, 2.00, 2.00, 0.67, 0.0, 0.0, 1.33),
    "WavLM 1": (3.67, 0.67, 1.00, 3.33, 0.33, 0.0, 1.00),
    "WavLM 12": (2.17, 2.67, 0.17, 3.00, 0.0, 0.0, 2.00),
    "MERT 4": (3.67, 1.50, 2.00, 1.67, 0.17, 0.0, 1.00),
    "MERT 7": (4.00, 0.67, 2.00, 2.33, 0.0, 0.0, 1.00),
    "HuBERT 3": (3.50, 1.33, 1.83, 2.33, 0.0, 0.0, 1.00),
    "HuBERT 12": (0.33, 3.00, 1.00, 4.33, 0.0, 0.0, 1.33),
}
FAMILIES = (
    "pitch",
    "formants",
    "voice quality",
    "MFCC",
    "spectral",
    "rhythm",
    "loudness",
)
#: One colour a kind of code, in all figures.
ROLES = {
    "trained": "method",
    "untrained": "baseline",
    "dense": "neutral",
    "untrained 0.90": "baseline",
    "trained 0.90": "method",
}
_DENSE, _AT_95, _AT_99 = 0, 5, 6
_SHOWN_UNITS, _SHOWN_WEIGHTS = 60, 40


def paper_losses() -> dict[str, dict[str, float]]:
    """Points that the paper's codes gain on the dense vector, by layer."""
    found = {}
    for layer, row in PAPER.items():
        dense = row[_DENSE] or 0.0
        at = {"95 %": row[_AT_95], "99 %": row[_AT_99]}
        found[layer] = {s: value - dense for s, value in at.items() if value}
    return found


def pipeline() -> plots.Drawing:
    """The way from a clip to a code and back, in boxes."""
    stations = ("clip", "encoder,\nlayer 1", "mean\nover time", "code z", "rebuilt")
    arrows = ("log spectrum", "T vectors", "$W_e$, ReLU, top k", "$W_d$")
    figure, axis = plots.start((6.2, 1.5), "")
    axis.set_axis_off()
    for place, words in enumerate(stations):
        box = {"boxstyle": "round,pad=0.4", "fc": "none", "ec": plots.INK}
        axis.text(place, 0, words, ha="center", va="center", bbox=box)
    for place, words in enumerate(arrows):
        axis.annotate(
            "",
            xy=(place + 0.68, 0),
            xytext=(place + 0.32, 0),
            arrowprops={"arrowstyle": "->", "ec": plots.INK},
        )
        axis.text(place + 0.5, 0.55, words, ha="center", va="bottom")
    axis.set(xlim=(-0.4, len(stations) - 0.6), ylim=(-1, 1.4))
    return plots.Drawing(
        figure,
        "Boxes from left to right: a clip; by its log spectrum into layer 1 of an "
        "encoder, which gives T vectors; their mean over time; by W_e, a ReLU and the "
        "choice of the k largest into the code z; by W_d into the vector rebuilt.",
    )


def spectra(clips: Clips, names: Sequence[str], seconds: float) -> list[plots.Drawing]:
    """The first clip of each of six classes, as the encoder sees it.

    Args:
        clips: of one part of the data.
        names: of the classes.
        seconds: length of a clip.
    """
    drawn = []
    for kind, name in list(enumerate(names))[:6]:
        x = clips.x[(clips.y == kind).nonzero()[0, 0]]
        picture = plots.field(
            x.T.cpu(),
            x="time in s",
            y="bin",
            extent=(0, seconds, 0, x.shape[1]),
            limits=(-2, 3),
            title=name,
            size=(2.1, 2.1),
        )
        alt = f"Log spectrum over time of a clip of the class {name}."
        drawn.append(plots.Drawing(picture.figure, alt))
    return drawn


def code_map(code: Tensor, y: Tensor, names: Sequence[str]) -> plots.Drawing:
    """Codes of sixty clips, sorted by class; units by the class they are loudest in.

    Args:
        code: (n, N) of test clips.
        y: (n,) classes.
        names: of the classes.
    """
    each = max(1, _SHOWN_UNITS // len(names))
    rows = torch.cat([(y == kind).nonzero()[:each, 0] for kind in range(len(names))])
    chosen = code[rows].cpu()
    units = chosen.sum(0).topk(min(_SHOWN_UNITS, code.shape[1])).indices
    chosen = chosen[:, units] / chosen[:, units].amax(0).clamp(min=1e-9)
    means = torch.stack([part.mean(0) for part in chosen.split(each)])
    order = means.argmax(0).argsort(stable=True)
    return plots.field(
        chosen[:, order].T,
        x="clip, by class",
        y="unit, the sixty most used",
        borders=[each * kind - 0.5 for kind in range(1, len(names))],
        limits=(0, 1),
        value="share of the unit's largest",
    )


def stems(readings: Mapping[str, Reading], attribute: int) -> plots.Drawing:
    """Weights by which codes say one attribute, the largest first.

    Args:
        readings: name to what was read.
        attribute: which.
    """
    shares = {}
    for name, reading in readings.items():
        weights = reading.read.importances[attribute].sort(descending=True).values
        total = float(weights.sum())
        shares[name] = (weights / total if total else weights).cumsum(0).cpu()
    return plots.lines(
        {
            name: (range(1, 1 + _SHOWN_WEIGHTS), share[:_SHOWN_WEIGHTS])
            for name, share in shares.items()
        },
        x="units, the largest weight first",
        y="share of all weight",
        y_limits=(0, 1.02),
        colours=ROLES,
    )


def rulers(
    claimed: Mapping[str, Reading], strict: Mapping[str, Reading], anchor: str
) -> pd.DataFrame:
    """Units per attribute of codes, counted in three ways.

    Args:
        claimed: name to what was read, as the claims have it.
        strict: likewise, with the paper's penalty; its codes are shown.
        anchor: the code whose best attributes all are counted over, the third way.
    """
    five = claimed[anchor].best
    rows = {
        name: (
            claimed[name].effective,
            strict[name].effective,
            float(claimed[name].complete.effective[five].nanmean()),
        )
        for name in strict
    }
    ways = ("as claimed", "penalty .1", f"best of {anchor}")
    return pd.DataFrame(rows, index=ways).T


#: What the record's figure shows: claim to its words, by panel.
RECORD = {
    "trained minus untrained": {
        "3a": "labels, to 95 %",
        "3b": "labels, at 99 %",
        "3c": "R² of attributes",
    },
    "completeness, trained minus": {"4a": "dense", "4c": "untrained"},
}


def record(items: Iterable[Any]) -> list[plots.Drawing]:
    """Forests of the record, none where nothing is recorded.

    Args:
        items: of `ledger.over_seeds`.
    """
    found = [item for item in items if item.seeds > 1]
    drawn = []
    for value, said in RECORD.items():
        rows = {
            f"{words}, {item.dataset}": (item.mean, item.low, item.high)
            for key, words in said.items()
            for item in found
            if item.claim.id.endswith(f".{key}")
        }
        if rows:
            drawn.append(plots.forest(rows, value=value))
    return drawn


def unit_of(reading: Reading, attribute: int) -> int:
    """The unit with the largest weight for an attribute."""
    return int(reading.read.importances[attribute].argmax())


def loudest(code: Tensor, unit: int, count: int = 5) -> Tensor:
    """The clips that excite a unit most, loudest first."""
    return code[:, unit].topk(count).indices


def one_unit(
    code: Tensor, unit: int, clips: Clips, attribute: int, words: str
) -> plots.Drawing:
    """How a unit goes with an attribute, where it is active and where not.

    Args:
        code: (n, N) of the clips.
        unit: which.
        clips: of one part of the data.
        attribute: column of their attributes.
        words: its name and unit.
    """
    points = torch.stack([clips.attributes[:, attribute], code[:, unit]], 1).cpu()
    active = points[:, 1] > 0
    groups = {"active": points[active], "silent": points[~active][:100]}
    return plots.scatter(
        {name: rows for name, rows in groups.items() if len(rows)},
        x=words,
        y=f"unit {unit}",
        colours={"active": "method", "silent": "neutral"},
    )

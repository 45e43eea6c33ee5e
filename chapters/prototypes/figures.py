"""Pictures of this chapter: probe matrices, fixed points, and who speaks how."""

from collections.abc import Mapping, Sequence
from math import e

import torch
from torch import Tensor
from torch.nn.functional import normalize

from chapters.prototypes.data import Task
from support import plots
from support.generators import random_source
from support.metrics.information import mutual_information

__all__ = [
    "PAPER_ROWS",
    "PAPER_TERCILES",
    "cosines",
    "in_words",
    "information",
    "matrices",
    "plane",
    "terciles",
]

#: Read off the paper's figure by its colours, to about 0.003: share of each emotion and
#: tercile of pitch median, pitch deviation and loudness on IEMOCAP.
PAPER_TERCILES = (
    (0.093, 0.082, 0.067, 0.105, 0.080, 0.055, 0.112, 0.102, 0.026),
    (0.112, 0.106, 0.095, 0.067, 0.106, 0.141, 0.065, 0.113, 0.135),
    (0.069, 0.086, 0.126, 0.069, 0.116, 0.094, 0.031, 0.079, 0.172),
    (0.063, 0.047, 0.072, 0.097, 0.037, 0.051, 0.133, 0.046, 0.008),
)
PAPER_ROWS = ("neutral", "happy", "angry", "sad")
PAPER_FACTORS = ("pitch", "deviation", "loudness")
_SHOWN = 60


def matrices(
    found: Mapping[str, Tensor], factors: Sequence[str]
) -> list[plots.Drawing]:
    """Probe matrices side by side: a row a factor, a column a block.

    Args:
        found: title to (A, A) accuracies.
        factors: their names.
    """
    return plots.panels(
        plots.heat,
        {title: matrix.numpy() for title, matrix in found.items()},
        rows=list(factors),
        columns=[f"block {place + 1}" for place in range(len(factors))],
        value="accuracy of a probe",
        limits=(0, 1),
    )


def plane(
    z: Tensor, y: Tensor, table: Tensor, names: Sequence[str], *, title: str = ""
) -> plots.Drawing:
    """Test embeddings in the plane of the first two prototypes.

    Args:
        z: (n, k) embeddings.
        y: (n,) classes.
        table: (C, k) prototypes of length 1.
        names: of the classes.
        title: over the panel.

    Raises:
        ValueError: a class has no sample or no name.
    """
    if len(names) < 2 or len(names) <= int(y.max()) or len(y.unique()) < len(names):
        raise ValueError(
            f"y, names: got classes {y.unique().tolist()} and {len(names)} names; give "
            "a name to each class, and samples of each"
        )
    across, y = (z @ table[:2].T).cpu(), y.cpu()
    chosen = {f"class {names[k]}": across[y == k] for k in (0, 1)}
    chosen["all others"] = across[y > 1]
    # Every so-many-th, for samples may stand in the order of their classes.
    groups = {
        name: rows[:: max(1, len(rows) // _SHOWN)] for name, rows in chosen.items()
    }
    return plots.scatter(
        groups,
        x=f"position on the axis of class {names[0]}",
        y=f"position on that of class {names[1]}",
        colours=dict(zip(groups, ("method", "baseline", "neutral"), strict=True)),
        square=True,
        title=title,
        size=(4.6, 4.2),
    )


def cosines(
    clouds: Mapping[str, Tensor], y: Tensor, generator: torch.Generator
) -> list[plots.Drawing]:
    """Cosine distances of pairs, of one class and of two, a panel a network.

    Args:
        clouds: title to (n, k) embeddings.
        y: (n,) classes.
        generator: draws 4,000 pairs, the same for all panels.

    Raises:
        ValueError: lengths differ, or the generator is none.
    """
    generator = random_source("generator", generator)
    for title, z in clouds.items():
        if z.ndim != 2 or y.shape != z.shape[:1]:
            raise ValueError(
                f"clouds, y: {title!r} has shape {tuple(z.shape)}, y {tuple(y.shape)}; "
                "give (n, k) and (n,)"
            )
    one, other = torch.randint(len(y), (2, 4000), generator=generator)
    one, other = one[one != other], other[one != other]
    same = y.cpu()[one] == y.cpu()[other]
    contents = {}
    for title, z in clouds.items():
        unit = normalize(z.cpu(), dim=1)
        distance = 1 - (unit[one] * unit[other]).sum(1)
        contents[title] = {
            "one class": distance[same],
            "two classes": distance[~same],
        }
    return plots.panels(
        plots.histograms,
        contents,
        share="y",
        x="cosine distance",
        x_limits=(0.0, 1.8),
        colours={"one class": "method", "two classes": "neutral"},
    )


def thirds(task: Task) -> tuple[Tensor, Tensor]:
    """Class (n,) and third (n, A) of each factor, of all recordings.

    Raises:
        ValueError: the task has no factors.
    """
    if not task.factors:
        raise ValueError(f"task: got {task.name}, which has no factors; give another")
    parts = task.train, task.test
    y = torch.cat([part.y for part in parts]).cpu()
    levels = torch.cat([part.levels for part in parts]).cpu()
    return y, levels * 3 // task.n_levels


def shares(task: Task) -> Tensor:
    """(C, 3 A) share of each class and third of each factor, in all recordings."""
    y, third = thirds(task)
    joint = torch.zeros(len(task.classes), third.shape[1], 3)
    for factor in range(third.shape[1]):
        where = (y, torch.full_like(y, factor), third[:, factor])
        joint.index_put_(where, torch.ones(len(y)), accumulate=True)
    return (joint / len(y)).flatten(1)


def terciles(task: Task) -> list[plots.Drawing]:
    """The paper's map of emotions and thirds, and that of these data."""
    drawn = []
    for title, rows, factors, values in (
        ("the paper, IEMOCAP", PAPER_ROWS, PAPER_FACTORS, torch.tensor(PAPER_TERCILES)),
        ("here", task.classes, task.factors, shares(task)),
    ):
        short = [factor.replace("pitch deviation", "deviation") for factor in factors]
        drawn.append(
            plots.heat(
                values.reshape(len(rows), -1).T.numpy(),
                [
                    f"{name}, {third}"
                    for name in short
                    for third in ("low", "mid", "high")
                ],
                rows,
                value="share of all recordings",
                limits=(0, 0.3),
                title=title,
            )
        )
    return drawn


def information(task: Task) -> dict[str, dict[str, float]]:
    """Mutual information of class and third of a factor, in nats: the paper's, ours."""
    paper = torch.tensor(PAPER_TERCILES).double().reshape(4, 3, 3)
    row, column = torch.cartesian_prod(torch.arange(4), torch.arange(3)).T
    said = {
        name: mutual_information(row, column, base=e, weights=paper[row, place, column])
        for place, name in enumerate(PAPER_FACTORS)
    }
    y, third = thirds(task)
    here = {
        name: mutual_information(y, third[:, place], base=e)
        for place, name in enumerate(task.factors)
    }
    return {"the paper's map": said, "here": here}


def in_words(numbers: Mapping[str, float]) -> str:
    """Name to number as part of a sentence."""
    return ", ".join(f"{value:.2f} ({name})" for name, value in numbers.items())

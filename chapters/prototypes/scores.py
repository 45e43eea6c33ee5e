"""What is measured of a trained network: separation, exclusive blocks, explanations."""

from typing import NamedTuple

import torch
from torch import Tensor

from chapters.prototypes.bank import Model
from chapters.prototypes.data import Part, Task, blocks
from support.arrays import classes, real
from support.metrics.auc import auc_binary
from support.metrics.calibration import ece
from support.metrics.probes import fit_probe
from support.metrics.separation import cosine_distances, fisher_ratio
from support.scalars import number

__all__ = [
    "Explained",
    "accuracy",
    "class_means",
    "contributions",
    "explained",
    "factor_row",
    "fisher_parts",
    "gap",
    "nearest",
    "probe_matrix",
    "separation_row",
    "tied_difference",
    "unseen_auc",
]


def accuracy(model: Model, part: Part) -> float:
    """Share of a part's samples whose class the model says."""
    return float((model.predict(part.x).argmax(1) == part.y).double().mean())


def nearest(z: Tensor, table: Tensor) -> Tensor:
    """(n, k) embeddings, (C, k) prototypes -> (n,) the nearest one of each.

    Raises:
        ValueError: the widths differ, there is no row, or a number is not finite.
    """
    return torch.cdist(*_pair(z, table)).argmin(1)


def separation_row(model: Model, task: Task, table: Tensor) -> dict[str, float]:
    """What test samples say of the classes' places.

    Args:
        model: trained; anything with ``embed`` and ``predict``.
        task: of the chapter.
        table: (C, k) prototypes, whether the model knows them or not.

    Returns:
        ``accuracy``; ``nearest prototype``, accuracy of that; ``Fisher ratio``;
        mean cosine distances ``within`` and ``between`` classes; ``ECE``.

    Raises:
        ValueError: there is not one prototype for each class.
    """
    if len(table) != len(task.classes):
        raise ValueError(
            f"table: got {len(table)} rows; give one for each of {len(task.classes)} "
            "classes"
        )
    z, part = model.embed(task.test.x), task.test
    logits = model.predict(part.x)
    cosines = cosine_distances(z, part.y)
    return {
        "accuracy": float((logits.argmax(1) == part.y).double().mean()),
        "nearest prototype": float((nearest(z, table) == part.y).double().mean()),
        "Fisher ratio": fisher_ratio(z, part.y),
        "within": cosines.within,
        "between": cosines.between,
        "ECE": ece(logits.softmax(1), part.y),
    }


def fisher_parts(model: Model, task: Task) -> dict[str, float]:
    """Fisher ratio on training samples (a), test samples (b), and rightly said (c)."""
    part = task.test
    z = model.embed(part.x)
    right = model.predict(part.x).argmax(1) == part.y
    return {
        "a": fisher_ratio(model.embed(task.train.x), task.train.y),
        "b": fisher_ratio(z, part.y),
        "c": fisher_ratio(z[right], part.y[right]),
    }


def probe_matrix(model: Model, task: Task, *, only: Tensor | None = None) -> Tensor:
    """How well a linear probe reads each factor from each block.

    Args:
        model: trained; anything with ``embed``.
        task: of the chapter, with factors.
        only: which samples to test on, such as those of one sex.

    Returns:
        (A, A) accuracies: a row a factor, a column a block.
    """
    fit, test = task.probes
    if only is not None:
        test = test.rows(only)
    count = len(task.factors)
    seen, new = (blocks(model.embed(part.x), count) for part in (fit, test))
    rows = []
    for factor in range(count):
        known, wanted = fit.levels[:, factor], test.levels[:, factor]
        answers = [
            fit_probe(old, known, task.n_levels).logits(other).argmax(1)
            for old, other in zip(seen, new, strict=True)
        ]
        rows.append([float((answer == wanted).double().mean()) for answer in answers])
    return torch.tensor(rows, dtype=torch.float64)


def gap(matrix: Tensor) -> float:
    """Mean of the diagonal minus mean of the rest, of two factors or more.

    Raises:
        ValueError: the matrix is not square, has one row, or a number is not finite.
    """
    matrix = real("matrix", matrix)
    if matrix.ndim != 2 or len(matrix) != len(matrix.T) or len(matrix) < 2:
        raise ValueError(
            f"matrix: got shape {tuple(matrix.shape)}; give (A, A), A at least 2"
        )
    count = len(matrix)
    own = matrix.trace()
    return float(own / count - (matrix.sum() - own) / (count * (count - 1)))


def factor_row(model: Model, task: Task, matrix: Tensor) -> dict[str, float]:
    """One row of the comparison on factors.

    Returns:
        ``accuracy`` of the class; ``independent``, that where factors are
        independent (on speech the same); ``own block`` and ``other blocks``, mean
        probe accuracies; ``gap``, their difference; ``Fisher ratio`` of the classes.
    """
    own = float(matrix.diag().mean())
    return {
        "accuracy": accuracy(model, task.test),
        "independent": accuracy(model, task.probes[1]),
        "own block": own,
        "other blocks": own - gap(matrix),
        "gap": gap(matrix),
        "Fisher ratio": fisher_ratio(model.embed(task.test.x), task.test.y),
    }


def contributions(model: Model, task: Task, factor: int) -> Tensor:
    r"""What each level of a factor says for each class, through its block.

    Logits are $\sum_aW_az_a+b$; the contribution of factor a is $W_az_a$, here its mean
    over the training samples of each level, less the mean over classes.

    Returns:
        (L, C).
    """
    part = task.train
    count = len(task.factors)
    own = blocks(model.embed(part.x), count)[factor]
    weight = blocks(model.head.weight.detach(), count)[factor]
    said = own @ weight.T
    levels = part.levels[:, factor]
    table = torch.stack([said[levels == k].mean(0) for k in range(task.n_levels)])
    return table - table.mean(1, keepdim=True)


class Explained(NamedTuple):
    """How a raised pitch moves an embedding and an answer."""

    share: float
    correlation: float


def explained(
    model: Model, task: Task, raised: tuple[Tensor, Tensor, Tensor]
) -> Explained:
    """Raise the pitch of sounds by one level, and compare with the table.

    Args:
        model: trained.
        task: tones.
        raised: features before and after, and the level before.

    Returns:
        The mean share of the squared change that lies in the block of pitch, and the
        correlation of the table's change of logits with the actual one.
    """
    before, after, level = raised
    moved = model.embed(after) - model.embed(before)
    first = blocks(moved, len(task.factors))[0]
    share = first.square().sum(1) / moved.square().sum(1)
    table = contributions(model, task, 0)
    foretold = table[level + 1] - table[level]
    actual = model.predict(after) - model.predict(before)
    actual = actual - actual.mean(1, keepdim=True)
    pair = torch.stack([foretold.flatten(), actual.flatten()]).double()
    return Explained(float(share.double().mean()), float(torch.corrcoef(pair)[0, 1]))


def unseen_auc(known: Tensor, unseen: Tensor, places: Tensor) -> float:
    """Are samples of classes never seen farther from every known place?

    Args:
        known: (n, k) embeddings of test samples of known classes.
        unseen: (m, k) of classes that were left out of training.
        places: (C, k) prototypes, or means of the known classes.

    Returns:
        Area under the ROC curve of the distance to the nearest place; 1/2 by chance.

    Raises:
        ValueError: widths differ, a part has no row, or a number is not finite.
    """
    sides = [torch.cdist(*_pair(z, places)).amin(1) for z in (known, unseen)]
    far = torch.cat(sides)
    labels = torch.arange(len(far), device=far.device) >= len(known)
    return float(auc_binary(far, labels))


def tied_difference(z: Tensor, table: Tensor, variance: float) -> float:
    """Largest difference of a tied head's posterior and that of Gaussians.

    Raises:
        ValueError: widths differ, there is no row, or a number is out of range.
    """
    z, table = (rows.double() for rows in _pair(z, table))
    variance = number("variance", variance, above=0)
    weight, bias = table / variance, -table.square().sum(1) / (2 * variance)
    head = (z @ weight.T + bias).softmax(1)
    away = (z[:, None] - table).square().sum(2)
    return float((head - (-away / (2 * variance)).softmax(1)).abs().max())


def class_means(z: Tensor, y: Tensor) -> Tensor:
    """(C, k) mean embedding of each class.

    Raises:
        ValueError: lengths differ, or a class up to the largest has no sample.
    """
    z, y = real("z", z), classes("y", y)
    if z.ndim != 2 or y.shape != z.shape[:1] or not len(y):
        raise ValueError(
            f"z, y: got shapes {tuple(z.shape)} and {tuple(y.shape)}; give (n, k), (n,)"
        )
    known = y.unique()
    if len(known) <= int(y.max()):
        raise ValueError(f"y: got classes {known.tolist()}; leave no number out")
    return torch.stack([z[y == k].mean(0) for k in known])


def _pair(z: Tensor, table: Tensor) -> tuple[Tensor, Tensor]:
    """Embeddings and places that lie in one space."""
    z, table = real("z", z), real("table", table)
    fit = z.ndim == table.ndim == 2 and z.shape[1] == table.shape[1]
    if not fit or not z.numel() or not table.numel():
        raise ValueError(
            f"z, table: got shapes {tuple(z.shape)} and {tuple(table.shape)}; give "
            "(n, k) and (C, k), no number 0"
        )
    return z, table

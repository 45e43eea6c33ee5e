"""Decisions counted: confusion matrix, accuracy, balanced accuracy, F1."""

from typing import Literal

import torch
from torch import Tensor

from support.arrays import classes as class_numbers

__all__ = ["accuracy", "balanced_accuracy", "confusion_matrix", "f1_score"]


def confusion_matrix(labels: Tensor, predictions: Tensor, classes: int) -> Tensor:
    """Count the samples of each true class (row) decided for each class (column).

    Args:
        labels: integers in [0, classes), shape (..., N).
        predictions: integers in [0, classes), shape (..., N).
        classes: number of classes C.

    Returns:
        Shape (..., C, C), int64.

    Raises:
        ValueError: shapes differ, a value is no class, or there is no sample.

    >>> confusion_matrix(torch.tensor([0, 1, 1]), torch.tensor([0, 0, 1]), 2)
    tensor([[1, 0],
            [1, 1]])
    """
    labels, predictions = _decided(labels, predictions, classes)
    cell = labels * classes + predictions
    cells = classes * classes
    if cell.ndim == 1:
        return cell.bincount(minlength=cells).reshape(classes, classes)
    rows = cell.reshape(-1, labels.shape[-1])
    counts = rows.new_zeros(len(rows), cells)
    counts.scatter_add_(1, rows, torch.ones_like(rows))
    return counts.reshape(*labels.shape[:-1], classes, classes)


def accuracy(labels: Tensor, predictions: Tensor) -> Tensor:
    """Share of right decisions, shape (...), float64, in [0, 1].

    Args:
        labels: integers from 0, shape (..., N).
        predictions: integers from 0, shape (..., N).

    Raises:
        ValueError: shapes differ, a value is no class, or there is no sample.

    >>> accuracy(torch.tensor([0, 1]), torch.tensor([0, 0]))
    tensor(0.5000, dtype=torch.float64)
    """
    labels, predictions = _decided(labels, predictions)
    return (labels == predictions).double().mean(-1)


def balanced_accuracy(labels: Tensor, predictions: Tensor, classes: int) -> Tensor:
    r"""Mean over the classes of the share of their samples decided rightly.

    $\frac1C\sum_c\frac{|\{n:y_n=c,\hat y_n=c\}|}{N_c}$; 1/C for a constant answer.

    Args:
        labels: integers in [0, classes), shape (..., N).
        predictions: integers in [0, classes), shape (..., N).
        classes: number of classes C.

    Returns:
        Shape (...), float64, in [0, 1]; higher is better.

    Raises:
        ValueError: as :func:`confusion_matrix`, or a class has no sample.

    >>> balanced_accuracy(torch.tensor([0, 0, 1]), torch.tensor([0, 0, 0]), 2)
    tensor(0.5000, dtype=torch.float64)
    """
    counts = confusion_matrix(labels, predictions, classes).double()
    sizes = counts.sum(-1)
    if bool((sizes == 0).any()):
        raise ValueError("labels: a class has no sample; its recall is not defined")
    return (counts.diagonal(dim1=-2, dim2=-1) / sizes).mean(-1)


def f1_score(
    labels: Tensor,
    predictions: Tensor,
    classes: int,
    average: Literal["macro"] | None = "macro",
) -> Tensor:
    r"""F1 of each class, $2\,\mathrm{hits}/(\mathrm{true}+\mathrm{decided})$.

    Args:
        labels: integers in [0, classes), shape (..., N).
        predictions: integers in [0, classes), shape (..., N).
        classes: number of classes C.
        average: ``"macro"``, the mean over classes, or ``None``.

    Returns:
        Shape (...), or (..., C) without average; float64, in [0, 1]; higher is
        better; 0 for a class that is neither present nor decided for.

    Raises:
        ValueError: as :func:`confusion_matrix`, or the average is unknown.

    >>> f1_score(torch.tensor([0, 1]), torch.tensor([0, 1]), 2)
    tensor(1., dtype=torch.float64)
    """
    if average not in ("macro", None):
        raise ValueError(f"average: got {average!r}; give 'macro' or None")
    counts = confusion_matrix(labels, predictions, classes).double()
    hits = counts.diagonal(dim1=-2, dim2=-1)
    values = 2 * hits / (counts.sum(-1) + counts.sum(-2)).clamp_min(1)
    return values.mean(-1) if average == "macro" else values


def _decided(
    labels: Tensor, predictions: Tensor, classes: int | None = None
) -> tuple[Tensor, Tensor]:
    """Both as int64; probabilities are no predictions, and are refused."""
    labels = class_numbers("labels", labels, classes)
    predictions = class_numbers("predictions", predictions, classes, like=labels)
    if labels.shape != predictions.shape or labels.ndim < 1 or not labels.numel():
        raise ValueError(
            f"labels, predictions: got shapes {tuple(labels.shape)} and "
            f"{tuple(predictions.shape)}; give one prediction a label, at least one"
        )
    return labels, predictions

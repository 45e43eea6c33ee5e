"""Wrong labels on purpose: single labels, or whole segments of a sequence."""

from typing import Any

import torch
from torch import Tensor

from support.arrays import classes as class_numbers

__all__ = ["redraw_labels", "redraw_segments", "segment_numbers"]


def redraw_labels(
    labels: Tensor, rate: float, classes: int, generator: torch.Generator
) -> Tensor:
    """Draw each label anew, uniformly, with probability ``rate``.

    A redrawn label may come out right: a share ``rate * (1 - 1 / classes)`` is
    wrong in the end.

    Args:
        labels: integers in [0, classes), any shape.
        rate: probability in [0, 1].
        classes: number of classes C.
        generator: of the draw, on any device.

    Returns:
        A copy of the same shape, type and device.

    Raises:
        ValueError: the rate is outside [0, 1] or a label is out of range.

    >>> redraw_labels(torch.tensor([0, 1]), 0.0, 2, torch.Generator())
    tensor([0, 1])
    """
    _check(labels, rate, classes)
    place: dict[str, Any] = {"generator": generator, "device": generator.device}
    hit = torch.rand(labels.shape, **place) < rate
    fresh = torch.randint(classes, labels.shape, **place)
    return torch.where(hit.to(labels.device), fresh.to(labels), labels)


def segment_numbers(labels: Tensor) -> Tensor:
    """Number the runs of equal labels along the last axis, from 0 in each row.

    Args:
        labels: shape (..., T).

    Returns:
        Shape (..., T), int64.

    Raises:
        ValueError: there is no axis or no frame.

    >>> segment_numbers(torch.tensor([[2, 2, 0, 2]]))
    tensor([[0, 0, 1, 2]])
    """
    if labels.ndim < 1 or labels.shape[-1] < 1:
        raise ValueError(f"labels: got shape {tuple(labels.shape)}; give (..., T)")
    change = labels[..., 1:] != labels[..., :-1]
    return torch.nn.functional.pad(change.cumsum(-1), (1, 0))


def redraw_segments(
    labels: Tensor, rate: float, classes: int, generator: torch.Generator
) -> Tensor:
    """Draw the label of each segment anew, uniformly, with probability ``rate``.

    An annotator errs on a passage, not on a frame: all frames of a segment (a run
    of equal labels) change together.

    Args:
        labels: integers in [0, classes), shape (B, T).
        rate: probability in [0, 1].
        classes: number of classes C.
        generator: of the draw, on any device.

    Returns:
        A copy of the same shape, type and device.

    Raises:
        ValueError: the rate is outside [0, 1], a label is out of range, or the
            shape is wrong.

    >>> redraw_segments(torch.tensor([[0, 0, 1]]), 0.0, 2, torch.Generator())
    tensor([[0, 0, 1]])
    """
    _check(labels, rate, classes)
    if labels.ndim != 2:
        raise ValueError(f"labels: got shape {tuple(labels.shape)}; give (B, T)")
    place: dict[str, Any] = {"generator": generator, "device": generator.device}
    hit = torch.rand(labels.shape, **place) < rate  # one draw a possible segment
    fresh = torch.randint(classes, labels.shape, **place)
    number = segment_numbers(labels)
    hit, fresh = (drawn.to(labels.device).gather(1, number) for drawn in (hit, fresh))
    return torch.where(hit, fresh.to(labels), labels)


def _check(labels: Tensor, rate: float, classes: int) -> None:
    if not 0 <= rate <= 1:
        raise ValueError(f"rate: got {rate}; give a probability in [0, 1]")
    class_numbers("labels", labels, classes)

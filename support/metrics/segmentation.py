"""Frames to segments and back, and detection measured in seconds."""

import math
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from support.arrays import classes as class_numbers
from support.arrays import flags, real, tensor

__all__ = ["Detection", "detection_scores", "frames_to_segments", "segments_to_frames"]


class Detection(NamedTuple):
    """Precision, recall and F1 by duration; each of shape (C,), float64."""

    precision: Tensor
    recall: Tensor
    f1: Tensor


def frames_to_segments(labels: Tensor, hop: float) -> Tensor:
    """Merge runs of equal frame labels into segments.

    Args:
        labels: one integer from 0 a frame, shape (T,).
        hop: seconds a frame, above 0.

    Returns:
        Shape (S, 3), float64: start and end in seconds, and the label; the segments
        touch, and neighbours differ.  No frame gives no segment.

    Raises:
        ValueError: the shape is wrong, a label is none, or the hop is not above 0.

    >>> frames_to_segments(torch.tensor([1, 1, 0]), hop=0.5)
    tensor([[0.0000, 1.0000, 1.0000],
            [1.0000, 1.5000, 0.0000]], dtype=torch.float64)
    """
    labels = tensor("labels", labels)
    if labels.dtype != torch.long:
        labels = class_numbers("labels", labels)
    if labels.ndim != 1:
        raise ValueError(f"labels: got shape {tuple(labels.shape)}; give (T,)")
    _check_hop(hop)
    # the calls are short, and NumPy's take half the time of torch's
    given = labels.numpy(force=True)
    new = np.ones(len(given) + 1, dtype=bool)  # a last edge ends the last run
    np.not_equal(given[1:], given[:-1], out=new[1:-1])
    edges = new.nonzero()[0]
    values = torch.from_numpy(given[edges[:-1]])
    class_numbers("labels", values)  # every label is that of a run
    segments = np.empty((3, len(values)))
    segments[0], segments[1], segments[2] = edges[:-1], edges[1:], values.numpy()
    segments[:2] *= hop
    return torch.from_numpy(segments.T).to(labels.device)


def segments_to_frames(
    segments: Tensor, hop: float, frames: int, background: int = 0
) -> Tensor:
    """Label frames by the segment that holds their centre; later rows win.

    Args:
        segments: start, end in seconds, label, shape (S, 3).
        hop: seconds a frame, above 0.
        frames: number of frames T.
        background: label of frames in no segment.

    Returns:
        Shape (T,), int64.

    Raises:
        ValueError: the shape or the hop is wrong, a number is not finite, a label
            is none, or a segment ends before it starts.

    >>> segments_to_frames(torch.tensor([[0.5, 1.0, 2.0]]), hop=0.5, frames=3)
    tensor([0, 2, 0])
    """
    segments = real("segments", segments).double()
    if segments.ndim != 2 or segments.shape[1] != 3:
        raise ValueError(f"segments: got shape {tuple(segments.shape)}; give (S, 3)")
    _check_hop(hop)
    start, end, label = segments.T
    class_numbers("segments", label)
    if bool((end < start).any()):
        raise ValueError("segments: one ends before it starts")
    centre = torch.arange(frames, dtype=torch.double, device=segments.device)
    centre = (centre + 0.5) * hop
    inside = (centre >= start[:, None]) & (centre < end[:, None])  # (S, T)
    order = torch.arange(1, len(segments) + 1, device=segments.device)[:, None]
    last = (inside * order).amax(0) if len(segments) else torch.zeros_like(centre)
    table = torch.cat([label.new_tensor([background]), label]).long()
    return table[last.long()]


def detection_scores(
    labels: Tensor, predictions: Tensor, classes: int, *, mask: Tensor | None = None
) -> Detection:
    r"""Precision, recall and F1 of each class by duration.

    $P=|\mathrm{ref}\cap\mathrm{hyp}|/|\mathrm{hyp}|$,
    $R=|\mathrm{ref}\cap\mathrm{hyp}|/|\mathrm{ref}|$, where $|\cdot|$ is the time
    summed over all files before dividing, no collar.  Frames of equal length are
    units of time, so segments that share the frames' grid need no other form.

    Args:
        labels: integers in [0, classes), any shape (files and frames).
        predictions: the same shape.
        classes: number of classes C.
        mask: frames that are annotated; all by default.

    Returns:
        Three tensors of shape (C,); 0 where nothing is decided or nothing is there.

    Raises:
        ValueError: shapes differ, a value where the mask is true is no class,
            or no frame counts.

    >>> detection_scores(torch.tensor([0, 1]), torch.tensor([1, 1]), 2).precision
    tensor([0.0000, 0.5000], dtype=torch.float64)
    """
    labels = tensor("labels", labels)
    predictions = tensor("predictions", predictions, labels)
    kept = None if mask is None else flags("mask", mask, like=labels)
    for name, other in (("predictions", predictions), ("mask", kept)):
        if other is not None and other.shape != labels.shape:
            raise ValueError(
                f"{name}: got shape {tuple(other.shape)} for labels of shape "
                f"{tuple(labels.shape)}; give one a frame"
            )
    if kept is not None:
        labels, predictions = labels[kept], predictions[kept]
    reference = class_numbers("labels", labels.flatten(), classes)
    decided = class_numbers("predictions", predictions.flatten(), classes)
    if not len(reference):
        raise ValueError("labels: no frame counts; give at least one")
    true = reference.bincount(minlength=classes).double()
    found = decided.bincount(minlength=classes).double()
    hits = reference[reference == decided].bincount(minlength=classes).double()
    return Detection(
        hits / found.clamp_min(1),
        hits / true.clamp_min(1),
        2 * hits / (true + found).clamp_min(1),
    )


def _check_hop(hop: float) -> None:
    if not 0 < hop < math.inf:
        raise ValueError(f"hop: got {hop}; give the seconds of a frame, above 0")

"""How well frames are labelled, a spectrogram rebuilt, and where sources truly are."""

import math

import torch
from torch import Tensor

from support.arrays import flags, real
from support.data.layers import SOURCES, Layers
from support.metrics.segmentation import detection_scores
from support.scalars import whole
from support.segmentation.experiment import GAIN, log_spectrogram

__all__ = [
    "agreement",
    "crowded_frames",
    "explained_variance",
    "ideal_masks",
    "source_magnitudes",
    "task_f1",
]


def task_f1(logits: Tensor, labels: Tensor) -> Tensor:
    """F1 of each task by time, decided at a logit of 0; no collar.

    Args:
        logits: (B, C, T).
        labels: (B, C, T), 0 or 1.

    Returns:
        (C,) float64 in [0, 1].

    Raises:
        ValueError: shapes differ, nothing is there, or a value is no logit or label.
    """
    logits = real("logits", logits)
    labels = flags("labels", labels, like=logits)
    if logits.ndim != 3 or logits.shape != labels.shape or not logits.numel():
        raise ValueError(
            f"logits {tuple(logits.shape)}, labels {tuple(labels.shape)}: give "
            "(B, C, T) both, not empty"
        )
    decided = (logits > 0).long()
    return torch.stack(
        [
            detection_scores(labels[:, task].long(), decided[:, task], 2).f1[1]
            for task in range(logits.shape[1])
        ]
    )


def agreement(first: Tensor, second: Tensor, tasks: int = len(SOURCES)) -> float:
    """Share of frames and tasks in which two networks decide alike.

    Args:
        first: (B, C, T) logits.
        second: (B, C, T) logits.
        tasks: the first so many count; by default speech, noise and music.

    Raises:
        ValueError: shapes differ, nothing is there, or there are fewer tasks.
    """
    first, second = real("first", first), real("second", second)
    if first.shape != second.shape or first.ndim != 3 or not first.numel():
        raise ValueError(
            f"first {tuple(first.shape)}, second {tuple(second.shape)}: give logits "
            "(B, C, T) of one shape, not empty"
        )
    tasks = whole("tasks", tasks, most=first.shape[1])
    same = (first > 0) == (second > 0)
    return same[:, :tasks].double().mean().item()


def explained_variance(x: Tensor, recon: Tensor) -> float:
    r"""Share of a spectrogram's variance that was rebuilt.

    $$EV=1-\frac{\|X-\hat X\|^2}{\|X-\bar X\|^2}$$

    with the mean of each frequency for $\bar X$.

    Args:
        x: (B, F, T).
        recon: (B, F, T).

    Returns:
        At most 1; below 0 where the mean would have been better.

    Raises:
        ValueError: shapes differ, or x does not vary.
    """
    x, recon = real("x", x).double(), real("recon", recon).double()
    if x.ndim != 3 or x.shape != recon.shape or not x.numel():
        raise ValueError(
            f"x {tuple(x.shape)}, recon {tuple(recon.shape)}: give (B, F, T) both"
        )
    apart = x - x[:1, :, :1]  # so that a constant, which rounds, has no variance
    varied = (apart - apart.mean((0, 2), keepdim=True)).square().sum()
    if not 0 < float(varied) < math.inf:
        raise ValueError(
            f"x: the sum of its squares about the mean is {float(varied):g}; give a "
            "spectrogram that varies, on a scale near 1"
        )
    missed = (x - recon).square().sum()
    return 1 - (missed / varied).item()


def source_magnitudes(layers: Layers) -> Tensor:
    """(B, 3, F, T) magnitudes of speech, noise and music as they are in the mixture."""
    return torch.expm1(log_spectrogram(layers.sources)) / GAIN


def ideal_masks(magnitudes: Tensor) -> Tensor:
    """Cells in which a source has over half of all magnitudes.

    Args:
        magnitudes: (B, C, F, T), at least 0.

    Returns:
        (B, C, F, T) bool, of a cell at most one.

    Raises:
        ValueError: another rank, or a magnitude is negative or not finite.
    """
    magnitudes = real("magnitudes", magnitudes)
    if magnitudes.ndim != 4 or bool((magnitudes < 0).any()):
        raise ValueError(
            f"magnitudes: got shape {tuple(magnitudes.shape)}; give (B, C, F, T) of at "
            "least 0"
        )
    return magnitudes > magnitudes.sum(1, keepdim=True) / 2


def crowded_frames(labels: Tensor) -> Tensor:
    """(B, 3, T) bool: frames in which a source is on together with another kind.

    Args:
        labels: (B, 4, T), 0 or 1; the last task, overlap, is not looked at.

    Raises:
        ValueError: another shape, or a label is neither.
    """
    on = flags("labels", labels)
    if on.ndim != 3 or on.shape[1] < len(SOURCES):
        raise ValueError(f"labels: got shape {tuple(on.shape)}; give (B, 4, T)")
    on = on[:, : len(SOURCES)]
    return on & (on.sum(1, keepdim=True) > 1)

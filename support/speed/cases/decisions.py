"""Decisions and probabilities: calibration, confusion, F1, detection, segments."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.metrics.calibration import brier, ece
from support.metrics.classification import balanced_accuracy, confusion_matrix, f1_score
from support.metrics.segmentation import detection_scores, frames_to_segments
from support.speed.harness import Comparison, to_numpy

__all__ = ["COMPARISONS"]

_CLASSES = 10
_SIZES = (100, 10_000, 100_000)


def _probabilities(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    generator = torch.Generator().manual_seed(seed)
    labels = torch.arange(size) % _CLASSES
    logits = 2 * torch.randn(size, _CLASSES, generator=generator)
    logits[torch.arange(size), labels] += 2
    return logits.softmax(1).to(device), labels.to(device)


def _decisions(size: int, seed: int, device: str) -> tuple[Tensor, Tensor]:
    probs, labels = _probabilities(size, seed, device)
    return labels, probs.argmax(1)


def _frames(size: int, seed: int, device: str) -> tuple[Tensor]:
    generator = torch.Generator().manual_seed(seed)
    changes = torch.rand(size, generator=generator) < 0.05
    return ((changes.cumsum(0) % 3).to(device),)


def _torchmetrics_ece(probs: Tensor, labels: Tensor) -> Tensor:
    from torchmetrics.functional.classification import multiclass_calibration_error

    return multiclass_calibration_error(probs, labels, _CLASSES, n_bins=15)


def _sklearn_brier(probs: Any, labels: Any) -> float:
    from sklearn.metrics import brier_score_loss

    classes = range(_CLASSES)
    return float(
        brier_score_loss(labels, probs, labels=list(classes), scale_by_half=False)
    )


def _sklearn_confusion(labels: Any, decided: Any) -> Any:
    from sklearn.metrics import confusion_matrix as theirs

    return theirs(labels, decided)


def _torchmetrics_confusion(labels: Tensor, decided: Tensor) -> Tensor:
    from torchmetrics.functional.classification import multiclass_confusion_matrix

    return multiclass_confusion_matrix(decided, labels, _CLASSES)


def _torchmetrics_f1(labels: Tensor, decided: Tensor) -> Tensor:
    from torchmetrics.functional.classification import multiclass_f1_score

    return multiclass_f1_score(decided, labels, _CLASSES)


def _torchmetrics_recall(labels: Tensor, decided: Tensor) -> Tensor:
    from torchmetrics.functional.classification import multiclass_recall

    return multiclass_recall(decided, labels, _CLASSES)


def _sklearn_detection(labels: Any, decided: Any) -> tuple[Any, ...]:
    from sklearn.metrics import precision_recall_fscore_support

    return precision_recall_fscore_support(labels, decided)[:3]


def _plain_segments(labels: Any) -> Any:
    """Where the labels change, in NumPy."""
    starts = np.flatnonzero(np.r_[True, labels[1:] != labels[:-1]])
    ends = np.r_[starts[1:], len(labels)]
    return np.stack([0.02 * starts, 0.02 * ends, labels[starts]], axis=1)


_SINGLE = "in single precision"

COMPARISONS = [
    Comparison(
        name="expected calibration error",
        kernel="support.metrics.calibration.ece",
        peer="torchmetrics.functional.classification.multiclass_calibration_error",
        package="torchmetrics",
        make=_probabilities,
        ours=ece,
        theirs=_torchmetrics_ece,
        sizes=_SIZES,
        tolerance=1e-5,
        note=_SINGLE,
    ),
    Comparison(
        name="Brier score",
        kernel="support.metrics.calibration.brier",
        peer="sklearn.metrics.brier_score_loss",
        package="scikit-learn",
        make=_probabilities,
        ours=brier,
        theirs=_sklearn_brier,
        translate=to_numpy,
        sizes=_SIZES,
        tolerance=1e-6,
    ),
    Comparison(
        name="confusion matrix, ten classes",
        kernel="support.metrics.classification.confusion_matrix",
        peer="sklearn.metrics.confusion_matrix",
        package="scikit-learn",
        make=_decisions,
        ours=lambda labels, decided: confusion_matrix(labels, decided, _CLASSES),
        theirs=_sklearn_confusion,
        translate=to_numpy,
        sizes=_SIZES,
        tolerance=0,
    ),
    Comparison(
        name="confusion matrix, ten classes",
        kernel="support.metrics.classification.confusion_matrix",
        peer="torchmetrics.functional.classification.multiclass_confusion_matrix",
        package="torchmetrics",
        make=_decisions,
        ours=lambda labels, decided: confusion_matrix(labels, decided, _CLASSES),
        theirs=_torchmetrics_confusion,
        sizes=_SIZES,
        tolerance=0,
    ),
    Comparison(
        name="F1, mean over ten classes",
        kernel="support.metrics.classification.f1_score",
        peer="torchmetrics.functional.classification.multiclass_f1_score",
        package="torchmetrics",
        make=_decisions,
        ours=lambda labels, decided: f1_score(labels, decided, _CLASSES),
        theirs=_torchmetrics_f1,
        sizes=_SIZES,
        tolerance=1e-5,
        note=_SINGLE,
    ),
    Comparison(
        name="balanced accuracy, ten classes",
        kernel="support.metrics.classification.balanced_accuracy",
        peer="torchmetrics.functional.classification.multiclass_recall",
        package="torchmetrics",
        make=_decisions,
        ours=lambda labels, decided: balanced_accuracy(labels, decided, _CLASSES),
        theirs=_torchmetrics_recall,
        sizes=_SIZES,
        tolerance=1e-5,
        note=_SINGLE,
    ),
    Comparison(
        name="precision, recall, F1 by duration",
        kernel="support.metrics.segmentation.detection_scores",
        peer="sklearn.metrics.precision_recall_fscore_support",
        package="scikit-learn",
        make=_decisions,
        ours=lambda labels, decided: detection_scores(labels, decided, _CLASSES),
        theirs=_sklearn_detection,
        translate=to_numpy,
        sizes=_SIZES,
        tolerance=1e-9,
        unit="frames",
    ),
    Comparison(
        name="frames to segments",
        kernel="support.metrics.segmentation.frames_to_segments",
        peer="NumPy's flatnonzero, written here",
        make=_frames,
        ours=lambda labels: frames_to_segments(labels, hop=0.02),
        theirs=_plain_segments,
        translate=to_numpy,
        sizes=(100, 10_000, 100_000),
        tolerance=1e-9,
        unit="frames",
    ),
]

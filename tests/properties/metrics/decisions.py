"""Rows of the measures: decisions, probabilities, areas."""

import torch
from torch import Tensor

from support.metrics import (
    auc,
    calibration,
    classification,
    segmentation,
)
from tests.properties.framework import Entry, draw

__all__ = ["DECISIONS"]


def decisions() -> dict[str, Tensor]:
    return {"labels": torch.arange(30) % 3, "predictions": torch.arange(30) // 2 % 3}


def probabilities() -> dict[str, Tensor]:
    quarters = torch.tensor([[0.5, 0.25, 0.25], [0.25, 0.75, 0], [0, 0, 1.0]]).double()
    return {"probs": quarters.repeat(8, 1), "y": torch.arange(24) // 2 % 3}


def two_classes() -> dict[str, Tensor]:
    return {"scores": draw(0, 40), "labels": torch.arange(40) // 3 % 2}


def three_classes() -> dict[str, Tensor]:
    return {"scores": draw(0, 40, 3), "labels": torch.arange(40) % 3}


RANKED = {"scale": {"scores": 0}, "shift": ("scores",), "half": 1e-12}

DECISIONS = [
    *(
        Entry(measure, decisions, options={"classes": 3})
        for measure in (
            classification.confusion_matrix,
            classification.balanced_accuracy,
            classification.f1_score,
            segmentation.detection_scores,
        )
    ),
    Entry(classification.accuracy, decisions),
    Entry(
        segmentation.detection_scores,
        lambda: {**decisions(), "mask": torch.arange(30) % 4 > 0},
        options={"classes": 3},
        variant="mask",
    ),
    Entry(
        segmentation.frames_to_segments,
        lambda: {"labels": torch.arange(30) // 4 % 3},
        options={"hop": 0.02},
        order="the rows are the frames of a recording",
        empty="defined",
    ),
    Entry(
        segmentation.segments_to_frames,
        lambda: {"segments": torch.tensor([[0.0, 0.5, 1.0], [0.5, 1.0, 2.0]]).double()},
        options={"hop": 0.1, "frames": 12},
        order="where segments overlap, later rows win",
        empty="defined",
    ),
    Entry(calibration.ece, probabilities),
    Entry(calibration.brier, probabilities),
    Entry(auc.auc_binary, two_classes, **RANKED),
    Entry(auc.auc_pairs, three_classes, **RANKED),
    *(
        Entry(
            auc.auc_multiclass,
            three_classes,
            options={"mode": mode, "average": average},
            variant=f"{mode}-{average}",
            **RANKED,
        )
        for mode in ("ovo", "ovr")
        for average in ("macro", "weighted", None)
    ),
]

"""Classes and their scores."""

import torch
from torch import Tensor

from support.losses import (
    auc,
    classification,
)
from tests.properties.framework import Entry, draw
from tests.properties.losses.rows import LABELS, loss

__all__ = ["OF_CLASSES"]


def scored() -> dict[str, Tensor]:
    return {"scores": draw(0, 12, 3), "labels": LABELS.clone()}


def weighed() -> dict[str, Tensor]:
    weights = torch.tensor([1.0, 2.0, 0.5]).double()
    return {**scored(), "class_weights": weights, "mask": torch.arange(12) != 5}


# a sample's scores may be shifted together, of a ranking a column's
OF_CLASSES = [
    *(
        loss(of, example, variant=variant, shift=("scores",), rows=rows)
        for of in (
            classification.cross_entropy,
            classification.focal_loss,
            auc.ovo_loss,
            auc.ovr_loss,
        )
        for variant, example, rows in (
            ("plain", scored, None),
            ("weighed", weighed, ("scores", "labels", "mask")),
        )
    ),
    loss(classification.mean_absolute_error, scored, shift=("scores",)),
    *(
        loss(of, scored, variant="scores", options={"on": "scores"}, shift=("scores",))
        for of in (auc.ovo_loss, auc.ovr_loss)
    ),
    loss(
        auc.smooth_auc_matrix,
        lambda: {"columns": draw(0, 12, 3), "labels": LABELS.clone()},
        names={"columns": "scores"},
        shift=("columns",),
        empty="defined",
    ),
    Entry(
        auc.saturated_share,
        lambda: {"scores": 5 * draw(0, 12, 3), "labels": LABELS.clone()},
        options={"on": "scores"},
        shift=("scores",),
    ),
    Entry(
        classification.balanced_class_weights,
        lambda: {"labels": LABELS[:10].clone()},
        call=lambda labels: classification.balanced_class_weights(labels, 3).double(),
    ),
]

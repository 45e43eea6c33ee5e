"""Other modalities, teachers, prototypes, and segments."""

from torch import Tensor

from support.losses import (
    distillation,
    multimodal,
    nmf_segmentation,
    prototypes,
    soft_targets,
)
from tests.properties.framework import draw
from tests.properties.losses.rows import LABELS, loss

__all__ = ["OF_MODALITIES", "OF_PROTOTYPES", "OF_SEGMENTS", "OF_TEACHERS"]


def partners() -> dict[str, Tensor]:
    return {"a": draw(0, 8, 3), "b": draw(1, 8, 3)}


OF_MODALITIES = [
    *(
        loss(
            multimodal.info_nce,
            partners,
            options={"temperature": 0.5, "symmetric": symmetric},
            variant="both" if symmetric else "one",
            half=2e-2,
        )
        for symmetric in (False, True)
    ),
    loss(multimodal.alignment_penalty, partners, half=2e-2),
]


def answers() -> dict[str, Tensor]:
    return {"student": draw(0, 8, 3), "teacher": draw(1, 8, 3)}


OF_TEACHERS = [
    *(
        loss(
            distillation.bernoulli_kd,
            answers,
            options={"direction": direction},
            variant=direction,
            half=2e-2,
        )
        for direction in ("forward", "reverse")
    ),
    loss(
        distillation.bernoulli_kd,
        lambda: {**answers(), "mask": draw(2, 8, 3) > -1},
        variant="masked",
        half=2e-2,
    ),
    loss(soft_targets.softmax_kd, answers, half=2e-2),
]


def placed() -> dict[str, Tensor]:
    return {"z": draw(0, 8, 3), "p": draw(1, 8, 3)}


OF_PROTOTYPES = [
    *(
        loss(
            prototypes.prototype_distance,
            placed,
            options={"kind": kind, "over": over},
            variant=f"{kind}-{over}",
            order="moves",
            half=2e-2,
            **({"scale": {"z": 0, "p": 0}} if kind == "cosine" else {}),
        )
        for kind, over in (
            ("euclidean", "sum"),
            ("euclidean", "mean"),
            ("cosine", "sum"),
        )
    ),
    loss(
        prototypes.orthogonal_projection,
        lambda: {"z": draw(0, 12, 5), "y": LABELS.clone()},
        scale={"z": 0},
    ),
]


def annotated() -> dict[str, Tensor]:
    labels = (draw(1, 6, 4) > 0).double()
    labels[2] = -1  # a number, not a class: nobody has looked
    return {"logits": draw(0, 6, 4), "labels": labels}


def rebuilt() -> dict[str, Tensor]:
    parts = {"recon": draw(2, 6, 5), "x": draw(3, 6, 5), "h": draw(4, 6, 3).relu()}
    return {**annotated(), **parts}


OF_SEGMENTS = [
    loss(nmf_segmentation.masked_bce, annotated),
    loss(nmf_segmentation.nmf_segmentation, rebuilt),
]

"""Pairs of samples, and trials of verification."""

import torch
from torch import Tensor

from support.losses import (
    contrastive,
    detection_cost,
    erasure,
    margins,
    pairwise,
    verification,
)
from tests.properties.framework import draw
from tests.properties.losses.rows import LABELS, loss

__all__ = ["OF_PAIRS"]


def pairs() -> dict[str, Tensor]:
    return {"pos": draw(0, 9) + 0.5, "neg": draw(1, 9)}


def utterances() -> dict[str, Tensor]:
    return {"embedding": draw(0, 12, 5), "identity": LABELS.clone()}


def trials() -> dict[str, Tensor]:
    return {"positive": draw(0, 9) + 0.5, "negative": draw(1, 9)}


def classified() -> dict[str, Tensor]:
    inputs = {"embedding": draw(0, 12, 5), "weight": draw(1, 3, 5)}
    return {**inputs, "target": LABELS.clone()}


def centred() -> dict[str, Tensor]:
    inputs = {"embedding": draw(0, 12, 5), "centres": draw(1, 3, 5)}
    return {**inputs, "identity": LABELS.clone()}


def three() -> dict[str, Tensor]:
    return {name: draw(k, 8, 5) for k, name in enumerate(("anchor", "positive"))} | {
        "negative": draw(2, 8, 5)
    }


OF_PAIRS = [
    loss(
        pairwise.surrogate,
        lambda: {"difference": draw(0, 9)},
        order="moves",
        empty="defined",
    ),
    *(
        loss(pairwise.pairwise_loss, pairs, options={"kind": kind}, variant=kind)
        for kind in ("step", "sigmoid", "logistic", "hinge", "squared")
    ),
    loss(pairwise.pairwise_sigmoid, pairs),
    *(
        loss(
            verification.aauc_verification,
            utterances,
            options={"pairs": pairs, "negative_fraction": share, "delta": 5.0},
            variant=f"{pairs}-{share}",
            scale={"embedding": 0},
        )
        for pairs in ("global", "anchored")
        for share in (1.0, 0.5)
    ),
    loss(
        verification.cosine_table,
        utterances,
        call=lambda **inputs: verification.cosine_table(**inputs)[0],
        order="rows and columns of the table move with the utterances",
        scale={"embedding": 0},
    ),
    loss(
        verification.pair_scores,
        utterances,
        call=lambda **inputs: [
            part.sort().values for part in verification.pair_scores(**inputs)
        ],
        scale={"embedding": 0},
    ),
    *(
        loss(
            contrastive.triplet_loss,
            utterances,
            options={"mining": mining},
            variant=mining,
            scale={"embedding": 0},
        )
        for mining in ("hard", "all")
    ),
    loss(
        contrastive.triplet_loss,
        utterances,
        call=lambda **inputs: contrastive.triplet_loss(
            **inputs, mining="random", generator=torch.Generator().manual_seed(0)
        ),
        variant="random",
        order="partners are drawn for a place, whoever stands there",
        scale={"embedding": 0},
    ),
    loss(
        contrastive.centre_loss,
        centred,
        rows=("embedding", "identity"),
    ),
    *(
        loss(
            of,
            classified,
            rows=("embedding", "target"),
            scale={"embedding": 0, "weight": 0},
        )
        for of in (margins.angular_margin_loss, margins.cosine_margin_loss)
    ),
    loss(detection_cost.soft_detection_cost, trials, options={"threshold": 0.2}),
    loss(erasure.identity_triplet, three, shift=()),
    loss(
        erasure.sensitive_regularizer,
        lambda: {"logits": draw(0, 8, 3)},
        shift=("logits",),
    ),
]

"""The rows of `support.losses`: examples, and what each function declares."""

from typing import Any

import torch
from torch import Tensor

from support.losses import (
    auc,
    classification,
    concepts,
    contrastive,
    detection_cost,
    distillation,
    erasure,
    forgetting,
    information,
    margins,
    multimodal,
    nmf_segmentation,
    pairwise,
    prototypes,
    reconstruction,
    soft_targets,
    vae,
    verification,
)
from tests.properties.framework import Entry, draw

__all__ = ["COMPLETE", "HELPERS", "ROWS"]

COMPLETE = True


def loss(of: Any, example: Any, **declared: Any) -> Entry:
    """A row: losses keep the type of their input, but sum in float32 at least."""
    return Entry(of, example, **{"out": "single", "half": 5e-3, **declared})


LABELS = torch.arange(12) % 3
CONCEPTS = draw(7, 12, 4) > 0


# --- classes and their scores ----------------------------------------------------


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


# --- pairs -----------------------------------------------------------------------


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


# --- concepts and latents --------------------------------------------------------


def gaussians() -> dict[str, Tensor]:
    names = ("mean_p", "log_var_p", "mean_q", "log_var_q")
    return {name: draw(k, 8, 3) for k, name in enumerate(names)}


def posteriors() -> dict[str, Tensor]:
    return {"mean": draw(0, 8, 3), "log_variance": draw(1, 8, 3)}


def shared(**inputs: Tensor) -> Any:
    one, other = ("mean", "log_variance"), ("partner", "partner_log_variance")
    first, second, _ = vae.share_posteriors(
        *(tuple(inputs[name] for name in names) for names in (one, other))
    )
    return first, second


def objective(**inputs: Tensor) -> Any:
    return concepts.concept_objective(**inputs, gamma=0.5)


def halved(z: Tensor) -> Tensor:
    """A map of features that takes any type."""
    return z / 2


def forgotten(**given: Tensor) -> Any:
    return forgetting.zero_shot_losses(
        halved, shares=torch.tensor([0.2, 0.3, 0.5]).double(), **given
    )


OF_MAPS = [
    loss(
        forgetting.retain_loss,
        lambda: {"z": draw(0, 8, 3)},
        call=lambda z: forgetting.retain_loss(halved, z),
        scale={"z": 2},
    ),
    loss(
        forgetting.forget_loss,
        lambda: {"z_f": draw(0, 8, 3), "mean": draw(1, 3)},
        call=lambda z_f, mean: forgetting.forget_loss(halved, z_f, mean),
        rows=("z_f",),
    ),
    loss(
        forgetting.forget_loss_pairwise,
        lambda: {"z_f": draw(0, 8, 3), "z_ref": draw(1, 8, 3)},
        call=lambda z_f, z_ref: forgetting.forget_loss_pairwise(halved, z_f, z_ref),
    ),
    loss(
        forgetting.zero_shot_losses,
        lambda: {
            "rows": draw(0, 3, 4),
            "z_f": draw(1, 8, 4),
            "retained": torch.tensor([0, 2]),
        },
        call=forgotten,
        rows=("z_f",),
    ),
]

OF_LATENTS = [
    loss(
        concepts.concept_kl, lambda: {"z_mean": draw(0, 12, 4), "c": CONCEPTS.clone()}
    ),
    loss(
        concepts.concept_cross_entropy,
        lambda: {"c_logits": draw(0, 12, 4), "c": CONCEPTS.clone()},
    ),
    loss(
        concepts.concept_objective,
        lambda: {
            "y_logits": draw(0, 12, 3),
            "c_logits": draw(1, 12, 4),
            "z_mean": draw(2, 12, 4),
            "y": LABELS.clone(),
            "c": CONCEPTS.clone(),
        },
        call=objective,
        shift=("y_logits",),
    ),
    loss(information.gaussian_kl, gaussians, order="moves", empty="defined", half=2e-2),
    loss(
        vae.bernoulli_reconstruction,
        lambda: {"logits": draw(0, 8, 6), "images": draw(1, 8, 6).sigmoid()},
        order="moves",
        empty="defined",
    ),
    *(
        loss(
            reconstruction.gaussian_reconstruction,
            lambda: {"x_hat": draw(0, 8, 6), "x": draw(1, 8, 6)},
            options={"pixels": pixels},
            variant=pixels,
            order="moves",
            empty="defined",
        )
        for pixels in ("mean", "sum")
    ),
    loss(vae.standard_normal_kl, posteriors, order="moves", empty="defined"),
    loss(
        vae.share_posteriors,
        lambda: {
            **posteriors(),
            "partner": draw(2, 8, 3),
            "partner_log_variance": draw(3, 8, 3),
        },
        call=shared,
        order="moves",
        names={"partner": "mean", "partner_log_variance": "log_variance"},
        empty="defined",
    ),
    loss(
        vae.decomposed_kl,
        lambda: {"sample": draw(2, 8, 3), **posteriors()},
        options={"dataset_size": 20},
        order="the sampling scheme weighs one neighbour of each row by itself",
    ),
    loss(
        vae.support_factorisation,
        lambda: {"codes": draw(0, 8, 3)},
        call=lambda codes: vae.support_factorisation(
            codes, torch.Generator().manual_seed(0)
        ),
        order="points of the product are drawn by the places of rows",
    ),
    loss(vae.support_scale, lambda: {"codes": draw(0, 8, 3) / 2}),
]

# --- two modalities ----------------------------------------------------------------


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

# --- answers of another network ----------------------------------------------------


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

# --- where embeddings are told to stand ----------------------------------------------


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

# --- segmentation with a code that rebuilds the sound --------------------------------


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

ROWS: list[Entry] = (
    OF_CLASSES
    + OF_PAIRS
    + OF_MAPS
    + OF_LATENTS
    + OF_MODALITIES
    + OF_TEACHERS
    + OF_PROTOTYPES
    + OF_SEGMENTS
)

HELPERS: dict[str, str] = {
    "support.losses.pairwise.check_delta": "looks at one number, an option",
    "support.losses.pairwise.sum_blocks": "sums what a function gives",
    "support.losses.pairwise.largest_block": "a size for a device",
}

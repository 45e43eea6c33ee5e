"""Latent codes, their posteriors, and what a network forgets or keeps."""

from typing import Any

import torch
from torch import Tensor

from support.losses import (
    concepts,
    forgetting,
    information,
    reconstruction,
    vae,
)
from tests.properties.framework import draw
from tests.properties.losses.rows import LABELS, loss

__all__ = ["OF_LATENTS", "OF_MAPS"]

CONCEPTS = draw(7, 12, 4) > 0


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

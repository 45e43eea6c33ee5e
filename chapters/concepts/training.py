"""Build and train a concept model: the calls that lesson and exercises share."""

from typing import Any

import torch
from torch import Tensor

from support.losses.concepts import concept_objective
from support.models.coders import mlp, resnet20
from support.models.concepts import ConceptModel
from support.training import History, Recipe, generator, seeded_init

__all__ = ["PAPER", "RECIPE", "build_concept_model", "fit_concepts"]

RECIPE = Recipe(epochs=20, schedule="drops", drops=(0.6,), factor=0.2)
"""Ours, for small models: Adam, and the rate falls to a fifth near the end."""

PAPER = Recipe(
    epochs=50,
    rate=0.006,
    optimizer="sgd",
    momentum=0.9,
    weight_decay=4e-5,
    fused=False,
    schedule="drops",
    drops=(0.4, 0.8),
)
"""The authors', of their sprite experiments: 0.003 for a batch of 64, scaled to 128.

Source: code of *There Was Never a Bottleneck in Concept Bottleneck Models* (ICLR
2026), MPI3D and Shapes3D.
"""


def build_concept_model(
    x: Tensor,
    n_concepts: int,
    n_classes: int,
    kind: str,
    *,
    backbone: str = "mlp",
    seed: int = 0,
    **options: Any,
) -> ConceptModel:
    """Build a model for inputs like ``x``; one seed, one encoder for all kinds.

    Args:
        x: (n, ...) inputs; their shape and device decide the encoder's.
        n_concepts: number of binary concepts.
        n_classes: number of labels.
        kind: see `support.models.concepts.ConceptModel`, as are ``options``.
        backbone: ``"mlp"`` (256-128, or 128-64 below 200 numbers a sample) or
            ``"resnet20"``.
        seed: of the initial weights.

    Returns:
        The model, on the device of ``x``.

    Raises:
        ValueError: the backbone is unknown, or as in `ConceptModel`.
    """
    width = n_concepts * (2 if kind == "cem" else 1)
    with seeded_init(seed, "initialisation"):
        if backbone == "mlp":
            features = x[0].numel()
            hidden = [256, 128] if features >= 200 else [128, 64]
            encoder: torch.nn.Module = mlp(features, hidden, width)
        elif backbone == "resnet20":
            encoder = resnet20(x.shape[1], width)
        else:
            raise ValueError(f"backbone: got {backbone!r}; give 'mlp' or 'resnet20'")
        model = ConceptModel(encoder, n_concepts, n_classes, kind, **options)
    return model.to(x.device)


def fit_concepts(
    model: ConceptModel,
    data: tuple[Tensor, Tensor, Tensor],
    recipe: Recipe = RECIPE,
    *,
    seed: int = 0,
    beta: float = 1.0,
    gamma: float = 0.0,
    label: str = "",
) -> History:
    r"""Train a concept model on $\mathcal L$ of `concept_objective`.

    Args:
        model: any kind; trained in place, on its own device.
        data: (n, ...) inputs, (n, k) concepts in {0, 1} and (n,) labels.
        recipe: how.
        seed: of the batches' order and of all noise.
        beta: weight of the concepts.
        gamma: weight of the third term; models but *mcbm* are trained with 0.
        label: the progress bar's name.

    Returns:
        Epoch means of ``loss``, ``task``, ``concepts`` and ``penalty`` (those
        that the model has).

    Raises:
        ValueError: ``gamma`` is not 0 for a model that is no *mcbm*, or an
            input does not fit (see the loss).
    """
    if gamma and model.kind != "mcbm":
        raise ValueError(f"gamma: got {gamma}; a {model.kind} model has no third term")

    def step(x: Tensor, c: Tensor, y: Tensor) -> dict[str, Tensor]:
        out = model(x)
        return concept_objective(
            out.y_logits, out.c_logits, out.z, y, c, beta=beta, gamma=gamma
        )

    return recipe.fit(
        step, model, data, generator=generator(seed, "batches"), label=label
    )

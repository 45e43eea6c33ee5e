"""Build and train a concept model: the calls that lesson and exercises share."""

from typing import Any

import torch
from torch import Tensor

from support.losses.concepts import concept_objective
from support.models.coders import mlp, resnet20
from support.models.concepts import ConceptModel, ConceptOutput
from support.training import History, fit, generator, seeded_init

__all__ = ["build_concept_model", "fit_concepts", "paper_recipe", "predict"]


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


def paper_recipe(model: ConceptModel) -> dict[str, Any]:
    """Optimiser, schedule, epochs and batch of the authors' sprite experiments.

    SGD with rate 0.006 (0.003 for a batch of 64, scaled to 128), momentum 0.9,
    weight decay 4e-5, rate times 0.1 at epochs 20 and 40 of 50.

    Args:
        model: what will be trained.

    Returns:
        Keyword arguments of `fit_concepts`.

    Source: authors' code of *There Was Never a Bottleneck in Concept Bottleneck
    Models* (ICLR 2026), MPI3D and Shapes3D.
    """
    optimizer = torch.optim.SGD(
        model.parameters(), lr=0.006, momentum=0.9, weight_decay=4e-5
    )
    scheduler = torch.optim.lr_scheduler.MultiStepLR(optimizer, [20, 40], 0.1)
    return {
        "optimizer": optimizer,
        "scheduler": scheduler,
        "epochs": 50,
        "batch_size": 128,
    }


def predict(model: ConceptModel, x: Tensor, *, batch_size: int = 2048) -> ConceptOutput:
    """Run a model in evaluation mode, in batches, without gradients.

    Args:
        model: any kind.
        x: (n, ...) inputs on the model's device, n at least 1.
        batch_size: bounds the memory.

    Returns:
        A `ConceptOutput` of n rows; the model's mode is put back.

    Raises:
        ValueError: there are no inputs.
    """
    if not len(x):
        raise ValueError("x: no inputs; give at least one")
    training = model.training
    model.eval()
    with torch.no_grad():
        parts = [model(batch) for batch in x.split(batch_size)]
    model.train(training)
    fields = zip(*parts, strict=True)
    return ConceptOutput(
        *(None if field[0] is None else torch.cat(field) for field in fields)
    )


def fit_concepts(
    model: ConceptModel,
    x: Tensor,
    c: Tensor,
    y: Tensor,
    *,
    beta: float = 1.0,
    gamma: float = 0.0,
    pos_weight: Tensor | None = None,
    epochs: int = 20,
    seed: int = 0,
    batch_size: int = 128,
    optimizer: torch.optim.Optimizer | None = None,
    scheduler: Any | None = None,
    label: str = "",
    checkpoint: str | None = None,
) -> History:
    r"""Train a concept model on $\mathcal L$ of `concept_objective`.

    Args:
        model: any kind; trained in place, on its own device.
        x: (n, ...) inputs.
        c: (n, k) concepts in {0, 1}.
        y: (n,) labels.
        beta: weight of the concepts.
        gamma: weight of the third term; models but *mcbm* are trained with 0.
        pos_weight: see `support.losses.concepts.concept_cross_entropy`.
        epochs: passes over the data.
        seed: of the batches' order and of all noise.
        batch_size: samples a step.
        optimizer: by default Adam with rate 1e-3.
        scheduler: by default the rate falls to a fifth after 60 % of the epochs.
        label: the progress bar's name.
        checkpoint: a file to resume from.

    Returns:
        Epoch means of ``loss``, ``task``, ``concepts`` and ``penalty`` (those
        that the model has).

    Raises:
        ValueError: ``gamma`` is not 0 for a model that is no *mcbm*, or an
            input does not fit (see the loss).
    """
    if gamma and model.kind != "mcbm":
        raise ValueError(f"gamma: got {gamma}; a {model.kind} model has no third term")
    optimizer = optimizer or torch.optim.Adam(model.parameters(), lr=1e-3, fused=True)
    scheduler = scheduler or torch.optim.lr_scheduler.StepLR(
        optimizer, max(1, round(0.6 * epochs)), 0.2
    )

    def step(x: Tensor, c: Tensor, y: Tensor) -> dict[str, Tensor]:
        out = model(x)
        return concept_objective(
            out.y_logits,
            out.c_logits,
            out.z,
            y,
            c,
            beta=beta,
            gamma=gamma,
            pos_weight=pos_weight,
        )

    return fit(
        step,
        model,
        (x, c, y),
        epochs=epochs,
        batch_size=batch_size,
        optimizer=optimizer,
        scheduler=scheduler,
        generator=generator(seed, "batches"),
        label=label,
        checkpoint=checkpoint,
    )

"""The chapter's systems: concept models, and three heads for the spiral's arms."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    one_hot,
)

from chapters.concepts.data import Data
from support.data.digits import DigitTask
from support.data.spirals import Spirals
from support.losses.concepts import concept_cross_entropy, concept_objective
from support.models.coders import mlp, resnet20
from support.models.concepts import ConceptModel
from support.training import History, Recipe, generator, predict, seeded_init

__all__ = [
    "ABLATIONS",
    "GAMMAS",
    "PAPER",
    "RECIPE",
    "RECIPES",
    "SPIRAL_LOSSES",
    "SYSTEMS",
    "build_concept_model",
    "finish_heads",
    "fit_concepts",
    "train",
    "train_independent",
    "train_spiral",
]

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

RECIPES = {"quick": RECIPE, "full": PAPER}
GAMMAS = (0.0, 0.1, 0.3, 1.0, 3.0)
"""Weights of the third term: none, then half a decade apart."""
CONVOLVED = 64
"""Pictures of at least so many pixels a side get the authors' residual network."""


def build_concept_model(
    x: Tensor,
    n_concepts: int,
    n_classes: int,
    kind: str,
    *,
    seed: int = 0,
    **options: Any,
) -> ConceptModel:
    """Build a model for inputs like ``x``; one seed, one encoder for all kinds.

    Args:
        x: (n, ...) inputs; their shape decides the encoder: a perceptron (256-128,
            or 128-64 below 200 numbers a sample), or ``resnet20`` for pictures of
            `CONVOLVED` pixels a side.
        n_concepts: number of binary concepts.
        n_classes: number of labels.
        kind: see `support.models.concepts.ConceptModel`, as are ``options``.
        seed: of the initial weights.

    Returns:
        The model, on the device of ``x``.

    Raises:
        ValueError: as in `ConceptModel`.
    """
    width = n_concepts * (2 if kind == "cem" else 1)
    with seeded_init(seed, "initialisation"):
        encoder: nn.Module
        if x.ndim == 4 and x.shape[-1] >= CONVOLVED:
            encoder = resnet20(x.shape[1], width)
        else:
            features = x[0].numel()
            hidden = [256, 128] if features >= 200 else [128, 64]
            encoder = mlp(features, hidden, width)
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


def train(
    data: Data | DigitTask,
    recipe: Recipe,
    seed: int,
    *,
    kind: str,
    beta: float = 1.0,
    gamma: float = 0.0,
    **options: Any,
) -> ConceptModel:
    """Build a concept model and train it; one seed, one encoder, one order of batches.

    Args:
        data: the task; its training split is learned.
        recipe: how.
        seed: of weights, batches and noise.
        kind: see `support.models.concepts.ConceptModel`, as are ``options``.
        beta: weight of the concepts.
        gamma: weight of the third term.
    """
    inputs = (data.x_train, data.c_train, data.y_train)
    classes = int(data.y_train.max()) + 1
    model = build_concept_model(
        data.x_train, len(data.names), classes, kind, seed=seed, **options
    )
    fit_concepts(model, inputs, recipe, seed=seed, beta=beta, gamma=gamma, label=kind)
    return model


def train_independent(
    data: Data | DigitTask, recipe: Recipe, seed: int, *, beta: float = 1.0
) -> ConceptModel:
    """Train a hard model whose two halves never meet: an *independent* bottleneck.

    The encoder learns the concepts alone, the label head learns the label from the
    true concepts; only afterwards does the head read the encoder's rounded answers.

    Args:
        data: the task; its training split is learned.
        recipe: how.
        seed: of weights and batches.
        beta: weight of the concepts.

    Source: Koh et al., Concept Bottleneck Models, ICML 2020, section 3.
    """
    classes = int(data.y_train.max()) + 1
    model = build_concept_model(
        data.x_train, len(data.names), classes, "hard", seed=seed
    )

    def step(x: Tensor, c: Tensor, y: Tensor) -> Tensor:
        concepts = concept_cross_entropy(model.concept_head(model.encoder(x)), c)
        return cross_entropy(model.task_head(c), y) + beta * concepts

    recipe.fit(
        step,
        model,
        (data.x_train, data.c_train, data.y_train),
        generator=generator(seed, "batches"),
        label="independent",
    )
    return model


def finish_heads(model: ConceptModel, data: Data, recipe: Recipe, seed: int) -> None:
    """Train the concept heads of a model on, its encoder and components fixed.

    A head that only needed more steps is right afterwards; one whose units are
    silent has no gradient and stays as it was.

    Args:
        model: of kind *mcbm*; its concept heads change in place.
        data: the task; its training split is learned.
        recipe: how.
        seed: of the batches and of the noise that the heads see.
    """
    codes = predict(model, data.x_train).z

    def step(z: Tensor, c: Tensor) -> Tensor:
        return concept_cross_entropy(
            model.concept_head(z + model.sigma * torch.randn_like(z)), c
        )

    recipe.fit(
        step,
        model.concept_head,
        (codes, data.c_train),
        generator=generator(seed, "head batches"),
        label="heads",
    )


SYSTEMS: Mapping[str, Callable[..., ConceptModel]] = {
    "CBM": partial(train, kind="cbm"),
    "CBM, noise": partial(train, kind="cbm", sigma=1.0),
} | {f"MCBM γ={gamma:g}": partial(train, kind="mcbm", gamma=gamma) for gamma in GAMMAS}
"""The methods of the comparison, baselines first: name to train(data, recipe, seed).

From *CBM* to *MCBM γ=3* one thing changes at a time: noise in training, then affine
concept heads (*MCBM γ=0*), then the weight of the third term.
"""

ABLATIONS: Mapping[str, Callable[..., ConceptModel]] = {
    "MCBM γ=3, no noise": partial(train, kind="mcbm", gamma=3.0, sigma=0.0),
    "MCBM γ=3, ReLU heads": partial(train, kind="mcbm", gamma=3.0, concept_head="mlp"),
}
"""The method with one part taken away or exchanged."""


def _prototypes(z: Tensor, q: Tensor) -> Tensor:
    # g(c) = 3 onehot(c) and 1 / (2 sigma_z^2) = 0.2, as in the third term.
    return cross_entropy(z, q) + 0.2 * (z - 3 * q).square().sum(1).mean()


SPIRAL_LOSSES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "four sigmoids": lambda z, q: 4 * binary_cross_entropy_with_logits(z, q),
    "softmax": cross_entropy,
    "softmax, prototypes": _prototypes,
}
"""Ways to train four logits (n, 4) on one-hot arms (n, 4)."""


def train_spiral(
    arms: Spirals,
    loss: Callable[[Tensor, Tensor], Tensor],
    seed: int,
    device: torch.device | str = "cpu",
) -> nn.Module:
    """Train a small network that tells the four arms of a spiral apart.

    Args:
        arms: the points.
        loss: one of `SPIRAL_LOSSES`.
        seed: of weights and batches.
        device: where the network lives.
    """
    with seeded_init(seed, "spirals"):
        net = mlp(2, [64, 64], 4, norm=False).to(device)
    points = (arms.x_train, one_hot(arms.c_train, 4).float())
    Recipe(epochs=400, batch_size=420, rate=1e-2, fused=False).fit(
        lambda x, q: loss(net(x), q),
        net,
        points,
        generator=generator(seed, "spiral batches"),
    )
    return net

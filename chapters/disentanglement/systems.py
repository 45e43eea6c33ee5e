"""The chapter's systems: an encoder told the factors, and autoencoders that are not."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from torch import Tensor, nn

from chapters.disentanglement.autoencoders import (
    RELEASED,
    SETTINGS,
    as_floats,
    encode,
    train_autoencoder,
)
from chapters.disentanglement.data import Data
from chapters.disentanglement.world import rotate
from support.data.dependence import spread
from support.models.coders import mlp
from support.training import Recipe, generator, predict, seeded_init

__all__ = ["RECIPES", "REGRESSION", "SYSTEMS", "autoencode", "regress"]

REGRESSION = Recipe(epochs=10, rate=2e-3, fused=False, schedule="cosine")
"""How an encoder is trained that is told the factors."""

_SMALL = replace(RELEASED, batch_size=128, rate=1e-3)
RECIPES = {
    "quick": {"with targets": REGRESSION, "autoencoders": replace(_SMALL, updates=300)},
    "full": {
        "with targets": replace(REGRESSION, epochs=60),
        "autoencoders": replace(_SMALL, updates=10_000),
    },
}
"""How both kinds are trained; pictures of 64 pixels take `RELEASED` in ``full``."""


def autoencode(
    data: Data,
    profile: str,
    seed: int,
    *,
    checkpoint: str | Path | None = None,
    **family: Any,
) -> Tensor:
    """Train an autoencoder of one family, and encode the test split.

    Args:
        data: what is learned.
        profile: decides the recipe, see `RECIPES`.
        seed: of weights, order and noise.
        checkpoint: see `train_autoencoder`.
        family: its ``objective`` and the weights of its terms.

    Returns:
        (N, m) codes of the test split, on the CPU.
    """
    recipe, coder, latents = RECIPES[profile]["autoencoders"], "small-mlp", 6
    if profile == "full" and data.x_train.shape[-1] == 64:
        recipe, coder, latents = RELEASED, "burgess", 10
    model, _ = train_autoencoder(
        data.x_train,
        recipe,
        seed=seed,
        coder=coder,
        latents=latents,
        checkpoint=checkpoint,
        **family,
    )
    return encode(model, data.x_test).cpu()


def regress(
    data: Data,
    profile: str,
    seed: int,
    *,
    degrees: float = 0.0,
    trained: bool = True,
    checkpoint: str | Path | None = None,
) -> Tensor:
    r"""Train one scalar a factor, and encode the test split.

    The loss is $\frac1n\sum_i(z_i-c_i)^2$ with the factors at equal steps in
    $[0,1]$: the plainest encoder that is told what each component is for.

    Args:
        data: what is learned.
        profile: decides the recipe, see `RECIPES`.
        seed: of the weights and the order of the batches.
        degrees: by which the plane of the first two targets is turned; 45 teaches an
            entangled code as thoroughly as 0 teaches the factors.
        trained: False leaves the first weights, a floor for every score.
        checkpoint: a file from which an interrupted training goes on.

    Returns:
        (N, n) codes of the test split, on the CPU.
    """
    features = data.x_train[0].numel()
    with seeded_init(seed, "regression"):
        net = mlp(features, (256, 128), len(data.sizes)).to(data.x_train.device)
    targets = rotate(spread(data.c_train, data.sizes), degrees)

    def step(x: Tensor, c: Tensor) -> Tensor:
        return nn.functional.mse_loss(net(as_floats(x)), c)

    if trained:
        RECIPES[profile]["with targets"].fit(
            step,
            net,
            (data.x_train, targets),
            generator=generator(seed, "regression batches"),
            label="with targets",
            checkpoint=checkpoint,
        )
    return predict(net, data.x_test, call=lambda x: net(as_floats(x))).cpu()


System = Callable[..., Tensor]
_TOLD: Mapping[str, System] = {
    "with targets": regress,
    "turned targets": partial(regress, degrees=45.0),
    "untrained": partial(regress, trained=False),
}
SYSTEMS: Mapping[str, Mapping[str, System]] = {
    "quick": {
        **_TOLD,
        "β-VAE, β = 1": partial(autoencode, objective="beta", beta=1.0),
        "β-VAE, β = 4": partial(autoencode, objective="beta"),
    },
    "full": {
        **_TOLD,
        **{name: partial(autoencode, objective=name) for name in SETTINGS},
    },
}
"""By profile, name to a function of data, profile, seed and checkpoint that gives
the codes of the test split."""

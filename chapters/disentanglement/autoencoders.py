"""Train a variational autoencoder of one of three families; read its codes.

One call serves a quick perceptron on small sprites and a resumable training of
the paper's convolutional coders on a graphics card.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from torch import Tensor

from support.losses.vae import (
    bernoulli_reconstruction,
    decomposed_kl,
    standard_normal_kl,
    support_factorisation,
    support_scale,
)
from support.models.vae import VariationalAutoencoder
from support.training import History, Recipe, generator, predict, seeded_init

__all__ = ["RELEASED", "SETTINGS", "as_floats", "encode", "train_autoencoder"]

RELEASED = Recipe(
    updates=30_000,
    batch_size=256,
    rate=4e-4,
    weight_decay=4e-5,
    fused=False,
    schedule="drops",
    drops=(0.4, 0.8),
)
r"""Adam with a rate of $10^{-4}B/64$ for a batch of $B$, and two drops by ten."""

SETTINGS: Mapping[str, Mapping[str, float]] = {
    "beta": {"beta": 4.0},
    "beta_tc": {"alpha": 1.0, "beta": 6.0, "gamma": 1.0},
    "factorised_support": {"beta": 1.0, "gamma": 1.0, "delta": 1.0},
}
"""Family and the weights of the released code."""


def train_autoencoder(
    images: Tensor,
    recipe: Recipe = RELEASED,
    *,
    seed: int,
    objective: str = "beta",
    coder: str = "burgess",
    latents: int = 10,
    checkpoint: str | Path | None = None,
    **settings: float,
) -> tuple[VariationalAutoencoder, History]:
    r"""Train one autoencoder, where its pictures lie.

    With $\mathrm{rec}$ the summed Bernoulli cross-entropy and $\mathrm{KL}$ the
    divergence from the prior, in nats a picture, a batch's loss is

    - ``beta``: $\mathrm{rec}+\beta\,\mathrm{KL}$
    - ``beta_tc``: $\mathrm{rec}+\alpha I+\beta\,TC+\gamma\,\mathrm{dim}$
    - ``factorised_support``: $\mathrm{rec}+\beta\,\mathrm{KL}+\gamma\,$(soft
      Hausdorff distance)$\,+\delta\,$(scale)

    Args:
        images: (N, C, H, W), uint8, or floats in [0, 1]; kept as they are and
            turned into floats a batch at a time.
        recipe: how; an epoch leaves out a last batch that is not full.
        seed: of the weights, the order of the pictures and the noise.
        objective: one of `SETTINGS`.
        coder: see `support.models.vae.CODERS`.
        latents: how many.
        checkpoint: a file, written after each epoch; a training that was
            interrupted goes on where it stopped.
        settings: weights that differ from `SETTINGS`.

    Returns:
        The autoencoder in evaluation mode, and the means of each term an epoch.

    Raises:
        ValueError: pictures, batch size, objective or settings do not fit.

    Source: Higgins 2017; Chen 2018; Roth 2023; weights of the disentanglement
    paper's released code.

    >>> pictures = torch.zeros(8, 1, 4, 4)
    >>> model, _ = train_autoencoder(
    ...     pictures, Recipe(updates=1, batch_size=8), seed=0, coder="small-mlp",
    ...     latents=2)
    >>> encode(model, pictures).shape
    torch.Size([8, 2])
    """
    _validate(images, recipe.batch_size, objective, settings)
    weights = {**SETTINGS[objective], **settings}
    with seeded_init(seed, "autoencoder"):
        model = VariationalAutoencoder(images.shape[1:], latents, coder)
    model.to(images.device)

    def step(rows: Tensor) -> dict[str, Tensor]:
        pictures = as_floats(images[rows])
        mean, log_variance, sample, logits = model(pictures)
        moments = (sample, mean, log_variance)
        reconstruction = bernoulli_reconstruction(logits, pictures).mean()
        price = _PRICES[objective](weights, *moments, len(images))
        return {"loss": reconstruction + price, "reconstruction": reconstruction}

    history = recipe.fit(
        step,
        model,
        (torch.arange(len(images)),),
        generator=generator(seed, "autoencoder batches"),
        checkpoint=checkpoint,
        label=objective,
        drop_last=True,
    )
    return model, history


def encode(
    model: VariationalAutoencoder, images: Tensor, *, batch_size: int = 1024
) -> Tensor:
    """Means (N, m) of the posteriors, the codes that the scores look at."""

    def mean(batch: Tensor) -> Tensor:
        return model.encode(as_floats(batch))[0]

    return predict(model, images, call=mean, batch_size=batch_size)


def as_floats(pictures: Tensor) -> Tensor:
    """Pictures as floats in [0, 1], whether they are kept as bytes or not."""
    if pictures.dtype == torch.uint8:
        return pictures.float() / 255
    return pictures


Weights = Mapping[str, float]


def _beta(w: Weights, _: Tensor, mean: Tensor, log_variance: Tensor, n: int) -> Tensor:
    return w["beta"] * standard_normal_kl(mean, log_variance).sum(1).mean()


def _beta_tc(
    w: Weights, sample: Tensor, mean: Tensor, log_variance: Tensor, n: int
) -> Tensor:
    shared, total, each = decomposed_kl(sample, mean, log_variance, n)
    return w["alpha"] * shared + w["beta"] * total + w["gamma"] * each


def _factorised_support(
    w: Weights, sample: Tensor, mean: Tensor, log_variance: Tensor, n: int
) -> Tensor:
    # Its own generator, seeded by the loop's: a resumed training draws alike.
    source = torch.Generator(mean.device).manual_seed(int(torch.randint(2**62, ())))
    price = _beta(w, sample, mean, log_variance, n)
    price = price + w["gamma"] * support_factorisation(mean, source)
    return price + w["delta"] * support_scale(mean)


#: What a family asks for beside reconstruction; `n` is the size of the training set.
_PRICES: Mapping[str, Callable[..., Tensor]] = {
    "beta": _beta,
    "beta_tc": _beta_tc,
    "factorised_support": _factorised_support,
}


def _validate(
    images: Tensor, batch_size: int, objective: str, settings: Weights
) -> None:
    if images.ndim != 4:
        raise ValueError(f"images: got shape {tuple(images.shape)}; give (N, C, H, W)")
    if not 2 <= batch_size <= len(images):
        raise ValueError(
            f"batch_size: got {batch_size} for {len(images)} images; give 2 to "
            f"{len(images)}"
        )
    low, high = (float(value) for value in images.aminmax())
    if images.is_floating_point() and not 0 <= low <= high <= 1:
        raise ValueError(
            f"images: floats run from {low:g} to {high:g}; give values in [0, 1], or "
            "uint8"
        )
    if objective not in SETTINGS:
        raise ValueError(
            f"objective: got {objective!r}; give one of {', '.join(SETTINGS)}"
        )
    if unknown := sorted(settings.keys() - SETTINGS[objective].keys()):
        raise ValueError(
            f"settings: got {', '.join(unknown)}; {objective} has "
            f"{', '.join(SETTINGS[objective])}"
        )

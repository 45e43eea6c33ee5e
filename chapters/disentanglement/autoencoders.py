"""Train a variational autoencoder of any family; read its codes.

One call serves a quick perceptron on small sprites and a resumable training of
the paper's convolutional coders on a graphics card.
"""

from pathlib import Path

import torch
from torch import Tensor

from chapters.disentanglement.objectives import AutoencoderObjective
from support.models.vae import VariationalAutoencoder
from support.training import History, Recipe, generator, predict, seeded_init

__all__ = ["RELEASED", "Partners", "as_floats", "encode", "train_autoencoder"]

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


def train_autoencoder(
    images: Tensor,
    recipe: Recipe = RELEASED,
    *,
    seed: int,
    objective: str = "beta",
    coder: str = "burgess",
    latents: int = 10,
    factors: Tensor | None = None,
    checkpoint: str | Path | None = None,
    label: str = "",
    **settings: float,
) -> tuple[VariationalAutoencoder, History]:
    r"""Train one autoencoder, where its pictures lie.

    Args:
        images: (N, C, H, W), uint8, or floats in [0, 1]; kept as they are and
            turned into floats a batch at a time.
        recipe: how; an epoch leaves out a last batch that is not full.
        seed: of the weights, the order of the pictures and the noise.
        objective: a family of `chapters.disentanglement.objectives`.
        coder: see `support.models.vae.CODERS`.
        latents: how many.
        factors: (N, n) integers, for ``ada``: its pairs differ in one factor.
        checkpoint: a file, written after each epoch; a training that was
            interrupted goes on where it stopped.
        label: of the progress bar, which shows when a person watches.
        settings: weights of the family's terms.

    Returns:
        The autoencoder in evaluation mode, and the means of each term an epoch.

    Raises:
        ValueError: pictures, batch size, objective, settings or factors do not
            fit.

    >>> pictures = torch.zeros(8, 1, 4, 4)
    >>> model, _ = train_autoencoder(
    ...     pictures, Recipe(updates=1, batch_size=8), seed=0, coder="small-mlp",
    ...     latents=2)
    >>> encode(model, pictures).shape
    torch.Size([8, 2])
    """
    _validate(images, recipe.batch_size, objective, factors)
    updates = recipe.updates or recipe.epochs * (len(images) // recipe.batch_size)
    with seeded_init(seed, "autoencoder"):
        model = VariationalAutoencoder(images.shape[1:], latents, coder)
        loss = AutoencoderObjective(
            objective, model, dataset_size=len(images), steps=updates, **settings
        ).to(images.device)
    pairs = None
    if objective == "ada" and factors is not None:
        pairs = Partners(factors.to(images.device))

    def step(rows: Tensor) -> dict[str, Tensor]:
        others = None if pairs is None else as_floats(images[pairs.draw(rows)])
        return loss(as_floats(images[rows]), others)

    history = recipe.fit(
        step,
        loss,
        (torch.arange(len(images)),),
        generator=generator(seed, "autoencoder batches"),
        parameters=[
            {"params": list(model.parameters())},
            {
                "params": list(loss.discriminator.parameters()),
                "lr": 1e-4,
                "weight_decay": 0.0,
                "betas": (0.5, 0.9),
            },
        ],
        checkpoint=checkpoint,
        label=label or objective,
        drop_last=True,
    )
    return model, history


def encode(
    model: VariationalAutoencoder, images: Tensor, *, batch_size: int = 1024
) -> Tensor:
    """Means of the posteriors, the codes that the scores look at.

    Args:
        model: the autoencoder.
        images: (N, C, H, W), as in `train_autoencoder`.
        batch_size: pictures at once.

    Returns:
        (N, m) float32, on the device of the images.
    """

    def mean(batch: Tensor) -> Tensor:
        return model.encode(as_floats(batch))[0]

    return predict(model, images, call=mean, batch_size=batch_size)


class Partners:
    """Finds pictures that differ in one factor, as fast as a look-up.

    For each factor the pictures that agree in all others form a group; a partner
    is another one of the group.  Where a combination of factors occurs more than
    once, the two may agree in all of them and differ in the nuisances alone.

    Args:
        factors: (N, n) integers from 0.

    Raises:
        ValueError: a picture has no partner.

    >>> grid = torch.cartesian_prod(torch.arange(2), torch.arange(3))
    >>> partners = Partners(grid).draw(torch.arange(6))
    >>> (grid != grid[partners]).sum(1)
    tensor([1, 1, 1, 1, 1, 1])
    """

    def __init__(self, factors: Tensor) -> None:
        tables = [_groups(factors, column) for column in range(factors.shape[1])]
        # (n, N) each: rows group after group; start, size, own place in a group.
        self.order, self.start, self.size, self.place = (
            torch.stack(parts) for parts in zip(*tables, strict=True)
        )
        self.usable = (self.size > 1).T.float()
        alone = int((self.usable.sum(1) == 0).sum())
        if alone:
            raise ValueError(
                f"factors: {alone} of {len(factors)} pictures have no partner that "
                "differs in one factor alone; give more of the grid"
            )

    def draw(self, rows: Tensor) -> Tensor:
        """A partner for each row (B,), drawn with torch's own generator."""
        which = torch.multinomial(self.usable[rows], 1).squeeze(1)
        size = self.size[which, rows]
        shift = 1 + (torch.rand(len(rows), device=rows.device) * (size - 1)).long()
        place = (self.place[which, rows] + shift) % size
        return self.order[which, self.start[which, rows] + place]


def _groups(factors: Tensor, column: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Group the rows that agree in all factors but one, and differ in that one."""
    others = torch.cat([factors[:, :column], factors[:, column + 1 :]], dim=1)
    _, group, count = torch.unique(
        others, dim=0, return_inverse=True, return_counts=True
    )
    order = group.argsort(stable=True)
    first = count.cumsum(0) - count
    place = torch.empty_like(order)
    place[order] = torch.arange(len(order), device=order.device) - first[group[order]]
    return order, first[group], count[group], place


def as_floats(pictures: Tensor) -> Tensor:
    """Pictures as floats in [0, 1], whether they are kept as bytes or not."""
    if pictures.dtype == torch.uint8:
        return pictures.float() / 255
    return pictures


def _validate(
    images: Tensor,
    batch_size: int,
    objective: str,
    factors: Tensor | None,
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
    if objective != "ada":
        return
    if factors is None:
        raise ValueError("factors: got None; ada draws its pairs from the factors")
    if len(factors) != len(images):
        raise ValueError(
            f"factors: got {len(factors)} rows for {len(images)} images; give one each"
        )

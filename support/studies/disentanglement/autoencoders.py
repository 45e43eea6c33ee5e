"""Train a variational autoencoder of any family; read its codes.

One call serves a quick perceptron on small sprites and a resumable training of
the paper's convolutional coders on a graphics card.
"""

from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from support.models.vae import VariationalAutoencoder
from support.studies.disentanglement.objectives import AutoencoderObjective
from support.training import History, fit, generator, seeded_init

__all__ = ["TrainedAutoencoder", "draw_partners", "encode", "train_autoencoder"]


class TrainedAutoencoder(NamedTuple):
    """An autoencoder in evaluation mode and how its training went.

    Args:
        model: on the device it was trained on.
        history: means of each term, an entry an epoch.
    """

    model: VariationalAutoencoder
    history: History


def train_autoencoder(
    images: Tensor,
    *,
    seed: int,
    steps: int,
    objective: str = "beta",
    coder: str = "burgess",
    latents: int = 10,
    batch_size: int = 256,
    learning_rate: float | None = None,
    factors: Tensor | None = None,
    device: torch.device | str = "cpu",
    checkpoint: str | Path | None = None,
    label: str = "",
    **settings: float,
) -> TrainedAutoencoder:
    r"""Train one autoencoder with Adam and two drops of the rate by ten.

    The released recipe is a rate of $10^{-4}B/64$ for a batch of $B$, weight
    decay $4\cdot10^{-5}$ and a drop at 40 % and at 80 % of the training.

    Args:
        images: (N, C, H, W), uint8, or floats in [0, 1]; kept as they are and
            turned into floats a batch at a time.
        seed: of the weights, the order of the pictures and the noise.
        steps: updates; rounded to whole epochs, at least one.
        objective: a family of `support.studies.disentanglement.objectives`.
        coder: see `support.models.vae.CODERS`.
        latents: how many.
        batch_size: pictures an update, at most N.
        learning_rate: in place of the released one.
        factors: (N, n) integers that cover a full grid once, for ``ada``: its
            pairs differ in exactly one factor.
        device: where to train.
        checkpoint: a file, written after each epoch; a training that was
            interrupted goes on where it stopped.
        label: of the progress bar, which shows when a person watches.
        settings: weights of the family's terms.

    Returns:
        The autoencoder and its history.

    Raises:
        ValueError: pictures, batch size, objective, settings or factors do not
            fit.

    >>> pictures = torch.zeros(8, 1, 4, 4)
    >>> trained = train_autoencoder(
    ...     pictures, seed=0, steps=1, coder="small-mlp", latents=2, batch_size=8)
    >>> encode(trained.model, pictures).shape
    torch.Size([8, 2])
    """
    _validate(images, batch_size, steps, objective, factors)
    epochs = max(1, round(steps / (len(images) // batch_size)))
    with seeded_init(seed, "autoencoder"):
        model = VariationalAutoencoder(images.shape[1:], latents, coder)
        loss = AutoencoderObjective(
            objective, model, dataset_size=len(images), steps=steps, **settings
        ).to(device)
    rate = learning_rate or 1e-4 * batch_size / 64
    optimizer = torch.optim.Adam(
        [
            {"params": list(model.parameters()), "lr": rate, "weight_decay": 4e-5},
            {
                "params": list(loss.discriminator.parameters()),
                "lr": 1e-4,
                "betas": (0.5, 0.9),
            },
        ]
    )
    scheduler = torch.optim.lr_scheduler.MultiStepLR(
        optimizer, [max(1, round(0.4 * epochs)), max(2, round(0.8 * epochs))], 0.1
    )
    pictures = images.to(device)
    grid = None if factors is None else factors.to(device)

    def step(rows: Tensor) -> dict[str, Tensor]:
        paired = objective == "ada" and grid is not None
        others = _floats(pictures[draw_partners(grid, rows)]) if paired else None
        return loss(_floats(pictures[rows]), others)

    history = fit(
        step,
        loss,
        (torch.arange(len(images)),),
        epochs=epochs,
        batch_size=batch_size,
        optimizer=optimizer,
        scheduler=scheduler,
        generator=generator(seed, "autoencoder batches"),
        checkpoint=checkpoint,
        label=label or objective,
        drop_last=True,
    )
    return TrainedAutoencoder(model, history)


@torch.no_grad()
def encode(
    model: VariationalAutoencoder, images: Tensor, *, batch_size: int = 1024
) -> Tensor:
    """Means of the posteriors, the codes that the scores look at.

    Args:
        model: the autoencoder.
        images: (N, C, H, W), as in `train_autoencoder`.
        batch_size: pictures at once.

    Returns:
        (N, m) float32, on the CPU.
    """
    device = next(model.parameters()).device
    means = [
        model.encode(_floats(batch.to(device)))[0] for batch in images.split(batch_size)
    ]
    return torch.cat(means).cpu()


def draw_partners(factors: Tensor, rows: Tensor) -> Tensor:
    """For each row of a full grid, a row that differs in exactly one factor.

    Args:
        factors: (N, n) integers that cover a full grid once.
        rows: (B,) row numbers.

    Returns:
        (B,) row numbers; drawn with torch's own generator.

    >>> grid = torch.cartesian_prod(torch.arange(2), torch.arange(3))
    >>> partners = draw_partners(grid, torch.arange(6))
    >>> (grid != grid[partners]).sum(1)
    tensor([1, 1, 1, 1, 1, 1])
    """
    sizes = factors.amax(0) + 1
    # Place of a value in the row-major count of all combinations.
    strides = torch.flip(torch.cumprod(torch.flip(sizes, [0]), 0), [0]) // sizes
    row_of = torch.empty(len(factors), dtype=torch.long, device=factors.device)
    row_of[(factors * strides).sum(1)] = torch.arange(
        len(factors), device=factors.device
    )
    varying = torch.nonzero(sizes > 1).squeeze(1)
    which = varying[
        torch.randint(len(varying), (len(rows),), device=rows.device)
    ].unsqueeze(1)
    chosen = factors[rows].clone()
    old, size = chosen.gather(1, which), sizes[which]
    shift = 1 + (torch.rand(which.shape, device=rows.device) * (size - 1)).long()
    chosen.scatter_(1, which, (old + shift) % size)
    return row_of[(chosen * strides).sum(1)]


def _floats(pictures: Tensor) -> Tensor:
    if pictures.dtype == torch.uint8:
        return pictures.float() / 255
    return pictures


def _validate(
    images: Tensor,
    batch_size: int,
    steps: int,
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
    if steps < 1:
        raise ValueError(f"steps: got {steps}; give at least 1")
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
    cells = int((factors.amax(0) + 1).prod())
    distinct = len(torch.unique(factors, dim=0))
    if not len(factors) == len(images) == cells == distinct:
        raise ValueError(
            f"factors: got {distinct} distinct rows of {len(factors)} for "
            f"{len(images)} images on a grid of {cells}; ada needs every combination "
            "exactly once"
        )

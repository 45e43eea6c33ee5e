"""Convolutional networks whose feature maps are stitched, block by block."""

from collections import OrderedDict

import torch
from torch import Tensor, nn

from chapters.similarity.worlds import ImageWorld
from support.training import Recipe, generator, seeded_init

__all__ = ["BLOCKS", "CNN", "tiny_cnn", "train_cnn"]

BLOCKS = ("block1", "block2", "block3")
CNN = Recipe(epochs=12, rate=3e-3, optimizer="adamw", weight_decay=1e-2, fused=False)
"""How a `tiny_cnn` is trained."""


def tiny_cnn(channels: int, classes: int, *, width: int = 8) -> nn.Sequential:
    """Three blocks of 3 x 3 convolutions, a global mean, and an affine head.

    Args:
        channels: of the image.
        classes: numbers that come out.
        width: channels of the first block; they double in each of the others,
            which also halve the side.

    Returns:
        A sequence of `BLOCKS`, ``pool`` and ``head``.

    >>> tiny_cnn(1, 10)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    before = channels
    for index, name in enumerate(BLOCKS):
        after = width * 2**index
        layers[name] = nn.Sequential(
            nn.Conv2d(before, after, 3, 1 + (index > 0), 1, bias=False),
            nn.BatchNorm2d(after),
            nn.ReLU(),
        )
        before = after
    layers["pool"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    layers["head"] = nn.Linear(before, classes)
    return nn.Sequential(layers)


def train_cnn(
    world: ImageWorld,
    classes: int,
    recipe: Recipe = CNN,
    *,
    run: int,
    seed: int,
    width: int = 8,
) -> nn.Sequential:
    """Train a `tiny_cnn` on one of the world's tasks.

    Args:
        world: images and tasks.
        classes: of the task.
        recipe: how.
        run: which initial weights.
        seed: of weights, batches and noise.
        width: of the first block.

    Returns:
        The network in evaluation mode.
    """
    with seeded_init(seed, f"cnn {run}"):
        net = tiny_cnn(world.x_fit.shape[1], classes, width=width)
    net = net.to(world.x_fit.device)
    labels = world.tasks[classes][world.y_fit]

    def step(x: Tensor, y: Tensor) -> Tensor:
        noisy = x + world.noise * torch.randn_like(x)
        return nn.functional.cross_entropy(net(noisy), y)

    recipe.fit(
        step,
        net,
        (world.x_fit, labels),
        generator=generator(seed, f"cnn batches {run}"),
        label=f"{classes} classes",
    )
    return net

"""Feature maps: tiny convolutional networks, stitched block by block."""

from collections import OrderedDict
from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.similarity.data import Data
from chapters.similarity.stitching import (
    STITCHER,
    Stitching,
    evaluate_stitching,
    fit_stitcher,
)
from support.models.hooks import capture, cut
from support.models.stitching import Stitcher
from support.training import Recipe, generator, seeded_init

__all__ = ["BLOCKS", "CNN", "MAPS", "stitch_maps", "tiny_cnn", "train_cnn"]

BLOCKS = ("block1", "block2", "block3")
CNN = Recipe(epochs=12, rate=3e-3, optimizer="adamw", weight_decay=1e-2, fused=False)
"""How a `tiny_cnn` is trained."""
MAPS = replace(STITCHER, epochs=8, rate=3e-3)
"""For feature maps, which start at least squares."""


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
        convolution = nn.Conv2d(before, after, 3, 1 + (index > 0), 1, bias=False)
        layers[name] = nn.Sequential(convolution, nn.BatchNorm2d(after), nn.ReLU())
        before = after
    layers["pool"] = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
    layers["head"] = nn.Linear(before, classes)
    return nn.Sequential(layers)


def train_cnn(
    data: Data,
    classes: int,
    recipe: Recipe = CNN,
    *,
    run: int,
    seed: int,
    width: int = 8,
) -> nn.Sequential:
    """Train a `tiny_cnn` on one of the tasks.

    Args:
        data: images and tasks.
        classes: of the task.
        recipe: how.
        run: which initial weights.
        seed: of weights, batches and noise.
        width: of the first block.

    Returns:
        The network in evaluation mode.
    """
    with seeded_init(seed, f"cnn {run}"):
        net = tiny_cnn(data.x_train.shape[1], classes, width=width)
    net = net.to(data.x_train.device)

    def step(x: Tensor, y: Tensor) -> Tensor:
        return cross_entropy(net(x + data.noise * torch.randn_like(x)), y)

    recipe.fit(
        step,
        net,
        (data.x_train, data.tasks[classes][data.y_train]),
        generator=generator(seed, f"cnn batches {run}"),
        label=f"{classes} classes",
    )
    return net


def stitch_maps(
    source: nn.Sequential,
    target: nn.Sequential,
    block: str,
    x_train: Tensor,
    x_test: Tensor,
    *,
    seed: int,
) -> Stitching:
    """Stitch one block of a convolutional network to the same block of another.

    The stitcher is a 1 x 1 convolution, started at least squares.

    Args:
        source: its blocks before and with ``block`` are used.
        target: its blocks after ``block`` are used.
        block: one of `BLOCKS`.
        x_train: (N, C, H, W) images to fit the stitcher on.
        x_test: images to score it on.
        seed: of the batches' order.
    """
    known, new = (
        [capture(net, [block], images)[block] for net in (source, target)]
        for images in (x_train, x_test)
    )
    head = cut(target, block)[1]
    (z, y), (height, width) = known, known[1].shape[2:]
    stitcher = Stitcher(z.shape[1], y.shape[1], "affine", spatial=(height, width))
    stitcher.to(x_train.device).start_at_least_squares(z, y)
    fit_stitcher(stitcher, z, head, y, MAPS, seed=seed)
    return evaluate_stitching(stitcher, new[0], head, new[1])

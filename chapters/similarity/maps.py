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
from support.training import Recipe, generator, predict, seeded_init

__all__ = ["BLOCKS", "CNN", "MAPS", "Merged", "stitch_maps", "tiny_cnn", "train_cnn"]

BLOCKS = ("block1", "block2", "block3")
CNN = Recipe(
    updates=200,
    rate=3e-3,
    optimizer="adamw",
    weight_decay=1e-2,
    fused=False,
    schedule="linear",
    every="step",
)
"""How a `tiny_cnn` is trained."""
MAPS = replace(STITCHER, updates=48, rate=3e-3)
"""For feature maps, which start at least squares."""


def tiny_cnn(
    channels: int, classes: int, *, width: int = 8, stride: int = 1
) -> nn.Sequential:
    """Three blocks of 3 x 3 convolutions, a global mean, and an affine head.

    Args:
        channels: of the image.
        classes: numbers that come out.
        width: channels of the first block; they double in each of the others,
            which also halve the side.
        stride: of the first block.

    Returns:
        A sequence of `BLOCKS`, ``pool`` and ``head``.

    >>> tiny_cnn(1, 10)(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """
    layers: OrderedDict[str, nn.Module] = OrderedDict()
    before = channels
    for index, name in enumerate(BLOCKS):
        after = width * 2**index
        step = 2 if index else stride
        convolution = nn.Conv2d(before, after, 3, step, 1, bias=False)
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
        channels, side = data.x_train.shape[1:3]
        net = tiny_cnn(channels, classes, width=width, stride=1 + (side > 8))
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


class Merged(nn.Module):
    """Logits of fine classes -> log-probabilities of coarser ones.

    Args:
        table: (fine classes,) the coarse class of each.
    """

    table: Tensor

    def __init__(self, table: Tensor) -> None:
        super().__init__()
        self.register_buffer("table", table)

    def forward(self, logits: Tensor) -> Tensor:
        """(N, fine) -> (N, coarse)."""
        groups = [logits[:, self.table == k] for k in range(int(self.table.max()) + 1)]
        sums = torch.stack([group.logsumexp(1) for group in groups], dim=1)
        return sums.log_softmax(1)


def stitch_maps(
    source: nn.Sequential,
    target: nn.Sequential,
    block: str,
    x_train: Tensor,
    x_test: Tensor,
    *,
    seed: int,
) -> tuple[Stitching, float]:
    """Rebuild one block of a convolutional network from another's, and stitch it.

    The maps are 1 x 1 convolutions, for both questions.

    Args:
        source: its blocks before and with ``block`` are used.
        target: its parts after ``block`` are used.
        block: one of `BLOCKS`.
        x_train: (N, C, H, W) images to fit the map on.
        x_test: images to score it on.
        seed: of the batches' order.

    Returns:
        Scores of stitching, and the held-out R-squared of the least-squares map,
        each channel at each position counting alike.
    """
    known, new = (
        [capture(net, [block], images)[block] for net in (source, target)]
        for images in (x_train, x_test)
    )
    head = cut(target, block)[1]
    (z, y), (height, width) = known, known[1].shape[2:]
    stitcher = Stitcher(z.shape[1], y.shape[1], "affine", spatial=(height, width))
    stitcher.to(x_train.device).start_at_least_squares(z, y)
    missed = (new[1] - predict(stitcher, new[0])).double().square().sum()
    spread = (new[1] - y.mean((0, 2, 3), keepdim=True)).double().square().sum()
    fit_stitcher(stitcher, z, head, y, MAPS, seed=seed)
    found = evaluate_stitching(stitcher, new[0], head, new[1])
    return found, float(1 - missed / spread)

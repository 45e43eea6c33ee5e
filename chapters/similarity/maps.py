"""Feature maps: tiny convolutional networks, stitched block by block."""

from collections import OrderedDict

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.similarity.data import Data
from chapters.similarity.stitches import Stitching, compare_outputs, stitching_loss
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
MAPS = Recipe(updates=48, batch_size=256, rate=3e-3, schedule="cosine")
"""How feature maps are stitched, which start at least squares."""


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
        The network, in evaluation mode and frozen.
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
    return net.eval().requires_grad_(False)


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
    x_train: Tensor,
    x_test: Tensor,
    *,
    seed: int,
) -> dict[str, tuple[Stitching, float]]:
    """Rebuild each block of a convolutional network from another's, and stitch it.

    The maps are 1 x 1 convolutions, for both questions.

    Args:
        source: frozen; its blocks are used.
        target: frozen, of the same sizes; its blocks, and its parts after each.
        x_train: (N, C, H, W) images to fit the maps on.
        x_test: images to score them on.
        seed: of the batches' order.

    Returns:
        By block, the scores of stitching, and the held-out R-squared of the
        least-squares map, each channel at each position counting alike.
    """
    known, new = (
        [capture(net, BLOCKS, images) for net in (source, target)]
        for images in (x_train, x_test)
    )
    found = {}
    for block in BLOCKS:
        (z, y), (z_new, y_new) = ([one[block] for one in both] for both in (known, new))
        head = cut(target, block)[1]
        size = y.shape[2], y.shape[3]
        stitcher = Stitcher(z.shape[1], y.shape[1], "affine", spatial=size)
        stitcher.to(x_train.device).start_at_least_squares(z, y)
        missed = (y_new - predict(stitcher, z_new)).double().square().sum()
        spread = (y_new - y.mean((0, 2, 3), keepdim=True)).double().square().sum()
        MAPS.fit(
            lambda z, q, s=stitcher, h=head: stitching_loss(s, h, z, q),
            stitcher,
            (z, predict(head, y).softmax(1)),
            generator=generator(seed, "stitching batches"),
        )
        moved = predict(head, predict(stitcher, z_new))
        scores = compare_outputs(moved, predict(head, y_new))
        found[block] = scores, float(1 - missed / spread)
    return found

"""Small networks on nested tasks, trained side by side.

Perceptrons of one shape are kept in a *bank*: their weights are stacked, so
that one loop and one product of matrices train all of them at once.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import torch
from torch import Tensor, nn

from chapters.similarity.worlds import ImageWorld
from support.training import Recipe, fit, generator, predict, seeded_init

__all__ = ["HEADS", "Bank", "Drawn", "Head", "Network", "fit_heads", "train_networks"]

CLOSED = -1e4
"""Logit of a class that a task does not have; its probability is exactly 0."""


HEADS = Recipe(updates=300, rate=5e-2, fused=False, schedule="linear")
"""How a new head is fitted to a frozen network."""


class Drawn:
    """One batch a pass, drawn with replacement.

    Args:
        count: rows to draw from.
        size: of the batch.
        draw: on the CPU.
    """

    def __init__(self, count: int, size: int, draw: torch.Generator) -> None:
        self.count, self.size, self.draw = count, size, draw

    def __len__(self) -> int:
        return 1

    def __iter__(self) -> Iterator[Tensor]:
        yield torch.randint(self.count, (self.size,), generator=self.draw)


class Head(NamedTuple):
    """An affine map from activations to ten logits, unused classes closed."""

    weight: Tensor
    bias: Tensor


class Network(NamedTuple):
    """What one trained network is to this chapter.

    Args:
        task: number of classes it was trained on.
        run: which initial weights, counted from 0.
        early: whether it is the snapshot after the first epochs.
        z_fit: (N, d) activations of the compared layer, fitting images.
        z_test: (N', d) the same for the held-out images.
        head: its own, weights (d, 10) and biases (1, 10).
    """

    task: int
    run: int
    early: bool
    z_fit: Tensor
    z_test: Tensor
    head: Head

    @property
    def name(self) -> str:
        """Classes and run, such as ``10a``, or ``10a early``."""
        return f"{self.task}{chr(97 + self.run)}{' early' if self.early else ''}"


class Stacked(nn.Module):
    """M affine maps side by side."""

    def __init__(self, layers: Sequence[nn.Linear]) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.stack([layer.weight.T for layer in layers]))
        self.bias = nn.Parameter(torch.stack([layer.bias for layer in layers])[:, None])

    def forward(self, x: Tensor) -> Tensor:
        """(M, B, in) -> (M, B, out)."""
        return torch.baddbmm(self.bias, x, self.weight)


class Bank(nn.Module):
    """M networks: two hidden layers each, and a head of up to ten classes.

    Images of more than 8 x 8 pixels first pass two small convolutions, the
    networks being groups of one.

    Args:
        shape: (channels, side, side) of an image.
        labels: (M, 10) for each network the class of each fine label.
        hidden: width of the first layer.
        width: of the second, which is the one compared.
        maps: channels of the first convolution.
    """

    def __init__(
        self,
        shape: Sequence[int],
        labels: Tensor,
        *,
        hidden: int = 128,
        width: int = 32,
        maps: int = 8,
    ) -> None:
        super().__init__()
        self.count = count = len(labels)
        channels, side = shape[0], shape[1]
        self.front = None
        inputs = channels * side**2
        if side > 8:
            sizes = (channels, maps, 2 * maps)
            steps = [
                nn.Conv2d(count * one, count * two, 3, 2, 1, groups=count)
                for one, two in pairwise(sizes)
            ]
            self.front = nn.Sequential(
                steps[0], nn.ReLU(), steps[1], nn.ReLU(), nn.AdaptiveAvgPool2d(4)
            )
            inputs = 16 * sizes[-1]
        widths = ((inputs, hidden), (hidden, width), (width, 10))
        layers = [[nn.Linear(*pair) for pair in widths] for _ in labels]
        first, second, head = zip(*layers, strict=True)
        self.first, self.second, self.head = map(Stacked, (first, second, head))
        self.register_buffer("labels", labels)
        self.register_buffer("closed", _closed(labels.amax(1) + 1))

    def features(self, x: Tensor) -> Tensor:
        """(B, channels, side, side) -> (M, B, width), after the ReLU."""
        if self.front is None:
            rows = x.flatten(1).expand(self.count, -1, -1)
        else:
            maps = self.front(x.repeat(1, self.count, 1, 1))
            rows = maps.view(len(x), self.count, -1).transpose(0, 1)
        return self.second(self.first(rows).relu()).relu()

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """Cross-entropy, added up over the networks so that each has its own."""
        logits = self.head(self.features(x)) + self.closed
        wanted = self.labels[:, y]
        each = nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
        return each * self.count


def _closed(classes: Tensor) -> Tensor:
    """(M,) numbers of classes -> (M, 1, 10): 0, or `CLOSED` beyond them."""
    beyond = torch.arange(10, device=classes.device) >= classes[:, None]
    return CLOSED * beyond.float()[:, None]


def train_networks(
    world: ImageWorld,
    *,
    runs: int,
    epochs: tuple[int, int],
    seed: int,
    copies: int = 3,
) -> list[Network]:
    """Train networks on every task, and keep an early and a late state of each.

    All see the same noisy batches in the same order; initial weights differ.

    Args:
        world: images and tasks.
        runs: networks a task.
        epochs: of the early and of the late snapshot.
        seed: of weights, batches and noise.
        copies: versions of each fitting image whose activations are kept: the
            clean one and copies with the noise that training adds.

    Returns:
        Late networks first: every task of run 0, then of run 1, ...; then the
        early ones in the same order.
    """
    tasks = list(world.tasks) * runs
    labels = torch.stack([world.tasks[task] for task in tasks])
    with seeded_init(seed, "first weights"):
        bank = Bank(world.x_fit.shape[1:], labels.cpu()).to(world.x_fit.device)
    adam = torch.optim.AdamW(bank.parameters(), 3e-3, weight_decay=1e-2, fused=True)
    draw = generator(seed, "noise")
    noisy = [_noisy(world, draw) for _ in range(copies - 1)]
    seen = torch.cat([world.x_fit, *noisy])

    def step(x: Tensor, y: Tensor) -> Tensor:
        return bank.loss(x + world.noise * torch.randn_like(x), y)

    states: list[list[Network]] = []
    done = 0
    batches = generator(seed, "batches")
    for early, until in zip((True, False), epochs, strict=True):
        fit(
            step,
            bank,
            (world.x_fit, world.y_fit),
            epochs=until - done,
            batch_size=128,
            optimizer=adam,
            generator=batches,
            label=f"{len(tasks)} networks",
        )
        done = until
        states.append(_snapshot(bank, tasks, seen, world.x_test, early))
    return states[1] + states[0]


def _noisy(world: ImageWorld, draw: torch.Generator) -> Tensor:
    noise = torch.randn(world.x_fit.shape, generator=draw).to(world.x_fit)
    return world.x_fit + world.noise * noise


def _snapshot(
    bank: Bank, tasks: Sequence[int], seen: Tensor, held: Tensor, early: bool
) -> list[Network]:
    def rows_first(x: Tensor) -> Tensor:
        return bank.features(x).transpose(0, 1)

    z_fit, z_test = (
        predict(bank, images, call=rows_first).transpose(0, 1).contiguous()
        for images in (seen, held)
    )
    weights = bank.head.weight.detach().clone()
    biases = (bank.head.bias + bank.closed).detach()
    count = len(set(tasks))
    return [
        Network(task, m // count, early, z_fit[m], z_test[m], Head(*both))
        for m, (task, *both) in enumerate(zip(tasks, weights, biases, strict=True))
    ]


def fit_heads(
    networks: Sequence[Network],
    world: ImageWorld,
    classes: int,
    *,
    seed: int,
    recipe: Recipe = HEADS,
    decay: float = 1e-4,
) -> list[Head]:
    """Fit a new affine head to each frozen network, for any of the tasks.

    Args:
        networks: their activations are read, their weights are not touched.
        world: that they were trained on.
        classes: of the task, a key of ``world.tasks``.
        seed: of the batches, which all heads share.
        recipe: how; a pass is one drawn batch.
        decay: weight of the sum of squared weights; it keeps a head from
            growing without bound where the classes can be separated.

    Returns:
        One head a network.
    """
    z = torch.stack([network.z_fit for network in networks])
    scale = z.std((1, 2), keepdim=True)
    weight = nn.Parameter(z.new_zeros(len(z), z.shape[2], 10))
    bias = nn.Parameter(z.new_zeros(len(z), 1, 10))
    table = world.tasks[classes]
    closed = _closed(table.amax()[None] + 1)
    wanted = table[world.y_fit].repeat(z.shape[1] // len(world.y_fit))

    def step(rows: Tensor) -> Tensor:
        logits = torch.baddbmm(bias, z[:, rows] / scale, weight) + closed
        target = wanted[rows].repeat(len(z))
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), target) * len(z)
        return loss + decay * weight.square().sum()

    recipe.fit(
        step,
        nn.ParameterList([weight, bias]),
        (torch.arange(z.shape[1]),),
        generator=generator(seed, "head noise"),
        sampler=Drawn(z.shape[1], recipe.batch_size, generator(seed, "head batches")),
    )
    weights, biases = (weight / scale).detach(), (bias + closed).detach()
    return [Head(*part) for part in zip(weights, biases, strict=True)]

"""Perceptrons on nested tasks, trained side by side, and heads for frozen ones.

Perceptrons of one shape are kept in a *bank*: their weights are stacked, so
that one loop and one product of matrices train all of them at once.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d, cross_entropy

from chapters.similarity.data import Data
from support.training import Recipe, fit, generator, predict, seeded_init

__all__ = [
    "COPIES",
    "EPOCHS",
    "HEADS",
    "Bank",
    "Head",
    "Network",
    "fit_heads",
    "train_networks",
]

CLOSED = -1e4
"""Logit of a class that a task does not have; its probability is exactly 0."""
COPIES = 2
"""Versions of each training image whose activations are kept: the clean one, and
one with the noise that training adds."""
NOISE = 0.2
"""Deviation of the noise that training adds to what a perceptron is given."""
EPOCHS = {"embedded": (10, 150), "eurosat32": (3, 30)}
"""After so many epochs a network is kept early, and kept late."""
HEADS = Recipe(updates=300, rate=5e-2, fused=False, schedule="linear", every="step")
"""How a new head is fitted to a frozen network."""
DECAY = 1e-4
"""Weight of a new head's squared weights; without it a head grows without bound
where the classes can be separated."""


class Head(NamedTuple):
    """An affine map from activations to ten logits, unused classes closed.

    Args:
        weight: (d, 10), or (J, d, 10) of J heads at once.
        bias: (1, 10), or (J, 1, 10).
    """

    weight: Tensor
    bias: Tensor

    def __call__(self, z: Tensor) -> Tensor:
        """(N, d) -> (N, 10), or (J, N, d) -> (J, N, 10) logits."""
        if z.ndim == 3:
            return torch.baddbmm(self.bias, z, self.weight)
        return z @ self.weight + self.bias


class Network(NamedTuple):
    """What one trained network is to this chapter.

    Args:
        task: number of classes it was trained on.
        run: which initial weights, counted from 0.
        early: whether it is the snapshot after the first epochs.
        z_train: (N, d) activations of the compared layer, training images.
        z_test: (N', d) the same for the held-out images.
        head: its own.
    """

    task: int
    run: int
    early: bool
    z_train: Tensor
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
    """M perceptrons: two hidden layers each, and a head of up to ten classes.

    Args:
        inputs: numbers that describe an image.
        labels: (M, 10) for each network the class of each fine label.
        hidden: width of the first layer.
        width: of the second, which is the one compared.
    """

    labels: Tensor
    closed: Tensor

    def __init__(
        self, inputs: int, labels: Tensor, *, hidden: int = 128, width: int = 32
    ) -> None:
        super().__init__()
        widths = ((inputs, hidden), (hidden, width), (width, 10))
        layers = [[nn.Linear(*pair) for pair in widths] for _ in labels]
        first, second, head = zip(*layers, strict=True)
        self.first, self.second, self.head = map(Stacked, (first, second, head))
        self.register_buffer("labels", labels)
        self.register_buffer("closed", _closed(labels.amax(1) + 1))

    def features(self, x: Tensor) -> Tensor:
        """(B, inputs) -> (M, B, width), after the ReLU."""
        rows = x.expand(len(self.labels), -1, -1)
        return self.second(self.first(rows).relu()).relu()

    def loss(self, x: Tensor, y: Tensor) -> Tensor:
        """Cross-entropy, added up over the networks so that each has its own."""
        logits = self.head(self.features(x)) + self.closed
        each = cross_entropy(logits.flatten(0, 1), self.labels[:, y].flatten())
        return each * len(self.labels)


def described(data: Data) -> tuple[Tensor, Tensor]:
    """What a perceptron is given of each image, for training and held out.

    Of 8 x 8 images their pixels; of larger ones mean and deviation of each colour
    in 8 x 8 cells, each number standardised over the training images.
    """
    if data.x_train.shape[-1] == 8:
        return data.x_train.flatten(1), data.x_test.flatten(1)
    sides = []
    for x in (data.x_train, data.x_test):
        mean = adaptive_avg_pool2d(x, 8)
        spread = (adaptive_avg_pool2d(x.square(), 8) - mean.square()).clamp_min(0)
        sides.append(torch.cat([mean, spread.sqrt()], dim=1).flatten(1))
    mean, scale = sides[0].mean(0), sides[0].std(0) + 1e-6
    return (sides[0] - mean) / scale, (sides[1] - mean) / scale


def _closed(classes: Tensor) -> Tensor:
    """(M,) numbers of classes -> (M, 1, 10): 0, or `CLOSED` beyond them."""
    beyond = torch.arange(10, device=classes.device) >= classes[:, None]
    return CLOSED * beyond.float()[:, None]


def train_networks(
    data: Data, *, runs: int, epochs: tuple[int, int], seed: int
) -> list[Network]:
    """Train networks on every task, and keep an early and a late state of each.

    All see the same noisy batches in the same order; initial weights differ.

    Args:
        data: images and tasks.
        runs: networks a task.
        epochs: of the early and of the late snapshot.
        seed: of weights, batches and noise.

    Returns:
        Late networks first: every task of run 0, then of run 1, ...; then the
        early ones in the same order.
    """
    tasks = list(data.tasks) * runs
    labels = torch.stack([data.tasks[task] for task in tasks])
    x_train, x_test = described(data)
    with seeded_init(seed, "first weights"):
        bank = Bank(x_train.shape[1], labels.cpu()).to(x_train.device)
    adam = torch.optim.AdamW(bank.parameters(), 3e-3, weight_decay=1e-2, fused=True)
    draw, images = generator(seed, "noise"), [x_train]
    for _ in range(COPIES - 1):
        noise = torch.randn(x_train.shape, generator=draw).to(x_train)
        images.append(x_train + NOISE * noise)
    seen = torch.cat(images)

    def step(x: Tensor, y: Tensor) -> Tensor:
        return bank.loss(x + NOISE * torch.randn_like(x), y)

    batches = generator(seed, "batches")
    states: list[list[Network]] = []
    for early, passes in ((True, epochs[0]), (False, epochs[1] - epochs[0])):
        fit(
            step,
            bank,
            (x_train, data.y_train),
            epochs=passes,
            batch_size=128,
            optimizer=adam,
            generator=batches,
            label=f"{len(tasks)} networks",
        )
        states.append(_snapshot(bank, tasks, seen, x_test, early))
    return states[1] + states[0]


def _snapshot(
    bank: Bank, tasks: Sequence[int], seen: Tensor, held: Tensor, early: bool
) -> list[Network]:
    def rows_first(x: Tensor) -> Tensor:
        return bank.features(x).transpose(0, 1)

    z_train, z_test = (
        predict(bank, images, call=rows_first).transpose(0, 1).contiguous()
        for images in (seen, held)
    )
    weights = bank.head.weight.detach().clone()
    biases = (bank.head.bias + bank.closed).detach()
    count = len(set(tasks))
    return [
        Network(task, m // count, early, z_train[m], z_test[m], Head(*both))
        for m, (task, *both) in enumerate(zip(tasks, weights, biases, strict=True))
    ]


def fit_heads(
    networks: Sequence[Network],
    data: Data,
    classes: int,
    *,
    seed: int,
    recipe: Recipe = HEADS,
) -> dict[str, Head]:
    """Fit a new affine head to each frozen network, for any of the tasks.

    Args:
        networks: their activations are read, their weights are not touched.
        data: that they were trained on.
        classes: of the task, a key of ``data.tasks``.
        seed: of the batches, which all heads share.
        recipe: how.

    Returns:
        Name of the network to its head.
    """
    z = torch.stack([network.z_train for network in networks])
    scale = z.std((1, 2), keepdim=True)
    weight = nn.Parameter(z.new_zeros(len(z), z.shape[2], 10))
    bias = nn.Parameter(z.new_zeros(len(z), 1, 10))
    table = data.tasks[classes]
    closed = _closed(table.amax()[None] + 1)
    wanted = table[data.y_train].repeat(z.shape[1] // len(data.y_train))

    def step(rows: Tensor) -> Tensor:
        logits = torch.baddbmm(bias, z[:, rows] / scale, weight) + closed
        target = wanted[rows].repeat(len(z))
        loss = cross_entropy(logits.flatten(0, 1), target) * len(z)
        return loss + DECAY * weight.square().sum()

    recipe.fit(
        step,
        nn.ParameterList([weight, bias]),
        (torch.arange(z.shape[1]),),
        generator=generator(seed, "head batches"),
    )
    weights, biases = (weight / scale).detach(), (bias + closed).detach()
    return {
        network.name: Head(*parts)
        for network, *parts in zip(networks, weights, biases, strict=True)
    }

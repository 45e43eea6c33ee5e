"""The chapter's systems: losses of one network, and the networks that they train."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from chapters.multiclass_auc.data import Task, hold_out
from support.data.sampling import StratifiedSequenceSampler
from support.losses.auc import On, ovo_loss, ovr_loss
from support.losses.classification import (
    balanced_class_weights,
    cross_entropy,
    mean_absolute_error,
)
from support.metrics.auc import auc_multiclass
from support.models.recurrent import BiRecurrent
from support.training import fit, generator, seeded_init

__all__ = [
    "CHOSEN",
    "FRAMES",
    "GRIDS",
    "Trial",
    "losses",
    "train",
    "train_frames",
    "tune",
    "weighted_cross_entropy",
]

Loss = Callable[[Tensor, Tensor], Tensor]
Network = Callable[[Tensor], Tensor]
Train = Callable[..., tuple[Network, list[float]]]
STEPS = 300
FRAMES = {
    "quick": {"units": 32, "batch": 8, "steps": 90, "most": 300},
    "full": {"units": 128, "batch": 24, "steps": 1500, "most": 4096},
}
"""Units a direction, sequences a batch, updates, and frames a class in the pairs."""


def weighted_cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy with the weight N / (C N_c) for a sample of class c."""
    weights = balanced_class_weights(labels, scores.shape[1])
    return cross_entropy(scores, labels, class_weights=weights)


def losses(on: On, **options: Any) -> dict[str, Loss]:
    """Name the losses of the comparison, baselines first.

    Args:
        on: ``scores`` or ``probs``, what the ranking losses compare.
        options: further ones of these two.
    """
    return {
        "CE": cross_entropy,
        "weighted CE": weighted_cross_entropy,
        "OVO": partial(ovo_loss, on=on, **options),
        "OVR": partial(ovr_loss, on=on, **options),
        # Bounded and symmetric, and ranks nothing: the control.
        "MAE": mean_absolute_error,
    }


class Trial(NamedTuple):
    """A loss by its name in `losses`, its knob, and how long it learns.

    Args:
        name: of the loss.
        decay: of the weights over a whole training: exp(-decay) is left of a weight
            that nothing else moves.
        delta: steepness of a ranking loss.
        stop: share of the updates that it learns for.
    """

    name: str
    decay: float = 0.0
    delta: float = 1.0
    stop: float = 1.0

    def run(
        self,
        task: Task,
        seed: int,
        train: Train,
        *,
        on: On,
        looks: int = 1,
        **options: Any,
    ) -> tuple[Network, list[float]]:
        """Train with it; ``looks`` as in `train`, ``on`` and options as in `losses`."""
        loss = losses(on, delta=self.delta, **options)[self.name]
        return train(loss, task, seed, decay=self.decay, looks=looks, stop=self.stop)


GRIDS: Mapping[str, Sequence[Trial]] = {
    "tuned CE": [Trial("weighted CE", decay=decay) for decay in (0.0, 0.3, 1.0, 3.0)],
    "tuned OVO": [Trial("OVO", delta=delta) for delta in (1.0, 3.0, 10.0, 30.0)],
}
"""As many trials for the rival as for the ranking loss, each with its own knob."""


CHOSEN: Mapping[str, Mapping[str, Trial]] = {
    "A": {
        "tuned CE": Trial("weighted CE", decay=3.0, stop=0.85),
        "tuned OVO": Trial("OVO", delta=1.0, stop=1.0),
    },
    "B": {
        "tuned CE": Trial("weighted CE", decay=0.3, stop=0.1),
        "tuned OVO": Trial("OVO", delta=10.0, stop=0.1),
    },
    "B'": {
        "tuned CE": Trial("weighted CE", decay=3.0, stop=0.1),
        "tuned OVO": Trial("OVO", delta=3.0, stop=0.15),
    },
    "embedded D": {
        "tuned CE": Trial("weighted CE", decay=1.0, stop=0.6),
        "tuned OVO": Trial("OVO", delta=30.0, stop=0.4),
    },
    "embedded D'": {
        "tuned CE": Trial("weighted CE", decay=0.3, stop=1.0),
        "tuned OVO": Trial("OVO", delta=10.0, stop=1.0),
    },
    "broadcast D": {
        "tuned CE": Trial("weighted CE", decay=0.3, stop=1.0),
        "tuned OVO": Trial("OVO", delta=30.0, stop=0.8),
    },
    "broadcast D'": {
        "tuned CE": Trial("weighted CE", decay=0.3, stop=0.8),
        "tuned OVO": Trial("OVO", delta=1.0, stop=0.6),
    },
}
"""What `tune` chose of each grid on seeds 0 to 4 of the quick profile.

With 20 looks on the small tasks and 5 on the broadcast, generated and recorded.
"""


def tune(
    grid: Sequence[Trial],
    tasks: Mapping[int, Task],
    train: Train,
    *,
    looks: int,
    **options: Any,
) -> Trial:
    """Choose a knob and the number of updates on labels as wrong as the rest.

    Each trial learns from three quarters of the samples, and its area on the last
    quarter is taken ``looks`` times on the way.  The trial and the time with the
    largest mean over the seeds are chosen.

    Args:
        grid: the trials.
        tasks: by their seeds; their test parts are not looked at.
        train: `train` or `train_frames`.
        looks: at the held-out samples.
        options: of `Trial.run`.
    """
    found = []
    for trial in grid:
        curves = [
            trial.run(hold_out(task), seed, train, looks=looks, **options)[1]
            for seed, task in tasks.items()
        ]
        means = torch.tensor(curves).mean(0)
        found.append((means.max().item(), trial, (int(means.argmax()) + 1) / looks))
    _, trial, stop = max(found, key=lambda one: one[0])
    return trial._replace(stop=stop)


def train(
    loss: Loss,
    task: Task,
    seed: int,
    *,
    hidden: int = 32,
    decay: float = 0.0,
    looks: int = 1,
    stop: float = 1.0,
) -> tuple[Network, list[float]]:
    """Train a small network on the whole sample at once, 300 steps of Adam.

    Args:
        loss: of scores (N, C) and labels (N,).
        task: what is learned.
        seed: of the run; of weights and batches.
        hidden: units.
        decay: of the weights over the whole training, decoupled from the loss.
        looks: how often the test area is taken on the way; that changes
            the training by rounding alone.
        stop: share of the updates after which it ends.

    Returns:
        The network, and 100 times its test area at each look.
    """
    inputs, classes = task.x.shape[1], int(task.y.max()) + 1
    with seeded_init(seed, "first weights"):
        layers = nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        net = nn.Sequential(*layers).to(task.x.device)
    rate = 5e-3
    adam = torch.optim.AdamW(
        net.parameters(), rate, weight_decay=decay / (rate * STEPS), fused=True
    )
    order, curve = generator(seed, "batches"), []
    for _ in range(looks):
        fit(
            lambda x, y: loss(net(x), y),
            net,
            (task.x, task.y),
            epochs=round(STEPS * stop) // looks,
            batch_size=len(task.x),
            optimizer=adam,
            generator=order,
        )
        curve.append(_area(net, task))
    return net, curve


def train_frames(
    loss: Loss,
    task: Task,
    seed: int,
    *,
    profile: str = "quick",
    decay: float = 0.0,
    looks: int = 1,
    stop: float = 1.0,
) -> tuple[Network, list[float]]:
    """Train a segmenter; every batch holds sequences with every class.

    Two recurrent layers in both directions, as the group's own segmenters have.

    Args:
        loss: of scores (N, C) and labels (N,).
        task: sequences (B, M, T) with labels (B, T) to learn from.
        seed: of the run.
        profile: ``quick`` or ``full``; decides units, batches and updates.
        decay: of the weights over the whole training, decoupled from the loss.
        looks: how often the test area is taken on the way.
        stop: share of the updates after which it ends.

    Returns:
        A map of sequences (B, M, T) to one row of scores a frame (B T, C), and 100
        times its test area at each look.
    """
    sizes, classes = FRAMES[profile], int(task.y.max()) + 1
    bands, rate = task.x.shape[1], 3e-3
    with seeded_init(seed, "segmenter"):
        net = BiRecurrent(bands, classes, sizes["units"], cell="lstm")
    net = net.to(task.x.device)

    def scores(x: Tensor) -> Tensor:
        return net(x).transpose(1, 2).flatten(0, 1)

    # A ranking loss compares only what is in one batch.
    counts = one_hot(task.y, classes).sum(1)
    batches = StratifiedSequenceSampler(
        counts, sizes["batch"], generator(seed, "batches")
    )
    epochs = round(sizes["steps"] / len(batches))
    shrink = decay / (rate * epochs * len(batches))
    adam = torch.optim.AdamW(net.parameters(), rate, weight_decay=shrink, fused=True)
    noise, curve = generator(seed, "noise"), []
    for _ in range(looks):
        fit(
            lambda x, y: loss(scores(x), y.flatten()),
            net,
            (task.x, task.y),
            epochs=round(epochs * stop) // looks,
            batch_size=sizes["batch"],
            optimizer=adam,
            sampler=batches,
            generator=noise,
        )
        curve.append(_area(scores, task))
    return scores, curve


@torch.no_grad()
def _area(net: Network, task: Task) -> float:
    probabilities = net(task.x_test).softmax(1)
    return 100 * auc_multiclass(probabilities, task.y_test).item()

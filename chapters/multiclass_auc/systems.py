"""The chapter's systems: losses of one network, and the networks that they train."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from chapters.multiclass_auc.data import Task
from support.data.sampling import StratifiedSequenceSampler
from support.losses.auc import On, ovo_loss, ovr_loss
from support.losses.classification import (
    balanced_class_weights,
    cross_entropy,
    mean_absolute_error,
)
from support.metrics.auc import auc_multiclass
from support.models.recurrent import BiRecurrent
from support.models.tcn import TCN
from support.training import fit, generator, seeded_init

__all__ = ["FRAMES", "losses", "train", "train_frames", "weighted_cross_entropy"]

Loss = Callable[[Tensor, Tensor], Tensor]
STEPS = 300
FRAMES = {
    "quick": {"batch": 8, "steps": 100, "most": 300},
    "full": {"batch": 24, "steps": 1500, "most": 4096},
}
"""Sequences a batch, updates, and frames a class that enter the pairs."""


def weighted_cross_entropy(scores: Tensor, labels: Tensor) -> Tensor:
    """Cross-entropy with the weight N / (C N_c) for a sample of class c."""
    weights = balanced_class_weights(labels, scores.shape[1])
    return cross_entropy(scores, labels, class_weights=weights)


def losses(on: On, **options: Any) -> Mapping[str, Loss]:
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


def train(
    loss: Loss, task: Task, seed: int, *, hidden: int = 32, looks: int = 1
) -> tuple[nn.Module, list[float]]:
    """Train a small network on the whole sample at once, 300 steps of Adam.

    Args:
        loss: of scores (N, C) and labels (N,).
        task: what is learned.
        seed: of the run; of weights and batches.
        hidden: units.
        looks: how often the test area is taken on the way; that changes
            the training by rounding alone.

    Returns:
        The network, and 100 times its test area at each look.
    """
    inputs, classes = task.x.shape[1], int(task.y_test.max()) + 1
    with seeded_init(seed, "first weights"):
        layers = nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, classes)
        net = nn.Sequential(*layers).to(task.x.device)
    adam = torch.optim.Adam(net.parameters(), 5e-3, fused=True)
    order, curve = generator(seed, "batches"), []
    for _ in range(looks):
        fit(
            lambda x, y: loss(net(x), y),
            net,
            (task.x, task.y),
            epochs=STEPS // looks,
            batch_size=len(task.x),
            optimizer=adam,
            generator=order,
        )
        probabilities = net(task.x_test).detach().softmax(1)
        curve.append(100 * auc_multiclass(probabilities, task.y_test).item())
    return net, curve


def train_frames(
    loss: Loss, task: Task, seed: int, *, profile: str = "quick"
) -> tuple[Callable[[Tensor], Tensor], None]:
    """Train a segmenter; every batch holds sequences with every class.

    Args:
        loss: of scores (N, C) and labels (N,).
        task: sequences (B, M, T) with labels (B, T) to learn from.
        seed: of the run.
        profile: ``quick`` for dilated convolutions, ``full`` for two recurrent
            layers in both directions, as the group's own segmenters have.

    Returns:
        A map of sequences (B, M, T) to one row of scores a frame (B T, C).
    """
    sizes, classes = FRAMES[profile], int(task.y_test.max()) + 1
    with seeded_init(seed, "segmenter"):
        bands = task.x.shape[1]
        net: nn.Module = (
            TCN(bands, classes)
            if profile == "quick"
            else BiRecurrent(bands, classes, 128, cell="lstm")
        )
    net = net.to(task.x.device)

    def scores(x: Tensor) -> Tensor:
        return net(x).transpose(1, 2).flatten(0, 1)

    # A ranking loss compares only what is in one batch.
    counts = one_hot(task.y, classes).sum(1)
    rng = generator(seed, "batches")
    batches = StratifiedSequenceSampler(counts, sizes["batch"], rng)
    epochs = sizes["steps"] // len(batches)
    adam = torch.optim.Adam(net.parameters(), 3e-3, fused=True)
    fit(
        lambda x, y: loss(scores(x), y.flatten()),
        net,
        (task.x, task.y),
        epochs=epochs,
        batch_size=sizes["batch"],
        optimizer=adam,
        scheduler=torch.optim.lr_scheduler.OneCycleLR(adam, 3e-3, epochs),
        sampler=batches,
        generator=generator(seed, "noise"),
    )
    return scores, None

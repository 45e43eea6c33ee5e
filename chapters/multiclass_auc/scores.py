"""What the chapter measures: areas, decisions, and three exact statements."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from chapters.multiclass_auc.data import Task
from support.losses.auc import ovo_loss, ovr_loss
from support.losses.classification import balanced_class_weights
from support.losses.pairwise import pairwise_sigmoid
from support.metrics.auc import auc_binary, auc_multiclass
from support.metrics.classification import balanced_accuracy, f1_score
from support.models.calibration import calibrate_bias
from support.training import generator

__all__ = ["decisions", "identities", "measure", "yardstick"]

Network = Callable[[Tensor], Tensor]


@torch.no_grad()
def measure(net: Network, task: Task) -> dict[str, Any]:
    """Judge a network on clean test data; all in per cent.

    Returns:
        ``AUC`` of the softmax over pairs of classes, ``balanced accuracy`` and mean
        ``F1`` of the arg-max, and ``F1 by class`` (C,).
    """
    scores = net(task.x_test)
    guess, classes = scores.argmax(1), scores.shape[1]
    f1 = 100 * f1_score(task.y_test, guess, classes, None).cpu()
    return {
        "AUC": 100 * auc_multiclass(scores.softmax(1), task.y_test).item(),
        "balanced accuracy": 100
        * balanced_accuracy(task.y_test, guess, classes).item(),
        "F1": f1.mean(),
        "F1 by class": f1,
    }


def identities(seed: int) -> dict[str, Tensor]:
    """How far three exact statements are missed, in double precision.

    Returns:
        ``balanced``: OVO minus OVR on balanced data, the largest of twenty tables;
        ``constant``: the largest gradient that a constant added to a column gets;
        ``steep``: the smooth area of whole numbers, some tied, at a steepness of 40
        minus their area.
    """
    rng = generator(seed, "identities")
    balanced = torch.arange(3).repeat(20)
    tables = torch.randn(20, 60, 3, generator=rng, dtype=torch.float64)
    gaps = [(ovo_loss(t, balanced) - ovr_loss(t, balanced)).abs() for t in tables]
    constant = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    uneven = torch.arange(60).clamp_max(49) % 4 % 3
    moved = tables[0] + constant
    both = ovo_loss(moved, uneven, on="scores") + ovr_loss(moved, uneven, on="scores")
    (pull,) = torch.autograd.grad(both, constant)
    one = torch.randint(150, (200,), generator=rng).double()
    truth = torch.arange(200) % 2 == 0
    limit = pairwise_sigmoid(one[truth], one[~truth], delta=40.0)
    return {
        "balanced": torch.stack(gaps).max(),
        "constant": pull.abs().max(),
        "steep": limit - auc_binary(one, truth),
    }


@torch.no_grad()
def yardstick(nets: Mapping[str, Network], task: Task) -> dict[str, dict[str, float]]:
    """100 times the test area of the same networks, of scores and of their softmax."""
    found: dict[str, dict[str, float]] = {"scores": {}, "softmax": {}}
    for name, net in nets.items():
        outputs = net(task.x_test)
        for what, columns in (("scores", outputs), ("softmax", outputs.softmax(1))):
            found[what][name] = 100 * auc_multiclass(columns, task.y_test).item()
    return found


def decisions(
    net: Network, task: Task, push: float
) -> tuple[dict[str, float], list[float]]:
    """What a constant that no ranking loss sees does to the arg-max.

    Args:
        net: three classes, trained with a ranking loss.
        task: its task.
        push: added to the scores of the last class.

    Returns:
        Balanced accuracy in per cent as trained and pushed, each also after
        constants are fitted on the training data; and both training losses.
    """
    fitted, tested = net(task.x).detach(), net(task.x_test).detach()
    even = balanced_class_weights(task.y, 3)
    found, same = {}, []
    for name, size in (("as trained", 0.0), ("pushed", push)):
        extra = torch.tensor([0, 0, size], device=task.x.device)
        same.append(ovo_loss(fitted + extra, task.y, on="scores").item())
        equal = calibrate_bias(fitted + extra, task.y, class_weights=even)
        found[name] = tested + extra
        found[f"{name}, calibrated"] = equal.apply(tested + extra)
    accuracy = {
        name: 100 * balanced_accuracy(task.y_test, scores.argmax(1), 3).item()
        for name, scores in found.items()
    }
    return accuracy, same

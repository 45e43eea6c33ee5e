"""Three rivals that edit weights; each trains a copy of the network, in place.

Settings are those of the authors' code for classes of CIFAR-10, but for what
`systems.GRIDS` tunes.
"""

from copy import deepcopy
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy, kl_div
from torch.nn.utils import clip_grad_norm_

from chapters.unlearning.problem import Problem
from support.training import Recipe, fit, generator, stream_seed

__all__ = ["bad_teaching", "divergence", "fine_tune", "scrub"]

_BATCH = 64


def divergence(teacher: Tensor, student: Tensor) -> Tensor:
    """KL(teacher || student) of two sets of logits (B, C), in nats, mean over B.

    >>> float(divergence(torch.zeros(1, 2), torch.zeros(1, 2)))
    0.0
    """
    log_q, log_p = student.log_softmax(1), teacher.log_softmax(1)
    return kl_div(log_q, log_p, reduction="batchmean", log_target=True)


def fine_tune(problem: Problem, rate: float, seed: int) -> nn.Sequential:
    """Train on with the retained samples, and trust that the others fade."""
    student = deepcopy(problem.net)
    recipe = Recipe(
        epochs=10,
        batch_size=_BATCH,
        rate=rate,
        optimizer="adamw",
        weight_decay=5e-4,
    )
    recipe.fit(
        lambda x, y: cross_entropy(student(x), y),
        student,
        (problem.x_r, problem.y_r),
        generator=generator(seed, "fine-tune"),
    )
    return student


def scrub(problem: Problem, setting: tuple[float, float], seed: int) -> nn.Sequential:
    """Away from the old network on what is to go, near it on what is to stay.

    Args:
        problem: what to forget.
        setting: weight of both retaining terms, and the rate.
        seed: of the batches.

    Source: Kurmanji et al., Towards Unbounded Machine Unlearning, NeurIPS 2023.
    """
    weight, rate = setting
    teacher, student = problem.net, deepcopy(problem.net)
    optimizer = torch.optim.Adam(student.parameters(), lr=rate)

    def clip(*_: Any) -> None:
        clip_grad_norm_(student.parameters(), 1.0)

    optimizer.register_step_pre_hook(clip)

    def away(x: Tensor) -> Tensor:
        with torch.no_grad():
            old = teacher(x)
        return -divergence(old, student(x))

    def near(x: Tensor, y: Tensor) -> Tensor:
        with torch.no_grad():
            old = teacher(x)
        new = student(x)
        return weight * (divergence(old, new) + cross_entropy(new, y))

    for epoch in range(3):
        if epoch == 2:  # the last epoch has a tenth of the rate
            optimizer.param_groups[0]["lr"] = rate / 10
        phases = ((away, (problem.x_f,)), (near, (problem.x_r, problem.y_r)))
        for step, tensors in phases[epoch == 2 :]:
            fit(
                step,
                student,
                tensors,
                epochs=1,
                batch_size=_BATCH,
                optimizer=optimizer,
                generator=generator(seed, f"scrub {epoch} {step.__name__}"),
            )
    return student


def bad_teaching(
    problem: Problem, setting: tuple[float, int], seed: int
) -> nn.Sequential:
    """Two teachers: the old network for what stays, one that guesses for what goes.

    Adam in place of the authors' plain SGD, which moves little in the few steps that
    small data leave.

    Args:
        problem: what to forget.
        setting: rate and epochs.
        seed: of the batches and of the three tenths of the retained samples.

    Source: Chundawat et al., Can Bad Teaching Induce Forgetting?, AAAI 2023.
    """
    rate, epochs = setting
    student = deepcopy(problem.net)
    source = torch.Generator().manual_seed(stream_seed(seed, "bad teaching"))
    some = torch.randperm(len(problem.x_r), generator=source)
    x_r = problem.x_r[some[: 3 * len(some) // 10].to(problem.x_r.device)]
    with torch.no_grad():
        good = problem.net(x_r)
    bad = torch.zeros(len(problem.x_f), good.shape[1], device=good.device)
    recipe = Recipe(epochs=epochs, batch_size=_BATCH, rate=rate)
    recipe.fit(
        lambda x, teacher: divergence(teacher, student(x)),
        student,
        (torch.cat([x_r, problem.x_f]), torch.cat([good, bad])),
        generator=source,
    )
    return student

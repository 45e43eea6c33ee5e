"""Scores as free parameters: which trials a loss moves, and where to.

No network and no features: the score of each trial is itself the parameter, and
gradient descent moves it.  What a network would have to do is left out, so that one
sees what the loss *wants*.
"""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import softplus

from support.losses.pairwise import pairwise_loss

__all__ = ["FLOWS", "draw_scores", "follow"]

Loss = Callable[[Tensor, Tensor], Tensor]
_SLOPE = 10.0


def _classify(target: Tensor, nontarget: Tensor) -> Tensor:
    """Cross-entropy of both classes, equal in weight, around a score of 0."""
    miss = softplus(-_SLOPE * target).mean()
    return miss + softplus(_SLOPE * nontarget).mean()


FLOWS: dict[str, Loss] = {
    "cross-entropy": _classify,
    "hinge on pairs": partial(pairwise_loss, delta=5.0, kind="hinge"),
    "aAUC, δ = 30": partial(pairwise_loss, delta=30.0),
}
"""Cross-entropy around 0, the hinge of all pairs with margin 0.2, the smooth area."""


def draw_scores(
    generator: torch.Generator, targets: int = 20, nontargets: int = 200
) -> tuple[Tensor, Tensor]:
    """Scores of a middling verifier, with one hopeless trial on either side.

    Args:
        generator: a CPU generator.
        targets: how many true claims.
        nontargets: how many false ones.

    Returns:
        (targets,) and (nontargets,) float64; the first of each is on the wrong side.
    """
    draw = partial(torch.randn, generator=generator, dtype=torch.float64)
    target, nontarget = 0.15 + 0.15 * draw(targets), -0.15 + 0.15 * draw(nontargets)
    target[0], nontarget[0] = -0.9, 0.9
    return target, nontarget


def follow(
    target: Tensor, nontarget: Tensor, loss: Loss, *, steps: int = 120, pace: float
) -> Tensor:
    """Gradient descent on the scores themselves.

    The first step moves them by ``pace`` in the root mean square, whatever the
    loss's own scale; the later ones at the same rate.

    Args:
        target: (m,) scores of true claims.
        nontarget: (n,) of false ones.
        loss: of these two.
        steps: how many.
        pace: root mean square of the first step.

    Returns:
        (steps + 1, m + n), the scores before and after each step.

    Raises:
        ValueError: the loss gives no gradient at the start.
    """
    scores = torch.cat([target, nontarget])
    path, rate = [scores], 0.0
    for step in range(steps):
        free = scores.detach().requires_grad_()
        value = loss(free[: len(target)], free[len(target) :])
        slope = torch.autograd.grad(value, free)[0]
        if not step:
            size = float(slope.square().mean().sqrt())
            if size == 0:
                raise ValueError(
                    "loss: it has no gradient at these scores; start from others"
                )
            rate = pace / size
        scores = free.detach() - rate * slope
        path.append(scores)
    return torch.stack(path)

"""A learning rate that rises and falls once, step by step, and can be resumed."""

from typing import Any

import torch

__all__ = ["OneCycle"]


class OneCycle:
    """One cycle over all steps of a training, for a loop that steps once an epoch.

    The rate of Adam rises to its peak over the first 30 % of the steps and falls to
    nearly nothing along a cosine, while its first momentum goes the other way.  It
    moves after every step of the optimiser by itself; `step`, which the loop calls
    once an epoch, does nothing.

    Args:
        optimizer: Adam.
        steps: of the whole training, at least 1.
        peak: highest rate.

    >>> adam = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])
    >>> schedule = OneCycle(adam, steps=10, peak=0.1)
    >>> round(adam.param_groups[0]["lr"], 4)
    0.004
    """

    def __init__(
        self, optimizer: torch.optim.Optimizer, steps: int, peak: float
    ) -> None:
        self._cycle = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, peak, total_steps=max(2, steps) + 1
        )
        optimizer.register_step_post_hook(lambda *_: self._cycle.step())

    def step(self) -> None:
        """Nothing: the rate has moved with the optimiser."""

    def state_dict(self) -> dict[str, Any]:
        """Where the cycle stands."""
        return self._cycle.state_dict()

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from there."""
        self._cycle.load_state_dict(state)

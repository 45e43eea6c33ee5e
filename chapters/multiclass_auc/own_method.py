"""A loss of your own: the squared hinge on every pair of classes."""

import torch


def squared_hinge(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Ask that the right class's score lead each other one by at least 1."""
    right = scores.gather(1, labels[:, None])
    short = (1 - (right - scores)).clamp(min=0) ** 2
    others = torch.ones_like(scores).scatter(1, labels[:, None], 0)
    return (short * others).sum(1).mean()

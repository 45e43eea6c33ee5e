"""Pictures of the size that a chapter's networks take."""

from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d

__all__ = ["sized"]


def sized(images: Tensor, side: int) -> Tensor:
    """(n, c, height, width) -> (n, c, side, side).

    Args:
        images: float; the middle square of each is taken.
        side: in pixels, of which each is a mean of those that it covers.

    >>> import torch
    >>> sized(torch.ones(2, 1, 48, 64), 16).shape
    torch.Size([2, 1, 16, 16])
    """
    short = min(images.shape[2:])
    top, left = ((size - short) // 2 for size in images.shape[2:])
    square = images[:, :, top : top + short, left : left + short]
    return adaptive_avg_pool2d(square, side)

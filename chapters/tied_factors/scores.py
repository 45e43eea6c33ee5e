"""What is measured of a trained classifier."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from chapters.tied_factors.data import Data

__all__ = ["class_sum", "measures"]


def measures(model: Callable[[Tensor], Tensor], data: Data) -> dict[str, float]:
    """Score a classifier on the test part.

    Args:
        model: (n, d) samples to (n, classes) logits.
        data: of the chapter.

    Returns:
        ``accuracy`` in [0, 1], and ``cross-entropy`` in nats, at least 0, the
        logarithm of the number of classes for whoever guesses.
    """
    with torch.no_grad():
        logits = model(data.x_test)
    right = logits.argmax(1) == data.y_test
    return {
        "accuracy": float(right.double().mean()),
        "cross-entropy": float(cross_entropy(logits, data.y_test)),
    }


def class_sum(model: nn.Linear) -> float:
    """The largest absolute sum over classes of the weights of one feature."""
    return float(model.weight.detach().sum(0).abs().max())

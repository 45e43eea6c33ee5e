"""What every row of a loss shares."""

from typing import Any

import torch

from tests.properties.framework import Entry

__all__ = ["LABELS", "loss"]

LABELS = torch.arange(12) % 3


def loss(of: Any, example: Any, **declared: Any) -> Entry:
    """A row: losses keep the type of their input, but sum in float32 at least."""
    return Entry(of, example, **{"out": "single", "half": 5e-3, **declared})

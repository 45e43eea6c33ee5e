"""Rows of the measures: unlearning."""

import torch
from torch import Tensor

from support.metrics import (
    unlearning,
)
from tests.properties.framework import Entry, draw

__all__ = ["UNLEARNING"]


def read_out(**given: Tensor) -> float:
    source = torch.Generator().manual_seed(0)
    return unlearning.residual_r2(**given, noise=0.1, components=3, generator=source)


UNLEARNING = [
    Entry(
        unlearning.membership_auc,
        lambda: {"losses_forget": draw(0, 12), "losses_test": draw(1, 12)},
        together=("losses_forget", "losses_test"),
    ),
    Entry(
        unlearning.residual_r2,
        lambda: {
            "z_fit": draw(0, 24, 4),
            "x_fit": draw(0, 24, 4) + 0.1,
            "z_test": draw(1, 24, 4),
            "x_test": draw(1, 24, 4) + 0.1,
        },
        call=read_out,
        order="the read-out noise is drawn by the places of rows",
    ),
]

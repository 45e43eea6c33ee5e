"""Rows of the measures: statistics over seeds."""

import torch
from torch import Tensor

from support.metrics import (
    comparisons,
    intervals,
    ranking,
)
from tests.properties.framework import Entry, draw

__all__ = ["STATISTICS"]


def differences() -> dict[str, Tensor]:
    return {"differences": draw(0, 8) + 0.5}


STATISTICS = [
    Entry(
        intervals.mean_interval,
        lambda count=count: {"values": draw(0, count)},
        variant=f"{count}",
        scale={"values": 1},
    )
    for count in (3, 10, 30)
] + [
    Entry(comparisons.sign_flip_test, differences, scale={"differences": 0}),
    Entry(comparisons.hedges_g, differences, scale={"differences": 0}),
    Entry(
        comparisons.holm,
        lambda: {"p_values": torch.tensor([0.03, 0.01, 0.2, 0.04]).double()},
        order="moves",
        empty="defined",
    ),
    Entry(
        ranking.rank_methods,
        lambda: {"scores": draw(0, 6, 3) + torch.tensor([0.0, 1.0, 3.0])},
        call=lambda scores: ranking.rank_methods(scores)[:4],
        scale={"scores": 0},
        shift=("scores",),
    ),
]

"""Rows of the measures: sparse codes."""

import torch
from torch import Tensor

from support.metrics import (
    sparse_codes,
)
from tests.properties.framework import Entry, draw

__all__ = ["CODES"]


def rebuilt() -> dict[str, Tensor]:
    return {"x": draw(0, 12, 3), "recon": draw(0, 12, 3) + 0.3 * draw(1, 12, 3)}


def read_off(z: Tensor, which: str = "") -> dict[str, Tensor]:
    y = torch.stack([z[:, 0] + 0.3 * z[:, 2], z[:, 1] - z[:, 3]], 1)
    return {f"z{which}": z, f"y{which}": y}


CODES = [
    Entry(sparse_codes.fvu, rebuilt, together=("x", "recon"), half=1e-2),
    Entry(
        sparse_codes.activity,
        lambda: {"code": draw(0, 12, 4).relu()},
        scale={"code": 0},
    ),
]

"""Rows of the measures: relevance of components."""

import torch
from torch import Tensor

from support.metrics import (
    relevance,
    separation,
)
from tests.properties.framework import Entry, draw

__all__ = ["RELEVANCE", "SEPARATION"]


def active() -> dict[str, Tensor]:
    return {"h": draw(0, 6, 3, 4).abs(), "theta": draw(1, 2, 3)}


def mapped() -> dict[str, Tensor]:
    return {"maps": draw(0, 6, 2, 3, 4).abs(), "ideal": draw(1, 6, 2, 3, 4) > 0}


def cut() -> dict[str, Tensor]:
    x = draw(0, 6, 3, 4).abs() + 1
    return {"x": x, "parts": draw(1, 6, 2, 3, 4).abs().clamp_max(1)}


def two_sums(x: Tensor) -> Tensor:
    return torch.stack([x.sum(1), x[:, 0]], 1)


FRAMES = {"frames": draw(9, 6, 2, 4) > -1}

RELEVANCE = [
    *(
        Entry(
            relevance.relevance,
            active,
            options={"pool": pool},
            variant=pool,
            rows=("h",),
            order="moves",
            scale={"h": 1, "theta": 1},
            out="single",
            half=1e-2,
        )
        for pool in ("mean", "max", "none")
    ),
    Entry(
        relevance.class_prototype,
        lambda: {
            "relevances": draw(0, 6, 2, 3),
            "W": draw(1, 5, 3).abs(),
            "present": torch.arange(12).reshape(6, 2) % 5 > 0,
        },
        rows=("relevances", "present"),
        scale={"relevances": 1, "W": 1},
        out="single",
        half=1e-2,
    ),
    Entry(
        relevance.soft_maps,
        lambda: {
            "x": draw(2, 6, 5, 4).abs(),
            "W": draw(1, 5, 3).abs(),
            "h": active()["h"],
            "selected": draw(3, 6, 2, 3).sigmoid(),
        },
        rows=("x", "h", "selected"),
        order="moves",
        scale={"x": 1, "W": 0, "h": 0},
        out="single",
        half=1e-2,
    ),
    Entry(
        relevance.mass_accuracy,
        lambda: {**mapped(), **FRAMES},
        scale={"maps": 0},
        half=1e-2,
    ),
    Entry(
        relevance.deletion_drop,
        lambda: {**cut(), **FRAMES},
        call=lambda **inputs: relevance.deletion_drop(two_sums, **inputs),
        half=1e-2,
    ),
    Entry(
        relevance.group_relevance,
        lambda: {
            "h": draw(0, 6, 3).abs(),
            "theta": draw(1, 2, 3),
            "labels": torch.arange(6) % 2,
        },
        rows=("h", "labels"),
        scale={"h": 1, "theta": 1},
        out="single",
        half=1e-2,
    ),
]


def gathered() -> dict[str, Tensor]:
    y = torch.arange(24) % 4
    return {"z": 2 * draw(0, 4, 5)[y] + draw(1, 24, 5), "y": y}


SEPARATION = [
    Entry(
        separation.fisher_ratio,
        gathered,
        scale={"z": 0},
        shift=("z",),
        half=5e-3,
    ),
    Entry(separation.cosine_distances, gathered, scale={"z": 0}, half=5e-3),
    Entry(separation.class_mean_cosines, gathered, scale={"z": 0}, half=5e-3),
    Entry(
        separation.class_mean_cosines,
        gathered,
        options={"centre": True},
        variant="centred",
        scale={"z": 0},
        shift=("z",),
        half=5e-3,
    ),
]

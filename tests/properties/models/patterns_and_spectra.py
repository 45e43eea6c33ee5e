"""Patterns of non-negative numbers, and filters of spectra."""

from typing import Any

import torch
from torch import Tensor

from support.models import (
    context_filter,
    nmf,
)
from tests.properties.framework import Entry, draw

__all__ = ["PATTERNS", "SPECTRA"]


def frames_of_patterns() -> dict[str, Tensor]:
    return {"X": draw(0, 6, 9).abs() + 0.1}


def rebuilt(X: Any, **options: Any) -> Tensor:
    draws = torch.Generator().manual_seed(0)
    found = nmf.sparse_nmf(X, 3, generator=draws, iterations=20, **options)
    return found.W @ found.H


PATTERNS = [
    *(
        Entry(
            nmf.sparse_nmf,
            frames_of_patterns,
            call=rebuilt,
            options={"beta": beta},
            variant=f"{beta}",
            order="the first patterns are drawn by the places of rows",
            out="single",
            half=2e-2,
        )
        for beta in (2.0, 1.0)
    ),
    *(
        Entry(
            nmf.activations,
            lambda: {**frames_of_patterns(), "W": draw(1, 6, 3).abs() + 0.1},
            options={"beta": beta},
            variant=f"{beta}",
            rows=("X", "W"),
            scale={"X": 1, "W": -1} if beta == 2 else {},
            out="single",
            half=2e-2,
        )
        for beta in (2.0, 1.0)
    ),
    Entry(
        nmf.beta_divergence,
        lambda: {"x": draw(0, 6, 9).abs(), "y": draw(1, 6, 9).abs()},
        out="single",
        empty="defined",
        half=1e-2,
    ),
]


def filtered(x: Any, y: Any) -> Tensor:
    return context_filter.fit_context_filter(x, y, frames=1, penalty=1.0).apply(x)


SPECTRA = [
    Entry(
        context_filter.fit_context_filter,
        lambda: {"x": draw(0, 6, 3, 8), "y": draw(1, 6, 3, 8)},
        call=filtered,
        order="moves",
        out="single",
        half=1e-2,
    )
]

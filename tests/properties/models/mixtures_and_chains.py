"""Mixtures, chains, and what is pooled over them."""

from typing import Any

import torch
from torch import Tensor

from support.models import (
    chains,
    frame_statistics,
    gmm,
    hmm,
    pooling,
)
from tests.properties.framework import Entry, draw

__all__ = ["ALIGNMENTS"]


def frames() -> dict[str, Tensor]:
    centres = 4 * draw(0, 3, 2)
    return {"x": centres[torch.arange(60) % 3] + draw(1, 60, 2)}


def spoken() -> dict[str, Tensor]:
    state = (torch.arange(9) // 3)[None, :, None]
    return {
        "x": 3 * state + draw(0, 8, 9, 2),
        "frames": torch.tensor([9, 7, 8, 9, 6, 9, 8, 9]),
        "phrase": torch.arange(8) % 2,
    }


def fitted_mixture(x: Tensor) -> Tensor:
    mixture = gmm.DiagonalGMM(3, 2)
    mixture.fit(x, generator=torch.Generator().manual_seed(0), iterations=5)
    return mixture.log_responsibilities(x).exp()


def updated_mixture(x: Tensor) -> Any:
    mixture = gmm.DiagonalGMM(3, 2)
    mixture.mean = 4 * draw(0, 3, 2)
    for _ in range(3):
        mixture.update(x)
    return mixture.mean, mixture.variance, mixture.log_weight.exp()


def fitted_chain(kind: str) -> Any:
    def call(**inputs: Any) -> Any:
        chain = hmm.PhraseHMM(2, 3, 2)
        chain.fit(**inputs, kind=kind, iterations=2)
        return chain.align(**inputs, soft=True)[0].double()

    return call


def emitted() -> dict[str, Tensor]:
    return {
        "log_emission": draw(0, 4, 6, 3),
        "frames": torch.tensor([5, 4, 3, 6]),
        "log_stay": -draw(1, 3).square() - 0.1,
        "log_next": -draw(2, 3).square() - 0.1,
    }


def pooled() -> dict[str, Tensor]:
    mask = torch.ones(4, 6, dtype=torch.bool)
    mask[1, 4:] = False
    return {"y": draw(0, 4, 6, 3), "mask": mask}


def aligned() -> dict[str, Tensor]:
    return {"y": draw(0, 4, 6, 3), "A": draw(1, 4, 6, 2).square() + 0.1}


def counted(**inputs: Any) -> Any:
    found = frame_statistics.baum_welch(**inputs)
    return found.N, found.F, found.S


def adapted(mean: Any) -> Any:
    y, A = aligned().values()
    return frame_statistics.relevance_map(frame_statistics.baum_welch(y, A), mean)


ALIGNMENTS = [
    Entry(
        gmm.DiagonalGMM,
        frames,
        call=fitted_mixture,
        variant="fit",
        order="the first means are drawn by the places of frames",
        scale={"x": 0},
        shift=("x",),
        half=2e-2,
    ),
    Entry(gmm.DiagonalGMM, frames, call=updated_mixture, variant="update"),
    *(
        Entry(
            hmm.PhraseHMM,
            spoken,
            call=fitted_chain(kind),
            variant=kind,
            order="moves",
            scale={"x": 0},
            shift=("x",),
            tolerance=1e-5,
            half=1e-2,
        )
        for kind in ("viterbi", "baum_welch")
    ),
    Entry(
        chains.viterbi,
        emitted,
        rows=("log_emission", "frames"),
        order="moves",
        empty="defined",
    ),
    Entry(
        chains.forward_backward,
        emitted,
        call=lambda **inputs: chains.forward_backward(**inputs).gamma,
        rows=("log_emission", "frames"),
        order="moves",
        out="single",
        empty="defined",
    ),
    *(
        Entry(
            of,
            example,
            order="moves",
            scale={"y": 1},
            out="input",
            empty="defined",
            half=1e-2,
        )
        for of, example in (
            (pooling.mean_pool, pooled),
            (pooling.statistics_pool, pooled),
            (pooling.alignment_pool, aligned),
        )
    ),
    Entry(
        pooling.uniform_alignment,
        lambda: {"frames": torch.tensor([5, 4, 3, 6])},
        call=lambda frames: pooling.uniform_alignment(frames, 3, 6).double(),
        order="moves",
        empty="defined",
    ),
    Entry(
        frame_statistics.baum_welch,
        lambda: {"x": aligned()["y"], "A": aligned()["A"]},
        call=counted,
        order="moves",
        empty="defined",
    ),
    Entry(
        frame_statistics.relevance_map,
        lambda: {"mean": draw(2, 2, 3)},
        call=adapted,
        rows=(),
        order="a mean for each state: there are no rows",
        empty="defined",
    ),
]

"""Factors that many frames share."""

from typing import Any

import torch
from torch import Tensor

from support.models import (
    factor_analysis,
    frame_statistics,
    tied_factors,
    tied_inference,
)
from tests.properties.framework import Entry, draw
from tests.properties.models.mixtures_and_chains import aligned

__all__ = ["FACTORS"]


def tied() -> dict[str, Tensor]:
    J = draw(0, 6, 5, 3)
    return {
        "precision": J.mT @ J,
        "linear": draw(1, 6, 3),
        "speaker": torch.arange(6) // 2,
    }


def told(**inputs: Any) -> Tensor:
    y, A = aligned().values()
    return tied_inference.log_likelihood(frame_statistics.baum_welch(y, A), **inputs)


def counts(N: Any, F: Any) -> frame_statistics.Statistics:
    return frame_statistics.Statistics(N, F, F**2)


def layer() -> dict[str, Tensor]:
    root = draw(0, 3, 3)
    return {
        "phi": draw(1, 4, 2, 3),
        "N": draw(2, 4, 2).abs(),
        "F": draw(3, 4, 2, 5),
        "last": draw(4, 3, 5),
        "prior": root @ root.T + torch.eye(3).double(),
        "model": torch.arange(4) % 2,
    }


def adapted_layer(N: Any, F: Any, **inputs: Any) -> Tensor:
    return tied_factors.map_last_layer(statistics=counts(N, F), **inputs)


def analysed(y: Any, A: Any) -> Any:
    found = frame_statistics.baum_welch(y, A)
    state = torch.arange(2).expand(len(found.N), 2)
    model = factor_analysis.JointFactorAnalysis(
        factor_analysis.state_means(found, state, 2), 1, 1
    )
    source = torch.Generator().manual_seed(0)
    speaker = torch.arange(len(state)) // 2
    return model.fit(found, state, speaker, iterations=2, generator=source)


def mean_frames(y: Any, A: Any) -> Tensor:
    found = frame_statistics.baum_welch(y, A)
    state = torch.arange(2).expand(len(found.N), 2)
    return factor_analysis.state_means(found, state, 2)


def centred(y: Any, x: Any) -> Any:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = tied_factors.TiedFactorNetwork(3, 4, 2, 3, 5).double()
    return tied_factors.centre(network, y, x)[1:]


FACTORS = [
    Entry(
        tied_inference.tied_posterior,
        tied,
        call=lambda **inputs: tied_inference.tied_posterior(
            **inputs, speaker_factors=1
        ),
        order="sessions move and speakers stay; tests/models holds both",
        empty="defined",
        out="single",
        half=2e-2,
    ),
    Entry(
        tied_inference.log_likelihood,
        lambda: {"mean": draw(2, 2, 3), "variance": draw(3, 3).exp()},
        call=told,
        rows=(),
        order="a mean for each state: there are no rows",
        empty="defined",
        half=1e-2,
    ),
    Entry(
        tied_factors.map_last_layer,
        layer,
        call=adapted_layer,
        rows=("phi", "N", "F", "model"),
        empty="defined",
        half=2e-2,
    ),
    Entry(
        tied_factors.centre,
        lambda: {"y": draw(0, 9, 2), "x": draw(1, 9, 3)},
        call=centred,
        order="moves",
        scale={"y": 0, "x": 0},
        shift=("y", "x"),
        half=2e-2,
    ),
    Entry(
        factor_analysis.JointFactorAnalysis,
        aligned,
        call=analysed,
        order="whose recordings they are is told by their places",
        shift=("y",),
        names={"y": "x"},
        tolerance=1e-5,
        half=2e-2,
    ),
    Entry(
        factor_analysis.state_means,
        aligned,
        call=mean_frames,
        names={"y": "x"},
        half=1e-2,
    ),
]

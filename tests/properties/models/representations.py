"""Concepts, calibration, erasure, stitching and other maps of codes."""

from typing import Any

import torch
from torch import Tensor

from support.models import (
    calibration,
    concepts,
    erasure,
    forgetting,
    prototypes,
    rotations,
    sparse_autoencoder,
    stitching,
)
from tests.properties.framework import Entry, draw
from tests.properties.models.speakers_and_maps import LABELS, voices

__all__ = ["OTHERS"]


def calibrated(scores: Tensor, labels: Tensor) -> Tensor:
    found = calibration.calibrate_bias(scores, labels)
    return found.apply(scores).softmax(1)


def stitched(source: Tensor, target: Tensor) -> Any:
    stitcher = stitching.Stitcher(3, 3, "affine").double()
    stitcher.start_at_least_squares(source, target)
    return stitcher.linear.weight, stitcher.offset


def turned(**inputs: Any) -> Tensor:
    prior = rotations.RotatedPrior(4, 5, torch.Generator().manual_seed(0), 4.0)
    return prior.transport(**inputs)


def solved(z_r: Tensor, z_f: Tensor, mean: Tensor) -> Any:
    found = forgetting.solve_forget_map(z_r, z_f, mean, 1.0)
    offset = found.offset.detach()
    return found.linear.weight, offset / offset.norm()  # it grows with the features


OTHERS = [
    Entry(
        concepts.class_means,
        lambda: {"z": draw(0, 12, 3), "c": draw(1, 12, 3) > 0},
        scale={"z": 1},
        out="single",
    ),
    Entry(
        concepts.quantiles, lambda: {"z": draw(0, 12, 3)}, scale={"z": 1}, out="single"
    ),
    Entry(
        prototypes.prototypes,
        lambda: {"c": draw(0, 12, 3) > 0},
        call=lambda c: prototypes.prototypes(c).double(),
        order="moves",
        empty="defined",
    ),
    Entry(
        calibration.calibrate_bias,
        lambda: {
            "scores": draw(0, 24, 4)
            + torch.nn.functional.one_hot(LABELS.roll(1) // 2 + LABELS // 2, 4),
            "labels": LABELS.clone(),
        },
        call=calibrated,
        order="moves",
        scale={"scores": 0},
        shift=("scores",),
        out="single",
        tolerance=1e-4,
        half=1e-2,
    ),
    Entry(
        erasure.leace,
        lambda: {"x": voices()["embedding"], "z": draw(5, 24, 2)},
        call=lambda x, z: erasure.leace(x, z)(x),
        order="moves",
        scale={"x": 1, "z": 0},
        shift=("z",),
        out="single",
    ),
    Entry(
        forgetting.solve_forget_map,
        lambda: {"z_r": draw(0, 24, 3), "z_f": draw(1, 24, 3), "mean": draw(2, 3)},
        call=solved,
        rows=("z_r", "z_f"),
        together=("z_r", "z_f", "mean"),
        out="single",
    ),
    Entry(
        rotations.RotatedPrior,
        lambda: {"z": draw(0, 24, 5), "source": LABELS, "target": LABELS.flip(0)},
        call=turned,
        order="moves",
        scale={"z": 1},
        out="single",
        empty="defined",
    ),
    Entry(
        sparse_autoencoder.topk_relu,
        lambda: {"a": draw(0, 12, 6)},
        options={"k": 2},
        order="moves",
        scale={"a": 1},
        out="single",
        empty="defined",
        half=1e-2,
    ),
    Entry(
        sparse_autoencoder.align_units,
        lambda: {"decoder_a": draw(0, 6, 4), "decoder_b": draw(1, 6, 5)},
        scale={"decoder_a": 0, "decoder_b": 0},
        half=1e-2,
    ),
    Entry(
        stitching.Stitcher,
        lambda: {"source": draw(0, 24, 3), "target": draw(1, 24, 3)},
        call=stitched,
    ),
]

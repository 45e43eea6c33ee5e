"""Shifts of embeddings between conditions."""

from typing import Any

import torch
from torch import Tensor

from support.models import (
    compensation,
    effort,
    regression_compensation,
)
from tests.properties.framework import Entry, draw
from tests.properties.models.speakers_and_maps import LABELS

__all__ = ["SHIFTS"]


def paired() -> dict[str, Tensor]:
    x = draw(0, 24, 3)
    return {"normal": x, "shouted": 0.7 * x + 1 + 0.3 * draw(1, 24, 3)}


def shifted(make: Any) -> Any:
    def call(normal: Any, shouted: Any) -> Any:
        fitted = make().fit(normal, shouted, torch.Generator().manual_seed(0))
        return fitted.bias(shouted)

    return call


def conditions() -> dict[str, Tensor]:
    shouted = LABELS == 0
    return {"z": draw(0, 24, 3) + shouted[:, None], "shouted": shouted}


def told(z: Any, shouted: Any) -> Any:
    return effort.EffortDetector(0.1).fit(z, shouted).probability(z)


def switched(z: Any, shouted: Any) -> Any:
    detector = effort.EffortDetector(0.1).fit(**conditions())
    return effort.CompensatedBackend(detector, lambda z: z / 2).transform(z, shouted)


SHIFTS = [
    *(
        Entry(
            of,
            paired,
            call=shifted(make),
            variant=variant,
            order="the starts of mixtures are drawn by the places of pairs",
            out="single",
            half=2e-2,
        )
        for of, variant, make in (
            *(
                (
                    compensation.BiasCompensator,
                    kind,
                    lambda kind=kind: compensation.BiasCompensator(kind, 2),
                )
                for kind in compensation.KINDS
            ),
            (
                regression_compensation.JointCompensator,
                "",
                lambda: regression_compensation.JointCompensator(2, 2),
            ),
        )
    ),
    Entry(
        regression_compensation.LinearCompensator,
        paired,
        call=shifted(lambda: regression_compensation.LinearCompensator(0.5)),
        order="moves",
        out="single",
        half=2e-2,
    ),
    Entry(
        effort.EffortDetector,
        conditions,
        call=told,
        order="moves",
        scale={"z": 0},
        shift=("z",),
        out="single",
        tolerance=1e-4,
        half=2e-2,
    ),
    Entry(
        effort.CompensatedBackend,
        conditions,
        call=switched,
        order="moves",
        out="single",
        empty="defined",
        half=2e-2,
    ),
]

"""Rows of the measures: probes and usable information."""

import torch
from torch import Tensor

from support.metrics import (
    compactness,
    probes,
    usable_information,
)
from tests.properties.framework import Entry, draw
from tests.properties.metrics.similarity import split

__all__ = ["COMPACT", "PROBES"]


def features() -> dict[str, Tensor]:
    y = torch.arange(60) % 3
    return {"features": draw(0, 60, 4) + y[:, None], "labels": y}


def leaks() -> dict[str, Tensor]:
    n = torch.arange(60) % 2
    z = draw(0, 60, 3) + n[:, None]
    return {
        "z_train": z[:40],
        "n_train": n[:40],
        "z_test": z[40:],
        "n_test": n[40:],
    }


def observed() -> dict[str, Tensor]:
    y = torch.arange(60) % 3
    return {"x": draw(0, 60, 4) + y[:, None], "y": y, "given": draw(1, 60, 2)}


def noisy_split() -> dict[str, Tensor]:
    return {**split(), "y": split()["y"] + 0.3 * draw(5, 40, 8)}


def probed(probe: str):
    def call(features: Tensor, labels: Tensor) -> Tensor:
        fitted = probes.fit_probe(features, labels, 3, probe=probe)
        return fitted.logits(features).softmax(1).double()

    return call


COMPACT = [
    Entry(
        of,
        lambda: {"relevances": draw(0, 5, 6).relu() + 4 * torch.eye(5, 6)},
        order="moves",
        scale={"relevances": 0},
    )
    for of in (compactness.effective_number, compactness.mass_number)
]

PROBES = [
    Entry(
        probes.fit_probe,
        features,
        call=probed("logistic"),
        variant="logistic",
        order="moves",
        scale={"features": 0},
        shift=("features",),
        tolerance=1e-4,
    ),
    Entry(
        probes.fit_probe,
        features,
        call=probed("mlp"),
        variant="mlp",
        order="the seed's batches are of the rows",
        tolerance=1e-2,
        half=0.1,
    ),
    Entry(
        probes.conditional_entropy,
        lambda: {"logits": draw(0, 30, 3), "labels": torch.arange(30) % 3},
    ),
    Entry(
        probes.urr,
        leaks,
        options={"n_values": 2},
        rows=("z_train", "n_train"),
        tolerance=1e-4,
    ),
    Entry(
        usable_information.usable_information,
        observed,
        call=lambda **given: usable_information.usable_information(**given, n_values=3)[
            :4
        ],
        order="the seed's folds are of the rows",
        scale={"x": 0, "given": 0},
        shift=("x", "given"),
        tolerance=1e-4,
    ),
    *(
        Entry(
            usable_information.gaussian_usable_information,
            noisy_split,
            options={"noise": noise},
            variant=noise,
            rows=("x", "y"),
        )
        for noise in ("full", "isotropic")
    ),
]

"""Rows of the measures: information and disentanglement."""

import torch
from torch import Tensor

from support.metrics import (
    discrete,
    disentanglement,
    information,
)
from support.metrics.disentanglement import importances
from tests.properties.framework import Entry, draw
from tests.properties.metrics.sparse_codes import read_off

__all__ = ["INFORMATION"]


def variables() -> dict[str, Tensor]:
    a = torch.arange(60) % 3
    return {"a": a, "b": (a + torch.arange(60) // 7) % 4, "given": torch.arange(60) % 2}


def columns() -> dict[str, Tensor]:
    a, b, given = variables().values()
    return {"a": torch.stack([a, b], 1), "b": torch.stack([given, a, b], 1)}


def weights() -> Tensor:
    return torch.arange(60).double() % 5 + 1


def world() -> dict[str, Tensor]:
    factors = torch.stack([torch.arange(60) % 3, torch.arange(60) // 3 % 2], 1)
    return {
        "factors": factors,
        "codes": draw(0, 60, 4) * 0.5 + factors[:, [0, 1, 0, 1]],
    }


def weighted_world() -> dict[str, Tensor]:
    return {**world(), "weights": weights()}


AFFINE = {"scale": {"codes": 0}, "shift": ("codes",), "half": 0.1}
HISTOGRAMS = (
    disentanglement.mig,
    disentanglement.mig_sup,
    disentanglement.dcimig,
    disentanglement.jemmig,
    disentanglement.modularity,
)


def parts(measure, count: int, **options):
    return lambda **given: measure(**given, **options)[:count]


INFORMATION = [
    Entry(
        information.entropy,
        lambda: {"variables": variables()["b"]},
        call=lambda variables: information.entropy(variables),
    ),
    Entry(information.mutual_information, lambda: {k: variables()[k] for k in "ab"}),
    Entry(information.conditional_mutual_information, variables),
    Entry(
        information.conditional_mutual_information,
        lambda: {**variables(), "weights": weights()},
        variant="weights",
        scale={"weights": 0},
    ),
    Entry(information.mutual_information_matrix, columns),
    Entry(information.pairwise_information, columns),
    Entry(
        discrete.discretise,
        lambda: {"codes": draw(0, 40, 3)},
        call=lambda codes: discrete.discretise(codes).values,
        order="moves",
        **AFFINE,
    ),
    Entry(
        discrete.table_rows,
        lambda: {"table": torch.tensor([[0.5, 0.125], [0.25, 0.125]]).double()},
        order="the rows are the values of a variable",
    ),
    *(Entry(measure, world, options={"bins": 5}, **AFFINE) for measure in HISTOGRAMS),
    *(
        Entry(
            measure,
            weighted_world,
            options={"bins": 5},
            variant="weights",
            **AFFINE,
        )
        for measure in HISTOGRAMS
    ),
    Entry(disentanglement.minimality_sufficiency, world, options={"bins": 5}, **AFFINE),
    Entry(
        disentanglement.minimality_sufficiency_gaussian,
        world,
        call=parts(disentanglement.minimality_sufficiency_gaussian, 2, draws=3),
        **{**AFFINE, "order": "the seed's draws are of the rows"},
    ),
    Entry(
        disentanglement.active_latents,
        lambda: {"codes": draw(0, 40, 3) * torch.tensor([1.0, 0.0, 1.0])},
        scale={"codes": 0},
        shift=("codes",),
    ),
    *(
        Entry(
            disentanglement.dci,
            world,
            call=parts(disentanglement.dci, 3, predictor=predictor, trees=5),
            variant=predictor,
            order="the seed's split is of the rows",
            tolerance=tolerance,
            **AFFINE,
        )
        for predictor, tolerance in (("lasso", 1e-3), ("forest", 1e-6))
    ),
    Entry(
        disentanglement.dci_from_importances,
        lambda: {"importances": draw(0, 3, 4).abs()},
        scale={"importances": 0},
    ),
    Entry(
        importances.lasso_importances,
        lambda: {**read_off(draw(0, 24, 4)), **read_off(draw(1, 9, 4), "_test")},
        options={"alpha": 0.05},
        rows=("z", "y"),
        together=("z", "y", "z_test", "y_test"),
        tolerance=1e-4,
        half=1e-2,
    ),
    Entry(
        importances.completeness,
        lambda: {"importances": draw(0, 3, 4).abs()},
        order="moves",
        scale={"importances": 0},
    ),
    Entry(
        disentanglement.explicitness,
        world,
        order="the seed's split is of the rows",
        **AFFINE,
    ),
    Entry(
        disentanglement.factor_vae_score,
        world,
        call=parts(
            disentanglement.factor_vae_score,
            1,
            train_votes=60,
            test_votes=60,
            active_std=0.0,
        ),
        order="the seed's draws are of the rows",
        **AFFINE,
    ),
    Entry(
        disentanglement.beta_vae_score,
        world,
        options={"pairs": 5, "train_points": 60, "test_points": 60},
        order="the seed's draws are of the rows",
        **AFFINE,
    ),
    Entry(
        disentanglement.infomec,
        world,
        call=parts(disentanglement.infomec, 3),
        order="the seed's split is of the rows",
        tolerance=1e-4,
        **AFFINE,
    ),
    Entry(disentanglement.neighbour_information, world, tolerance=1e-4, **AFFINE),
    Entry(disentanglement.irs, world, **AFFINE),
    Entry(disentanglement.irs, weighted_world, variant="weights", **AFFINE),
    Entry(disentanglement.sap, world, **AFFINE),
    Entry(
        disentanglement.sap,
        world,
        options={"method": "classifier"},
        variant="classifier",
        order="the seed's split is of the rows",
        half=0.1,
    ),
    Entry(
        disentanglement.bottleneck_terms,
        lambda: {
            "factors": world()["factors"],
            "nuisance": torch.arange(60) % 2,
            "observation": torch.arange(60) % 12,
            "codes": columns()["a"],
        },
        names={
            "factors": r"\w+",
            "nuisance": r"\w+",
            "observation": r"\w+",
            "codes": r"\w+",
        },
    ),
]

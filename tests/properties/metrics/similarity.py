"""Rows of the measures: similarity of representations."""

import torch
from torch import Tensor

from support.metrics import (
    retrieval,
    similarity,
)
from tests.properties.framework import Entry, draw

__all__ = ["SIMILARITY"]


def pair() -> dict[str, Tensor]:
    x = draw(0, 40, 6)
    return {"x": x, "y": torch.cat([x[:, :3], draw(1, 40, 5)], 1)}


def split() -> dict[str, Tensor]:
    return {
        **pair(),
        "x_test": pair()["x"].flip(0)[:20] + 0.1,
        "y_test": pair()["y"].flip(0)[:20],
    }


def grams() -> dict[str, Tensor]:
    x, y = pair().values()
    return {"K": x @ x.T, "L": y @ y.T}


def streamed(x: Tensor, y: Tensor) -> float:
    return similarity.minibatch_cka([(x[:20], y[:20]), (x[20:], y[20:])])


def accumulated(x: Tensor, y: Tensor) -> float:
    stream = similarity.MinibatchCKA()
    stream.update(x, y)
    return stream.compute()


def shape_distances(x: Tensor, y: Tensor) -> tuple[float, float, float]:
    found = similarity.procrustes(x, y)
    return found.r2, found.distance, found.angle


ALIKE = {"scale": {"x": 0, "y": 0}, "shift": ("x", "y")}

SIMILARITY = [
    Entry(similarity.cca, pair, call=lambda x, y: similarity.cca(x, y)[:2], **ALIKE),
    Entry(
        similarity.svcca, pair, call=lambda x, y: similarity.svcca(x, y)[:2], **ALIKE
    ),
    Entry(
        similarity.pwcca, pair, call=lambda x, y: similarity.pwcca(x, y)[:2], **ALIKE
    ),
    *(
        Entry(
            similarity.rsa,
            pair,
            options={"distance": distance, "comparison": comparison},
            variant=f"{distance}-{comparison}",
            scale={"x": 0, "y": 0},
            shift=("x", "y"),
            half=1e-2,
        )
        for distance in ("euclidean", "correlation")
        for comparison in ("spearman", "pearson")
    ),
    *(
        Entry(measure, pair, options={"unbiased": form}, variant=f"{form}", **ALIKE)
        for measure in (similarity.linear_cka, similarity.rbf_cka)
        for form in (True, False)
    ),
    Entry(
        similarity.hsic,
        grams,
        order="rows and columns of a Gram matrix move together",
        scale={"K": 1, "L": 1},
        shift=("K", "L"),
    ),
    Entry(
        similarity.minibatch_cka,
        pair,
        call=streamed,
        order="the rows of a batch may move, not those of two",
        **ALIKE,
    ),
    Entry(similarity.MinibatchCKA, pair, call=accumulated, **ALIKE),
    *(
        Entry(
            similarity.mutual_neighbours,
            pair,
            options={"k": 5, "distance": distance},
            variant=distance,
            scale={"x": 0, "y": 0},
            shift=("x", "y") if distance == "euclidean" else (),
        )
        for distance in ("euclidean", "cosine")
    ),
    Entry(
        similarity.procrustes,
        pair,
        call=shape_distances,
        **ALIKE,
    ),
    *(
        Entry(
            similarity.fit_r2,
            split,
            call=lambda x, y, x_test, y_test, family=family: similarity.fit_r2(
                x, y, family, x_test, y_test
            )[:2],
            variant=family,
            rows=("x", "y"),
            order="same" if family != "mlp" else "the seed's batches are of the rows",
            tolerance=1e-6 if family != "mlp" else 1e-3,
        )
        for family in similarity.FAMILIES
    ),
]


def found() -> dict[str, Tensor]:
    return {
        "queries": draw(0, 12, 3),
        "items": draw(1, 6, 3),
        "query_keys": torch.arange(12) % 6,
        "item_keys": torch.arange(6),
    }


SIMILARITY += [
    Entry(
        retrieval.recall,
        found,
        options={"k": k},
        variant=f"{k}",
        rows=("queries", "query_keys"),
        scale={"queries": 0, "items": 0},
    )
    for k in (1, 3)
]

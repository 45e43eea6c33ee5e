"""The rows of `support.metrics`: examples, and what each function declares."""

import torch
from torch import Tensor

from support.metrics import comparisons, intervals, ranking, similarity
from tests.properties.framework import Entry

__all__ = ["COMPLETE", "HELPERS", "ROWS"]

COMPLETE = False


def draw(seed: int, *shape: int) -> Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


# --- statistics over seeds ---------------------------------------------------------


def differences() -> dict[str, Tensor]:
    return {"differences": draw(0, 8) + 0.5}


STATISTICS = [
    Entry(
        intervals.mean_interval,
        lambda count=count: {"values": draw(0, count)},
        variant=f"{count}",
        scale={"values": 1},
    )
    for count in (3, 10, 30)
] + [
    Entry(comparisons.sign_flip_test, differences, scale={"differences": 0}),
    Entry(comparisons.hedges_g, differences, scale={"differences": 0}),
    Entry(
        comparisons.holm,
        lambda: {"p_values": torch.tensor([0.03, 0.01, 0.2, 0.04]).double()},
        order="moves",
        empty="defined",
    ),
    Entry(
        ranking.rank_methods,
        lambda: {"scores": draw(0, 6, 3) + torch.tensor([0.0, 1.0, 3.0])},
        call=lambda scores: ranking.rank_methods(scores)[:4],
        scale={"scores": 0},
        shift=("scores",),
    ),
]


# --- similarity of representations -------------------------------------------------


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

ROWS = STATISTICS + SIMILARITY

HELPERS = {
    "support.metrics.comparisons.smallest_p": "takes a count of seeds",
    "support.metrics.comparisons.against": "the two tests and the interval, by names",
    "support.metrics.ranking.critical_difference": "takes counts and a level",
    "support.metrics.intervals.array_of": "the edge of the statistics",
    "support.metrics.intervals.sample_of": "the edge of the statistics",
    "support.metrics.similarity.inputs.centred": "behind check_pair",
    "support.metrics.similarity.inputs.check_pair": "the edge of the similarities",
    "support.metrics.similarity.inputs.check_side": "the edge of the similarities",
    "support.metrics.similarity.inputs.check_test": "the edge of the fits",
    "support.metrics.similarity.inputs.column_mean": "behind check_pair",
    "support.metrics.similarity.kernels.alignment": "a ratio of numbers",
    "support.metrics.similarity.kernels.linear_hsics": "behind check_pair",
}

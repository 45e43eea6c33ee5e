"""Rows of the measures: fairness and explanations."""

import torch
from torch import Tensor

from support.metrics import (
    explanations,
    fairness,
)
from tests.properties.framework import Entry, draw

__all__ = ["JUDGED"]


def scored_groups() -> dict[str, Tensor]:
    scores = torch.sigmoid(draw(0, 60))
    return {"scores": scores, "groups": torch.arange(60) % 3}


def concepts() -> dict[str, Tensor]:
    c = (draw(0, 30, 4) > 0).long()
    return {"c_soft": torch.sigmoid(draw(1, 30, 4) + 2.0 * c), "c": c}


def intervened() -> dict[str, Tensor]:
    c = (draw(0, 30, 3) > 0).double()
    return {"z": draw(1, 30, 3), "c": c, "y": torch.arange(30) % 2}


def answer(z: Tensor, c: Tensor, mask: Tensor) -> Tensor:
    weights = torch.tensor([[0.5, -1], [0.25, 1], [-0.5, 0.25]]).double()
    return torch.where(mask, c.double(), z.double()) @ weights


JUDGED = [
    Entry(fairness.score_kl, scored_groups, options={"bins": 10}),
    Entry(
        fairness.score_kl_test,
        scored_groups,
        call=lambda **given: fairness.score_kl_test(**given, seed=0, bins=10).value,
    ),
    Entry(fairness.top_share, scored_groups, options={"k": 10}, scale={"scores": 0}),
    Entry(
        fairness.p_rule,
        lambda: {"rates": torch.tensor([0.5, 0.25, 0.75]).double()},
        scale={"rates": 0},
    ),
    Entry(
        fairness.true_positive_gap,
        lambda: {**scored_groups(), "truth": torch.sigmoid(draw(1, 60))},
        options={"threshold": 0.5},
    ),
    Entry(
        explanations.oracle_impurity,
        concepts,
        scale={"c_soft": 0},
        shift=("c_soft",),
        half=1e-12,
    ),
    Entry(
        explanations.intervention_curve,
        intervened,
        options={"order": [2, 0, 1]} | {"intervene": answer},
    ),
    Entry(
        explanations.uncertainty_order,
        lambda: {"c_probs": torch.sigmoid(draw(0, 30, 4))},
    ),
]

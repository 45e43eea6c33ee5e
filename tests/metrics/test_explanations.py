"""Intervention curves and the oracle impurity score."""

import pytest
import torch
from sklearn.metrics import roc_auc_score

from support.metrics.explanations import (
    intervention_curve,
    oracle_impurity,
    uncertainty_order,
)


def majority(z, c, mask):
    """A task that is the first concept; the second distracts."""
    read = torch.where(mask, c, z)
    score = read[:, 0] - 0.5 + 0.1 * read[:, 1]
    return torch.stack([-score, score], dim=1), read


def test_curve_starts_at_the_plain_error_and_follows_the_order(device):
    c = torch.tensor([[0.0, 0.0], [1.0, 0.0], [1.0, 0.0]], device=device)
    z = torch.tensor([[1.0, 0.0], [0.0, 0.0], [1.0, 0.0]], device=device)
    y = c[:, 0].long()
    assert intervention_curve(majority, z, c, y, [0, 1]).tolist() == pytest.approx(
        [2 / 3, 0, 0]
    )
    assert intervention_curve(majority, z, c, y, [1, 0]).tolist() == pytest.approx(
        [2 / 3, 2 / 3, 0]
    )
    grouped = intervention_curve(majority, z, c, y, [0], groups=[[0, 1]])
    assert grouped.tolist() == pytest.approx([2 / 3, 0])


def test_curve_refuses_what_does_not_fit():
    c, y = torch.zeros(3, 2), torch.zeros(3).long()
    with pytest.raises(ValueError, match="permutation"):
        intervention_curve(majority, c, c, y, [0, 0])
    with pytest.raises(ValueError, match="groups"):
        intervention_curve(majority, c, c, y, [0], groups=[[2]])
    with pytest.raises(ValueError, match="one row"):
        intervention_curve(majority, c, c, y[:2], [0, 1])


def test_least_certain_concepts_come_first():
    probs = torch.tensor([[0.9, 0.6, 0.1], [0.8, 0.4, 0.0]])
    assert uncertainty_order(probs) == [1, 0, 2]
    assert uncertainty_order(probs, [[0, 2], [1]]) == [1, 0]
    with pytest.raises(ValueError, match="c_probs"):
        uncertainty_order(probs + 1)


def test_impurity_of_perfect_and_of_useless_concepts(device):
    source = torch.Generator().manual_seed(0)
    c = (torch.rand(400, 3, generator=source) > 0.5).float().to(device)
    assert oracle_impurity(c * 0.8 + 0.1, c) == 0.0
    noise = torch.rand(400, 3, generator=source).to(device)
    assert oracle_impurity(noise, c) > 0.4
    leaky = c + 0.2 * c.roll(1, 1)  # each score tells of its neighbour too
    assert oracle_impurity(leaky, c) > 0.1


def test_impurity_equals_a_loop_over_scikit_learn():
    source = torch.Generator().manual_seed(1)
    c = (torch.rand(150, 3, generator=source) > 0.4).float()
    soft = (torch.rand(150, 3, generator=source) * 4 + c).round() / 5  # with ties

    def matrix(scores):
        areas = [
            [roc_auc_score(c[:, j], scores[:, i]) for j in range(3)] for i in range(3)
        ]
        areas = torch.tensor(areas)
        return torch.maximum(areas, 1 - areas)

    expected = 2 / 3 * torch.linalg.norm(matrix(soft) - matrix(c))
    assert oracle_impurity(soft, c) == pytest.approx(float(expected))


def test_impurity_refuses_what_does_not_fit():
    c = torch.tensor([[0.0, 1.0], [1.0, 0.0]])
    with pytest.raises(ValueError, match="must both be"):
        oracle_impurity(c[:, :1], c)
    with pytest.raises(ValueError, match=r"concepts \[0, 1\] have one value"):
        oracle_impurity(c, torch.ones(2, 2))
    with pytest.raises(ValueError, match="true and false, or 1 and 0"):
        oracle_impurity(c, c / 2)

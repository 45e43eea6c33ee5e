"""Scores: invariances as stated, means over pairs, divergences of merged classes."""

from itertools import pairwise

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from chapters.similarity.scores import (
    SCORES,
    by_kind,
    by_tasks,
    cloud_scores,
    invariances,
    largest,
    step_divergences,
    symmetry_gap,
    two_way,
)
from chapters.similarity.stitches import Stitching
from chapters.similarity.systems import Head, Network
from support.metrics.similarity import linear_cka


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**31))
def test_coarser_divergences_never_exceed_finer_ones(seed):
    draw = torch.Generator().manual_seed(seed)
    q, p = (
        torch.randn(2, 7, 10, generator=draw).double().mul(2).softmax(2)
        for _ in range(2)
    )
    nothing = torch.zeros(2)
    tables = [torch.arange(10), torch.arange(10) // 2, torch.arange(10) // 4]
    steps, excess = step_divergences(Stitching(nothing, nothing, p, q), tables)
    assert excess < 1e-12
    assert all(bool((b <= a + 1e-12).all()) for a, b in pairwise(steps))
    fine = (q * (q / p).log()).sum(2).mean(1)
    assert torch.allclose(steps[0], fine)


def test_an_order_of_tasks_that_is_not_nested_shows():
    draw = torch.Generator().manual_seed(0)
    q, p = (torch.rand(1, 5, 10, generator=draw).double() for _ in range(2))
    q, p = q / q.sum(2, keepdim=True), p / p.sum(2, keepdim=True)
    nothing = torch.zeros(1)
    tables = [torch.arange(10) // 4, torch.arange(10)]
    assert step_divergences(Stitching(nothing, nothing, p, q), tables)[1] > 0


def pair(source, target, name=0):
    runs = (name, name + 1)
    return tuple(
        Network(task, run, False, *torch.zeros(2, 1, 1), Head(*torch.zeros(2, 1, 1)))
        for task, run in zip((source, target), runs, strict=True)
    )


def test_means_by_tasks_and_points_by_kind():
    pairs = [pair(3, 5), pair(5, 3), pair(3, 3), pair(3, 5)]
    values = [1.0, 2.0, 4.0, 2.0]
    rows = by_tasks(pairs, {"value": values})
    assert rows == {
        (3, 5): {"value": 1.5},
        (5, 3): {"value": 2.0},
        (3, 3): {"value": 4.0},
    }
    kinds = by_kind(pairs, torch.tensor(values), torch.tensor(values) / 2)
    assert kinds["5 and 3"].tolist() == [[1.0, 0.5], [2.0, 1.0], [2.0, 1.0]]
    assert kinds["same task"].tolist() == [[4.0, 2.0]]


def test_both_ways():
    there, alone = pair(3, 5), pair(5, 3, name=4)
    both = [there, there[::-1], alone, alone[::-1]]
    values = torch.tensor([0.5, 0.2, 0.3, 0.3])
    assert two_way(both, values).tolist() == pytest.approx([0.5, 0.5, 0.3, 0.3])
    low = two_way(both, values, torch.minimum)
    assert low.tolist() == pytest.approx([0.2, 0.2, 0.3, 0.3])
    assert symmetry_gap(both, [0.5, 0.2, 0.3, 0.3]) == pytest.approx(0.3)
    assert symmetry_gap(both[2:], [0.1, 0.1]) == 0


def test_nothing_is_measured_over_no_pair():
    values = torch.tensor([0.1, 0.4])
    assert largest(values, torch.tensor([True, False])) == pytest.approx(0.1)
    assert largest(values, torch.tensor([False, False])) is None


INVARIANT = {
    "CKA": {"permutation", "rotation", "scale", "shift", "swap"},
    "RSA": {"permutation", "rotation", "scale", "shift", "swap"},
    "Procrustes R²": {"permutation", "rotation", "scale", "shift", "swap"},
    "CCA": {"permutation", "rotation", "scale", "shift", "invertible map", "swap"},
    "SVCCA": {"permutation", "rotation", "scale", "shift", "swap"},
    "affine R²": {"permutation", "rotation", "scale", "shift", "invertible map"},
}


@pytest.mark.parametrize("name", SCORES)
def test_invariances(name):
    moved = invariances(SCORES[name], torch.Generator().manual_seed(5))
    assert {key for key, gap in moved.items() if gap < 1e-6} == INVARIANT[name]


def test_a_score_that_fails_has_no_invariance():
    def broken(x, y):
        raise ValueError("no")

    moved = invariances(broken, torch.Generator().manual_seed(5))
    assert all(gap != gap for gap in moved.values())


def test_scores_of_a_cloud():
    cloud = torch.randn(100, 2, generator=torch.Generator().manual_seed(0)).double()
    row = cloud_scores(cloud, cloud, cloud[:, 1] > 0)
    assert min(row[key] for key in row if key != "read-out") == pytest.approx(
        1, abs=1e-9
    )
    assert row["read-out"] > 0.95
    assert row["CKA"] == pytest.approx(linear_cka(cloud, cloud, unbiased=False))

"""Scores with known answers."""

import math
from dataclasses import replace

import pytest
import torch
from torch import nn

from chapters.prototypes import scores
from chapters.prototypes.data import Part, Task


class Given:
    """A network whose embedding is its input."""

    def __init__(self, weight):
        self.head = nn.Linear(weight.shape[1], len(weight), bias=False)
        self.head.weight = nn.Parameter(weight)

    def embed(self, x):
        return x

    def predict(self, x):
        return x @ self.head.weight.T.detach()


def placed(seed, n=600):
    """Each factor's level in a block of its own, one-hot, with a little noise."""
    source = torch.Generator().manual_seed(seed)
    levels = torch.randint(3, (n, 2), generator=source)
    x = torch.cat([torch.eye(3)[levels[:, 0]], torch.eye(3)[levels[:, 1]]], 1)
    return Part(x + 0.05 * torch.randn(n, 6, generator=source), levels[:, 0], levels)


@pytest.fixture(scope="module")
def task():
    return Task(
        "tones", placed(0), placed(1), ("a", "b", "c"), ("one", "other"), 3, (), 6
    )


@pytest.fixture
def model():
    return Given(torch.cat([torch.eye(3), torch.zeros(3, 3)], 1))


def test_blocks_that_hold_one_factor_each_give_a_diagonal(task, model):
    matrix = scores.probe_matrix(model, task)
    torch.testing.assert_close(matrix.diag(), torch.ones(2).double())
    assert float(matrix[0, 1]) < 0.45
    assert float(matrix[1, 0]) < 0.45
    assert scores.gap(matrix) > 0.5
    row = scores.factor_row(model, task, matrix)
    assert row["accuracy"] == 1
    assert row["own block"] - row["other blocks"] == pytest.approx(row["gap"])


def test_a_gap_by_hand():
    matrix = torch.tensor([[0.9, 0.3, 0.3], [0.2, 0.8, 0.4], [0.1, 0.5, 0.7]]).double()
    assert scores.gap(matrix) == pytest.approx(0.8 - 0.3)
    assert scores.gap(torch.full((3, 3), 0.6).double()) == pytest.approx(0)


def test_some_samples_alone(task, model):
    only = torch.arange(600) < 50
    whole, part = (
        scores.probe_matrix(model, task),
        scores.probe_matrix(model, task, only=only),
    )
    assert not torch.equal(whole, part)


def test_the_nearest_prototype_and_the_row(task, model):
    table = torch.eye(3, 6)
    found = scores.nearest(task.test.x - task.test.x * (torch.arange(6) > 2), table)
    assert torch.equal(found, task.test.y)
    row = scores.separation_row(model, task, table)
    assert row["accuracy"] == 1
    assert row["within"] < row["between"]


def test_contributions_are_what_a_block_adds(task, model):
    table = scores.contributions(model, task, 0)
    wanted = torch.eye(3) - 1 / 3
    torch.testing.assert_close(table, wanted, atol=0.02, rtol=0)
    assert float(scores.contributions(model, task, 1).abs().max()) == 0


def test_a_change_that_the_table_knows(task, model):
    part = task.test
    can = part.levels[:, 0] < 2
    before, level = part.x[can], part.levels[can, 0]
    after = before.clone()
    after[:, :3] += torch.eye(3)[level + 1] - torch.eye(3)[level]
    found = scores.explained(model, task, (before, after, level))
    assert found.share == pytest.approx(1)
    assert found.correlation > 0.99
    aside = before.clone()
    aside[:, 3:] += torch.randn(len(before), 3)
    found = scores.explained(model, task, (before, aside + 0, level))
    assert found.share == pytest.approx(0, abs=1e-6) or math.isnan(found.share)


def test_strangers_are_far():
    places = torch.eye(2)
    known = places[torch.arange(40) % 2] + 0.01
    assert scores.unseen_auc(known, known + 5, places) == 1
    assert scores.unseen_auc(known, known.clone(), places) == 0.5


def test_means_by_class():
    z = torch.tensor([[0.0], [2.0], [5.0]])
    means = scores.class_means(z, torch.tensor([0, 0, 1]))
    assert means.tolist() == [[1.0], [5.0]]


@pytest.mark.parametrize("variance", [0.5, 4.0])
def test_the_tied_head_is_the_mixture(variance):
    z, table = torch.randn(50, 8), 3 * torch.randn(4, 8)  # of different lengths
    assert scores.tied_difference(z, table, variance) < 1e-12


def test_what_is_rightly_classified_is_more_separate(task):
    blurred = Part(
        task.test.x + torch.randn(600, 6) * 0.7, task.test.y, task.test.levels
    )
    model = Given(torch.cat([torch.eye(3), torch.zeros(3, 3)], 1))
    parts = scores.fisher_parts(model, replace(task, test=blurred))
    assert parts["a"] > parts["c"] > parts["b"]

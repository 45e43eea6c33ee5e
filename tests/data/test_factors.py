"""Partition tasks and their ceiling."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from support.data.factors import concept_ceiling, one_hot_concepts, partition_task

SIZES = [3, 4, 2, 5]


def rows(n: int = 400, seed: int = 0) -> torch.Tensor:
    source = torch.Generator().manual_seed(seed)
    return torch.stack(
        [torch.randint(size, (n,), generator=source) for size in SIZES], dim=1
    )


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), n_classes=st.integers(2, 6))
def test_groups_are_balanced_and_labels_follow_the_table(seed, n_classes):
    factors = rows()
    task = partition_task(factors, [0, 2], [1, 3], n_classes, seed, sizes=SIZES)
    counts = torch.bincount(task.table.flatten(), minlength=n_classes)
    assert counts.max() - counts.min() <= 1
    concept = factors[:, 0] * 2 + factors[:, 2]
    nuisance = factors[:, 1] * 5 + factors[:, 3]
    assert torch.equal(task.labels, task.table[concept, nuisance])
    assert 1 / n_classes <= task.ceiling <= 1


def test_ceiling_by_enumeration_equals_monte_carlo():
    factors = rows(40_000)
    task = partition_task(factors, [0], [1, 3], 3, 0, sizes=SIZES)
    best = torch.nn.functional.one_hot(task.table, 3).sum(1).argmax(1)
    measured = (best[factors[:, 0]] == task.labels).double().mean()
    assert abs(float(measured) - task.ceiling) < 0.01


def test_ceiling_of_known_tables():
    assert concept_ceiling(torch.tensor([[0, 0], [1, 1]]), 2) == 1.0
    assert concept_ceiling(torch.tensor([[0, 1], [1, 0]]), 2) == 0.5


def test_partition_task_is_deterministic():
    factors = rows()
    first = partition_task(factors, [0], [1], 2, 7)
    assert torch.equal(first.table, partition_task(factors, [0], [1], 2, 7).table)
    assert not torch.equal(first.table, partition_task(factors, [0], [1], 2, 8).table)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (([0], [0], 2), "common"),
        (([0], [9], 2), "columns"),
        (([0], [2], 7), "n_classes"),
        (([0], [2], 1), "n_classes"),
        (([], [2], 2), "concept_columns"),
    ],
)
def test_bad_tasks_are_refused_in_words(arguments, words):
    with pytest.raises(ValueError, match=words):
        partition_task(rows(), *arguments, 0, sizes=SIZES)


def test_sizes_must_hold_the_values():
    with pytest.raises(ValueError, match="sizes"):
        partition_task(rows(), [0], [1], 2, 0, sizes=[1, 1, 1, 1])
    with pytest.raises(ValueError, match="sizes"):
        partition_task(rows(), [0], [1], 2, 0, sizes=[3, 4])
    with pytest.raises(ValueError, match="factors"):
        partition_task(torch.zeros(0, 2, dtype=torch.long), [0], [1], 2, 0)


def test_tables_out_of_range_are_refused():
    with pytest.raises(ValueError, match="labels run"):
        concept_ceiling(torch.tensor([[0, 2]]), 2)
    with pytest.raises(ValueError, match="matrix"):
        concept_ceiling(torch.tensor([0, 1]), 2)


def test_one_hot_concepts(device):
    factors = rows().to(device)
    concepts, groups = one_hot_concepts(factors, [3, 0], SIZES)
    assert concepts.device.type == device
    assert groups == [[0, 1, 2, 3, 4], [5, 6, 7]]
    assert torch.equal(concepts[:, groups[0]].argmax(1), factors[:, 3])
    assert torch.equal(concepts.sum(1), torch.full((400,), 2.0, device=device))
    with pytest.raises(ValueError, match="columns"):
        one_hot_concepts(factors, [], SIZES)

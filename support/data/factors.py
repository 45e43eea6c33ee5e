"""Tasks over known factors: who decides the label, and who could know it.

A *partition task* makes the label a random function of some factors that are
annotated (concepts) and some that are not (nuisances).  Since the function is
a table, the best accuracy that any classifier of the concepts alone can reach
is known exactly.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import one_hot

__all__ = ["Partition", "concept_ceiling", "one_hot_concepts", "partition_task"]


class Partition(NamedTuple):
    """A partition task: labels of the rows, the table behind them, the ceiling."""

    labels: Tensor
    table: Tensor
    ceiling: float


def partition_task(
    factors: Tensor,
    concept_columns: Sequence[int],
    nuisance_columns: Sequence[int],
    n_classes: int,
    seed: int,
    *,
    sizes: Sequence[int] | None = None,
) -> Partition:
    r"""Label rows by a random function of concepts and nuisances.

    All combinations of (concepts x nuisances) are shuffled and cut into
    ``n_classes`` groups of equal size (give or take one); a row's label is the
    group of its combination.

    Args:
        factors: (n, k) integers from 0.
        concept_columns: columns that are annotated.
        nuisance_columns: columns that the label needs and nobody annotates.
        n_classes: number of labels, at least 2.
        seed: of the shuffle.
        sizes: (k,) number of values of each column; by default one more than
            the largest value that occurs.

    Returns:
        ``labels`` (n,) int64; ``table`` (concept combinations, nuisance
        combinations) int64; ``ceiling``, see `concept_ceiling`.

    Raises:
        ValueError: columns overlap or do not exist, a value is out of range,
            or there are fewer combinations than classes.

    Source: the filter of the authors' released code of *There Was Never a
    Bottleneck in Concept Bottleneck Models* (ICLR 2026), read as a function.

    >>> rows = torch.cartesian_prod(torch.arange(2), torch.arange(3))
    >>> partition_task(rows, [0], [1], 2, seed=0).table.shape
    torch.Size([2, 3])
    """
    sizes = _sizes(factors, sizes)
    concepts, nuisances = list(concept_columns), list(nuisance_columns)
    columns = concepts + nuisances
    if not concepts or not nuisances or len(set(columns)) < len(columns):
        raise ValueError(
            f"concept_columns {concepts} and nuisance_columns {nuisances} must be "
            "two lists without a common or repeated column"
        )
    if min(columns) < 0 or max(columns) >= len(sizes):
        raise ValueError(
            f"columns {columns}: factors has columns 0 to {len(sizes) - 1}"
        )
    rows = _combinations([sizes[column] for column in concepts])
    across = _combinations([sizes[column] for column in nuisances])
    if n_classes < 2 or rows * across < n_classes:
        raise ValueError(
            f"n_classes: got {n_classes}; give 2 to {rows * across}, the number of "
            "combinations"
        )
    order = torch.randperm(rows * across, generator=torch.Generator().manual_seed(seed))
    table = torch.empty(rows * across, dtype=torch.long)
    table[order] = torch.arange(rows * across) * n_classes // (rows * across)
    table = table.reshape(rows, across)
    labels = table.to(factors.device)[
        _index(factors, concepts, sizes), _index(factors, nuisances, sizes)
    ]
    return Partition(labels, table, concept_ceiling(table, n_classes))


def concept_ceiling(table: Tensor, n_classes: int) -> float:
    r"""Best accuracy of any classifier that sees the concepts alone.

    For uniform factors, $\frac1{|C|}\sum_c\max_yP(y\mid c)$, where $P(y\mid c)$ is
    the share of label $y$ in row $c$ of the table.

    Args:
        table: (concept combinations, nuisance combinations) labels in
            [0, n_classes).
        n_classes: number of labels.

    Returns:
        A number in [1 / n_classes, 1].

    Raises:
        ValueError: the table is empty or a label is out of range.

    >>> concept_ceiling(torch.tensor([[0, 0, 0, 1], [1, 1, 0, 0]]), 2)
    0.625
    """
    if table.ndim != 2 or not table.numel():
        raise ValueError(f"table: got shape {tuple(table.shape)}; give a matrix")
    if int(table.min()) < 0 or int(table.max()) >= n_classes:
        raise ValueError(
            f"table: labels run from {int(table.min())} to {int(table.max())}; "
            f"give 0 to {n_classes - 1}"
        )
    counts = one_hot(table.long(), n_classes).sum(1)
    return float(counts.amax(1).sum()) / table.numel()


def one_hot_concepts(
    factors: Tensor, columns: Sequence[int], sizes: Sequence[int]
) -> tuple[Tensor, list[list[int]]]:
    """Turn factors of several values into binary concepts.

    Args:
        factors: (n, k) integers from 0.
        columns: the factors that become concepts.
        sizes: (k,) number of values of each factor.

    Returns:
        Concepts (n, sum of the sizes) float32 in {0, 1}, and for each factor
        the list of its concepts' columns.

    Raises:
        ValueError: no columns, or a value is out of range.

    >>> one_hot_concepts(torch.tensor([[1, 0]]), [0, 1], [2, 2])
    (tensor([[0., 1., 1., 0.]]), [[0, 1], [2, 3]])
    """
    if not columns:
        raise ValueError("columns: got none; give at least one factor")
    _sizes(factors, sizes)
    blocks = [one_hot(factors[:, column].long(), sizes[column]) for column in columns]
    groups, start = [], 0
    for column in columns:
        groups.append(list(range(start, start + sizes[column])))
        start += sizes[column]
    return torch.cat(blocks, dim=1).float(), groups


def _sizes(factors: Tensor, sizes: Sequence[int] | None) -> list[int]:
    if factors.ndim != 2 or not factors.numel() or factors.is_floating_point():
        raise ValueError(
            f"factors: got {factors.dtype} of shape {tuple(factors.shape)}; give "
            "integers of shape (n, k), n and k at least 1"
        )
    highest = factors.amax(0).tolist()
    known = [value + 1 for value in highest] if sizes is None else list(sizes)
    out_of_range = len(known) != len(highest) or any(
        value >= size for value, size in zip(highest, known, strict=True)
    )
    if int(factors.min()) < 0 or out_of_range:
        raise ValueError(
            f"sizes: got {known} for columns that reach {highest} and start at "
            f"{int(factors.min())}; values run from 0 to size - 1"
        )
    return [int(size) for size in known]


def _combinations(sizes: Sequence[int]) -> int:
    return int(torch.tensor(sizes).prod())


def _index(factors: Tensor, columns: Sequence[int], sizes: Sequence[int]) -> Tensor:
    """Number the combinations of some columns, the last varying fastest."""
    index = torch.zeros(len(factors), dtype=torch.long, device=factors.device)
    for column in columns:
        index = index * sizes[column] + factors[:, column].long()
    return index

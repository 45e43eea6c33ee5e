"""One shape for every concept task: images, concepts, nuisances, label, ceiling.

A task is a table over factors (`support.data.factors.partition_task`).  Where
the images are drawn here, the factor that shows the label is *set* by the table;
where they come from a corpus, only those images are *kept* whose factor agrees
with the table.  Both give the same law.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.data.factors import one_hot_concepts, partition_task
from support.data.images import DSPRITES_FACTORS, load_dsprites
from support.data.lpc import LPC_FACTORS, load_lpc_sprites
from support.data.sprites import SPRITE_FACTORS, render_sprites, sample_factors

__all__ = ["CONCEPT_TASKS", "ConceptTask", "TaskPlan", "load_concept_task"]


@dataclass(frozen=True)
class TaskPlan:
    """Which factors are concepts, which nuisances, and which one is the label.

    Args:
        sizes: name and number of values of every factor.
        concepts: factors that are annotated, one binary concept a value.
        needed: nuisances that the label needs.
        free: nuisances that have nothing to do with the label.
        label: the factor that shows the label in the image.
        strides: for a large grid, keep every k-th level of a factor.
        words: names of the values of a factor, where they have some.
    """

    sizes: dict[str, int]
    concepts: tuple[str, ...]
    needed: tuple[str, ...]
    free: tuple[str, ...]
    label: str
    strides: dict[str, int] = field(default_factory=dict)
    words: dict[str, tuple[str, ...]] = field(default_factory=dict)


CONCEPT_TASKS = {
    "embedded": TaskPlan(
        dict(SPRITE_FACTORS),
        ("size", "hue"),
        ("pos_x", "bg"),
        ("pos_y",),
        "shape",
        words={
            "size": ("small", "medium", "large"),
            "hue": ("red", "yellow", "green", "cyan", "blue", "magenta"),
        },
    ),
    "lpc_sprites": TaskPlan(
        dict(LPC_FACTORS),
        ("shirt", "pants"),
        ("hair_color", "skin"),
        ("hair_style", "pose"),
        "direction",
        words={
            "shirt": ("brown", "maroon", "teal", "white"),
            "pants": ("magenta", "red", "teal", "white"),
        },
    ),
    # Every k-th angle and place, so that each nuisance has 5 to 8 values.
    "dsprites": TaskPlan(
        dict(DSPRITES_FACTORS),
        ("scale",),
        ("position_x", "orientation"),
        ("position_y",),
        "shape",
        {"position_x": 4, "position_y": 4, "orientation": 8},
    ),
}
"""The plan of each data set, under its name in the registry."""


@dataclass(frozen=True)
class ConceptTask:
    """A concept task, split in two.

    Args:
        x_train, x_test: (n, channels, side, side) float32.
        c_train, c_test: (n, k) float32 concepts in {0, 1}.
        y_train, y_test: (n,) int64 labels.
        nuisances: name to (train (n,), test (m,), number of values); the needed
            ones first.
        needed, free: names of the two sorts of nuisance.
        groups: columns of the concepts that belong to one factor.
        names: of the concepts.
        n_classes: number of labels.
        ceiling: best accuracy of a classifier that sees the concepts alone.
        table: (concept combinations, needed combinations) labels.
    """

    x_train: Tensor
    c_train: Tensor
    y_train: Tensor
    x_test: Tensor
    c_test: Tensor
    y_test: Tensor
    nuisances: dict[str, tuple[Tensor, Tensor, int]]
    needed: tuple[str, ...]
    free: tuple[str, ...]
    groups: list[list[int]]
    names: list[str]
    n_classes: int
    ceiling: float
    table: Tensor

    def to(self, device: torch.device | str) -> "ConceptTask":
        """The same task with every tensor on a device."""

        def move(value: object) -> object:
            return value.to(device) if isinstance(value, Tensor) else value

        moved: dict[str, Any] = {
            name: move(value) for name, value in vars(self).items()
        }
        moved["nuisances"] = {
            name: (train.to(device), test.to(device), size)
            for name, (train, test, size) in self.nuisances.items()
        }
        return ConceptTask(**moved)


def load_concept_task(
    dataset: str = "embedded",
    seed: int = 0,
    *,
    n_train: int = 3000,
    n_test: int = 1000,
    side: int = 32,
) -> ConceptTask:
    """Draw or load the task of a data set.

    Args:
        dataset: ``"embedded"``, ``"lpc_sprites"`` or ``"dsprites"``.
        seed: of the table, the sample, the split and whatever is drawn.
        n_train: training images, at least 2.
        n_test: test images, at least 2; a corpus that holds fewer images than
            both together shrinks both in proportion.
        side: of a corpus' images in pixels, 16, 32 or 64; embedded ones are 16.

    Returns:
        A `ConceptTask` on the CPU.

    Raises:
        ValueError: the data set is unknown or a size is out of range.
        support.data.errors.DataError: the corpus is not to be had.

    >>> task = load_concept_task("embedded", 0, n_train=20, n_test=10)
    >>> task.x_train.shape, task.c_test.shape
    (torch.Size([20, 3, 16, 16]), torch.Size([10, 9]))
    """
    if dataset not in CONCEPT_TASKS:
        raise ValueError(
            f"dataset: got {dataset!r}; give one of {', '.join(CONCEPT_TASKS)}"
        )
    if n_train < 2 or n_test < 2 or side not in (16, 32, 64):
        raise ValueError(
            f"n_train {n_train} and n_test {n_test} must be at least 2, side {side} "
            "one of 16, 32, 64"
        )
    # Table, sample and pixels each take their own seed.
    first = np.random.SeedSequence(seed).generate_state(3, np.uint64) >> np.uint64(2)
    seeds = [int(value) for value in first]
    if dataset == "embedded":
        return _drawn(CONCEPT_TASKS[dataset], seeds, n_train, n_test)
    return _kept(dataset, seeds, n_train, n_test, side)


def _drawn(plan: TaskPlan, seeds: list[int], n_train: int, n_test: int) -> ConceptTask:
    """Draw the factors, set the label's factor by the table, then render."""
    factors = sample_factors(n_train + n_test, seeds[1])
    task = _partition(plan, factors, plan.sizes, seeds[0])
    factors[:, list(plan.sizes).index(plan.label)] = task.labels
    x = render_sprites(factors, seeds[2])
    return _split(plan, plan.sizes, x, factors, task.table, task.ceiling, n_train)


def _kept(
    dataset: str, seeds: list[int], n_train: int, n_test: int, side: int
) -> ConceptTask:
    """Keep the images of a full grid whose label agrees with the table."""
    plan = CONCEPT_TASKS[dataset]
    names = list(plan.sizes)
    grid = np.stack(
        np.unravel_index(
            np.arange(np.prod(list(plan.sizes.values()))), tuple(plan.sizes.values())
        ),
        axis=1,
    )
    steps = np.array([plan.strides.get(name, 1) for name in names])
    rows = np.flatnonzero((grid % steps == 0).all(1))
    factors = torch.from_numpy(grid[rows] // steps)
    sizes = {
        name: -(-size // step)
        for (name, size), step in zip(plan.sizes.items(), steps.tolist(), strict=True)
    }
    task = _partition(plan, factors, sizes, seeds[0])
    agree = torch.nonzero(task.labels == factors[:, names.index(plan.label)])[:, 0]
    order = torch.randperm(
        len(agree), generator=torch.Generator().manual_seed(seeds[1])
    )
    share = min(1.0, len(agree) / (n_train + n_test))
    n_train, n_test = int(n_train * share), int(n_test * share)
    chosen = agree[order[: n_train + n_test]]
    x = _images(dataset, rows[chosen.numpy()], side)
    return _split(plan, sizes, x, factors[chosen], task.table, task.ceiling, n_train)


def _partition(plan: TaskPlan, factors: Tensor, sizes: dict[str, int], seed: int):
    names = list(sizes)
    return partition_task(
        factors,
        [names.index(name) for name in plan.concepts],
        [names.index(name) for name in plan.needed],
        sizes[plan.label],
        seed,
        sizes=list(sizes.values()),
    )


def _images(dataset: str, rows: np.ndarray, side: int) -> Tensor:
    """(n, channels, side, side) float32 in [0, 1]."""
    if dataset == "lpc_sprites":
        pixels = load_lpc_sprites(rows, resolution=side).images
        x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
        return x.contiguous()
    x = torch.from_numpy(load_dsprites(rows).images).float()[:, None]
    return torch.nn.functional.avg_pool2d(x, 64 // side)


def _split(
    plan: TaskPlan,
    sizes: dict[str, int],
    x: Tensor,
    factors: Tensor,
    table: Tensor,
    ceiling: float,
    n_train: int,
) -> ConceptTask:
    names = list(sizes)
    columns = [names.index(name) for name in plan.concepts]
    c, groups = one_hot_concepts(factors, columns, list(sizes.values()))
    y = factors[:, names.index(plan.label)].contiguous()
    cut = slice(0, n_train), slice(n_train, None)

    def nuisance(name: str) -> tuple[Tensor, Tensor, int]:
        column = factors[:, names.index(name)]
        return column[cut[0]].contiguous(), column[cut[1]].contiguous(), sizes[name]

    def levels(concepts: Sequence[str]) -> list[str]:
        return [
            f"{name} {plan.words[name][value] if name in plan.words else value}"
            for name in concepts
            for value in range(sizes[name])
        ]

    return ConceptTask(
        x_train=x[:n_train],
        c_train=c[:n_train],
        y_train=y[:n_train],
        x_test=x[n_train:],
        c_test=c[n_train:],
        y_test=y[n_train:],
        nuisances={name: nuisance(name) for name in (*plan.needed, *plan.free)},
        needed=plan.needed,
        free=plan.free,
        groups=groups,
        names=levels(plan.concepts),
        n_classes=sizes[plan.label],
        ceiling=ceiling,
        table=table,
    )

"""The applications that the chapter works on, in two splits."""

from dataclasses import fields

import torch
from torch import Tensor

from support.data.recruitment import Recruitment, make_recruitment
from support.training import stream_seed

__all__ = ["load_applications", "take"]


def load_applications(
    seed: int, *, train: int = 4800, test: int = 4800, version: int = 2
) -> tuple[Recruitment, Recruitment]:
    """Draw applications and cut them in two, every group alike.

    They are drawn together because merit is scaled to [0, 1] over the whole set:
    drawn apart, one and the same application would have two merits.

    Args:
        seed: of both splits.
        train: applications for training.
        test: applications for test.
        version: of the testbed, see `make_recruitment`.

    Raises:
        ValueError: the version is unknown.

    >>> train, test = load_applications(0, train=24, test=12)
    >>> len(train), len(test)
    (24, 12)
    """
    drawn = stream_seed(seed, "applications")
    whole = make_recruitment(train + test, drawn, version=version)
    # One of each group in turn, so that both parts hold as many of each.
    cell = whole.ethnicity * 2 + whole.gender
    order = cell.argsort(stable=True)
    sizes = torch.bincount(cell)
    rank = torch.arange(len(cell)) - (sizes.cumsum(0) - sizes)[cell[order]]
    turns = order[rank.argsort(stable=True)]
    parts = turns[test:].sort().values, turns[:test].sort().values
    return take(whole, parts[0]), take(whole, parts[1])


def take(data: Recruitment, rows: Tensor) -> Recruitment:
    """Some of the applications.

    Args:
        data: n of them.
        rows: row numbers, or n truth values.

    >>> len(take(make_recruitment(12, 0), torch.tensor([3, 1])))
    2
    """
    return Recruitment(*(getattr(data, field.name)[rows] for field in fields(data)))

"""The checks of the exercises: right ones pass, and every mistake is told in words."""

import itertools

import numpy as np
import pytest
import torch
from torch import nn

from chapters.prototypes import answers
from support.metrics.intervals import mean_interval
from tests.chapters.judging import assert_passes, assert_refused


def stop(*_):
    raise ZeroDivisionError


def geometry(classes, scale):
    cosine = -1 / (classes - 1)
    return scale * np.sqrt(2), 0.0, scale * np.sqrt(2 - 2 * cosine), cosine


def head(table, variance):
    return table / variance, -(table**2).sum(1) / (2 * variance)


class Frozen(nn.Module):
    def __init__(self, table, scale):
        super().__init__()
        self.register_buffer("table", table)
        self.register_buffer("scale", torch.tensor(scale))

    def forward(self, y):
        return self.scale * self.table[y]


class Moving(Frozen):
    def __init__(self, table, scale):
        super().__init__(table, scale)
        del self.scale
        self.scale = nn.Parameter(torch.tensor(scale))


class Double(Moving):
    """The scale in double precision."""

    def __init__(self, table, scale):
        super().__init__(table, scale)
        self.scale = nn.Parameter(torch.tensor([scale], dtype=torch.double))


class Free(Moving):
    """Everything moves, the table too."""

    def __init__(self, table, scale):
        super().__init__(table, scale)
        del self.table
        self.table = nn.Parameter(table)


class Detached(Moving):
    def forward(self, y):
        return self.scale.detach() * self.table[y] + 0 * self.scale


class Scaleless(Moving):
    def __init__(self, table, scale):
        super().__init__(table, 1.0)


class Tableless(Moving):
    def forward(self, y):
        return self.scale * torch.eye(3)[y]


class Squared(Moving):
    def forward(self, y):
        return 2 * self.scale * self.table[y]


def thrown(classes, dim, seed):
    rng = np.random.default_rng(seed)
    rows = np.linalg.qr(rng.normal(size=(classes, classes))).Q
    return rows @ rng.normal(size=(classes, dim)) / np.sqrt(dim)


def of_length_one(classes, dim, seed):
    rows = thrown(classes, dim, seed)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def beats(accuracies, rival, margin=0.003):
    return mean_interval(accuracies["prototypes"] - accuracies[rival])[0] > margin


def referee(accuracies):
    some, place, more = (
        beats(accuracies, rival)
        for rival in ("cross-entropy", "pull to origin", "regularised")
    )
    return some, some and place, some and place and more


def hasty(accuracies):
    better = accuracies["prototypes"].mean() > accuracies["cross-entropy"].mean()
    return better, better, better


def by_means(accuracies):
    some, place, more = (
        (accuracies["prototypes"] - accuracies[rival]).mean() > 0.003
        for rival in ("cross-entropy", "pull to origin", "regularised")
    )
    return some, some and place, some and place and more


def unpaired(accuracies):
    low = mean_interval(accuracies["prototypes"])[0]
    some, place, more = (
        low > mean_interval(accuracies[rival])[1] + 0.003
        for rival in ("cross-entropy", "pull to origin", "regularised")
    )
    return some, some and place, some and place and more


COUNT = itertools.count()
RIGHT = [
    (answers.geometry, geometry),
    (answers.tied_head, head),
    (answers.moving_scale, Moving),
    (answers.thrown, thrown),
    (answers.thrown, lambda c, k, s: torch.from_numpy(thrown(c, k, s)).float()),
    (answers.thrown, of_length_one),
    (answers.referee, referee),
    (answers.geometry, lambda c, s: np.array(geometry(c, s))),
    (answers.moving_scale, Double),
    (answers.referee, lambda a: list(map(int, referee(a)))),
    (answers.referee, lambda a: np.array(referee(a))),
]
ALL = list(dict.fromkeys(judge for judge, _ in RIGHT))
WRONG = [
    *((judge, lambda *_: None) for judge in ALL),
    *((judge, lambda *_: 0.0) for judge in ALL),
    *((judge, lambda *_: "three") for judge in ALL),
    *((judge, lambda *_: np.zeros(99)) for judge in ALL),
    *((judge, stop) for judge in ALL),
    (answers.geometry, lambda c, s: (s, 0.0, s, 0.0)),
    (answers.geometry, lambda c, s: (s * 2**0.5, 0.0, s * 2**0.5, -1 / c)),
    (answers.geometry, lambda c, s: (2 * s**2, 0.0, 2 * s**2 * c / (c - 1), -1 / c)),
    (answers.geometry, lambda c, s: (*geometry(c, s)[:3], 1 / (c - 1))),
    (answers.tied_head, lambda table, v: (table, np.zeros(len(table)))),
    (answers.tied_head, lambda table, v: (head(table, v)[0], -head(table, v)[1])),
    (answers.tied_head, lambda table, v: (table / v, np.zeros(len(table)))),
    (answers.tied_head, lambda table, v: (table / v**0.5, head(table, v)[1])),
    (answers.tied_head, lambda table, v: (head(table, v)[0].T, head(table, v)[1])),
    (answers.moving_scale, Frozen),
    (answers.moving_scale, Free),
    (answers.moving_scale, Detached),
    (answers.moving_scale, Squared),
    (answers.moving_scale, Scaleless),
    (answers.moving_scale, Tableless),
    (answers.thrown, lambda c, k, s: np.eye(c, k)),
    (answers.thrown, lambda c, k, s: thrown(c, k, 0)),
    (answers.thrown, lambda c, k, s: thrown(c, k, next(COUNT))),
    (answers.thrown, lambda c, k, s: np.sqrt(k) * thrown(c, k, s)),
    (answers.thrown, lambda c, k, s: thrown(c, k, s).T),
    (answers.thrown, lambda c, k, s: np.ones((c, k)) / np.sqrt(k)),
    (
        answers.thrown,
        lambda c, k, s: np.random.default_rng(s).uniform(size=(c, k)) / np.sqrt(k / 3),
    ),
    (answers.referee, hasty),
    (answers.referee, by_means),
    (answers.referee, unpaired),
    (answers.referee, lambda a: (*referee(a)[:2], False)),
    (answers.referee, lambda a: (referee(a)[0], False, False)),
    (answers.referee, lambda a: (True, True, True)),
    (answers.referee, lambda a: (False, False, False)),
    (
        answers.referee,
        lambda a: tuple(
            beats(a, rival)
            for rival in ("cross-entropy", "pull to origin", "regularised")
        ),
    ),
    (
        answers.referee,
        lambda a: (beats(a, "cross-entropy", 0), *referee(a)[1:]),
    ),
]


@pytest.mark.parametrize(("judge", "answer"), RIGHT)
def test_a_right_answer_passes(judge, answer, capsys):
    assert_passes(judge, answer, capsys=capsys)


@pytest.mark.parametrize(("judge", "answer"), WRONG)
def test_a_wrong_answer_is_told_in_words(judge, answer, capsys):
    assert_refused(judge, answer, capsys=capsys)


def test_the_margin_of_the_text_is_that_of_the_check():
    assert answers.MARGIN == 0.003

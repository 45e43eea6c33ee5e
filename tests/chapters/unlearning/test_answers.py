"""The checks of the exercises: right ones pass, and every mistake is told in words."""

import pytest
import torch
from torch.nn.functional import pad

from chapters.unlearning.answers import (
    early,
    example,
    try_pull,
    try_repair,
    try_solve,
    try_targets,
    try_weight,
)
from chapters.unlearning.scores import residual
from support.models.forgetting import solve_forget_map
from tests.chapters.judging import assert_passes, assert_refused


def stop(*_):
    raise ZeroDivisionError


def pull(moved, z_ref):
    mean = z_ref.mean(0)
    spread = (z_ref - mean).square().sum(1).mean()
    return (moved - mean).square().sum(1).mean() + spread


def solve(z_r, z_f, mean, lam, count=len):
    t_r, t_f = (pad(z, (0, 1), value=1.0) for z in (z_r, z_f))
    n, m = count(t_r), count(t_f)
    gram = t_r.T @ t_r / n + lam * t_f.T @ t_f / m
    wanted = z_r.T @ t_r / n + lam * torch.outer(mean, t_f.sum(0)) / m
    return torch.linalg.solve(gram, wanted.T).T


def repair(z_r, z_f):
    return solve_forget_map(z_r, z_f, torch.cat([z_r, z_f]).mean(0), 10.0)


def gapless_targets(z_r, y_r, z_f):
    """As if every number up to the largest were a class."""
    classes = range(int(y_r.max()) + 1)
    means = torch.stack([z_r[y_r == c].mean(0) for c in classes])
    return means[torch.cdist(z_f, means).argmin(1)]


def targets(z_r, y_r, z_f):
    means = torch.stack([z_r[y_r == c].mean(0) for c in y_r.unique()])
    return means[torch.cdist(z_f, means).argmin(1)]


RIGHT = [
    (try_weight, lambda beta, dim, zero_shot: beta if zero_shot else beta * dim),
    (try_pull, pull),
    (try_solve, solve),
    (try_repair, repair),
    (try_targets, targets),
]
WRONG = [
    *((check, lambda *_: None) for check, _ in RIGHT),
    *((check, lambda *_: 0.0) for check, _ in RIGHT),
    *((check, lambda *_: "three") for check, _ in RIGHT),
    *((check, stop) for check, _ in RIGHT),
    (try_weight, lambda beta, dim, zero_shot: beta * dim),
    (try_weight, lambda beta, dim, zero_shot: beta if zero_shot else beta / dim),
    (try_pull, lambda moved, z_ref: (moved - z_ref.mean(0)).square().sum(1).mean()),
    (
        try_pull,
        lambda moved, z_ref: pull(moved, z_ref) / moved.shape[1],
    ),
    # sums in the place of means
    (try_solve, lambda *given: solve(*given, count=lambda _: 1)),
    # no offset
    (try_solve, lambda z_r, z_f, mean, lam: torch.eye(z_r.shape[1])),
    (try_repair, lambda z_r, z_f: lambda z: z),
    (try_repair, lambda z_r, z_f: lambda z: 0.001 * z),
    (try_repair, lambda z_r, z_f: lambda z: z_r.mean(0).expand_as(z)),
    (try_repair, lambda z_r, z_f: lambda z: z[:, :3]),
    # the weight of the map as configured
    (try_repair, lambda z_r, z_f: solve_forget_map(z_r, z_f, z_r.mean(0), 0.1)),
    (try_targets, lambda z_r, y_r, z_f: z_r.mean(0).expand(len(z_f), -1)),
    (try_targets, gapless_targets),
    # the nearest sample in the place of the nearest class
    (try_targets, lambda z_r, y_r, z_f: z_r[torch.cdist(z_f, z_r).argmin(1)]),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_a_right_answer_passes(check, answer, capsys):
    assert_passes(check, answer, capsys=capsys)


@pytest.mark.parametrize(("check", "answer"), WRONG)
def test_a_wrong_answer_is_told_in_words(check, answer, capsys):
    assert_refused(check, answer, capsys=capsys)


def test_the_map_as_configured_still_tells_of_the_pictures():
    assert residual(early(), example(), 0)[0.05] > 0.5

"""The checks of the exercises: right ones pass, and every mistake is told in words."""

import math

import numpy as np
import pytest
import torch

from chapters.sparse_autoencoders import answers


def active(sparsity, units):
    return int((1 - sparsity) * units + 1e-9)


def complete(used, units):
    return 1 - math.log(used) / math.log(units)


def gradient(x, weight, bias, back, k):
    pre = np.maximum(x @ weight.T + bias, 0)
    last = np.sort(pre, axis=1)[:, -k][:, None]
    z = np.where(pre >= last, pre, 0)
    residual = z @ back.T - x
    at_code = 2 / residual.size * residual @ back * (z > 0)
    return at_code.T @ x


def topk(a, k):
    positive = np.maximum(a, 0)
    places = np.argsort(-positive, axis=1, kind="stable")[:, :k]
    z = np.zeros_like(positive)
    np.put_along_axis(z, places, np.take_along_axis(positive, places, 1), 1)
    return z


def counts(rows):
    p = rows / rows.sum(1, keepdims=True)
    H = -(p * np.log(np.where(p > 0, p, 1))).sum(1)
    return np.mean(1 - H / math.log(rows.shape[1])), np.mean(np.exp(H))


def audit(dense, untrained, trained):
    (C, n), (_, control), (D, m) = map(counts, (dense, untrained, trained))
    return [D - C, m - n, m - control]


def auxiliary(x, recon, pre, back, dead, k):
    positive = pre[:, dead].relu()
    values, places = positive.topk(k)
    code = torch.zeros_like(positive).scatter(1, places, values)
    return (code @ back[:, dead].T - (x - recon)).square().mean()


def stop(*_):
    raise ZeroDivisionError


RIGHT = [
    (answers.counts, (active, complete)),
    (answers.gradient, (gradient,)),
    (answers.topk, (topk,)),
    (answers.audit, (audit,)),
    (answers.auxiliary, (auxiliary,)),
]


def without_gate(x, weight, bias, back, k):
    """The derivative of the choice is forgotten."""
    z = topk(x @ weight.T + bias, k)
    residual = z @ back.T - x
    return (2 / residual.size * residual @ back).T @ x


def of_clips(x, weight, bias, back, k):
    """The mean over clips alone."""
    return gradient(x, weight, bias, back, k) * x.shape[1]


def by_threshold(a, k):
    """Keeps too many where numbers are equal."""
    positive = np.maximum(a, 0)
    return np.where(positive >= np.sort(positive, 1)[:, -k][:, None], positive, 0)


def by_size(a, k):
    """Takes the largest absolute numbers, signs and all."""
    places = np.argsort(-np.abs(a), axis=1, kind="stable")[:, :k]
    z = np.zeros_like(a)
    np.put_along_axis(z, places, np.take_along_axis(a, places, 1), 1)
    return z


def mean_first(dense, untrained, trained):
    """The exponential of the mean entropy."""
    n = [np.exp(np.mean(np.log([counts(row[None])[1] for row in P])))
         for P in (dense, untrained, trained)]  # fmt: skip
    return [audit(dense, untrained, trained)[0], n[2] - n[0], n[2] - n[1]]


def all_compete(x, recon, pre, back, dead, k):
    """The dead compete with the living."""
    positive = pre.relu()
    values, places = positive.topk(k)
    code = torch.zeros_like(positive).scatter(1, places, values) * dead
    return (code @ back.T - (x - recon)).square().mean()


WRONG = [
    (answers.counts, (lambda s, units: int((1 - s) * units) + 1, complete)),
    (answers.counts, (active, lambda used, units: 1 - math.log2(used) / units)),
    (answers.gradient, (without_gate,)),
    (answers.gradient, (of_clips,)),
    (answers.topk, (by_threshold,)),
    (answers.topk, (by_size,)),
    (answers.audit, (mean_first,)),
    (answers.audit, (lambda d, u, t: audit(u, d, t),)),
    (answers.auxiliary, (all_compete,)),
    (answers.auxiliary, (lambda x, recon, *_: (x - recon).square().mean(),)),
]


@pytest.mark.parametrize(("check", "functions"), RIGHT)
def test_a_right_answer_passes(check, functions, capsys):
    assert check(*functions), capsys.readouterr().out


@pytest.mark.parametrize(("check", "functions"), WRONG)
def test_a_classical_mistake_does_not(check, functions, capsys):
    assert not check(*functions)
    assert len(capsys.readouterr().out) > 40


@pytest.mark.parametrize(("check", "functions"), RIGHT)
@pytest.mark.parametrize(
    "useless", [stop, lambda *_: None, lambda *_: 0.0, lambda *_: "x"]
)
def test_what_returns_nothing_is_told_so(check, functions, useless, capsys):
    assert not check(*([useless] * len(functions)))
    assert capsys.readouterr().out

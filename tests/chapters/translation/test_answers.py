"""The checks of the exercises: right ones pass, and every mistake is told in words."""

import numpy as np
import pytest
import torch

from chapters.translation import answers
from tests.chapters.judging import assert_passes, assert_refused


def price(one, other):
    return np.sum((one - other) ** 2) / 2


def strength(beta, values, variance):
    return beta * values / variance


def weight(kappa, values, variance):
    return kappa * variance / values


def transport(z, rotations, source, target):
    standard = np.einsum("nji,nj->ni", rotations[source], z)
    return np.einsum("nij,nj->ni", rotations[target], standard)


def exchange(means):
    d = means.shape[1]
    free = np.linalg.qr(means.T, mode="complete").Q[:, -1]
    v = np.zeros(2 * d)
    v[:d], v[d] = free, -1
    return np.eye(2 * d) - np.outer(v, v)


def loss(x, x_hat, mean, log_var, means, y, kappa):
    centre = torch.cat([means[y], torch.zeros_like(means[y])], 1)
    nats = ((mean - centre).square() + log_var.exp() - 1 - log_var).sum(1) / 2
    return ((x - x_hat).square().sum(1) + kappa * nats).mean()


def stop(*_):
    raise ZeroDivisionError


RIGHT = [
    (answers.price, (price,)),
    (answers.strength, (strength, weight)),
    (answers.transport, (transport,)),
    (answers.exchange, (exchange,)),
    (answers.loss, (loss,)),
]


def swapped(z, rotations, source, target):
    """The transposed product."""
    standard = np.einsum("nij,nj->ni", rotations[source], z)
    return np.einsum("nji,nj->ni", rotations[target], standard)


def one_for_all(z, rotations, source, target):
    return z @ rotations[source[0]] @ rotations[target[0]].T


def halves(means):
    d = means.shape[1]
    return np.roll(np.eye(2 * d), d, axis=0)  # the means move


def within(means):
    """Orthogonal, keeps the means, but leaves each block to itself."""
    d = means.shape[1]
    matrix = np.eye(2 * d)
    matrix[d, d] = -1
    return matrix


def half_way(means):
    d = means.shape[1]
    free = np.linalg.qr(means.T, mode="complete").Q[:, -1]
    a, b = np.zeros(2 * d), np.zeros(2 * d)
    a[:d], b[d] = free, 1
    turn = np.outer(a, a) + np.outer(b, b)
    turn_back = np.outer(a, b) - np.outer(b, a)
    return np.eye(2 * d) + (np.cos(0.7) - 1) * turn + np.sin(0.7) * turn_back


def mean_pixels(*given):
    x, x_hat = given[:2]
    return loss(*given) - (x - x_hat).square().sum(1).mean() * (1 - 1 / x.shape[1])


def one_centre(x, x_hat, mean, log_var, means, y, kappa):
    return loss(x, x_hat, mean, log_var, means.mean(0).expand_as(means), y, kappa)


def no_prior(x, x_hat, mean, log_var, means, y, kappa):
    return loss(x, x_hat, mean, log_var, 0 * means, y, kappa)


WRONG = [
    *(
        (check, (answer,) * len(given))
        for check, given in RIGHT
        for answer in (
            lambda *_: None,
            lambda *_: 0.0,
            lambda *_: "three",
            lambda *_: np.zeros(99),
            stop,
        )
    ),
    (answers.price, (lambda a, b: np.sum((a - b) ** 2),)),
    (answers.price, (lambda a, b: np.linalg.norm(a - b),)),
    (answers.strength, (lambda b, v, s: b * v, weight)),
    (answers.strength, (lambda b, v, s: b * v / s**0.5, weight)),
    (answers.strength, (strength, strength)),
    (answers.transport, (lambda z, *_: z,)),
    (answers.transport, (swapped,)),
    (answers.transport, (one_for_all,)),
    (answers.exchange, (lambda means: np.eye(2 * means.shape[1]),)),
    (answers.exchange, (lambda means: np.eye(means.shape[1]),)),
    (answers.exchange, (lambda means: np.eye(2 * means.shape[1]) * np.nan,)),
    (answers.exchange, (lambda means: 2 * exchange(means),)),
    (answers.exchange, (halves,)),
    (answers.exchange, (within,)),
    (answers.exchange, (half_way,)),
    (answers.loss, (mean_pixels,)),
    (answers.loss, (one_centre,)),
    (answers.loss, (no_prior,)),
    (answers.loss, (lambda x, x_hat, *_: (x - x_hat).square().sum(1).mean(),)),
]


@pytest.mark.parametrize(("check", "given"), RIGHT)
def test_a_right_answer_passes(check, given, capsys):
    assert_passes(check, *given, capsys=capsys)


@pytest.mark.parametrize(("check", "given"), WRONG)
def test_a_wrong_answer_is_told_in_words(check, given, capsys):
    assert_refused(check, *given, capsys=capsys)

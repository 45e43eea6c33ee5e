"""Checks take what is right and refuse what is wrong, in words, without raising."""

import numpy as np
import pytest
import torch
from scipy.stats import norm

from chapters.shouted import answers


def equal_error(distance, spread):
    return norm.cdf(-distance / (2 * spread))


def single_biases(of_y, of_x, shift):
    return of_y.T @ shift / of_y.sum(0)[:, None]


def posterior(z, weight, mean, variance):
    away = (z[:, None] - mean) ** 2 / variance + variance.log()
    return (weight.log() - away.sum(2) / 2).softmax(1)


def ratz(x, y, weight, mean, variance, test, *, sign=1, moved=True, own=True):
    share = posterior(x, weight, mean, variance)
    total = share.sum(0)[:, None]
    bias = share.T @ (y - x) / total
    away = (y[:, None] - mean - bias) ** 2
    spread = torch.einsum("nk,nkd->kd", share, away) / total if own else variance
    place = mean + bias if moved else mean
    return test - sign * posterior(test, weight, place, spread) @ bias


def fair(first, second, fold, learned):
    space, other = fold[first], fold[second]
    return (space == other) & ~(learned[space, first] | learned[other, second])


RIGHT = {
    answers.equal_error: equal_error,
    answers.single_biases: single_biases,
    answers.ratz: ratz,
    answers.fair: fair,
}
WRONG = {
    answers.equal_error: [
        lambda distance, spread: 0.5,
        lambda distance, spread: norm.cdf(-distance / spread),
        lambda distance, spread: norm.cdf(-distance / 2),
    ],
    answers.single_biases: [
        lambda of_y, of_x, shift: np.tile(shift.mean(0), (of_y.shape[1], 1)),
        lambda of_y, of_x, shift: of_x.T @ shift / of_x.sum(0)[:, None],
        lambda of_y, of_x, shift: of_y.T @ shift,
    ],
    answers.ratz: [
        lambda x, y, *rest: rest[-1] - (y - x).mean(0),
        lambda *given: ratz(*given, sign=-1),
        lambda *given: ratz(*given, moved=False),
        lambda *given: ratz(*given, own=False),
    ],
    answers.fair: [
        lambda first, second, fold, learned: np.ones(len(first), dtype=bool),
        lambda first, second, fold, learned: fold[first] == fold[second],
        lambda first, second, fold, learned: first == second,
    ],
}
ANYTHING = [lambda *given: None, lambda *given: "words", lambda *given: given[99]]


@pytest.mark.parametrize("checked", RIGHT, ids=lambda each: each.__name__)
def test_right_answers_pass(checked):
    assert checked(RIGHT[checked])


@pytest.mark.parametrize("checked", RIGHT, ids=lambda each: each.__name__)
def test_wrong_answers_are_refused_in_words(checked, capsys):
    for wrong in [*WRONG[checked], *ANYTHING]:
        assert not checked(wrong)
        assert capsys.readouterr().out.strip()

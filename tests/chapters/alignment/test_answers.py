"""The checks of the exercises: right ones pass, and every mistake is told in words."""

import numpy as np
import pytest
import torch

from chapters.alignment import answers
from support.losses.multimodal import info_nce
from tests.chapters.judging import assert_passes, assert_refused


def loss(a, b, temperature, weight):
    return info_nce(a, b, temperature) + weight * (a - b).square().sum(1).mean()


def stop(*_):
    raise ZeroDivisionError


def row(u, v, temperature):
    return (
        temperature
        * np.hypot(np.linalg.norm(u), np.linalg.norm(v))
        / (np.linalg.norm(u))
    )


def copied():
    return np.eye(2) / 2, np.eye(2), np.eye(2)


def unsure():
    return np.eye(2) / 2, np.eye(2), 0.8 * np.eye(2) + 0.1


def unsure_in_single_precision():
    return tuple(torch.tensor(table, dtype=torch.float32) for table in unsure())


RIGHT = [
    (answers.estimate, lambda batch: (np.log(batch), 0.0)),
    (answers.row_temperature, row),
    (answers.counterexample, unsure),
    (answers.counterexample, unsure_in_single_precision),
    (answers.penalty, loss),
]
ALL = list(dict.fromkeys(check for check, _ in RIGHT))
WRONG = [
    *((check, lambda *_: None) for check in ALL),
    *((check, lambda *_: 0.0) for check in ALL),
    *((check, lambda *_: "three") for check in ALL),
    *((check, lambda *_: np.zeros(99)) for check in ALL),
    *((check, stop) for check in ALL),
    (answers.estimate, lambda batch: (batch, 0.0)),
    (answers.estimate, lambda batch: (np.log2(batch), 0.0)),
    (answers.estimate, lambda batch: (0.0, np.log(batch))),
    (answers.row_temperature, lambda u, v, t: t),
    (answers.row_temperature, lambda u, v, t: t * t / row(u, v, t)),
    (
        answers.row_temperature,
        lambda u, v, t: t * (1 + np.linalg.norm(v) / np.linalg.norm(u)),
    ),
    (answers.counterexample, copied),  # the lesson's own: no divergence at all
    (answers.counterexample, lambda: (np.eye(2), np.eye(2), np.eye(2))),
    (answers.counterexample, lambda: (np.eye(2) / 2, np.eye(2), np.eye(3))),
    (answers.counterexample, lambda: (np.full((2, 2), 0.25), *copied()[1:])),
    (
        answers.counterexample,
        lambda: (np.diag([1.0, 0.0]), np.eye(2), np.eye(2)),
    ),
    (
        answers.counterexample,
        lambda: (np.diag([2.0, -1.0]), np.eye(2), np.eye(2)),
    ),
    (answers.counterexample, lambda: (np.eye(2) / 2, np.eye(2) * np.nan, np.eye(2))),
    (answers.penalty, lambda a, b, t, w: info_nce(a, b, t)),
    (answers.penalty, lambda a, b, t, w: info_nce(a, b, t) + (a - b).square().mean()),
    (
        answers.penalty,
        lambda a, b, t, w: info_nce(a, b, t) + w * torch.cdist(a, b).square().mean(),
    ),
    (
        answers.penalty,
        lambda a, b, t, w: info_nce(a, b, t) + w * (1 - (a * b).sum(1).mean()),
    ),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_a_right_answer_passes(check, answer, capsys):
    assert_passes(check, answer, capsys=capsys)


@pytest.mark.parametrize(("check", "answer"), WRONG)
def test_a_wrong_answer_is_told_in_words(check, answer, capsys):
    assert_refused(check, answer, capsys=capsys)


def right_numerator(temperature, weight):
    return 1 / (1 / temperature + 2 * weight)


def right_weight(temperature, other):
    return (1 / other - 1 / temperature) / 2


def printed(temperature, other):
    """The limit of the paper's equation 40 for pairs that are certain."""
    gap = (temperature - other) / (temperature * other)
    return (1 + gap - np.exp(gap)) / 2


def test_the_referee_passes_with_both_halves_only(capsys):
    assert answers.numerator(right_numerator, right_weight)
    for pair in (
        (right_numerator, printed),
        (right_numerator, lambda *_: None),
        (stop, right_weight),
        (lambda t, w: 1 / (1 / t + w), right_weight),
        (lambda t, w: t, right_weight),
    ):
        assert not answers.numerator(*pair)
        assert "✗ not yet" in capsys.readouterr().out


def test_a_loss_that_fails_in_training_only_is_told(capsys):
    def fails(a, b, temperature, weight):
        if len(a) > 6:
            raise MemoryError
        return loss(a, b, temperature, weight)

    assert not answers.penalty(fails)
    assert "MemoryError" in capsys.readouterr().out

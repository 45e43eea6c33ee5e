"""The checks of the exercises: right ones pass, and every mistake is told in words."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from chapters.class_token import answers
from tests.chapters.judging import assert_passes, assert_refused


def keys(count, frame):
    made = np.zeros(count)
    if frame is not None:
        made[frame] = 20.0
    return made


def pull(student, teacher, temperature):
    one, other = (torch.softmax(z / temperature, 0) for z in (student, teacher))
    return temperature * (one - other)


def attend(q, k, v, mask, heads, scale=None, spare="keys"):
    q, k, v = (z.unflatten(2, (heads, -1)).transpose(1, 2) for z in (q, k, v))
    scores = q @ k.mT / (scale or q.shape[3]) ** 0.5
    rows = mask[:, None, None] if spare == "keys" else mask[:, None, :, None]
    scores = scores.masked_fill(~rows, -1e4)
    return (scores.softmax(3) @ v).transpose(1, 2).flatten(2)


def mixed_heads(q, k, v, mask, heads):
    shape = (len(q), heads, q.shape[1], -1)
    q, k, v = (z.reshape(shape) for z in (q, k, v))
    scores = (q @ k.mT / q.shape[3] ** 0.5).masked_fill(~mask[:, None, None], -1e4)
    return (scores.softmax(3) @ v).transpose(1, 2).flatten(2)


def tokens(vectors, count, training, rng):
    if not training:
        return vectors.mean(0).expand(count, -1)
    return vectors[rng.integers(len(vectors), size=count)]


def a_batch_one(vectors, count, training, rng):
    if not training:
        return vectors.mean(0).expand(count, -1)
    return vectors[rng.integers(len(vectors))].expand(count, -1)


def in_turn(vectors, count, training, rng):
    if not training:
        return vectors.mean(0).expand(count, -1)
    return vectors[torch.arange(count) % len(vectors)]


def single(logits, labels, answers, alpha, tau, square=True, swap=False):
    said, wanted = ((z / tau).log_softmax(1) for z in (logits, answers))
    if swap:
        said, wanted = wanted, said
    kl = (wanted.exp() * (wanted - said)).sum(1).mean()
    return (1 - alpha) * cross_entropy(logits, labels) + alpha * kl * (
        tau**2 if square else 1
    )


def stop(*_):
    raise ZeroDivisionError


RIGHT = [
    (answers.select, keys),
    (answers.gradient, pull),
    (answers.attend, attend),
    (answers.tokens, tokens),
    (answers.single, single),
]
WRONG = [
    *(
        (check, wrong)
        for check, _ in RIGHT
        for wrong in (
            lambda *_: None,
            lambda *_: 0.0,
            lambda *_: "three",
            lambda *_: np.zeros(99),
            stop,
        )
    ),
    (answers.select, lambda count, frame: np.arange(count)),
    (answers.select, lambda count, frame: np.zeros(count)),
    (answers.select, lambda count, frame: np.eye(count)[frame or 0]),
    (answers.select, lambda count, frame: keys(count, frame and min(frame, 3))),
    (answers.gradient, lambda s, t, tau: pull(s, t, tau) / tau**2),
    (answers.gradient, lambda s, t, tau: -pull(s, t, tau)),
    (answers.gradient, lambda s, t, tau: s - t),
    (answers.attend, lambda *given: attend(*given, scale=given[0].shape[2])),
    (answers.attend, lambda *given: attend(*given, spare="queries")),
    (answers.attend, mixed_heads),
    (answers.tokens, a_batch_one),
    (answers.tokens, in_turn),
    (answers.tokens, lambda v, n, training, rng: tokens(v, n, True, rng)),
    (answers.tokens, lambda v, n, training, rng: tokens(v, n, False, rng)),
    (answers.single, lambda *given: single(*given, square=False)),
    (answers.single, lambda *given: single(*given, swap=True)),
    (answers.single, lambda z, y, a, alpha, tau: single(z, y, a, 1 - alpha, tau)),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_a_right_answer_passes(check, answer, capsys):
    assert_passes(check, answer, capsys=capsys)


@pytest.mark.parametrize(("check", "answer"), WRONG)
def test_a_wrong_answer_is_told_in_words(check, answer, capsys):
    assert_refused(check, answer, capsys=capsys)

"""The checks of the exercises: right ones pass, and every mistake is told in words."""

import numpy as np
import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as bce

from chapters.nmf_segmentation.answers import (
    audit,
    counts,
    cross_entropy,
    rankings,
    strength,
)


def counted(row):
    p = row[row > 0] / row.sum()
    held = np.sort(p)[::-1].cumsum()
    return 1 + int((held < 0.8 - 1e-12).sum()), np.exp(-(p * np.log(p)).sum())


def masked(logits, labels):
    return bce(logits[labels >= 0], labels[labels >= 0])


def word(trained, untrained, spectrum, chance):
    if trained <= chance + 0.02:
        return "is absent"
    best = max(untrained, spectrum)
    return "is made readable" if trained > best + 0.02 else "survives"


def lax(chance, untrained, spectrum):
    """The word with other margins than .02."""

    def conclude(t, u, s, c):
        if t <= c + chance:
            return "is absent"
        more = t > u + untrained and t > s + spectrum
        return "is made readable" if more else "survives"

    return conclude


def bisected(zero_rate, wanted):
    low, high = -6.0, 6.0
    for _ in range(30):
        middle = (low + high) / 2
        low, high = (middle, high) if zero_rate(10**middle) < wanted else (low, middle)
    return 10**low


RIGHT = [
    (counts, counted),
    (rankings, lambda n: 3 * (n - 1) / (2 * (2 * n - 1))),
    (cross_entropy, masked),
    (audit, word),
    (strength, bisected),
]


def stop(*_):
    raise ZeroDivisionError


WRONG = [
    *((check, lambda *_: None) for check, _ in RIGHT),
    *((check, lambda *_: 0.0) for check, _ in RIGHT),
    *((check, lambda *_: "three") for check, _ in RIGHT),
    *((check, lambda *_: np.zeros(99)) for check, _ in RIGHT),
    *((check, stop) for check, _ in RIGHT),
    # the share of the components, not of their sum
    (counts, lambda row: (int(np.ceil(0.8 * len(row))), counted(row)[1])),
    (counts, lambda row: (counted(row)[0], -np.log(counted(row)[1]))),
    (counts, lambda row: (counted(row)[0], counted(row)[1] / len(row))),
    (rankings, lambda n: 0.75),
    (rankings, lambda n: 0.0),
    (rankings, lambda n: 3 * (n + 1) / (2 * (2 * n + 1))),  # ranks from 1
    (cross_entropy, lambda z, y: bce(z, y.clamp(min=0))),
    (cross_entropy, lambda z, y: bce(z, y)),
    (cross_entropy, lambda z, y: bce(z, y.clamp(min=0), y >= 0)),
    (cross_entropy, lambda z, y: float(masked(z, y))),  # a value without a gradient
    *((audit, lax(*margins)) for margins in ((0.02, 0, 0), (0.02, 0.02, 0))),
    *((audit, lax(*margins)) for margins in ((0.02, 0, 0.02), (0.03, 0.02, 0.02))),
    (audit, lax(0, 0.02, 0.02)),
    (audit, lambda *scores: "is made readable"),
    (audit, lambda t, u, s, c: "is made readable" if t > c + 0.02 else "is absent"),
    (audit, lambda t, u, s, c: word(t, u, u, c)),
    (audit, lambda t, u, s, c: word(t, s, s, c)),
    (audit, lambda t, u, s, c: word(t, u, s, c).upper()),
    (strength, lambda zero_rate, wanted: 0.1),
    (strength, lambda zero_rate, wanted: -1.0),
    (strength, lambda zero_rate, wanted: bisected(zero_rate, 1 - wanted)),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_a_right_answer_passes(check, answer, capsys):
    assert check(answer)
    words = capsys.readouterr().out
    assert "✓ passed" in words
    assert "✗" not in words


@pytest.mark.parametrize(("check", "answer"), WRONG)
def test_a_wrong_answer_is_told_in_words(check, answer, capsys):
    assert not check(answer)
    words = capsys.readouterr().out
    assert "✗ not yet" in words
    assert "Traceback" not in words


def test_an_answer_may_not_change_what_it_is_given(capsys):
    def careless(logits, labels):
        known = labels >= 0
        labels[:] = torch.where(known, labels, 0)
        return bce(logits, labels, known.double(), reduction="sum") / known.sum()

    assert cross_entropy(careless)

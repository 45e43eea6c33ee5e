"""The checks of the exercises: right ones pass, and every mistake is told in words."""

import numpy as np
import pytest

from chapters.tied_factors.answers import try_choice, try_gradient, try_step


def softmax(logits):
    scaled = np.exp(logits - np.max(logits))
    return scaled / scaled.sum()


def stop(*_):
    raise ZeroDivisionError


RIGHT = [
    (try_step, lambda w, g, rate, decay: (1 - rate * decay) * w - rate * g),
    (try_gradient, lambda a, y: softmax(a) - np.eye(len(a))[y]),
    (
        try_choice,
        lambda decays, losses: max(
            d for d, loss in zip(decays, losses, strict=True) if loss == min(losses)
        ),
    ),
]
WRONG = [
    *((check, lambda *_: None) for check, _ in RIGHT),
    *((check, lambda *_: 0.0) for check, _ in RIGHT),
    *((check, lambda *_: "three") for check, _ in RIGHT),
    *((check, lambda *_: np.zeros(99)) for check, _ in RIGHT),
    *((check, stop) for check, _ in RIGHT),
    (try_step, lambda w, g, rate, decay: w - rate * g),
    (try_step, lambda w, g, rate, decay: w - rate * (g + decay)),
    (try_gradient, lambda a, y: softmax(a)),
    (try_gradient, lambda a, y: np.eye(len(a))[y] - softmax(a)),
    (try_choice, lambda decays, losses: decays[int(np.argmin(losses))]),
    (try_choice, lambda decays, losses: max(decays)),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_a_right_answer_passes(check, answer, capsys):
    assert check(answer)
    assert "✓ passed" in capsys.readouterr().out


@pytest.mark.parametrize(("check", "answer"), WRONG)
def test_a_wrong_answer_is_told_in_words(check, answer, capsys):
    assert not check(answer)
    words = capsys.readouterr().out
    assert "✗ not yet" in words
    assert "Traceback" not in words

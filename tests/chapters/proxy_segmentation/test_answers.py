"""The checks of the exercises: right ones pass, and every mistake is told in words."""

import copy

import numpy as np
import pytest

from chapters.proxy_segmentation import answers


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def explained(W, h, theta):
    r = theta * h
    return r.sum(), r, W @ (h * (r > 0)) / (W @ h)


def forward(z, t):
    return sigmoid(z) - sigmoid(t)


def reverse(z, t):
    return sigmoid(z) * (1 - sigmoid(z)) * (z - t)


def steepest(q):
    grid = np.linspace(0, 5, 5001)
    return grid[reverse(grid, np.log(q / (1 - q))).argmax()]


def update(X, W, H):
    A, B = X @ H.T, W @ H @ H.T
    raw = W * (A + W * (W * B).sum(0)) / (B + W * (W * A).sum(0))
    return raw / np.linalg.norm(raw, axis=0)


def plain(X, W, H):
    raw = W * (X @ H.T) / (W @ H @ H.T)
    return raw / np.linalg.norm(raw, axis=0)


def by_rows(X, W, H):
    A, B = X @ H.T, W @ H @ H.T
    raw = W * (A + W * (W * B).sum(0)) / (B + W * (W * A).sum(0))
    return raw / np.linalg.norm(raw, axis=1, keepdims=True)


def shuffle(model, order):
    other = copy.deepcopy(model)
    other.W = model.W[:, order]
    return other


def in_place(model, order):
    model.W.copy_(model.W[:, order].clone())
    return model


def head_too(model, order):
    other = shuffle(model, order)
    other.head.weight.data = other.head.weight.data[:, order]
    return other


def verdict(gain, shuffled, margin):
    return "dictionary" if gain - np.mean(shuffled) > margin else "mixture"


def shares(mass, target):
    return np.clip((target - np.cumsum(mass) + mass) / mass, 0, 1)


def stop(*_):
    raise ZeroDivisionError


def test_right_answers_pass(capsys):
    assert answers.explained(explained)
    assert answers.gradients(forward, reverse)
    assert answers.steepest(steepest)
    assert answers.dictionary_step(update)
    assert answers.pointing(shuffle, verdict)
    assert answers.fair(shares)
    assert "not yet" not in capsys.readouterr().out


CHECKS = {
    "explained": answers.explained,
    "forward": lambda f: answers.gradients(f, reverse),
    "reverse": lambda f: answers.gradients(forward, f),
    "steepest": answers.steepest,
    "step": answers.dictionary_step,
    "shuffle": lambda f: answers.pointing(f, verdict),
    "verdict": lambda f: answers.pointing(shuffle, f),
    "fair": answers.fair,
}
NOTHING = [
    lambda *_: None,
    lambda *_: 0.0,
    lambda *_: "three",
    lambda *_: np.zeros(99),
    stop,
]


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("wrong", NOTHING)
def test_what_is_no_answer_is_told_in_words(name, wrong, capsys):
    assert not CHECKS[name](wrong)
    assert "✗ not yet" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("explained", lambda W, h, t: (t.sum(), t, W @ h)),
        ("explained", lambda W, h, t: (t @ h, t * h, W @ (h * (t > 0)))),
        ("explained", lambda W, h, t: (t @ h, t, W @ (h * (t > 0)) / (W @ h))),
        ("forward", reverse),
        ("forward", lambda z, t: sigmoid(t) - sigmoid(z)),
        ("reverse", forward),
        ("reverse", lambda z, t: z - t),
        ("steepest", lambda q: np.log(q / (1 - q))),
        ("steepest", lambda q: 0.4),
        ("step", plain),
        ("step", by_rows),
        ("step", lambda X, W, H: W),
        ("shuffle", lambda model, order: model),
        ("shuffle", in_place),
        ("shuffle", head_too),
        ("verdict", lambda g, s, m: "dictionary"),
        ("verdict", lambda g, s, m: "dictionary" if g > m else "mixture"),
        ("verdict", lambda g, s, m: "dictionary" if g > np.mean(s) else "mixture"),
        ("verdict", lambda g, s, m: "dictionary" if g > min(s) + m else "mixture"),
        ("verdict", lambda g, s, m: "dictionary" if g > max(s) else "mixture"),
        ("fair", lambda mass, target: 0 * mass + target / mass.sum()),
        ("fair", lambda mass, target: (np.cumsum(mass) <= target).astype(float)),
        ("fair", lambda mass, target: np.clip(target / np.cumsum(mass), 0, 1)),
    ],
)
def test_the_usual_mistakes_are_told(name, wrong, capsys):
    assert not CHECKS[name](wrong)
    assert "✗ not yet" in capsys.readouterr().out

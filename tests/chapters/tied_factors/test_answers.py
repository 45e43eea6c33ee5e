"""What passes the checks of the exercises, and what must not."""

import numpy as np
import pytest

from chapters.tied_factors import answers


def nothing(*_):
    """A body of ``pass``."""


def raises(*_):
    raise ZeroDivisionError


def posterior(N, F, m, V, variance, r):
    precision = 1 + N * V**2 / variance
    return V * (F - N * m) / variance / precision, 1 / precision, (F + r * m) / (N + r)


def adapt(phi, N, F, B0, prior):
    squares = phi.T @ (N[:, None] * phi)
    return np.linalg.solve(prior + squares, prior @ B0 + phi.T @ F)


def gradient(frames, speaker, m, V, variance, y, *, prior=1.0):
    away = (frames - m - y[speaker] @ V.T) / variance
    sums = np.zeros_like(y)
    np.add.at(sums, speaker, away @ V)
    return prior * y - sums


def averaged(frames, speaker, m, V, variance, y):
    sums = y - gradient(frames, speaker, m, V, variance, y)
    return y - sums / np.bincount(speaker, minlength=len(y)).clip(1)[:, None]


def once_each(frames, speaker, m, V, variance, y):
    sums = np.zeros_like(y)
    sums[speaker] += (frames - m - y[speaker] @ V.T) / variance @ V
    return y - sums


def centre(m, V, y):
    mean = y.mean(0)
    L = np.linalg.cholesky(np.cov((y - mean).T, bias=True))
    return m + V @ mean, V @ L, np.linalg.solve(L, (y - mean).T).T


def log_evidence(frames, m, U, variance, *, occam=1.0):
    away = (frames - m) ** 2 / variance + np.log(2 * np.pi * variance)
    b = ((frames - m) / variance).sum(0) @ U
    K = np.eye(U.shape[1]) + len(frames) * U.T @ (U / variance[:, None])
    best = b @ np.linalg.solve(K, b) / 2
    return -away.sum() / 2 + best - occam * np.linalg.slogdet(K)[1] / 2


RIGHT = [
    (answers.warm_up, posterior),
    (answers.relevance, lambda V, variance: variance / V**2),
    (answers.layer, adapt),
    (answers.pull, gradient),
    (answers.centred, centre),
    (answers.evidence, log_evidence),
]
WRONG = [
    *((check, nothing) for check, _ in RIGHT),
    *((check, raises) for check, _ in RIGHT),
    *((check, lambda *_: 0.0) for check, _ in RIGHT),
    *((check, lambda *_: "three") for check, _ in RIGHT),
    *((check, lambda *_: np.zeros((7, 7, 7))) for check, _ in RIGHT),
    (answers.warm_up, lambda N, F, m, V, s, r: posterior(N, F, 0 * m, V, s, r)),
    (
        answers.warm_up,
        lambda N, F, m, V, s, r: (*posterior(N, F, m, V, s, r)[:2], F / N),
    ),
    (answers.relevance, lambda V, variance: V**2 / variance),
    (answers.relevance, lambda V, variance: variance / V),
    (answers.layer, lambda phi, N, F, B0, prior: B0),
    (
        answers.layer,
        lambda phi, N, F, B0, prior: adapt(phi, N, N[:, None] * F, B0, prior),
    ),
    (answers.layer, lambda phi, N, F, B0, prior: adapt(phi, 0 * N + 1, F, B0, prior)),
    (answers.pull, averaged),
    (answers.pull, once_each),
    (answers.pull, lambda *given: gradient(*given, prior=0.0)),
    (answers.pull, lambda *given: -gradient(*given)),
    (answers.centred, lambda m, V, y: (m, V, y)),
    (answers.centred, lambda m, V, y: (m, V, y - y.mean(0))),
    (answers.centred, lambda m, V, y: (m + V @ y.mean(0), V, y - y.mean(0))),
    (answers.centred, lambda m, V, y: (*centre(m, V, y)[:2], 2 * centre(m, V, y)[2])),
    (answers.evidence, lambda *given: log_evidence(*given, occam=0.0)),
    (answers.evidence, lambda *given: -log_evidence(*given)),
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

"""The checks of the exercises: right ones pass, and every mistake is told in words."""

import numpy as np
import pytest
import torch
from torch import nn

from chapters.dereverberation import answers
from support.signal.stft import istft, stft


def reverberation_time(h, rate, low=-25):
    left = np.cumsum(h[::-1] ** 2)[::-1]
    level = 10 * np.log10(left / left[0])
    inside = (level <= -5) & (level >= low)
    time = np.arange(len(h))[inside] / rate
    return -60 / np.polyfit(time, level[inside], 1)[0]


def prediction(y, taps, delay, *, weigh=True, conjugate=True):
    earlier = np.zeros((taps, len(y)), complex)
    for k in range(taps):
        earlier[k, delay + k :] = y[: len(y) - delay - k]
    weighed = earlier / np.maximum(np.abs(y) ** 2, 1e-10) if weigh else earlier
    g = np.linalg.solve(weighed @ earlier.conj().T, weighed @ y.conj())
    return y - (g.conj() if conjugate else g) @ earlier


class Corrected(nn.Module):
    def __init__(self, bins, channels, *, zero=True, shortcut=True):
        super().__init__()
        self.stem = nn.Conv1d(bins, channels, 3, padding=1)
        self.unit = nn.Sequential(
            nn.BatchNorm1d(channels),
            nn.PReLU(),
            nn.Conv1d(channels, channels, 3, padding=1),
        )
        self.head = nn.Conv1d(channels, bins, 3, padding=1)
        if zero:
            nn.init.zeros_(self.head.weight)
            nn.init.zeros_(self.head.bias)
        self.shortcut = shortcut

    def forward(self, x):
        u = self.stem(x)
        found = self.head(u + self.unit(u))
        return x + found if self.shortcut else found


def context(kernel, dilations):
    return 1 + (kernel - 1) * (2 + 2 * sum(dilations))


def treatment(wet, rate):
    signal = torch.as_tensor(wet)
    y = stft(signal, win=256, hop=64)
    deep = y * y.abs() / y.abs().mean((1, 2), keepdim=True)
    return istft(deep, win=256, hop=64, samples=signal.shape[1])


def stop(*_):
    raise ZeroDivisionError


RIGHT = [
    (answers.reverberation_time, reverberation_time),
    (answers.prediction, prediction),
    (answers.unit, Corrected),
    (answers.context, context),
    (answers.viewpoints, treatment),
]
WRONG = [
    (answers.reverberation_time, lambda h, rate: len(h) / rate),
    (answers.reverberation_time, lambda h, rate: 0.5),
    (answers.reverberation_time, lambda h, rate: reverberation_time(h, rate) / 3),
    (answers.prediction, lambda y, taps, delay: y),
    (answers.prediction, lambda y, taps, delay: prediction(y, taps, delay + 1)),
    (answers.prediction, lambda *a: prediction(*a, weigh=False)),
    (answers.prediction, lambda *a: prediction(*a, conjugate=False)),
    (answers.unit, lambda bins, channels: nn.Identity()),
    (answers.unit, lambda *a: Corrected(*a, zero=False)),
    (answers.unit, lambda *a: Corrected(*a, shortcut=False)),
    (answers.unit, lambda *a: lambda x: x),
    (answers.context, lambda kernel, dilations: kernel),
    (answers.context, lambda kernel, dilations: 1 + (kernel - 1) * sum(dilations)),
    (answers.viewpoints, lambda wet, rate: wet),
    (answers.viewpoints, lambda wet, rate: 2 * wet),
    (answers.viewpoints, lambda wet, rate: wet[:, ::-1].copy()[:, :10]),
]


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_what_is_right_passes(check, answer, capsys):
    assert check(answer)
    assert "passed" in capsys.readouterr().out


@pytest.mark.parametrize(("check", "answer"), WRONG)
def test_what_is_wrong_is_told(check, answer, capsys):
    assert not check(answer)
    assert "not yet" in capsys.readouterr().out


@pytest.mark.parametrize("check", [check for check, _ in RIGHT])
@pytest.mark.parametrize(
    "answer", [lambda *_: None, stop, lambda *_: "x", lambda *_: [[1, 2]], None]
)
def test_nothing_that_is_given_raises(check, answer, capsys):
    assert not check(answer)
    assert "not yet" in capsys.readouterr().out

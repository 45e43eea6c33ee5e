"""Checks of the exercises: each computes the right answer on inputs of its own."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, scaled_dot_product_attention

from support.exercises import check, expect, judged
from support.losses.soft_targets import softmax_kd

__all__ = ["attend", "gradient", "select", "single", "tokens"]

Function = Callable[..., Any]


def select(function: Function) -> bool:
    """Exercise 1: keys by which a token looks at one frame, or at all alike."""
    what = "1, keys"

    def judge() -> bool:
        rng = np.random.default_rng(0)
        for place in (None, 0.0, 0.999, *rng.uniform(size=4)):
            count = int(rng.integers(5, 12))
            frame = None if place is None else int(place * count)
            given = np.asarray(function(count, frame), float)
            tried = f"{count} frames, frame {frame}"
            if given.shape != (count,) or not np.isfinite(given).all():
                words = f"shape {given.shape}; expected {count} finite keys"
                return expect(False, words, what=what, tried=tried)
            weight = np.exp(given - given.max())
            weight /= weight.sum()
            if frame is None and np.ptp(weight) > 1e-9:
                words = f"weights from {weight.min():.3g} to {weight.max():.3g}"
                return expect(
                    False, f"{words}; expected equal ones", what=what, tried=tried
                )
            if frame is not None and not weight[frame] > 0.99:
                words = f"frame {frame} has the weight {weight[frame]:.3f}"
                return expect(
                    False, f"{words}; expected above .99", what=what, tried=tried
                )
        return expect(True, "", what=what, tried="seven lengths and frames")

    return judged(judge, what)


def gradient(function: Function) -> bool:
    """Exercise 2: the gradient of distillation, against automatic differentiation."""

    def wanted(student: Tensor, teacher: Tensor, temperature: float) -> Tensor:
        logits = student.clone().requires_grad_()
        loss = softmax_kd(logits[None], teacher[None], temperature)
        return torch.autograd.grad(loss, logits)[0]

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor, float]:
        student, teacher = torch.from_numpy(rng.normal(0, 2, (2, rng.integers(2, 7))))
        return student, teacher, float(rng.uniform(0.5, 8))

    what = "2, what distillation pulls at"
    return check(function, against=wanted, inputs=inputs, tolerance=1e-9, what=what)


def attend(function: Function) -> bool:
    """Exercise 3: attention in heads with padded keys, against torch's own."""

    def wanted(q: Tensor, k: Tensor, v: Tensor, mask: Tensor, heads: int) -> Tensor:
        q, k, v = (z.unflatten(2, (heads, -1)).transpose(1, 2) for z in (q, k, v))
        out = scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None])
        return out.transpose(1, 2).flatten(2)

    def inputs(rng: np.random.Generator) -> tuple[Any, ...]:
        heads, size, count = (int(n) for n in rng.integers(2, 5, 3))
        length = int(rng.integers(3, 8))
        shape = 3, count, length, heads * size
        rows = torch.from_numpy(rng.normal(0, 2, shape)).unbind(0)
        real = torch.from_numpy(rng.integers(1, length, count))[:, None]
        return (*rows, torch.arange(length) < real, heads)

    what = "3, masked attention"
    return check(function, against=wanted, inputs=inputs, tolerance=1e-9, what=what)


def tokens(function: Function) -> bool:
    """Exercise 4: tokens drawn in training, their mean at the test."""
    what = "4, sampled tokens"

    def judge() -> bool:
        rng = np.random.default_rng(0)
        for several in (1, 3, 4):
            vectors, count = torch.from_numpy(rng.normal(size=(several, 5))), 400
            mean = _rows(function(vectors, count, False, np.random.default_rng(1)))
            if not _near(mean, vectors.mean(0).expand(count, -1).numpy()):
                words = "at the test it did not return the mean, a row an utterance"
                return expect(False, words, what=what)
            drawn = _rows(function(vectors, count, True, np.random.default_rng(2)))
            if drawn.shape != mean.shape:
                words = f"in training it returned shape {drawn.shape}"
                return expect(False, f"{words}; expected {mean.shape}", what=what)
            again = _rows(function(vectors, count, True, np.random.default_rng(3)))
            if several > 1 and _near(drawn, again):
                words = "in training it did not draw: another rng gave the same rows"
                return expect(False, words, what=what)
            far = np.abs(drawn[:, None] - vectors.numpy()).max(2)
            share = (far < 1e-9).mean(0)
            if not np.isclose(share.sum(), 1):
                words = "in training a row was none of the vectors"
                return expect(False, words, what=what)
            if np.abs(share - 1 / several).max() > 0.12:
                words = f"of {several} vectors the shares were {share.round(2)}"
                return expect(False, f"{words}; expected equal ones", what=what)
        return expect(
            True,
            "",
            what=what,
            tried="1, 3 and 4 vectors, 400 draws each",
            not_checked="speed, other types of numbers",
        )

    return judged(judge, what)


def single(function: Function) -> bool:
    """Exercise 5: a teacher's loss on the class token itself, no second token."""

    def wanted(
        logits: Tensor, labels: Tensor, answers: Tensor, alpha: float, tau: float
    ) -> Tensor:
        named = cross_entropy(logits, labels)
        return (1 - alpha) * named + alpha * softmax_kd(logits, answers, tau)

    def inputs(rng: np.random.Generator) -> tuple[Any, ...]:
        count, classes = (int(n) for n in rng.integers(2, 7, 2))
        logits, answers = torch.from_numpy(rng.normal(0, 2, (2, count, classes)))
        labels = torch.from_numpy(rng.integers(0, classes, count))
        return logits, labels, answers, float(rng.uniform()), float(rng.uniform(1, 5))

    what = "5, a teacher without a second token"
    return check(function, against=wanted, inputs=inputs, tolerance=1e-9, what=what)


def _rows(given: Any) -> np.ndarray:
    if isinstance(given, Tensor):
        given = given.detach()
    return np.asarray(given, float)


def _near(given: np.ndarray, wanted: np.ndarray) -> bool:
    return given.shape == wanted.shape and bool(np.allclose(given, wanted))

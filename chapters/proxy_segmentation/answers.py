"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from scipy.optimize import brentq
from torch import nn

from chapters.proxy_segmentation.scores import equal_shares
from support.exercises import check, expect, judged
from support.losses.distillation import bernoulli_kd
from support.metrics.relevance import relevance, soft_maps
from support.models.segmenter import NMFSegmenter

__all__ = ["dictionary_step", "explained", "fair", "gradients", "pointing", "steepest"]

Reader = Callable[..., Any]


def explained(function: Reader) -> bool:
    """Hold a logit, its relevances and a share to the functions of the package."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        shape = int(rng.integers(2, 6)), int(rng.integers(2, 5))
        h = rng.uniform(0.1, 3, shape[1])
        return rng.uniform(0.1, 1, shape), h, rng.normal(size=shape[1])

    def wanted(W: np.ndarray, h: np.ndarray, theta: np.ndarray) -> tuple[Any, ...]:
        active, weights = torch.from_numpy(h)[None, :, None], torch.from_numpy(theta)
        r = relevance(active, weights[None])
        ones = torch.ones(1, len(W), 1, dtype=torch.float64)
        part = soft_maps(ones, torch.from_numpy(W), active, r > 0)
        return float(r.sum()), r[0, 0].numpy(), part[0, 0, :, 0].numpy()

    return check(function, against=wanted, inputs=inputs, what="1, the explanation")


def gradients(forward: Reader, reverse: Reader) -> bool:
    """Hold both derivatives to automatic differentiation."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        return float(rng.normal(scale=3)), float(rng.normal(scale=3))

    def automatic(direction: str) -> Reader:
        def slope(z_student: float, z_teacher: float) -> float:
            z = torch.tensor([[z_student]], dtype=torch.float64, requires_grad=True)
            teacher = torch.tensor([[z_teacher]], dtype=torch.float64)
            value = bernoulli_kd(z, teacher, direction=direction)
            return float(torch.autograd.grad(value, z)[0])

        return slope

    passed = [
        check(
            function,
            against=automatic(direction),
            inputs=inputs,
            what=f"2, the {direction} derivative",
            tries=100,
        )
        for function, direction in ((forward, "forward"), (reverse, "reverse"))
    ]
    return all(passed)


def steepest(function: Reader) -> bool:
    """Hold the logit at which the reverse gradient is largest to a root finder."""

    def wanted(q: float) -> float:
        teacher = np.log(q / (1 - q))
        # the derivative of p (1 - p) (z - t) is 0 where (2p - 1)(z - t) = 1
        return float(brentq(lambda z: np.tanh(z / 2) * (z - teacher) - 1, 0, 30))

    return check(
        function,
        against=wanted,
        inputs=lambda rng: (float(rng.uniform(0.001, 0.3)),),
        what="2, where it teaches most",
        tolerance=1e-2,
    )


def dictionary_step(function: Reader) -> bool:
    """Hold an update of the dictionary to the gradient through its normalisation."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        F, K, N = (int(size) for size in rng.integers((4, 2, 5), (8, 4, 12)))
        W = rng.uniform(0.1, 1, (F, K))
        return (
            rng.uniform(0, 2, (F, N)),
            W / np.linalg.norm(W, axis=0),
            rng.uniform(0.1, 1, (K, N)),
        )

    def wanted(X: np.ndarray, W: np.ndarray, H: np.ndarray) -> np.ndarray:
        less, more = X @ H.T, W @ H @ H.T
        raw = less + W * (W * more).sum(0)
        raw = W * raw / (more + W * (W * less).sum(0))
        return np.asarray(raw / np.linalg.norm(raw, axis=0))

    return check(function, against=wanted, inputs=inputs, what="3, the update of W")


def pointing(shuffle: Reader, verdict: Reader) -> bool:
    """Ask of a shuffled model what stays and what goes, and of a verdict its rule."""
    return all(
        [
            judged(lambda: _shuffle(shuffle), "4, the shuffle"),
            judged(lambda: _verdict(verdict), "4, the verdict"),
        ]
    )


def _shuffle(function: Reader) -> bool:
    what, rng = "4, the shuffle", torch.Generator().manual_seed(0)
    model = NMFSegmenter(nn.Conv1d(5, 4, 1), torch.rand(7, 4, generator=rng), 3)
    x, order = torch.randn(2, 5, 6, generator=rng), torch.tensor([2, 0, 3, 1])
    kept, before = model.W.clone(), model(x)
    other = function(model, order)
    if not isinstance(other, nn.Module):
        words = f"it returned {type(other).__name__}; expected a model."
        return expect(False, words, what=what)
    if not torch.equal(model.W, kept):
        return expect(
            False,
            "the model that was given has changed; expected a copy.",
            what=what,
        )
    after = other(x)
    if not torch.equal(before.logits, after.logits):
        words = "the logits have changed; the head does not see the dictionary."
        return expect(False, words, what=what)
    right = torch.allclose(after.recon, kept[:, order] @ before.h, atol=1e-5)
    return expect(
        right,
        "the rebuilt spectrogram is not that of W[:, order].",
        what=what,
        tried="logits, rebuilt spectrogram, and the model that was given",
    )


def _verdict(function: Reader) -> bool:
    what, rng = "4, the verdict", np.random.default_rng(0)
    for _ in range(40):
        shuffled = rng.uniform(-0.1, 0.3, 10).tolist()
        margin = float(rng.uniform(0.02, 0.1))
        # from below the mean to beyond the margin, and often between the two
        beyond = float(rng.uniform(-1, 2.2)) * margin
        gain = beyond + sum(shuffled) / len(shuffled)
        wanted = "dictionary" if beyond > margin else "mixture"
        given = function(gain, list(shuffled), margin)
        if given != wanted:
            words = (
                f"of a gain of {gain:.3f}, shuffled {beyond:.3f} less, and a margin of "
                f"{margin:.3f} it said {given!r}; expected {wanted!r}."
            )
            return expect(False, words, what=what)
    tried = "40 gains with ten shuffled ones each"
    return expect(True, "", what=what, tried=tried)


def fair(function: Reader) -> bool:
    """Hold shares of components to those whose masses sum to a target."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        mass = rng.uniform(0.1, 2, int(rng.integers(3, 9)))
        return mass, float(rng.uniform(0, 1) * mass.sum())

    def wanted(mass: np.ndarray, target: float) -> np.ndarray:
        given = torch.from_numpy(mass)[None, None]
        order = torch.arange(len(mass))[None, None]
        goal = torch.tensor([[target]], dtype=torch.float64)
        return np.asarray(equal_shares(given, goal, order)[0, 0])

    return check(function, against=wanted, inputs=inputs, what="5, the fair control")

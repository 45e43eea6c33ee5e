"""What the checks of the exercises try, on fresh inputs."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from support.exercises import check, expect, judged

__all__ = ["centred", "evidence", "layer", "pull", "relevance", "warm_up"]

Function = Callable[..., Any]


def warm_up(function: Function) -> bool:
    """Exercise 1: posterior of one scalar factor, and relevance MAP."""

    def wanted(
        N: float, F: float, m: float, V: float, variance: float, r: float
    ) -> Any:
        precision = 1 + N * V**2 / variance
        mean = V * (F - N * m) / variance / precision
        return mean, 1 / precision, (F + r * m) / (N + r)

    def inputs(rng: np.random.Generator) -> tuple[float, ...]:
        return float(rng.integers(1, 9)), *rng.uniform(0.5, 3, size=5).tolist()

    return check(function, against=wanted, inputs=inputs, what="1, one state")


def relevance(function: Function) -> bool:
    """Exercise 2: which relevance a scalar factor of a state stands for."""
    return check(
        function,
        against=lambda V, variance: variance / V**2,
        inputs=lambda rng: rng.uniform(0.3, 3, size=2).tolist(),
        what="2, the relevance",
    )


def layer(function: Function) -> bool:
    """Exercise 3: MAP of a layer, against a regression on stacked rows."""

    def wanted(phi: Any, N: Any, F: Any, B0: Any, prior: Any) -> Any:
        # a prior is worth rows of its own: their inputs are its root
        root = np.linalg.cholesky(prior).T
        weight = np.sqrt(N)[:, None]
        inputs = np.concatenate([weight * phi, root])
        targets = np.concatenate([F / weight, root @ B0])
        return np.linalg.lstsq(inputs, targets, rcond=None)[0]

    def inputs(rng: np.random.Generator) -> tuple[Any, ...]:
        Q, K, D = (int(size) for size in rng.integers(2, 6, size=3))
        root = rng.normal(size=(K, K))
        N = rng.integers(1, 9, size=Q).astype(float)
        phi, F, B0 = (rng.normal(size=shape) for shape in ((Q, K), (Q, D), (K, D)))
        return phi, N, N[:, None] * F, B0, root @ root.T + np.eye(K)

    return check(function, against=wanted, inputs=inputs, what="3, the layer")


def pull(function: Function) -> bool:
    """Exercise 4a: gradient of tied factors, against automatic differentiation."""

    def wanted(frames: Any, speaker: Any, m: Any, V: Any, variance: Any, y: Any) -> Any:
        tied = torch.tensor(y, requires_grad=True)
        o, m, V, variance = (torch.tensor(part) for part in (frames, m, V, variance))
        away = o - m - tied[torch.tensor(speaker)] @ V.T
        cost = (away.square() / variance).sum() / 2 + tied.square().sum() / 2
        return torch.autograd.grad(cost, tied)[0].numpy()

    def inputs(rng: np.random.Generator) -> tuple[Any, ...]:
        speakers, D, R = (int(size) for size in rng.integers(2, 5, size=3))
        count = int(rng.integers(8, 15))
        speaker = rng.integers(speakers, size=count)
        shapes = ((count, D), (D,), (D, R), (speakers, R))
        frames, m, V, y = (rng.normal(size=shape) for shape in shapes)
        return frames, speaker, m, V, rng.uniform(0.5, 2, size=D), y

    return check(function, against=wanted, inputs=inputs, what="4a, the gradient")


def centred(function: Function) -> bool:
    """Exercise 4b: factors of mean 0 and covariance I, all means as they were."""
    what, rng = "4b, the origin", np.random.default_rng(0)

    def judge() -> bool:
        for speakers in (12, 30):
            m, V = rng.normal(size=4), rng.normal(size=(4, 2))
            mix = np.array([[1.0, 0.4], [0.0, 0.5]])
            y = rng.normal(size=(speakers, 2)) @ mix + rng.normal(size=2)
            given = function(m.copy(), V.copy(), y.copy())
            if not isinstance(given, tuple | list) or len(given) != 3:
                return expect(False, "return three: m, V and y.", what=what)
            new_m, new_V, new_y = (np.asarray(part, dtype=float) for part in given)
            if (new_m.shape, new_V.shape, new_y.shape) != (m.shape, V.shape, y.shape):
                return expect(False, "a shape has changed.", what=what)
            moved = np.abs(new_m + new_y @ new_V.T - m - y @ V.T).max()
            tests = (
                (moved, f"a speaker's mean has moved by {moved:.2g}; none should."),
                (np.abs(new_y.mean(0)).max(), "the mean of the factors is not 0."),
                (
                    np.abs(np.cov(new_y.T, bias=True) - np.eye(2)).max(),
                    "the covariance of the factors (dividing by their number) is not "
                    "the unit matrix.",
                ),
            )
            for size, words in tests:
                if not size < 1e-8:
                    return expect(False, words, what=what)
        return expect(True, "", what=what, tried="12 and 30 speakers, two factors")

    return judged(judge, what)


def evidence(function: Function) -> bool:
    """Exercise 5: a recording's likelihood without its factor, against a dense one."""

    def wanted(frames: Any, m: Any, U: Any, variance: Any) -> Any:
        T = len(frames)
        shared = np.tile(U @ U.T, (T, T))
        law = torch.distributions.MultivariateNormal(
            torch.tensor(np.tile(m, T)),
            torch.tensor(shared + np.diag(np.tile(variance, T))),
        )
        return float(law.log_prob(torch.tensor(frames.ravel())))

    def inputs(rng: np.random.Generator) -> tuple[Any, ...]:
        T, D, R = (int(size) for size in rng.integers(2, 5, size=3))
        frames, m, U = (rng.normal(size=shape) for shape in ((T, D), D, (D, R)))
        return frames, m, U, rng.uniform(0.5, 2, size=D)

    return check(function, against=wanted, inputs=inputs, what="5, the evidence")

"""Checks of the exercises: each computes the right answer on inputs of its own."""

from collections.abc import Callable, Sequence
from functools import cache
from itertools import combinations
from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.data.voices.configuration import VoiceConfig
from support.data.voices.corpus import make_corpus
from support.exercises import check, expect, judged
from support.models.pooling import alignment_pool
from support.verification.experiment import prepare_corpus
from support.verification.scoring import error_table, trial_scores
from support.verification.systems import raw_supervector

__all__ = ["path", "posteriors", "pull", "spread_error", "spreads", "vectors"]

Function = Callable[..., Any]
Chain = tuple[Tensor, Tensor, Tensor, Tensor]


def vectors(mean: Any, first: Any, second: Any) -> bool:
    """Exercise 1: the mean of two frames, and their supervector in either order."""
    y = torch.eye(2)[None]
    wanted = {
        "the mean": (mean, y.mean(1)),
        "the first supervector": (first, alignment_pool(y, y)),
        "the second": (second, alignment_pool(y, y.flip(1))),
    }
    wrong = [name for name, (given, right) in wanted.items() if not _same(given, right)]
    return expect(not wrong, f"not yet: {', '.join(wrong)}", what="1, two frames")


def _same(given: Any, right: Tensor) -> bool:
    try:
        values = np.asarray(given, float)
    except (TypeError, ValueError):
        return False
    return values.shape == right[0].shape and np.allclose(values, right[0].numpy())


def pull(function: Function) -> bool:
    """Exercise 2: what each frame is told, against automatic differentiation."""

    def wanted(A: Tensor, G: Tensor) -> Tensor:
        y = torch.zeros(1, len(A), G.shape[1], dtype=A.dtype, requires_grad=True)
        parts = alignment_pool(y, A[None]).reshape(G.shape)
        return torch.autograd.grad((parts * G).sum(), y)[0][0]

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
        T, Q, D = (int(n) for n in rng.integers(2, 7, 3))
        A = torch.from_numpy(rng.dirichlet(np.ones(Q), T))
        return A, torch.from_numpy(rng.normal(size=(Q, D)))

    what = "2, the pull on each frame"
    return check(function, against=wanted, inputs=inputs, tolerance=1e-9, what=what)


def path(function: Function) -> bool:
    """Exercise 3: the best path of a few short utterances, against all of them."""

    def wanted(loglik: Tensor, frames: Tensor, stay: Tensor, go: Tensor) -> Tensor:
        best = torch.full(loglik.shape[:2], -1)
        for n, T in enumerate(frames.tolist()):
            paths, scores = _every_path(loglik[n, :T], stay, go)
            best[n, :T] = paths[scores.argmax()]
        return best

    what = "3, the best path"
    return check(function, against=wanted, inputs=_chain, tries=10, what=what)


def posteriors(function: Function) -> bool:
    """Exercise 4: posteriors of the states, against a sum over all paths."""

    def wanted(loglik: Tensor, stay: Tensor, go: Tensor) -> Tensor:
        paths, scores = _every_path(loglik, stay, go)
        hard = torch.nn.functional.one_hot(paths, loglik.shape[1]).to(loglik)
        return torch.einsum("p,ptq->tq", scores.softmax(0), hard)

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        loglik, frames, stay, go = _chain(rng)
        return loglik[0, : int(frames[0])], stay, go

    options: dict[str, Any] = {"tolerance": 1e-9, "tries": 10}
    what = "4, the posteriors"
    return check(function, against=wanted, inputs=inputs, what=what, **options)


def spreads(
    function: Function, pairs: Sequence[tuple[float, float]], seed: int
) -> bool:
    """Exercise 5: the error for one pair of spreads; what the reader finds for all.

    Args:
        function: two spreads and a seed to an error.
        pairs: of spreads, tract and habit.
        seed: of the corpora.
    """
    found: dict[tuple[float, ...], Any] = {}

    def once(tract: float, habit: float, seed: int) -> Any:
        """What the reader's function returns: a corpus takes seconds to make."""
        given = tract, habit, seed
        if given not in found:
            found[given] = function(*given)
        return found[given]

    def judge() -> bool:
        passed = check(
            once,
            against=spread_error,
            inputs=lambda rng: (*pairs[1], seed),
            tries=1,
            what="5, the spreads",
            not_checked="the other spreads",
        )
        if passed:
            for tract, habit in pairs:
                error = float(once(tract, habit, seed))
                print(f"tract {tract}, habit {habit}: EER ≈ {error:.3f}")
        return passed

    return judged(judge, "5, the spreads")


@cache
def spread_error(tract: float, habit: float, seed: int) -> float:
    """Impostors' EER of the raw supervector, on voices that differ by so much.

    Args:
        tract: spread of the length of the vocal tract, natural logarithm.
        habit: spread of the habit for each sound.
        seed: of the corpus of 8 background and 12 evaluation speakers.

    Returns:
        In [0, 1]; lower is better.
    """
    sizes = VoiceConfig(8, 12, tract=tract, habit=habit)
    prepared = prepare_corpus(make_corpus(sizes, seed))
    scores = trial_scores(raw_supervector(prepared), prepared)
    return error_table(scores, prepared.trials)["IC"]


def _chain(rng: np.random.Generator) -> Chain:
    """Four short utterances, and the probabilities of a chain."""
    Q, longest = int(rng.integers(2, 5)), 8
    frames = torch.from_numpy(rng.integers(Q, longest + 1, 4))
    leave = torch.from_numpy(rng.uniform(0.1, 0.9, Q))
    loglik = torch.from_numpy(rng.normal(size=(4, longest, Q)))
    return loglik, frames, (1 - leave).log(), leave.log()


def _every_path(loglik: Tensor, stay: Tensor, go: Tensor) -> tuple[Tensor, Tensor]:
    """All places of the Q - 1 borders: states (paths, T) and their scores (paths,)."""
    T, Q = loglik.shape
    cuts = torch.tensor(list(combinations(range(1, T), Q - 1)))
    paths = (torch.arange(T) >= cuts[:, :, None]).sum(1)
    moved = paths[:, 1:] > paths[:, :-1]
    steps = torch.where(moved, go[paths[:, :-1]], stay[paths[:, :-1]])
    return paths, loglik[torch.arange(T), paths].sum(1) + steps.sum(1)

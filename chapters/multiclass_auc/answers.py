"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor

from support.exercises import check, expect, judged
from support.losses.auc import ovo_loss, ovr_loss
from support.losses.pairwise import Kind, pairwise_loss, pairwise_sigmoid
from support.metrics.auc import auc_binary, auc_multiclass, auc_pairs
from support.metrics.classification import balanced_accuracy
from support.training import generator

__all__ = ["areas", "constants", "forgiveness", "ovo", "rest"]

Reader = Callable[..., Any]


def areas(function: Reader) -> bool:
    """Ask for A(1|2), A(1|3) and A(1|rest) of the five samples."""
    scores = torch.tensor([0.9, 0.4, 0.5, 0.4, 0.1])
    first = torch.tensor([1, 1, 0, 0, 0])
    against = {"2": [0, 1, 2], "3": [0, 1, 3, 4], "rest": [0, 1, 2, 3, 4]}

    def judge() -> bool:
        answer = function()
        if not isinstance(answer, tuple) or len(answer) != len(against):
            return expect(
                False, f"return three areas; got {answer!r}", what="the areas"
            )
        right = [
            abs(float(given) - auc_binary(scores[rows], first[rows]).item()) < 1e-6
            for given, rows in zip(answer, against.values(), strict=True)
        ]
        words = "count again; write down each pair, and mind the tie"
        said = [
            expect(one, words, what=f"A(1|{name})")
            for one, name in zip(right, against, strict=True)
        ]
        return all(said)

    return judged(judge, "the areas")


def rest(function: Reader) -> bool:
    """Hold areas against the rest, made of a matrix and counts, to the direct ones."""

    def by_rows(scores: Tensor, labels: Tensor) -> Any:
        return function(auc_pairs(scores, labels), labels.bincount().double())

    return check(
        by_rows,
        against=lambda scores, labels: auc_multiclass(scores, labels, "ovr", None),
        inputs=_table,
        tolerance=1e-12,
        what="areas against the rest",
    )


def ovo(function: Reader) -> bool:
    """Hold a one-versus-one loss to value, gradient and the balanced identity."""
    reference = partial(ovo_loss, on="scores")

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor, float]:
        return *_table(rng), float(rng.uniform(0.5, 5))

    def slope(loss: Reader) -> Reader:
        def gradient(scores: Tensor, labels: Tensor, delta: float) -> Tensor:
            scores = scores.clone().requires_grad_()
            return torch.autograd.grad(loss(scores, labels, delta), scores)[0]

        return gradient

    def balanced() -> bool:
        even = torch.arange(4).repeat(5)
        table = torch.randn(20, 4, generator=generator(0, "balanced")).double()
        wanted = ovr_loss(table, even, 2.0, on="scores").item()
        return expect(
            abs(float(function(table, even, 2.0)) - wanted) < 1e-10,
            "on equal counts your loss and one-versus-rest differ; "
            "look at which column, and which two samples, you compare",
            what="balanced identity",
        )

    held = partial(check, inputs=inputs, tolerance=1e-10)
    value = held(function, against=reference, what="value")
    gradient = held(slope(function), against=slope(reference), what="gradient")
    return judged(balanced, "balanced identity") and value and gradient


def constants(slope: Reader, repair: Reader) -> bool:
    """Hold the constants' gradient to zero, and their repair to held-out samples."""

    def decided(rng: np.random.Generator) -> list[float]:
        scores, labels = _pushed(rng)
        half = len(labels) // 2
        added = repair(scores[:half], labels[:half]).detach()
        test, truth = scores[half:], labels[half:]
        return [
            balanced_accuracy(truth, (test + more).argmax(1), 3).item()
            for more in (torch.zeros(3), added)
        ]

    def repaired() -> bool:
        rng = np.random.default_rng(0)
        before, after = np.array([decided(rng) for _ in range(20)]).T
        return expect(
            bool((after >= before - 0.02).all() and after.mean() > before.mean() + 0.1),
            "balanced accuracy on held-out samples should rise clearly and fall "
            "in no table; the constants do not yet do that",
            what="repair",
        )

    flat = check(
        slope,
        against=lambda scores, labels: torch.zeros(3),
        inputs=_pushed,
        tolerance=1e-12,
        what="gradient of the constants",
    )
    return judged(repaired, "repair") and flat


def forgiveness(clean_risk: Reader, partial_area: Reader) -> bool:
    """Hold the line of the noisy risk to simulated flips, and the partial area."""

    def fits() -> bool:
        words = (
            "with the sigmoid loss your formula misses the clean risk by more than "
            "three standard errors"
        )
        fit = expect(
            _misses(clean_risk, "sigmoid") < 3, words, what="clean risk, sigmoid"
        )
        return fit & expect(
            _misses(clean_risk, "logistic") > 3,
            "your formula also fits the logistic loss, which is not symmetric",
            what="no such line for the logistic loss",
        )

    def hardest(pos: Tensor, neg: Tensor, share: float) -> Tensor:
        kept = max(1, round(share * len(neg)))
        return pairwise_sigmoid(pos, torch.sort(neg).values[-kept:])

    def inputs(rng: np.random.Generator) -> tuple[Tensor, Tensor, float]:
        pos, neg = (torch.from_numpy(rng.normal(size=size)) for size in (9, 12))
        return pos, neg, float(rng.uniform(0.05, 1))

    line = judged(fits, "clean risk, sigmoid")
    return line & check(
        partial_area, against=hardest, inputs=inputs, what="partial area"
    )


def _table(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Scores with ties, and labels of unequal classes."""
    counts = rng.integers(2, 9, size=rng.integers(3, 6))
    labels = torch.arange(len(counts)).repeat_interleave(torch.tensor(counts))
    scores = torch.from_numpy(rng.normal(size=(len(labels), len(counts))))
    return scores.round(decimals=1), labels


def _pushed(rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Good scores of three classes with a constant added to each column."""
    labels = torch.from_numpy(rng.integers(0, 3, size=600))
    noise = torch.from_numpy(rng.normal(size=(600, 3)))
    shift = torch.from_numpy(rng.uniform(-4, 4, size=3))
    return 2 * torch.eye(3)[labels].double() + noise + shift, labels


def _misses(clean_risk: Reader, kind: Kind, draws: int = 400) -> float:
    """The largest distance from mended noisy risk to clean risk, in standard errors."""
    rng, worst = generator(0, "flips"), 0.0
    truth = torch.arange(400) < 200
    for eta in (0.1, 0.3):
        scores = torch.randn(400, generator=rng) + truth
        clean = pairwise_loss(scores[truth], scores[~truth], kind=kind).item()
        mended = []
        for _ in range(draws):
            place = torch.rand(2, 200, generator=rng).argsort(1)
            label = truth ^ (place < 200 * eta).flatten()
            noisy = pairwise_loss(scores[label], scores[~label], kind=kind)
            mended.append(float(clean_risk(noisy, eta)))
        values = np.array(mended)
        error = max(values.std(ddof=1) / draws**0.5, 1e-12)
        distance = abs(values.mean() - clean) / error
        worst = max(worst, float("inf") if np.isnan(distance) else float(distance))
    return worst

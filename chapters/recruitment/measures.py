"""What the chapter asks of scores and of faces."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from chapters.recruitment.agnostic import ATTRIBUTES, matched_negatives
from support.data.recruitment import Recruitment
from support.metrics.fairness import (
    p_rule,
    score_kl_test,
    top_share,
    true_positive_gap,
)
from support.metrics.probes import fit_probe
from support.metrics.verification import equal_error_rate, error_rates
from support.recruitment.scorer import TARGETS
from support.training import generator

__all__ = ["FaceReport", "Leakage", "ScoreReport", "leakage", "look_at", "rate"]

Map = Callable[[Tensor], Tensor]


class Leakage(NamedTuple):
    """How often a fresh probe is right about an attribute.

    Args:
        raw: on the features as they are.
        standardised: on features of mean 0 and deviation 1.
        chance: share of the largest class.
    """

    raw: float
    standardised: float
    chance: float


class FaceReport(NamedTuple):
    """What a map of faces leaves.

    Args:
        gender: raw and standardised leakage of gender.
        ethnicity: the same of ethnicity.
        error: equal error rate of recognising persons among their own group.
        deviation: mean standard deviation of a coordinate.
    """

    gender: Leakage
    ethnicity: Leakage
    error: float
    deviation: float


class ScoreReport(NamedTuple):
    """What a scorer does to the groups of one attribute.

    Args:
        kl: of the groups' score histograms, nats.
        floor: its mean over permutations of the groups.
        floor_95: its 95 % quantile over permutations.
        shares: of the groups among the best.
        p: smallest share over largest.
        gap: of the true positive rates; the threshold is the upper quartile of
            the blind training scores.
        to_blind: mean absolute error to merit.
        to_biased: mean absolute error to the biased score.
        hidden: accuracy of a probe for the attribute on the hidden layer.
    """

    kl: float
    floor: float
    floor_95: float
    shares: Tensor
    p: float
    gap: float
    to_blind: float
    to_biased: float
    hidden: float


def leakage(
    x_train: Tensor, y_train: Tensor, x_test: Tensor, y_test: Tensor, n_values: int
) -> Leakage:
    """Fit logistic probes on raw and on standardised features, and test both.

    Both minimise the summed cross-entropy plus half the squared weights, so that
    the scale of the features is all that sets them apart.

    Args:
        x_train: (n, d).
        y_train: (n,) integers in [0, n_values).
        x_test: (m, d).
        y_test: (m,).
        n_values: number of classes.

    Raises:
        ValueError: as in `support.metrics.probes.fit_probe`.

    >>> x, y = torch.randn(400, 2), torch.arange(400) % 2
    >>> x[:, 0] += 4 * y
    >>> leakage(x, y, x, y, 2).standardised > 0.9
    True
    """
    probe = fit_probe(x_train.double(), y_train, n_values)
    right = probe.logits(x_test.double()).argmax(1) == y_test
    raw = LogisticRegression(max_iter=1000).fit(
        x_train.double().cpu().numpy(), y_train.cpu().numpy()
    )
    return Leakage(
        float(raw.score(x_test.double().cpu().numpy(), y_test.cpu().numpy())),
        float(right.double().mean()),
        float(torch.bincount(y_test).max() / len(y_test)),
    )


def look_at(
    face_map: Map, train: Recruitment, test: Recruitment, *, seed: int
) -> FaceReport:
    """Ask what a map of faces leaks, and whether it still knows persons.

    A trial compares two test pictures by their squared distance; a target is a
    person with himself, a non-target with another one of the same gender and
    ethnicity, one trial of each kind an application.

    Args:
        face_map: (n, d) faces to (n, k) numbers.
        train: applications that the probes learn from.
        test: applications that they are tested on.
        seed: of the non-targets.

    Raises:
        ValueError: the map returns rows that are missing, not finite, or empty.
    """
    mapped = [_checked(face_map(split.face), len(split)) for split in (train, test)]
    second = _checked(face_map(test.face_second), len(test))
    leaks = {
        name: leakage(
            mapped[0], getattr(train, name), mapped[1], getattr(test, name), n_values
        )
        for name, n_values in ATTRIBUTES.items()
    }
    source = generator(seed, "impostors")
    cell = test.ethnicity * 2 + test.gender
    others = matched_negatives(torch.arange(len(test)), cell, source)

    def nearness(left: Tensor, right: Tensor) -> Tensor:
        return -(left.double() - right.double()).square().sum(1)

    rates = error_rates(
        nearness(mapped[1], second), nearness(mapped[1], second[others])
    )
    return FaceReport(
        leaks["gender"],
        leaks["ethnicity"],
        float(equal_error_rate(rates)[0]),
        float(mapped[1].std(0).mean()),
    )


def rate(
    attribute: str,
    scores: Tensor,
    hidden: tuple[Tensor, Tensor],
    train: Recruitment,
    test: Recruitment,
    *,
    top: int,
    seed: int,
) -> ScoreReport:
    """Hold the scores of the test applications to the groups of an attribute.

    Args:
        attribute: ``"gender"`` or ``"ethnicity"``.
        scores: (n,) in [0, 1] of the test applications.
        hidden: (m, k) and (n, k) hidden layers of training and test applications.
        train: their blind scores set the threshold of the gap.
        test: the applications scored.
        top: how many are chosen.
        seed: of the permutations.

    Raises:
        ValueError: the attribute is unknown, or as in `support.metrics.fairness`.
    """
    if attribute not in ATTRIBUTES:
        raise ValueError(
            f"attribute: got {attribute!r}; give one of {', '.join(ATTRIBUTES)}"
        )
    groups, known = getattr(test, attribute), getattr(train, attribute)
    kl = score_kl_test(scores, groups, seed=seed)
    shares = top_share(scores, groups, top)
    threshold = float(train.blind_score.quantile(0.75))
    biased = getattr(test, TARGETS[attribute])
    probe = fit_probe(hidden[0], known, ATTRIBUTES[attribute])
    right = probe.logits(hidden[1]).argmax(1) == groups
    return ScoreReport(
        kl.value,
        kl.null_mean,
        kl.null_95,
        shares,
        p_rule(shares),
        true_positive_gap(scores, test.blind_score, groups, threshold),
        float((scores - test.blind_score).abs().mean()),
        float((scores - biased).abs().mean()),
        float(right.double().mean()),
    )


def _checked(mapped: Tensor, rows: int) -> Tensor:
    shape = tuple(getattr(mapped, "shape", ()))
    if len(shape) != 2 or shape[0] != rows or not shape[1]:
        raise ValueError(
            f"the map of faces returned shape {shape}; expected ({rows}, any)"
        )
    if not mapped.isfinite().all():
        raise ValueError("the map of faces returned values that are not finite")
    return mapped.detach()

"""What the chapter asks of scores and of faces."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor
from torch.nn.functional import normalize

from chapters.recruitment.data import GROUPS, Data, exchanged
from chapters.recruitment.systems import ATTRIBUTES, matched_negatives
from support.data.recruitment import Recruitment
from support.metrics.fairness import (
    p_rule,
    score_kl_test,
    top_share,
    true_positive_gap,
)
from support.metrics.probes import fit_probe
from support.metrics.verification import equal_error_rate, error_rates
from support.recruitment.scorer import TARGETS, Scorer
from support.training import generator

__all__ = [
    "FaceReport",
    "Leakage",
    "Map",
    "ScoreReport",
    "changes",
    "chosen",
    "collapse",
    "face_table",
    "group_directions",
    "leakage",
    "look_at",
    "mean_gap",
    "measures",
    "on_plane",
    "p_curve",
    "rate",
    "stranger_leakage",
    "summary",
]

Map = Callable[[Tensor], Tensor]


class Leakage(NamedTuple):
    """How often a fresh probe is right about an attribute.

    Args:
        raw: on the features as they are.
        standardised: on features of mean 0 and deviation 1.
    """

    raw: float
    standardised: float


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
        scores: (n,) of the test applications.
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
    scores: Tensor


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
    )


def look_at(face_map: Map, data: Data, seed: int) -> FaceReport:
    """Ask what a map of faces leaks, and whether it still knows persons.

    A trial compares two test pictures by their squared distance; a target is a
    person with himself, a non-target with another one of the same gender and
    ethnicity, one trial of each kind an application.

    Args:
        face_map: (n, d) faces to (n, k) numbers.
        data: the probes learn from its training part and are tested on the other.
        seed: of the non-targets.

    Raises:
        ValueError: the map returns rows that are missing, not finite, or empty.
    """
    train, test = data.train, data.test
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
    others = matched_negatives(torch.arange(len(test)), cell, source, data.known[1])

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
    scorer: Scorer, data: Data, attribute: str = "gender", *, seed: int
) -> ScoreReport:
    """Hold the scores of the test applications to the groups of an attribute.

    Chosen are as many of a hundred as 1,000 of 4,800.

    Args:
        scorer: trained on the training applications, as it sees them.
        data: as the scorer sees it; the training part's blind scores set the
            threshold of the gap, its hidden layers teach the probe.
        attribute: ``"gender"`` or ``"ethnicity"``.
        seed: of the permutations.

    Raises:
        ValueError: the attribute is unknown, or as in `support.metrics.fairness`.
    """
    if attribute not in ATTRIBUTES:
        raise ValueError(
            f"attribute: got {attribute!r}; give one of {', '.join(ATTRIBUTES)}"
        )
    train, test = data.train, data.test
    scores, hidden = scorer.both(test)
    groups, known = getattr(test, attribute), getattr(train, attribute)
    kl = score_kl_test(scores, groups, seed=seed)
    shares = top_share(scores, groups, max(1, round(len(test) * 1000 / 4800)))
    threshold = float(train.blind_score.quantile(0.75))
    biased = getattr(test, TARGETS[attribute])
    probe = fit_probe(scorer.hidden(train), known, ATTRIBUTES[attribute])
    right = probe.logits(hidden).argmax(1) == groups
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
        scores,
    )


def stranger_leakage(face_map: Map, data: Data) -> float:
    """How often a probe that never saw a training face is right about the gender.

    It learns from half of the test persons and is asked about the others, so that
    neither it nor what it reads had a part in the making of the map.

    Args:
        face_map: (n, d) faces to (n, k) numbers.
        data: its test part is used.

    Returns:
        Accuracy of the standardised probe, averaged over the two directions.
    """
    test = data.test
    mapped = _checked(face_map(test.face), len(test))
    half = data.known[1].unique(return_inverse=True)[1] % 2 == 0
    found = [
        leakage(
            mapped[own],
            test.gender[own],
            mapped[~own],
            test.gender[~own],
            ATTRIBUTES["gender"],
        )
        for own in (half, ~half)
    ]
    return (found[0].standardised + found[1].standardised) / 2


def mean_gap(face_map: Map, data: Recruitment) -> float:
    """Largest difference, over coordinates, of the genders' mean mapped faces.

    Args:
        face_map: (n, d) faces to (n, k) numbers.
        data: applications of both genders.
    """
    mapped = _checked(face_map(data.face), len(data)).double()
    gap = mapped[data.gender == 1].mean(0) - mapped[data.gender == 0].mean(0)
    return float(gap.abs().max())


def face_table(maps: Mapping[str, Map], data: Data, seed: int) -> pd.DataFrame:
    """A row a map of faces: what fresh probes read, how persons are mistaken.

    The last probe is `stranger_leakage`, of the gender.
    """
    rows = {}
    for name, face_map in maps.items():
        report = look_at(face_map, data, seed)
        rows[name] = {
            "gender, probe": report.gender.standardised,
            "ethnicity, probe": report.ethnicity.standardised,
            "gender, strangers": stranger_leakage(face_map, data),
            "EER of persons": report.error,
        }
    return pd.DataFrame(rows).T


def summary(reports: Mapping[str, ScoreReport]) -> pd.DataFrame:
    """A row a scorer: how far apart the genders' scores are, then what it errs."""
    return pd.DataFrame(
        {
            name: {
                "KL": report.kl,
                "chance": report.floor,
                "chance, 95 %": report.floor_95,
                "women in top": float(report.shares[1]),
                "p": report.p,
                "gap": report.gap,
                "to merit": report.to_blind,
                "to biased score": report.to_biased,
                "gender, hidden": report.hidden,
            }
            for name, report in reports.items()
        }
    ).T


def measures(face_map: Map, scorer: Scorer, data: Data, seed: int) -> dict[str, float]:
    """The columns of the benchmark: what a way to forget leaves, and what it costs.

    Args:
        face_map: (n, d) faces to (n, k) numbers without the gender.
        scorer: trained on competencies and mapped faces.
        data: its faces untouched.
        seed: of the trials and permutations.
    """
    report = look_at(face_map, data, seed)
    fair = rate(scorer, data.with_faces(face_map), seed=seed)
    return {
        "leakage": stranger_leakage(face_map, data),
        "mistaken": report.error,
        "KL": fair.kl,
        "MAE to merit": fair.to_blind,
    }


def chosen(scores: Tensor, count: int) -> Tensor:
    """Which applications are among the best.

    Args:
        scores: (n,) numbers.
        count: how many are chosen, 1 to n; of equal scores the first win.

    Returns:
        (n,) integers, 1 where chosen.

    Raises:
        ValueError: the count is out of range.

    >>> chosen(torch.tensor([0.2, 0.9, 0.5]), 2)
    tensor([0, 1, 1])
    """
    if not 1 <= count <= len(scores):
        raise ValueError(f"count: got {count}; give 1 to {len(scores)}")
    mask = torch.zeros(len(scores), dtype=torch.int64)
    mask[scores.argsort(descending=True, stable=True)[:count].cpu()] = 1
    return mask


def p_curve(scores: Tensor, groups: Tensor, counts: Sequence[int]) -> list[float]:
    """The p-% value, smallest share over largest, for each number of chosen.

    Args:
        scores: (n,).
        groups: (n,) integers.
        counts: how many are chosen.
    """
    return [float(p_rule(top_share(scores, groups, count))) for count in counts]


def changes(
    scorer: Scorer, test: Recruitment, who: Tensor, face_map: Map = lambda face: face
) -> dict[str, float]:
    """Mean change of the score when one part of an application is exchanged.

    Args:
        scorer: asked before and after.
        test: n applications.
        who: (n,) truth values, whose scores count.
        face_map: what the scorer is shown in place of a face.

    Returns:
        The change by part, see `chapters.recruitment.data.exchanged`.
    """

    def scored(data: Recruitment) -> Tensor:
        return scorer(replace(data, face=face_map(data.face)))

    before = scored(test)
    return {
        part: float((scored(variant) - before)[who].mean())
        for part, variant in exchanged(test).items()
    }


def collapse(report: FaceReport, untouched: FaceReport) -> dict[str, float]:
    """Four numbers of a map of faces, each in [0, 1], for bars side by side."""
    return {
        "probe, standardised": report.gender.standardised,
        "probe, raw": report.gender.raw,
        "EER × 5": 5 * report.error,
        "deviation / untouched": report.deviation / untouched.deviation,
    }


def group_directions(data: Recruitment) -> Tensor:
    """Directions in which the groups' mean faces differ.

    Args:
        data: applications of two genders and three ethnicities.

    Returns:
        (d, 3) orthonormal columns: gender, and two that span the ethnicities.
    """

    def means(groups: Tensor, count: int) -> list[Tensor]:
        return [data.face[groups == group].mean(0) for group in range(count)]

    men, women = means(data.gender, 2)
    first, second, third = means(data.ethnicity, 3)
    columns: list[Tensor] = []
    for way in (women - men, first - second, third - second):
        for known in columns:
            way = way - (way @ known) * known
        columns.append(normalize(way, dim=0))
    return torch.stack(columns, dim=1)


def on_plane(
    face_map: Map, data: Data, plane: Tensor, attribute: str, count: int
) -> dict[str, Tensor]:
    """The first mapped test faces on a plane, by group.

    Args:
        face_map: (n, d) faces to (n, d) numbers.
        data: the mean of its mapped training faces is the origin.
        plane: (d, 2) two directions.
        attribute: of the groups.
        count: how many faces.

    Returns:
        Name of the group to (m, 2) points.
    """
    faces = face_map(data.test.face[:count]) - face_map(data.train.face).mean(0)
    points, groups = faces @ plane, getattr(data.test, attribute)[:count]
    return {name: points[groups == k] for k, name in enumerate(GROUPS[attribute])}


def _checked(mapped: Tensor, rows: int) -> Tensor:
    shape = tuple(getattr(mapped, "shape", ()))
    if len(shape) != 2 or shape[0] != rows or not shape[1]:
        raise ValueError(
            f"the map of faces returned shape {shape}; expected ({rows}, any)"
        )
    if not mapped.isfinite().all():
        raise ValueError("the map of faces returned values that are not finite")
    return mapped.detach()

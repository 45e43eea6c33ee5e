"""What the chapter asks of scores and of faces."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import pandas as pd
import torch
from sklearn.linear_model import LogisticRegression
from torch import Tensor

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
    "Map",
    "ScoreReport",
    "changes",
    "collapse",
    "face_table",
    "group_directions",
    "look_at",
    "mean_gap",
    "measures",
    "mistaken",
    "on_plane",
    "p_curve",
    "rate",
    "read",
    "read_raw",
    "stranger_leakage",
    "summary",
]

Map = Callable[[Tensor], Tensor]


class FaceReport(NamedTuple):
    """What a map of faces leaves.

    Args:
        gender: how often a fresh probe on standardised numbers is right about it.
        gender_raw: the same of a probe on the numbers as they are.
        error: how often persons are `mistaken` for each other.
        deviation: mean standard deviation of a coordinate.
    """

    gender: float
    gender_raw: float
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


def read(
    x_train: Tensor, y_train: Tensor, x_test: Tensor, y_test: Tensor, values: int
) -> float:
    """How often a fresh logistic probe on standardised features is right.

    Args:
        x_train: (n, d).
        y_train: (n,) integers in [0, values).
        x_test: (m, d).
        y_test: (m,).
        values: number of classes.

    Raises:
        ValueError: as in `support.metrics.probes.fit_probe`.

    >>> x, y = torch.randn(400, 2), torch.arange(400) % 2
    >>> x[:, 0] += 4 * y
    >>> read(x, y, x, y, 2) > 0.9
    True
    """
    answers = fit_probe(x_train, y_train, values).logits(x_test).argmax(1)
    return float((answers == y_test).double().mean())


def read_raw(x_train: Tensor, y_train: Tensor, x_test: Tensor, y_test: Tensor) -> float:
    """As `read`, of the features as they are.

    Both probes minimise the summed cross-entropy plus half the squared weights: the
    scale of the features is all that sets them apart.
    """
    probe = LogisticRegression(max_iter=1000).fit(x_train.numpy(), y_train.numpy())
    return float(probe.score(x_test.numpy(), y_test.numpy()))


def look_at(face_map: Map, data: Data, seed: int) -> FaceReport:
    """Ask what a map of faces leaks, and whether it still knows persons.

    Args:
        face_map: (n, d) faces to (n, k) numbers.
        data: the probes learn from its training part and are tested on the other.
        seed: of the trials, see `mistaken`.

    Raises:
        ValueError: the map returns rows that are missing, not finite, or empty.
    """
    train, test = data.train, data.test
    known, new = _mapped(face_map, train.face), _mapped(face_map, test.face)
    gender = known, train.gender, new, test.gender
    return FaceReport(
        read(*gender, 2),
        read_raw(*gender),
        mistaken(face_map, data, seed),
        float(new.std(0).mean()),
    )


def mistaken(face_map: Map, data: Data, seed: int) -> float:
    """Equal error rate of recognising persons in test pictures of their own group.

    A trial compares two pictures by their squared distance; a target is a person
    with himself, a non-target with another one of the same gender and ethnicity,
    one trial of each kind an application.

    Args:
        face_map: (n, d) faces to (n, k) numbers.
        data: its test part is used.
        seed: of the non-targets.
    """
    test = data.test
    first, second = (_mapped(face_map, face) for face in (test.face, test.face_second))
    rows, source = torch.arange(len(test)), generator(seed, "impostors")
    cell = test.ethnicity * 2 + test.gender
    others = matched_negatives(rows, cell, source, data.known[1])
    near, far = ((first - it).square().sum(1) for it in (second, second[others]))
    return float(equal_error_rate(error_rates(-near, -far))[0])


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
    return ScoreReport(
        kl.value,
        kl.null_mean,
        kl.null_95,
        shares,
        p_rule(shares),
        true_positive_gap(scores, test.blind_score, groups, threshold),
        float((scores - test.blind_score).abs().mean()),
        float((scores - biased).abs().mean()),
        read(scorer.hidden(train), known, hidden, groups, ATTRIBUTES[attribute]),
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
    gender, mapped = data.test.gender, _mapped(face_map, data.test.face)
    half = data.known[1].unique(return_inverse=True)[1] % 2 == 0
    one, two = (mapped[half], gender[half]), (mapped[~half], gender[~half])
    return (read(*one, *two, 2) + read(*two, *one, 2)) / 2


def mean_gap(face_map: Map, data: Recruitment) -> float:
    """Largest difference, over coordinates, of the genders' mean mapped faces.

    Args:
        face_map: (n, d) faces to (n, k) numbers.
        data: applications of both genders.
    """
    mapped = _mapped(face_map, data.face)
    gap = mapped[data.gender == 1].mean(0) - mapped[data.gender == 0].mean(0)
    return float(gap.abs().max())


def face_table(maps: Mapping[str, Map], data: Data, seed: int) -> pd.DataFrame:
    """A row a map of faces: what fresh probes read, how persons are mistaken.

    The last probe is `stranger_leakage`, of the gender.
    """
    train, test = data.train, data.test
    rows = {}
    for name, face_map in maps.items():
        known, new = _mapped(face_map, train.face), _mapped(face_map, test.face)
        rows[name] = {
            "gender, probe": read(known, train.gender, new, test.gender, 2),
            "ethnicity, probe": read(known, train.ethnicity, new, test.ethnicity, 3),
            "gender, strangers": stranger_leakage(face_map, data),
            "EER of persons": mistaken(face_map, data, seed),
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
    fair = rate(scorer, data.with_faces(face_map), seed=seed)
    return {
        "leakage": stranger_leakage(face_map, data),
        "mistaken": mistaken(face_map, data, seed),
        "KL": fair.kl,
        "MAE to merit": fair.to_blind,
    }


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
        who: row numbers, or (n,) truth values, of those whose scores count.
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
        "probe, standardised": report.gender,
        "probe, raw": report.gender_raw,
        "EER of persons": report.error,
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
    ways = torch.stack([women - men, first - second, third - second], dim=1)
    basis, upper = torch.linalg.qr(ways)
    return basis * upper.diagonal().sign()  # QR leaves the signs open


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


def _mapped(face_map: Map, faces: Tensor) -> Tensor:
    """Mapped faces (n, k) in double precision, held to be that many and finite."""
    mapped = face_map(faces)
    shape = tuple(getattr(mapped, "shape", ()))
    if len(shape) != 2 or shape[0] != len(faces) or not shape[1]:
        raise ValueError(
            f"the map of faces returned shape {shape}; expected ({len(faces)}, any)"
        )
    if not mapped.isfinite().all():
        raise ValueError("the map of faces returned values that are not finite")
    return mapped.detach().double()

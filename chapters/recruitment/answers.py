"""What the checks of the exercises hold a reader's functions to; none raises."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from chapters.recruitment.data import Data
from chapters.recruitment.released import recover_weights
from chapters.recruitment.scores import look_at
from chapters.recruitment.systems import SensitiveNets, matched_negatives
from support.data.recruitment import make_recruitment
from support.exercises import check, expect
from support.metrics.fairness import p_rule, score_kl_test
from support.recruitment.applications import load_applications
from support.training import generator

__all__ = [
    "alternate",
    "moves",
    "try_floor",
    "try_forgetful",
    "try_penalty",
    "try_rule",
    "try_steps",
]

Step = Callable[..., Any]


def moves(detect: Step, project: Step) -> tuple[tuple[bool, bool], tuple[bool, bool]]:
    """Which networks a reader's two steps move.

    Args:
        detect: called with projection, detector, the detector's optimiser, faces
            and genders.
        project: called with projection, detector, the projection's optimiser, and
            the faces of anchors, positives and negatives.

    Returns:
        For either step, whether it moved the projection and the detector.
    """
    data = load_applications(0, train=96, test=12)[0]
    nets = SensitiveNets(20, 2)
    networks = nets.projection, nets.detector
    first, second, other = data.face[:32], data.face_second[:32], data.face[32:64]
    moved: list[tuple[bool, bool]] = []
    for step, arguments in (
        (detect, (nets.of_detector, first, data.gender[:32])),
        (project, (nets.of_projection, first, second, other)),
    ):
        before = [_flat(network) for network in networks]
        step(*networks, *arguments)
        one, two = (
            not torch.equal(old, _flat(network))
            for old, network in zip(before, networks, strict=True)
        )
        moved.append((one, two))
    return moved[0], moved[1]


def alternate(
    detect: Step, project: Step, *, steps: int, seed: int
) -> tuple[float, float]:
    """Train with a reader's steps, and ask a fresh probe for the gender.

    Args:
        detect: see `moves`; it is called twice for every call of ``project``.
        project: see `moves`.
        steps: of the projection.
        seed: of data, initial weights and batches.

    Returns:
        Accuracy of a fresh standardised probe on new applications, and how often
        persons are mistaken for one another (the equal error rate of their two
        pictures).
    """
    train, test = load_applications(seed, train=2400, test=2400)
    nets = SensitiveNets(20, 2, seed=seed)
    networks = nets.projection, nets.detector
    source = generator(seed, "faces")
    cell = train.ethnicity * 2 + train.gender
    for _ in range(steps):
        for _ in range(2):
            rows = torch.randint(len(train), (256,), generator=source)
            face, gender = train.face[rows], train.gender[rows]
            detect(*networks, nets.of_detector, face, gender)
        rows = torch.randint(len(train), (256,), generator=source)
        others = train.face[matched_negatives(rows, cell, source)]
        pictures = train.face[rows], train.face_second[rows], others
        project(*networks, nets.of_projection, *pictures)
    with torch.no_grad():
        found = look_at(nets.projection, Data(train, test), seed)
    return found.gender, found.error


def _flat(module: nn.Module) -> Tensor:
    return torch.cat([part.detach().flatten() for part in module.parameters()]).clone()


def try_rule(function: Step) -> bool:
    """Hold p and the four-fifths rule to the package, groups of unequal sizes."""

    def some_decision(rng: np.random.Generator) -> tuple[Any, Any]:
        sizes = rng.integers(200, 400, int(rng.integers(2, 5)))
        rates = rng.uniform(0.1, 0.9) * rng.uniform(0.7, 1, len(sizes))
        return 1 + rng.binomial(sizes - 1, rates), sizes

    def wanted(chosen: NDArray[Any], sizes: NDArray[Any]) -> tuple[float, bool]:
        p = float(p_rule(torch.from_numpy(chosen / sizes)))
        return p, p >= 0.8

    what = "1, p and the rule"
    return check(function, against=wanted, inputs=some_decision, what=what)


def try_floor(function: Step) -> bool:
    """Hold a floor of the KL to two hundred shuffles of nine sets of scores."""
    what = "2, the floor"
    ratios: list[float] = []
    for sizes in ((1500, 1500), (600, 2400), (500, 1500, 4000)):
        for width in (0.2, 0.5, 0.9):
            source = torch.Generator().manual_seed(sum(sizes))
            scores = torch.rand(sum(sizes), generator=source) * width
            groups = torch.arange(len(sizes)).repeat_interleave(torch.tensor(sizes))
            filled = int((torch.histc(scores, 50, 0, 1) > 0).sum())
            chance = score_kl_test(scores, groups, seed=len(ratios)).null_mean
            try:
                ratios.append(float(function(filled, list(sizes))) / chance)
            except Exception as error:  # whatever the reader's code raises
                return expect(False, f"no number came back: {_told(error)}", what=what)
    worst = max(ratios, key=lambda ratio: abs(ratio - 1))
    return expect(
        abs(worst - 1) < 0.2,
        f"your floor is ≈ {worst:.2f} times what shuffling gives; expected 0.8 to 1.2",
        what=what,
        tried="9 sets of scores, 2 and 3 groups of unequal sizes, 200 shuffles each",
    )


def try_steps(detect: Step, project: Step, *, steps: int = 400) -> bool:
    """Hold two steps to which weights move, who is known, and what can be read."""
    what = "3, the two steps"
    try:
        first, second = moves(detect, project)
        if first != (False, True) or second != (True, False):
            return expect(
                False,
                f"step (a) moved (projection, detector): {first}, expected (False, "
                f"True); step (b): {second}, expected (True, False)",
                what=what,
                tried="one step of each",
            )
        read, mistaken = alternate(detect, project, steps=steps, seed=1)
    except Exception as error:  # whatever the reader's code raises
        return expect(False, f"a step failed: {_told(error)}", what=what)
    known = expect(
        mistaken < 0.05,
        f"persons are mistaken for one another in ≈ {mistaken:.0%} of the trials, "
        "expected below 5 %: nothing is left of the faces, or the triplet is missing",
        what="3, whether persons are still known",
    )
    return known & expect(
        read < 0.7,
        f"a fresh probe still reads the gender of ≈ {read:.2f} of new faces after "
        f"{steps} steps of yours; expected below 0.7",
        what="3, what a fresh probe reads",
        tried="new applications, standardised logistic probe",
    )


def try_penalty(function: Step) -> bool:
    """Hold recovered weights and a penalty to least squares, another penalty a try."""

    def some_profiles(rng: np.random.Generator) -> tuple[Any, Any, Any]:
        data = make_recruitment(2400, int(rng.integers(2**31)), version=1)
        scores = data.gender_score + float(rng.uniform(-0.05, 0.05)) * data.gender
        return data.competencies.numpy(), data.gender.numpy(), scores.numpy()

    def wanted(*given: NDArray[Any]) -> tuple[NDArray[Any], float]:
        competencies, group, scores = map(torch.from_numpy, given)
        *weights, dummy = recover_weights(competencies, group, scores)
        return np.array(weights), -dummy

    return check(
        function,
        against=wanted,
        inputs=some_profiles,
        tolerance=1e-3,
        tries=5,
        what="4, weights and penalty",
    )


def try_forgetful(function: Callable[[Any, int], Callable[[Tensor], Tensor]]) -> bool:
    """Ask what a reader's map of faces leaks, and whether it still knows persons."""
    what = "5, forgetful faces"
    train, test = load_applications(7, train=3600, test=3600)
    try:
        report = look_at(function(train, 1), Data(train, test), seed=0)
    except Exception as error:  # whatever the reader's code raises
        return expect(False, f"no map of faces came back: {_told(error)}", what=what)
    read, mistaken = report.gender, report.error
    return expect(
        read < 0.65 and mistaken < 0.02,
        f"the probe reads ≈ {read:.2f} (wanted below 0.65), and the EER is "
        f"≈ {mistaken:.3f} (wanted below 0.02)",
        what=what,
        tried="3,600 new applications",
        not_checked="nonlinear probes, ethnicity",
    )


def _told(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"

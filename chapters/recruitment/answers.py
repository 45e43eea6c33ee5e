"""What the exercises hold a reader's two steps of SensitiveNets to."""

from collections.abc import Callable
from typing import Any

import torch
from torch import nn

from chapters.recruitment.data import Data
from chapters.recruitment.scores import look_at
from chapters.recruitment.systems import matched_negatives
from support.models.erasure import SensitiveProjection
from support.recruitment.applications import load_applications
from support.training import generator, seeded_init

__all__ = ["alternate", "moves"]

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
    data = load_applications("embedded", 0, train=96, test=12)[0]
    projection, detector, of_projection, of_detector = _networks(0)
    first, second, other = data.face[:32], data.face_second[:32], data.face[32:64]
    moved: list[tuple[bool, bool]] = []
    for step, arguments in (
        (detect, (of_detector, first, data.gender[:32])),
        (project, (of_projection, first, second, other)),
    ):
        before = _flat(projection), _flat(detector)
        step(projection, detector, *arguments)
        after = _flat(projection), _flat(detector)
        first_moved, second_moved = (
            not torch.equal(old, new) for old, new in zip(before, after, strict=True)
        )
        moved.append((first_moved, second_moved))
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
    train, test = load_applications("embedded", seed, train=2400, test=2400)
    projection, detector, of_projection, of_detector = _networks(seed)
    source = generator(seed, "faces")
    cell = train.ethnicity * 2 + train.gender
    for _ in range(steps):
        for _ in range(2):
            rows = torch.randint(len(train), (256,), generator=source)
            face, gender = train.face[rows], train.gender[rows]
            detect(projection, detector, of_detector, face, gender)
        rows = torch.randint(len(train), (256,), generator=source)
        others = train.face[matched_negatives(rows, cell, source)]
        pictures = train.face[rows], train.face_second[rows], others
        project(projection, detector, of_projection, *pictures)
    with torch.no_grad():
        found = look_at(projection, Data(train, test), seed)
    return found.gender.standardised, found.error


def _networks(
    seed: int,
) -> tuple[nn.Module, nn.Module, torch.optim.Optimizer, torch.optim.Optimizer]:
    with seeded_init(seed, "networks"):
        projection = SensitiveProjection(20)
        detector = nn.Sequential(nn.Linear(20, 32), nn.ReLU(), nn.Linear(32, 2))
    return (
        projection,
        detector,
        torch.optim.Adam(projection.parameters(), lr=2e-3, fused=True),
        torch.optim.Adam(detector.parameters(), lr=5e-3, fused=True),
    )


def _flat(module: nn.Module) -> torch.Tensor:
    return torch.cat([part.detach().flatten() for part in module.parameters()]).clone()

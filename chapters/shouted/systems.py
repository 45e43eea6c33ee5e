"""The compensations that are compared, each learned without its test speakers.

A system learns from pairs of the speakers of three folds and moves embeddings of the
fourth: `fit(normal, shouted, generator)` gives a function (n, E) -> (n, E).  A reader's
own method is called alike.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args

import torch
from torch import Tensor

from chapters.shouted.data import FOLDS, Data
from support.data.pair_trials import permuted_pairs
from support.models.compensation import (
    BiasCompensator,
    Compensator,
)
from support.models.effort import CompensatedBackend, EffortDetector
from support.models.regression_compensation import JointCompensator, LinearCompensator
from support.training import generator

__all__ = [
    "CHOSEN",
    "CONTROLS",
    "DIMENSION",
    "DIMENSIONS",
    "EVERY",
    "GRIDS",
    "HARD",
    "METHOD",
    "NOTHING",
    "PERMUTED",
    "SHUFFLED",
    "SOFT",
    "STRENGTH",
    "STRENGTHS",
    "SYSTEMS",
    "TRUTH",
    "Compensate",
    "Fit",
    "Fold",
    "apply",
    "fit",
    "folds_of",
    "make",
    "switched",
    "told_sex",
]

Compensate = Callable[[Tensor], Tensor]
Fit = Callable[[Tensor, Tensor, torch.Generator], Compensate]
Pairs = Literal["given", "permuted", "shuffled"]

NOTHING, METHOD, HARD = "nothing done", "MEMLIN", "MEMLIN, hard counts"

#: Settings that are tried of each, twelve; the global mean has none.
GRIDS: dict[str, list[dict[str, float]]] = {
    name: [
        {"components": k, "variance_floor": floor}
        for k in (8, 16, 32, 64)
        for floor in (1.0, 3.0, 10.0)
    ]
    for name in ("RATZ", "SPLICE", "MEMLIN")
} | {
    "joint MMSE": [
        {"components": k, "dimensions": q} for k in (1, 2, 4) for q in (16, 32, 64, 96)
    ],
    "one matrix": [{"penalty": 0.01 * 2**power} for power in range(12)],
}
#: The least mean EER between normal and shouted, see `chapters.shouted.tuning`.
CHOSEN: dict[str, dict[str, float]] = {
    "RATZ": {"components": 64, "variance_floor": 3.0},
    "SPLICE": {"components": 32, "variance_floor": 3.0},
    "MEMLIN": {"components": 32, "variance_floor": 3.0},
    "joint MMSE": {"components": 1, "dimensions": 64},
    "one matrix": {"penalty": 0.32},
}
STRENGTHS = (0.002, 0.01, 0.05, 0.2, 1.0, 5.0)
STRENGTH = 0.2
"""Of the detector: the best mean recall."""
DIMENSIONS = range(6, 18)
DIMENSION = 10
"""Of LDA of both conditions; 17 are the most that 18 speakers allow."""


def make(name: str, setting: dict[str, float]) -> Compensator:
    """Give a compensation by its name in the comparison, not yet fitted."""
    kinds = {"RATZ": "ratz", "SPLICE": "splice", METHOD: "memlin_cross", HARD: "memlin"}
    if name in kinds:
        return BiasCompensator(
            kinds[name],
            int(setting["components"]),
            counts="hard" if name == HARD else "soft",
            variance_floor=setting["variance_floor"],
        )
    if name == "joint MMSE":
        return JointCompensator(int(setting["components"]), int(setting["dimensions"]))
    if name == "one matrix":
        return LinearCompensator(setting["penalty"])
    if name != "global mean":
        known = [*kinds, "joint MMSE", "one matrix", "global mean"]
        raise ValueError(f"name: got {name!r}; give one of {', '.join(known)}")
    return BiasCompensator("mean", 1)


def fit(
    normal: Tensor,
    shouted: Tensor,
    generator: torch.Generator,
    *,
    name: str,
    setting: dict[str, float],
) -> Compensate:
    """Learn one compensation from pairs (P, E); see `make`.

    At most as many components as pairs, and as dimensions as an embedding has.
    """
    most = {"components": len(normal), "dimensions": min(normal.shape)}
    setting = {key: min(value, most.get(key, value)) for key, value in setting.items()}
    return make(name, setting).fit(normal, shouted, generator).transform


def _leave(normal: Tensor, shouted: Tensor, generator: torch.Generator) -> Compensate:
    return lambda z: z


#: Name to fit, the baseline first; a reader's own method is called alike.
SYSTEMS: dict[str, Fit] = {
    NOTHING: _leave,
    "global mean": partial(fit, name="global mean", setting={}),
    **{name: partial(fit, name=name, setting=CHOSEN[name]) for name in GRIDS},
}
# the classical form, whose weights do not look at the embedding; as many components
SYSTEMS[HARD] = partial(fit, name=HARD, setting=CHOSEN[METHOD])


#: The method in other conditions: the middle three by what `apply` is told besides.
TRUTH, EVERY, PERMUTED, SHUFFLED, SOFT = (
    f"MEMLIN, {words}"
    for words in (
        "true condition",
        "every utterance",
        "partners permuted",
        "shifts shuffled",
        "soft switch",
    )
)
CONTROLS: dict[str, dict[str, Any]] = {
    EVERY: {"every": True},
    PERMUTED: {"pairs": "permuted"},
    SHUFFLED: {"pairs": "shuffled"},
}


@dataclass(frozen=True)
class Fold:
    """One fold to be tried, and what is learned from the others.

    Args:
        z: (N, E) all embeddings, less the mean of the training speakers' normal ones.
        train: (N,) bool.
        normal: (P,) utterances of the training pairs.
        shouted: (P,) the other side of each.
        detector: learned from the training speakers.
    """

    z: Tensor
    train: Tensor
    normal: Tensor
    shouted: Tensor
    detector: EffortDetector


def folds_of(data: Data, strength: float = STRENGTH) -> list[Fold]:
    """Learn centre and detector of each fold from the speakers of the others.

    Args:
        data: of the chapter.
        strength: of the detector.
    """
    found = []
    fold = data.fold[data.speaker]
    normal, shouted = data.pairs
    for number in range(FOLDS):
        train = fold != number
        kept = train[normal]
        z = data.z - data.z[train & ~data.shouted].mean(0)
        detector = EffortDetector(strength).fit(z[train], data.shouted[train])
        found.append(Fold(z, train, normal[kept], shouted[kept], detector))
    return found


def apply(
    data: Data,
    folds: list[Fold],
    fit: Fit,
    seed: int,
    *,
    pairs: Pairs = "given",
    every: bool = False,
) -> Tensor:
    """Embeddings of all utterances, each moved by what other speakers have taught.

    Args:
        data: of the chapter.
        folds: of `folds_of`.
        fit: learns a compensation, see `SYSTEMS`.
        seed: of its stream "mixtures", alike for every system and fold.
        pairs: learn from those ``given``; from ``permuted`` ones, of unlike speakers;
            or from ``shuffled`` ones, where each shout is handed the shift of another
            pair, so that shifts stay and their place is lost.
        every: move every utterance, in the place of those detected as shouted.

    Returns:
        (N, E), less the mean of normal speech.

    Raises:
        ValueError: an unknown word, or what is learned gives no embeddings.
    """
    if pairs not in get_args(Pairs):
        words = ", ".join(get_args(Pairs))
        raise ValueError(f"pairs: got {pairs!r}; give one of {words}")
    moved = torch.empty_like(data.z)
    for number, fold in enumerate(folds):
        sides = fold.normal, fold.shouted
        draw = generator(seed, f"permutation {number}")
        if pairs == "permuted":
            sides = permuted_pairs(sides, data.speaker, generator=draw)
        normal, shouted = (fold.z[side] for side in sides)
        if pairs == "shuffled":
            order = torch.randperm(len(normal), generator=draw).to(normal.device)
            normal = shouted - (shouted - normal)[order]
        compensate = fit(normal, shouted, generator(seed, "mixtures"))
        backend = CompensatedBackend(fold.detector, compensate)
        test = ~fold.train
        known = torch.ones_like(data.shouted[test]) if every else None
        moved[test] = backend.transform(fold.z[test], known)
    return moved


def switched(
    before: Tensor, after: Tensor, probability: Tensor, shouted: Tensor
) -> dict[str, Tensor]:
    """The method under a perfect detector, and under a soft one.

    Args:
        before: (N, E) embeddings as they are.
        after: (N, E) of which every one was moved.
        probability: (N,) of being shouted, as the detectors say.
        shouted: (N,) bool, what is true.
    """
    return {
        TRUTH: torch.where(shouted[:, None], after, before),
        SOFT: torch.lerp(before, after, probability[:, None]),
    }


def told_sex(data: Data, folds: list[Fold]) -> Tensor:
    """One bias for each sex, which is told: clusters that need no mixture.

    Args:
        data: of the chapter.
        folds: of `folds_of`.

    Returns:
        (N, E), as `apply` gives them.
    """
    moved = torch.empty_like(data.z)
    sex = data.sex[data.speaker]
    for fold in folds:
        shift = fold.z[fold.shouted] - fold.z[fold.normal]
        for one in sex.unique():
            bias = shift[sex[fold.shouted] == one].mean(0)
            test = ~fold.train & (sex == one)
            backend = CompensatedBackend(fold.detector, partial(torch.sub, other=bias))
            moved[test] = backend.transform(fold.z[test])
    return moved

"""The black box, its proxies, and rivals that learn from labels in their place.

All proxies and rivals are one network, `support.models.segmenter.NMFSegmenter`, with
one dictionary and as many updates; they differ in what they hear, in whom they learn
from, and on how many mixtures.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType

from torch import Tensor

from chapters.proxy_segmentation.data import INPUTS, Data
from support.losses.distillation import bernoulli_kd
from support.models.segmenter import NMFSegmenter, Segmented
from support.models.tcn import TCN
from support.scalars import number
from support.segmentation.scoring import task_f1
from support.segmentation.systems import (
    RECIPE,
    Weights,
    binary_cross_entropy,
    train_segmenter,
    train_teacher,
)
from support.training import Recipe, predict

__all__ = [
    "CHOSEN",
    "FEW",
    "GRID",
    "MORE",
    "ROLES",
    "SYSTEMS",
    "Choice",
    "Role",
    "Student",
    "ask",
    "black_box",
    "labels_for",
    "teach",
    "train",
    "tune",
]

FEW = 0.1  # share of the mixtures whose labels the poorest rival has
_AT_ONCE = 40


@dataclass(frozen=True)
class Role:
    """Who learns what from whom.

    Args:
        hears: one of `chapters.proxy_segmentation.data.INPUTS`.
        from_teacher: learn from the teacher's answers; else from labels.
        share: of the training mixtures that are learned from.
    """

    hears: str = "front-end"
    from_teacher: bool = True
    share: float = 1.0

    def __post_init__(self) -> None:
        if self.hears not in INPUTS:
            raise ValueError(f"hears: got {self.hears!r}; give one of {INPUTS}")
        number("share", self.share, above=0, most=1)


@dataclass(frozen=True)
class Choice:
    """What was chosen of a grid.

    Args:
        rate: of learning.
        rebuilding: weight of the spectrogram in the loss.
    """

    rate: float = 3e-3
    rebuilding: float = 5.0

    def __post_init__(self) -> None:
        number("rate", self.rate, above=0)
        number("rebuilding", self.rebuilding, least=0)


ROLES: Mapping[str, Role] = MappingProxyType(
    {
        "10 % of labels": Role(from_teacher=False, share=FEW),
        "all labels": Role(from_teacher=False),
        "proxy A": Role("spectrogram"),
        "proxy B": Role(),
    }
)
"""Who competes, the baseline first."""

RATES, REBUILDINGS = (1.5e-3, 3e-3, 6e-3), (1.0, 5.0, 10.0)
GRID: Mapping[str, tuple[Choice, ...]] = MappingProxyType(
    {
        name: tuple(
            Choice(rate, rebuilding)
            for rate in RATES
            for rebuilding in ((5.0,) if name == "teacher" else REBUILDINGS)
        )
        for name in ("teacher", *ROLES)
    }
)
"""Learning rates for each, and weights of the rebuilding for whoever rebuilds."""

_EDGE = Choice(6e-3, 1.0)
CHOSEN: Mapping[str, Mapping[str, Choice]] = {
    "embedded": {
        "teacher": Choice(6e-3, 5.0),
        "10 % of labels": _EDGE,
        "all labels": _EDGE,
        "proxy A": _EDGE,
        "proxy B": _EDGE,
    },
    "broadcast": {
        "teacher": Choice(6e-3, 5.0),
        "10 % of labels": Choice(1.5e-3, 1.0),
        "all labels": Choice(3e-3, 1.0),
        "proxy A": _EDGE,
        "proxy B": _EDGE,
    },
}
"""What `tune` chose on seeds 200 and 201 of the quick profile.

(The teacher that the proxies learned from there had a learning rate of 3e-3.)
"""

MORE = Choice(6e-3, 10.0)
"""Ten times the rebuilding that was chosen for proxy B."""

_PAPER = (Choice(1e-3, 5.0), replace(RECIPE, batch_size=64))


@dataclass(frozen=True)
class Student:
    """A trained segmenter, and what it hears.

    Args:
        model: in evaluation mode.
        hears: one of `chapters.proxy_segmentation.data.INPUTS`.
    """

    model: NMFSegmenter
    hears: str

    def said(self, data: Data) -> Segmented:
        """Activations, logits and rebuilt spectrograms of the test mixtures."""
        return predict(self.model, data.heard(self.hears).test, batch_size=_AT_ONCE)


def _settings(data: Data, name: str, choice: Choice | None) -> tuple[Choice, Recipe]:
    settled = CHOSEN[data.dataset]
    if name not in settled:
        raise ValueError(f"name: got {name!r}; give one of {tuple(settled)}")
    full = data.profile == "full"
    standard, recipe = _PAPER if full else (settled[name], RECIPE)
    chosen = choice or standard
    return chosen, replace(recipe, rate=chosen.rate)


def black_box(
    data: Data, seed: int, *, stream: str = "teacher", choice: Choice | None = None
) -> TCN:
    """Train the teacher: a network on the front-end's features, with all labels.

    Args:
        data: of the chapter.
        seed: of the run.
        stream: of first weights and batches; another one is another teacher.
        choice: in place of the chosen learning rate.

    Returns:
        Maps features (B, D, T) to logits (B, 4, T).
    """
    _, recipe = _settings(data, "teacher", choice)
    return train_teacher(
        data.features.train,
        data.labels.train,
        data.prepared.setting,
        seed=seed,
        recipe=recipe,
        stream=stream,
    )


def ask(net: TCN, features: Tensor) -> Tensor:
    """(B, 4, T) the logits of a teacher for features (B, D, T)."""
    return predict(net, features, batch_size=_AT_ONCE)


def teach(data: Data, teacher: TCN) -> Data:
    """Ask the teacher what it says of the training mixtures."""
    return data.taught(ask(teacher, data.features.train))


def labels_for(data: Data, role: Role) -> Tensor:
    """(n, 4, T) what a role learns to say of the first n training mixtures.

    Raises:
        ValueError: the role learns from a teacher, and there is none.
    """
    count = max(1, round(role.share * len(data.x.train)))
    if not role.from_teacher:
        return data.labels.train[:count]
    if data.answers is None:
        raise ValueError("data: there is no teacher yet; call teach(data, teacher)")
    return data.answers[:count]


def train(
    data: Data,
    seed: int,
    role: Role,
    name: str,
    *,
    loss: Callable[[Tensor, Tensor], Tensor] | None = None,
    choice: Choice | None = None,
) -> Student:
    """Train a proxy, or a rival that learns from labels.

    Args:
        data: of the chapter, with the teacher's answers for a proxy.
        seed: of the run.
        role: who learns what from whom.
        name: of the system, whose choice it takes; names its random numbers, too.
        loss: of logits and answers, (B, 4, T) both; by default the divergence from
            the teacher, or the cross-entropy of the labels.
        choice: in place of the chosen one.

    Raises:
        ValueError: the name is none of `ROLES`, or there is no teacher to learn from.
    """
    answers = labels_for(data, role)
    chosen, recipe = _settings(data, name, choice)
    standard = bernoulli_kd if role.from_teacher else binary_cross_entropy
    model = train_segmenter(
        data.heard(role.hears).train[: len(answers)],
        data.x.train[: len(answers)],
        answers,
        data.prepared.W,
        data.prepared.setting,
        loss=loss or standard,
        weights=Weights(rebuilding=chosen.rebuilding),
        recipe=recipe,
        seed=seed,
        stream=name,
    )
    return Student(model, role.hears)


SYSTEMS: dict[str, Callable[[Data, int], Student]] = {
    name: partial(train, role=role, name=name) for name, role in ROLES.items()
}
"""Name to training, called with the taught data and a seed."""


def tune(name: str, cases: Mapping[int, Data]) -> Choice:
    """Choose of `GRID` by the mean F1 of the four tasks on mixtures made for that.

    Args:
        name: ``teacher`` or one of `ROLES`.
        cases: by their seeds, taught; none of them is one that the record runs.

    Returns:
        The choice with the largest mean over the seeds; of equal ones the first.

    Raises:
        ValueError: the name is unknown, or there is no case.
    """
    if name not in GRID or not cases:
        raise ValueError(
            f"name {name!r}, {len(cases)} cases: give one of {tuple(GRID)} and at "
            "least one case"
        )

    def score(seed: int, data: Data, choice: Choice) -> float:
        if name == "teacher":
            net = black_box(data, seed, choice=choice)
            logits = ask(net, data.features.test)
        else:
            student = train(data, seed, ROLES[name], name, choice=choice)
            logits = student.said(data).logits
        return float(task_f1(logits, data.labels.test).mean())

    return max(
        GRID[name],
        key=lambda choice: sum(
            score(seed, data, choice) for seed, data in cases.items()
        ),
    )

"""The methods that are compared, each with the value that tuning chose for it.

A method is a maker of a `Term`: everything else is shared by all of them.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from chapters.prototypes.data import Task, one_of
from chapters.prototypes.terms import (
    AtRightAngles,
    Term,
    Tied,
    ToFactors,
    ToPrototypes,
    WithHeads,
)
from support.models.fixed_tables import factor_tables, orthogonal_table
from support.scalars import number
from support.training import generator

__all__ = [
    "CHOSEN",
    "FACTORS",
    "HEADS",
    "MAKERS",
    "SEPARATION",
    "SIZES",
    "at_scale",
    "class_table",
    "compared",
    "factor_table",
    "scaled_table",
    "terms",
]


def class_table(task: Task, seed: int) -> Tensor:
    """(C, k) orthogonal prototypes of length 1, drawn by the seed."""
    source = generator(seed, "prototypes")
    table = orthogonal_table(len(task.classes), task.width, source)
    return table.to(task.train.x.device)


def factor_table(task: Task, seed: int) -> Tensor:
    """(A, L, k / A) orthogonal prototypes of each factor's levels, of length 1."""
    widths = [task.block] * len(task.factors)
    levels = [task.n_levels] * len(task.factors)
    tables = factor_tables(levels, widths, generator(seed, "prototypes"))
    return torch.stack(tables).to(task.train.x.device)


def _drawn(table: Tensor, seed: int) -> Tensor:
    """Where centres begin that are trained in the place of a table."""
    return torch.randn(table.shape, generator=generator(seed, "centres"))


def _pull(task: Task, seed: int, scale: float, weight: float) -> ToPrototypes:
    return ToPrototypes(scale * class_table(task, seed), weight)


def at_scale(task: Task, seed: int, scale: float) -> ToPrototypes:
    """Prototypes with the weight that tuning chose and a scale of one's own."""
    return _pull(
        task, seed, number("scale", scale, least=0), _of(task)["prototypes"][1]
    )


#: Name to (task, seed, value) -> term; the value is what tuning chose.
MAKERS: dict[str, Callable[[Task, int, Any], Term]] = {
    "cross-entropy": lambda task, seed, _: Term(),
    "regularised": lambda task, seed, value: Term(*value),
    "prototypes": lambda task, seed, value: _pull(task, seed, *value),
    "pull to origin": lambda task, seed, weight: _pull(task, seed, 0, weight),
    "same pull to origin": lambda task, seed, _: at_scale(task, seed, 0),
    "trained centres": lambda task, seed, weight: ToPrototypes(
        _drawn(class_table(task, seed), seed), weight, trained=True
    ),
    "right angles": lambda task, seed, weight: AtRightAngles(weight),
    # the scales of the sister paper's code and of the successor, as they are
    "mean, scale 10": lambda task, seed, _: ToPrototypes(
        10 * class_table(task, seed), over="mean"
    ),
    "prototypes as head": lambda task, seed, _: Tied(class_table(task, seed), 0.05),
    "factor prototypes": lambda task, seed, value: ToFactors(
        value[0] * factor_table(task, seed), value[1]
    ),
    "heads on blocks": lambda task, seed, weight: WithHeads(
        task, seed, weight, own=True
    ),
    "heads on blocks, by accuracy": lambda task, seed, weight: WithHeads(
        task, seed, weight, own=True
    ),
    "heads and pull to origin": lambda task, seed, value: WithHeads(
        task, seed, value[0], own=True, origin=value[1]
    ),
    "trained level centres": lambda task, seed, weight: ToFactors(
        _drawn(factor_table(task, seed), seed), weight, trained=True
    ),
    "heads on all": lambda task, seed, weight: WithHeads(task, seed, weight, own=False),
}
#: What tuning chose among four values each (`chapters.prototypes.tuning`).
CHOSEN: dict[str, dict[str, Any]] = {
    "digits": {
        "regularised": (0.0, 0.1),
        "prototypes": (1, 1),
        "pull to origin": 0.1,
        "trained centres": 0.3,
        "right angles": 1,
    },
    "tones": {
        "regularised": (1e-2, 0.0),
        "pull to origin": 0.1,
        "factor prototypes": (10, 1),
        "heads on blocks": 0.3,
        "heads on blocks, by accuracy": 30,
        "heads on all": 0.03,
        "trained level centres": 3,
        "heads and pull to origin": (10, 0.3),
    },
    "speech": {
        "regularised": (0.0, 0.1),
        "prototypes": (1, 0.1),
        "pull to origin": 0.1,
        "factor prototypes": (3, 0.3),
        "heads on blocks": 0.3,
        "heads on blocks, by accuracy": 0.3,
        "heads on all": 3,
        "heads and pull to origin": (10, 0.3),
        "trained level centres": 3,
    },
}
#: What is compared where classes get prototypes, the baseline first.
SEPARATION = (
    "cross-entropy",
    "regularised",
    "prototypes",
    "same pull to origin",
    "pull to origin",
    "trained centres",
    "right angles",
    "mean, scale 10",
    "prototypes as head",
)
#: What is compared where factors get them, the baseline first.
FACTORS = (
    "regularised",
    "cross-entropy",
    "heads on all",
    "heads on blocks",
    "heads on blocks, by accuracy",
    "heads and pull to origin",
    "trained level centres",
    "factor prototypes",
    "pull to origin",
)
#: Those with a head a factor on its own block.
HEADS = ("heads on blocks", "heads on blocks, by accuracy", "heads and pull to origin")
#: Labels a class that are learnt from; None takes all.
SIZES = {"all labels": None, "20 a class": 20, "5 a class": 5}


#: What has nothing to be tuned, or takes what was tuned for prototypes.
_UNTUNED = (
    "cross-entropy",
    "same pull to origin",
    "mean, scale 10",
    "prototypes as head",
)


def compared(task: Task) -> list[str]:
    """Where classes get prototypes: what was tuned on this task, or needs no tuning."""
    return [name for name in SEPARATION if name in (*_of(task), *_UNTUNED)]


def scaled_table(task: Task, seed: int) -> Tensor:
    """(C, k) prototypes as ``prototypes`` is trained with them."""
    return _of(task)["prototypes"][0] * class_table(task, seed)


def terms(
    task: Task, seed: int, names: Sequence[str], values: Mapping[str, Any] | None = None
) -> dict[str, Term]:
    """The terms of some trainings, with the values that tuning chose or others.

    Raises:
        ValueError: a method is not known, or was not tuned on this task.
    """
    chosen = _of(task) | dict(values or {})
    for name in names:
        one_of("names", name, (*_UNTUNED, *chosen))
    return {name: MAKERS[name](task, seed, chosen.get(name)) for name in names}


def _of(task: Task) -> dict[str, Any]:
    one_of("task", task.name, CHOSEN)
    return CHOSEN[task.name]

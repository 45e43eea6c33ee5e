"""Four values of everything that has one, tried on the tuning seeds, once.

``python -m chapters.prototypes.tuning`` prints what `systems.CHOSEN` holds; after it
may stand a task, and methods of it.  On speech
the actors that are tested on here are never tested on elsewhere.  All is chosen by
accuracy but the weights of heads, which are chosen by the gap of own and other blocks,
the number that they are compared by; ``heads on blocks, by accuracy`` is the exception.
Choices at the end of their grid: on digits the weight of prototypes, 1; on tones scale
10, heads 0.03 on all and 30 by accuracy, centres 3, pull 0.3; on speech the weight of
prototypes, 0.1, centres 3 and pull 0.3.
"""

import sys
from collections.abc import Mapping, Sequence
from typing import Any

from chapters.prototypes.bank import RECIPES, train
from chapters.prototypes.data import Task, digits, one_of, speech_task, tones
from chapters.prototypes.emotions import speech
from chapters.prototypes.scores import accuracy, gap, probe_matrix
from chapters.prototypes.systems import MAKERS

__all__ = ["GRIDS", "SEEDS", "best", "try_all"]

SEEDS = (200, 201, 202)
_PULLS, _HEADS = (0.03, 0.1, 0.3, 1), (0.03, 0.3, 3, 30)
#: What is tried.  Of cross-entropy: weight decay and label smoothing; of prototypes:
#: scale and weight of the pull; of heads with a pull: both weights.
GRIDS: dict[str, tuple[Any, ...]] = {
    "regularised": ((1e-3, 0.0), (1e-2, 0.0), (1e-1, 0.0), (0.0, 0.1)),
    "prototypes": ((1, 0.1), (1, 1), (3, 0.1), (3, 1)),
    "pull to origin": _PULLS,
    "trained centres": (0.03, 0.1, 0.3, 1),
    "right angles": (0.1, 0.3, 1, 3),
    "factor prototypes": ((1, 0.3), (3, 0.3), (3, 1), (10, 1)),
    "heads on blocks": _HEADS,
    "heads on blocks, by accuracy": _HEADS,
    "heads on all": _HEADS,
    "trained level centres": (0.1, 0.3, 1, 3),
    "heads and pull to origin": ((1, 0.1), (3, 0.1), (10, 0.1), (10, 0.3)),
}
_BY_GAP = (
    "heads on blocks",
    "heads on all",
    "trained level centres",
    "heads and pull to origin",
)
_ON = {
    "digits": (
        "regularised",
        "prototypes",
        "pull to origin",
        "trained centres",
        "right angles",
    ),
    "tones": (
        "regularised",
        "pull to origin",
        "factor prototypes",
        "heads on blocks",
        "heads on blocks, by accuracy",
        "heads on all",
        "trained level centres",
        "heads and pull to origin",
    ),
}
_ON["speech"] = ("prototypes", *_ON["tones"])


def try_all(
    task: Task, seed: int, names: Sequence[str] = ()
) -> dict[tuple[str, Any], float]:
    """Train with every value of every grid in one bank, and score each of them.

    Raises:
        ValueError: a method has no grid.
    """
    for name in names:
        one_of("names", name, GRIDS)
    members = {
        (name, value): MAKERS[name](task, seed, value)
        for name in names or _ON[task.name]
        for value in GRIDS[name]
    }
    keyed = {str(key): term for key, term in members.items()}
    models = train(task, RECIPES["quick"][task.name], seed, keyed)
    return {
        (name, value): gap(probe_matrix(models[str((name, value))], task))
        if name in _BY_GAP
        else accuracy(models[str((name, value))], task.test)
        for name, value in members
    }


def best(tables: list[Mapping[tuple[str, Any], float]]) -> dict[str, Any]:
    """The value of each grid with the best mean over seeds; the first of equals.

    Raises:
        ValueError: no seed was tried.
    """
    if not tables:
        raise ValueError("tables: got none; give one for each seed that was tried")
    found: dict[str, Any] = {}
    for name, value in tables[0]:
        total = sum(table[name, value] for table in tables)
        held = found.get(name)
        if held is None or total > sum(table[name, held] for table in tables):
            found[name] = value
    return found


def _task(name: str, seed: int) -> Task:
    if name == "digits":
        return digits(seed)
    return (
        tones(seed)[0]
        if name == "tones"
        else speech_task(speech(seed, tuning=True), seed)
    )


if __name__ == "__main__":
    for name in sys.argv[1:2] or _ON:
        tables: list[Mapping[tuple[str, Any], float]] = [
            try_all(_task(name, seed), seed, sys.argv[2:]) for seed in SEEDS
        ]
        for key in tables[0]:
            print(name, *key, *(f"{table[key]:.3f}" for table in tables))
        print(name, best(tables))

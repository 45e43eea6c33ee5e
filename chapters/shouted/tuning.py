"""How the settings were chosen: on seeds 205 to 209 of the voices, once.

The method and its rivals have twelve settings each, and are judged alike: by the mean
equal error rate between normal and shouted speech, inside the folds.  Choices serve
both corpora; no recording was looked at.

    python -m chapters.shouted.tuning
"""

from functools import partial

from torch import Tensor

from chapters.shouted.data import Data, load
from chapters.shouted.scores import cosines, detected, errors, projected, recall
from chapters.shouted.systems import (
    DIMENSIONS,
    GRIDS,
    STRENGTHS,
    apply,
    fit,
    folds_of,
)

__all__ = ["SEEDS", "tune"]

SEEDS = (205, 206, 207, 208, 209)


def tune(seeds: tuple[int, ...] = SEEDS) -> dict[str, list[list[float]]]:
    """Measure every setting of every grid.

    Args:
        seeds: of the voices.

    Returns:
        A list for each seed of one number a setting: EER of N-S by system, and of
        ``LDA`` of both conditions; ``detector``, the mean recall of each strength.
    """
    found: dict[str, list[list[float]]] = {
        name: [] for name in ["detector", *GRIDS, "LDA"]
    }
    for seed in seeds:
        data = load("embedded", "quick", seed)
        found["detector"].append(
            [
                recall(detected(data, folds_of(data, strength)), data.shouted)
                for strength in STRENGTHS
            ]
        )
        folds = folds_of(data)
        for name, grid in GRIDS.items():
            learn = [partial(fit, name=name, setting=setting) for setting in grid]
            moved = [apply(data, folds, one, seed) for one in learn]
            found[name].append([_between(z, data) for z in moved])
        spaces = [projected(data, folds, number) for number in DIMENSIONS]
        found["LDA"].append([_between(z, data) for z in spaces])
    return found


def _between(z: Tensor, data: Data) -> float:
    return errors(cosines(z, data.trials), data.trials)["N-S"]


if __name__ == "__main__":
    for name, rows in tune().items():
        print(
            name, [round(sum(part) / len(rows), 4) for part in zip(*rows, strict=True)]
        )

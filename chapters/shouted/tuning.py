"""How the settings were chosen: on seeds 205 to 209 of the voices, once.

The method and its rivals have twelve settings each, and are judged alike: by the mean
equal error rate between normal and shouted speech, inside the folds.  Choices serve
both corpora; no recording was looked at.

    python -m chapters.shouted.tuning
"""

from functools import partial

from chapters.shouted.data import load
from chapters.shouted.scores import cosines, detected, errors, recall
from chapters.shouted.systems import GRIDS, STRENGTHS, apply, fit, folds_of

__all__ = ["SEEDS", "tune"]

SEEDS = (205, 206, 207, 208, 209)


def tune(seeds: tuple[int, ...] = SEEDS) -> dict[str, list[list[float]]]:
    """Measure every setting of every grid.

    Args:
        seeds: of the voices.

    Returns:
        A list for each seed of one number a setting: EER of N-S by system;
        ``detector``, the mean recall of each strength.
    """
    found: dict[str, list[list[float]]] = {name: [] for name in [*GRIDS, "detector"]}
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
            row = []
            for setting in grid:
                learn = partial(fit, name=name, setting=setting)
                moved = apply(data, folds, learn, seed)
                row.append(errors(cosines(moved, data.trials), data.trials)["N-S"])
            found[name].append(row)
    return found


if __name__ == "__main__":
    for name, rows in tune().items():
        print(
            name, [round(sum(part) / len(rows), 4) for part in zip(*rows, strict=True)]
        )

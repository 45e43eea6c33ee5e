"""How the settings were chosen, on seeds that are no record's.

First a length of training (epochs, or steps of EM) out of `LENGTHS`, with the setting
in the middle of the grid; then one of the fifteen settings, trained for so long.
``python -m chapters.tied_factors.tuning 205 206`` prints the mean errors of each.
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import replace

from chapters.tied_factors.data import Data, load, world
from chapters.tied_factors.scores import measures
from chapters.tied_factors.systems import (
    GRIDS,
    RECIPES,
    Setting,
    System,
    Verifier,
    train_linear,
    train_network,
    with_backend,
)

__all__ = ["LENGTHS", "best", "tried"]

LENGTHS = {"network": (20, 40, 80), "EM": (10, 20, 40)}
"""Three for each: epochs of the network, steps of EM."""


def tried(
    name: str, data: Data, seed: int, settings: Iterable[Setting], length: int
) -> dict[Setting, float]:
    """EER of some settings of a system, each number of factors trained once.

    Args:
        name: as in `GRIDS`.
        data: of a tuning seed.
        seed: of the training.
        settings: of the system.
        length: epochs, or steps of EM.
    """
    found, made = {}, {}
    for setting in settings:
        if setting[:2] not in made:
            made[setting[:2]] = _trained(name, data, seed, setting, length)
        trained: Verifier = made[setting[:2]]
        system: System = replace(trained, strength=setting.strength)
        if setting.backend:
            system = with_backend(trained, data, setting.backend)
        found[setting] = measures(system, data)["IC"]
    return found


def best(
    name: str, grid: Sequence[Setting], places: Sequence[tuple[Data, int]]
) -> dict[tuple[int, Setting], float]:
    """Mean EER of all that was tried of a system: lengths first, then settings.

    Args:
        name: as in `GRIDS`.
        grid: its settings; the one in the middle goes through the lengths.
        places: data and seed of each.
    """
    middle = [grid[len(grid) // 2]]
    lengths: Sequence[int] = LENGTHS["network" if name.startswith("tied") else "EM"]
    if not sum(middle[0][:2]):
        lengths = lengths[:1]  # without factors there is nothing to repeat

    def mean(settings: Sequence[Setting], length: int) -> dict[Setting, float]:
        rows = [tried(name, *place, settings, length) for place in places]
        return {each: sum(row[each] for row in rows) / len(rows) for each in settings}

    told = {(length, middle[0]): mean(middle, length)[middle[0]] for length in lengths}
    length = min(told, key=lambda key: told[key])[0]
    return told | {(length, each): error for each, error in mean(grid, length).items()}


def _trained(
    name: str, data: Data, seed: int, setting: Setting, length: int
) -> Verifier:
    recipe = RECIPES["quick"]
    if name.startswith("tied"):
        recipe = replace(recipe, epochs=length)
        return train_network(data, recipe, seed, setting)
    return train_linear(data, recipe, seed, setting._replace(steps=length))


if __name__ == "__main__":
    seeds = [int(word) for word in sys.argv[1:]]
    spoken = [(load("embedded", "quick", seed), seed) for seed in seeds]
    drawn = [(world("warp", "quick", seed), seed) for seed in seeds]
    plans = [
        ("warp: HMM-MAP", GRIDS["HMM-MAP"], drawn),
        ("warp: JFA 3+3", [Setting(3, 3)], drawn),
        ("warp: JFA 6+6", [Setting(6, 6)], drawn),
        ("warp: tied network", [Setting(3, 3)], drawn),
        *((name, grid, spoken) for name, grid in GRIDS.items()),
    ]
    for label, grid, places in plans:
        rows = best(label.removeprefix("warp: "), grid, places)
        for (length, setting), error in rows.items():
            row = tuple(setting[:4])
            print(f"{label}: {error:.4f} {row} of {length}", flush=True)

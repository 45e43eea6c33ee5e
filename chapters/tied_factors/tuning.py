"""How the settings were chosen: fifteen of each system, on seeds that are no record's.

``python -m chapters.tied_factors.tuning 205 206`` prints the mean error of each.
"""

import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from chapters.tied_factors.data import Data, load, world
from chapters.tied_factors.scores import measures
from chapters.tied_factors.systems import (
    GRIDS,
    RECIPES,
    Setting,
    System,
    Verifier,
    train_ivectors,
    train_linear,
    train_network,
)

__all__ = ["errors", "tried"]


def tried(name: str, data: Data, seed: int) -> dict[Setting, float]:
    """EER of every setting of a system, each number of factors trained once.

    Args:
        name: one of `GRIDS`.
        data: of a tuning seed.
        seed: of the training.
    """
    train = train_network if name.startswith("tied") else train_linear
    found, made = {}, {}
    for setting in GRIDS[name]:
        system: System
        if name.startswith("i-vector"):
            system = train_ivectors(data, RECIPES["quick"], seed, setting)
        else:
            if setting[:2] not in made:
                made[setting[:2]] = train(data, RECIPES["quick"], seed, setting)
            trained: Verifier = made[setting[:2]]
            system = replace(trained, strength=setting.strength)
        found[setting] = measures(system, data)["IC"]
    return found


def errors(name: str, seeds: Sequence[int], kind: str = "") -> dict[Setting, float]:
    """Mean EER over seeds of every setting of a system.

    Args:
        name: one of `GRIDS`.
        seeds: of the synthetic voices, or of a world.
        kind: of a world; voices where empty.
    """
    total: dict[Setting, float] = defaultdict(float)
    for seed in seeds:
        data = world(kind, "quick", seed) if kind else load("embedded", "quick", seed)
        for setting, error in tried(name, data, seed).items():
            total[setting] += error / len(seeds)
    return dict(total)


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:]]
    for label, name, where in [
        ("warp: MAP", "HMM-MAP", "warp"),
        *((name, name, "") for name in GRIDS),
    ]:
        rows = errors(name, given, where)
        for setting, error in sorted(rows.items(), key=lambda row: row[1]):
            print(f"{label}: {error:.4f} {tuple(setting)}", flush=True)

"""How rates, scales and penalties were chosen; run it to choose them anew.

Every code tries as many values, on tuning seeds that no claim is judged on.
"""

import sys
from collections.abc import Sequence
from dataclasses import replace

from chapters.sparse_autoencoders.data import Data, load
from chapters.sparse_autoencoders.scores import read
from chapters.sparse_autoencoders.systems import (
    RATES,
    SCALES,
    SETTINGS,
    Encode,
    Setting,
    Vectors,
    active_units,
    dense,
    train_encoder,
    train_sae,
    untrained_sae,
    vectors,
)

__all__ = ["ALPHAS", "PENALTIES", "SEEDS", "candidates", "judge"]

SEEDS = (200, 201, 202)
PENALTIES, ALPHAS = (0.01, 0.1, 1.0), (0.03, 0.1)


def candidates(
    given: Vectors, setting: Setting, seed: int
) -> dict[tuple[str, float, float], Encode]:
    """(name, value tried, sparsity) -> code."""
    found: dict[tuple[str, float, float], Encode] = {
        ("dense", 0.0, 0.0): dense(given.train, 0, seed)
    }
    for sparsity in setting.sparsities:
        k = active_units(sparsity, setting.units)
        for rate in RATES:
            tried = replace(setting, coding=replace(setting.coding, rate=rate))
            found["trained", rate, sparsity] = train_sae(given.train, k, seed, tried)
        for scale in SCALES:
            tried = replace(setting, scale=scale)
            code = untrained_sae(given.train, k, seed, tried)
            found["untrained", scale, sparsity] = code
    return found


def judge(encode: Encode, given: Vectors, data: Data) -> dict[str, float]:
    """Accuracy by each penalty of the probe, R² by each of the Lasso."""
    merits = {}
    for place, penalty in enumerate(PENALTIES):
        alpha = ALPHAS[min(place, len(ALPHAS) - 1)]
        found = read(encode, given, data, penalty, alpha)
        merits |= {f"C {penalty:g}": found.accuracy, f"alpha {alpha:g}": found.r2}
        merits["FVU"] = found.unexplained
    return merits


def main(dataset: str, seeds: Sequence[int] = SEEDS) -> None:
    """Print every candidate of every seed, with its merits."""
    setting = SETTINGS[dataset, "quick"]
    for seed in seeds:
        data = load(dataset, "quick", seed)
        given = vectors(train_encoder(data, setting, seed), data, setting.layer)
        for name, encode in candidates(given, setting, seed).items():
            merits = judge(encode, given, data)
            words = "  ".join(f"{word} {merit:.3f}" for word, merit in merits.items())
            print(dataset, seed, *name, words, flush=True)


if __name__ == "__main__":
    main(sys.argv[1], tuple(map(int, sys.argv[2:])) or SEEDS)

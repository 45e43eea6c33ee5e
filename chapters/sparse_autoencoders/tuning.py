"""How rates, scales and penalties were chosen; run it to choose them anew.

Every code tries as many values, on tuning seeds that no claim is judged on.
"""

import sys
from collections.abc import Iterator, Sequence
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

__all__ = ["ALPHAS", "PENALTIES", "SEEDS", "candidates", "judge", "tried"]

SEEDS = (200, 201, 202)
#: Of the probe, for each code; of the Lasso, one for all codes of a corpus.
PENALTIES, ALPHAS = (0.01, 0.1, 1.0), (0.03, 0.1)


def candidates(
    given: Vectors, setting: Setting, seed: int
) -> Iterator[tuple[str, Encode]]:
    """Every code that is tried, with its name: kind, sparsity, rate or scale."""
    yield "dense", dense(given.train, 0, seed)
    for sparsity in setting.sparsities:
        k = active_units(sparsity, setting.units)
        for scale in SCALES:
            start = replace(setting, scale=scale)
            name = f"untrained {sparsity:.2f}, scale {scale:g}"
            yield name, untrained_sae(given.train, k, seed, start)
        for rate in RATES:
            fast = replace(setting, coding=replace(setting.coding, rate=rate))
            name = f"trained {sparsity:.2f}, rate {rate:g}"
            yield name, train_sae(given.train, k, seed, fast)


def judge(encode: Encode, given: Vectors, data: Data) -> dict[str, float]:
    """Accuracy by each penalty of the probe, R² by each of the Lasso."""
    merits = {}
    for place, penalty in enumerate(PENALTIES):
        alpha = ALPHAS[min(place, len(ALPHAS) - 1)]
        found = read(encode, given, data, penalty, alpha)
        merits |= {f"C {penalty:g}": found.accuracy, f"alpha {alpha:g}": found.r2}
    return merits


def tried(
    dataset: str, setting: Setting, seeds: Sequence[int] = SEEDS
) -> Iterator[tuple[int, str, dict[str, float]]]:
    """Seed, name and merits of every candidate."""
    for seed in seeds:
        data = load(dataset, "quick", seed)
        given = vectors(train_encoder(data, setting, seed), data, setting.layer)
        for name, encode in candidates(given, setting, seed):
            yield seed, name, judge(encode, given, data)


if __name__ == "__main__":
    corpus, *numbers = sys.argv[1:]
    for row in tried(corpus, SETTINGS[corpus, "quick"], [*map(int, numbers)] or SEEDS):
        print(*row, flush=True)

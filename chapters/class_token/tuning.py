"""How every network was chosen among six; run it to choose anew.

Each is judged by the equal error rate of all claims, the mean over tuning seeds of the
synthetic voices; the choices stand for the digits too.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence

from chapters.class_token.data import Data, load
from chapters.class_token.networks import Choice, Listener
from chapters.class_token.systems import RECIPES, train
from support.verification.scoring import error_table, trial_scores

__all__ = ["GRIDS", "SEEDS", "best", "tried"]

SEEDS = (205, 206)
RATES = (3e-3, 6e-3, 1e-2)
GRIDS: dict[str, list[Choice]] = {
    "average": [Choice(0, rate=r, dropout=d) for r in RATES for d in (0.1, 0.2)],
    "class token": [Choice(1, rate=r, dropout=d) for r in RATES for d in (0.1, 0.2)],
    "sampled token": [
        Choice(1, vectors=several, rate=r) for several in (2, 4, 8) for r in RATES[:2]
    ],
    "two plain tokens": [Choice(2, rate=r, share=s) for r in RATES for s in (0.5, 0.7)],
    "both tokens, distilled": [
        Choice(2, share=s, temperature=t) for s in (0.3, 0.5, 0.7) for t in (2.0, 4.0)
    ],
}
"""Six each: rates, and what the network alone can set."""


def tried(seed: int, data: Data | None = None) -> Iterator[tuple[str, Choice, float]]:
    """Every network's name, choice and error on one seed of the voices."""
    data = data or load("embedded", "quick", seed)
    recipe = RECIPES["embedded", "quick"]
    teachers: dict[Choice, tuple[float, Listener]] = {}
    for name, grid in GRIDS.items():
        for choice in grid:
            teacher = None
            if choice.temperature:
                teacher = min(teachers.values(), key=lambda pair: pair[0])[1]
            made = train(data, recipe, seed, choice=choice, teacher=teacher)
            error = error_table(trial_scores(made, data), data.trials)["all"]
            if name == "class token":
                teachers[choice] = error, made
            yield name, choice, error


def best(errors: Mapping[tuple[str, Choice], Sequence[float]]) -> dict[str, Choice]:
    """Of each network the choice of the least mean error."""
    found: dict[str, Choice] = {}
    for (name, choice), row in errors.items():
        mean = sum(row) / len(row)
        other = errors.get((name, found[name])) if name in found else None
        if other is None or mean < sum(other) / len(other):
            found[name] = choice
    return found


def main(seeds: Sequence[int]) -> None:
    """Print every trial as it comes, and what follows from them all."""
    errors: dict[tuple[str, Choice], list[float]] = {}
    for seed in seeds:
        for name, choice, error in tried(seed):
            print(seed, name, choice, f"{error:.4f}", flush=True)
            errors.setdefault((name, choice), []).append(error)
    for name, choice in best(errors).items():
        print(name, choice)


if __name__ == "__main__":
    main([*map(int, sys.argv[1:])] or SEEDS)

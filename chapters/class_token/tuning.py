"""How every network was chosen among six; run it to choose anew.

Three rates for each, times two values of what the network alone can set.  Each is
judged by the equal error rate of all claims, the mean over tuning seeds of the voices;
the choices stand for the digits too.  The teacher is the class token that was chosen.
"""

import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from chapters.class_token.data import load
from chapters.class_token.networks import CHOICES, Choice
from chapters.class_token.scores import error_of_all
from chapters.class_token.systems import RECIPES, train

__all__ = ["GRIDS", "SEEDS", "best", "tried"]

SEEDS = (205, 206)
RATES = (3e-3, 6e-3, 1e-2)
_OWN: dict[str, tuple[dict[str, float], ...]] = {
    "class token": ({"dropout": 0.1}, {"dropout": 0.2}),
    "average": ({"dropout": 0.1}, {"dropout": 0.2}),
    "sampled token": ({"vectors": 4}, {"vectors": 8}),
    "two plain tokens": ({"share": 0.5}, {"share": 0.7}),
    "both tokens, distilled": ({"temperature": 2.0}, {"temperature": 4.0}),
}
GRIDS: dict[str, list[Choice]] = {
    name: [replace(CHOICES[name], rate=rate, **each) for rate in RATES for each in own]
    for name, own in _OWN.items()
}
"""Six each, the teacher's first."""
Trials = dict[tuple[str, Choice], list[float]]


def tried(seeds: Sequence[int], errors: Trials) -> Iterator[str]:
    """Make all trials, enter each into ``errors``, and say in words what it gave."""
    recipe = RECIPES["embedded", "quick"]
    voices = {seed: load("embedded", "quick", seed) for seed in seeds}
    for name, grid in GRIDS.items():
        for seed, data in voices.items():
            teacher = None
            if grid[0].temperature:
                chosen = best(errors)["class token"]
                teacher = train(data, recipe, seed, choice=chosen)
            for choice in grid:
                made = train(data, recipe, seed, choice=choice, teacher=teacher)
                found = error_of_all(made, data)
                errors.setdefault((name, choice), []).append(found)
                yield f"{seed} {name} {choice} {found:.4f}"


def best(errors: Mapping[tuple[str, Choice], Sequence[float]]) -> dict[str, Choice]:
    """Of each network the choice of the least mean error."""
    means = {key: sum(row) / len(row) for key, row in errors.items()}
    found: dict[str, Choice] = {}
    for name, choice in sorted(means, key=lambda key: means[key]):
        found.setdefault(name, choice)
    return found


def main(seeds: Sequence[int]) -> None:
    """Print every trial as it comes, and what follows from them all."""
    errors: Trials = {}
    for words in tried(seeds, errors):
        print(words, flush=True)
    for name, choice in best(errors).items():
        print(name, choice)


if __name__ == "__main__":
    main([*map(int, sys.argv[1:])] or SEEDS)

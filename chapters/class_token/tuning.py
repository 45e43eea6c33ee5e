"""How every network was chosen among six; run it to try them all anew.

Three rates for each, times two values of what the network alone can set.  Each is
judged by the equal error rate of all claims, the mean over tuning seeds of the voices;
the choices stand for the digits too.  The teacher is the class token that was chosen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from chapters.class_token.data import load
from chapters.class_token.networks import CHOICES, Choice
from chapters.class_token.scores import error_of_all
from chapters.class_token.systems import RECIPES, train

__all__ = ["GRIDS", "SEEDS", "TRIALS", "best", "tried"]

SEEDS = (205, 206)
RATES = (6e-3, 1e-2, 2e-2)
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

Table = Mapping[str, Sequence[Sequence[float]]]
TRIALS: Table = {}
"""What came out: a row a choice of `GRIDS`, a column a seed, in per cent."""


def best(table: Table) -> dict[str, Choice]:
    """Of each network the choice of the least mean error, the earlier of equal ones.

    Args:
        table: as `TRIALS`, of some networks or of all.
    """
    found = {}
    for name, rows in table.items():
        means = [sum(row) / len(row) for row in rows]
        found[name] = GRIDS[name][means.index(min(means))]
    return found


def tried(seeds: Sequence[int] = SEEDS) -> dict[str, list[list[float]]]:
    """Make all trials, print each row as it comes, and return them as `TRIALS`."""
    recipe = RECIPES["embedded", "quick"]
    voices = {seed: load("embedded", "quick", seed) for seed in seeds}
    table: dict[str, list[list[float]]] = {}
    for name, grid in GRIDS.items():
        teachers = {}
        if CHOICES[name].temperature:
            chosen = best(table)["class token"]
            teachers = {
                seed: train(data, recipe, seed, choice=chosen)
                for seed, data in voices.items()
            }
        for choice in grid:
            row = []
            for seed, data in voices.items():
                teacher = teachers.get(seed)
                made = train(data, recipe, seed, choice=choice, teacher=teacher)
                row.append(round(100 * error_of_all(made, data), 2))
            table.setdefault(name, []).append(row)
            print(name, choice, row, flush=True)
    return table


if __name__ == "__main__":
    for name, choice in best(tried()).items():
        print(name, choice)

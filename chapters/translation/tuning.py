"""How strengths and weight of `systems` were chosen; run it to choose them anew.

Every method tries five values on the same tuning seeds, which no claim is judged on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from chapters.translation import systems
from chapters.translation.data import load
from chapters.translation.scores import Meter
from chapters.translation.translator import Translator
from support.training import Recipe

__all__ = ["SEEDS", "choose", "hunting", "translating"]

SEEDS = (200, 201, 202)


def translating(meter: Meter, model: Translator) -> float:
    """Merit of a model by its translations, higher is better.

    Minus their error to the true ones; on scans their accuracy, minus the share of
    pixel variance that the reconstruction leaves.
    """
    data, found = meter.data, meter.translations(model)
    if "error" in found:
        return -found["error"]
    again = model(data.x_test, data.y_test, data.y_test)
    left = (again - data.x_test).square().mean() / data.deviation**2
    return found["accuracy"] - float(left)


def hunting(meter: Meter, model: Translator) -> float:
    """Merit of an adversary by its aim: how little means of z_u tell of the domain."""
    return -meter.blocks(model)["C_u mean"]


def choose(
    dataset: str,
    tried: Mapping[str, systems.Setting],
    merit: Callable[[Meter, Translator], float] = translating,
    seeds: Sequence[int] = SEEDS,
    recipe: Recipe | None = None,
) -> dict[str, float]:
    """Train settings side by side on each seed, and say the mean merit of each.

    Raises:
        ValueError: there is no seed, or another data set.
    """
    systems.settings_for(dataset)
    if not seeds:
        raise ValueError("seeds: got none; give at least one")
    merits = dict.fromkeys(tried, 0.0)
    recipe = recipe or systems.RECIPES[dataset, "quick"]
    for seed in seeds:
        data = load(dataset, "quick", seed)
        models = systems.train(data, tried, recipe, seed)
        meter = Meter(data, seed)
        for name, model in models.items():
            merits[name] += merit(meter, model) / len(seeds)
    return merits


if __name__ == "__main__":
    for corpus in ("embedded", "mnist"):
        known = systems.settings_for(corpus)
        grid = {
            f"{corpus}, {name}, {strength:g}": replace(known[name], strength=strength)
            for name in (systems.CVAE, systems.EQUAL, systems.RATIO)
            for strength in systems.GRID
        }
        print(choose(corpus, grid))
    equal = systems.settings_for("embedded")[systems.EQUAL]
    hunters = {
        f"adversary, {weight:g}": replace(equal, adversary=weight)
        for weight in systems.WEIGHTS
    }
    print(choose("embedded", hunters, hunting))

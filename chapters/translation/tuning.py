"""How the strengths of `systems.STRENGTHS` were chosen; run it to choose them anew.

Every method tries five values on the same tuning seeds, which no claim is judged on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from chapters.translation.data import Data, load
from chapters.translation.scores import Meter
from chapters.translation.systems import (
    ADVERSARY,
    CVAE,
    EQUAL,
    GRID,
    RATIO,
    RECIPES,
    WEIGHTS,
    Setting,
    settings_for,
    train,
)
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
    tried: Mapping[str, Setting],
    merit: Callable[[Meter, Translator], float] = translating,
    seeds: Sequence[int] = SEEDS,
    recipe: Recipe | None = None,
) -> dict[str, float]:
    """Train settings side by side on each seed, and say the mean merit of each.

    Args:
        dataset: ``embedded`` or ``mnist``, in the quick profile.
        tried: name to setting.
        merit: of a trained model, higher is better.
        seeds: to take the mean over.
        recipe: in place of the lesson's.
    """
    merits = dict.fromkeys(tried, 0.0)
    for seed in seeds:
        data: Data = load(dataset, "quick", seed)
        models = train(data, tried, recipe or RECIPES[dataset, "quick"], seed)
        meter = Meter(data, seed)
        for name, model in models.items():
            merits[name] += merit(meter, model) / len(seeds)
    return merits


def _main() -> None:
    for corpus in ("embedded", "mnist"):
        known = settings_for(corpus)
        tried = {
            f"{name}, {strength:g}": replace(known[name], strength=strength)
            for name in (CVAE, EQUAL, RATIO)
            for strength in GRID
        }
        for name, found in choose(corpus, tried).items():
            print(f"{corpus}: {name}: {found:.4f}", flush=True)
    hunters = {
        f"{ADVERSARY}, {weight:g}": replace(known, adversary=weight)
        for known in [settings_for("embedded")[EQUAL]]
        for weight in WEIGHTS
    }
    for name, found in choose("embedded", hunters, hunting).items():
        print(f"embedded: {name}: {found:.4f}", flush=True)


if __name__ == "__main__":
    _main()

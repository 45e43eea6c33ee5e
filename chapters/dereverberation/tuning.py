"""How the numbers of `systems` were chosen; run it to choose them anew.

Every method is judged by LLR on the same clips in the same rooms, made for the purpose,
on tuning seeds that no claim is judged on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from statistics import fmean

from chapters.dereverberation import systems
from chapters.dereverberation.data import load
from support.metrics.linear_prediction import log_likelihood_ratio

__all__ = [
    "AT_THE_END",
    "DELAYS",
    "PENALTIES",
    "RATES",
    "SEEDS",
    "TAPS",
    "choose",
    "grids",
]

SEEDS = (205, 206)
TAPS, DELAYS = (5, 10, 20, 30, 40, 60, 80), (2, 3, 4, 6)
PENALTIES = (10.0, 100.0, 1e3, 1e4, 1e5, 1e6)
RATES = (5e-4, 1e-3, 2e-3, 4e-3, 8e-3)

#: Where an end of a grid was best: better might lie beyond.
AT_THE_END = {"embedded": {systems.LOCAL}, "librispeech": {"penalty", systems.GLOBAL}}


def grids() -> dict[str, dict[str, systems.Train]]:
    """Method to setting to training."""
    found: dict[str, dict[str, systems.Train]] = {
        systems.TUNED: {
            f"{taps} taps, delay {delay}": systems.prediction(taps, delay)
            for taps in TAPS
            for delay in DELAYS
        },
        systems.FILTER: {
            f"penalty {penalty:g}": systems.context_filter(penalty)
            for penalty in PENALTIES
        },
    }
    for name, whole, local in (
        (systems.WRN, True, True),
        (systems.GLOBAL, True, False),
        (systems.LOCAL, False, True),
        (systems.NEITHER, False, False),
    ):
        found[name] = {f"rate {rate:g}": _at_rate(rate, whole, local) for rate in RATES}
    return found


def _at_rate(rate: float, whole: bool, local: bool) -> systems.Train:
    return lambda data, recipe, seed: systems.train(
        data,
        replace(recipe, rate=rate),
        seed,
        global_shortcut=whole,
        block_shortcuts=local,
    )


def choose(
    dataset: str,
    tried: Mapping[str, systems.Train],
    seeds: Sequence[int] = SEEDS,
    profile: str = "quick",
) -> dict[str, float]:
    """Setting to the mean LLR of its output on the clips for choosing; less is better.

    Args:
        dataset: of the chapter.
        tried: setting to training.
        seeds: over which the mean is taken.
        profile: of data and training.
    """
    if not seeds:
        raise ValueError("seeds: got none; give at least one")
    found: dict[str, list[float]] = {name: [] for name in tried}
    for seed in seeds:
        data = load(dataset, profile, seed)
        for name, make in tried.items():
            heard = make(data, systems.RECIPES[profile], seed)(data.valid.wet)
            distance = log_likelihood_ratio(data.valid.dry, heard, rate=data.rate)
            found[name].append(float(distance.mean()))
    return {name: fmean(values) for name, values in found.items()}


if __name__ == "__main__":
    for corpus in ("embedded", "librispeech"):
        for method, settings in grids().items():
            judged = choose(corpus, settings)
            best = min(judged, key=judged.__getitem__)
            print(corpus, method, "->", best)
            for setting, value in judged.items():
                print(f"    {setting}: {value:.4f}")

"""How rates, scales and penalties were chosen; run it to choose them anew.

Every code tries as many values, on tuning seeds that no claim is judged on.  One rate
and one scale serve all sparsities: those of the best mean accuracy.  Each code has the
probe's penalty with which it is read best.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import pandas as pd

from chapters.sparse_autoencoders.data import Data, load
from chapters.sparse_autoencoders.scores import BEST, code_of, held_within, probe
from chapters.sparse_autoencoders.systems import (
    RATES,
    SCALES,
    SETTINGS,
    Encode,
    Setting,
    Vectors,
    active_units,
    dense,
    make_encoder,
    train_encoder,
    train_sae,
    untrained_sae,
    vectors,
)
from support.metrics.disentanglement.importances import lasso_importances

__all__ = [
    "ALPHAS",
    "PENALTIES",
    "SEEDS",
    "Trial",
    "candidates",
    "choose",
    "judge",
    "tried",
]

SEEDS = (200, 201, 202)
#: Of the probe, for each code; of the Lasso, one for all codes of a corpus.
PENALTIES, ALPHAS = (0.001, 0.01, 0.1, 1.0, 10.0, 100.0), (0.01, 0.03, 0.1)
#: Name of a code, what was tried of it, and its merits by penalty.
Trial = tuple[str, str, dict[str, float]]


def candidates(
    given: Vectors, setting: Setting, seed: int
) -> Iterator[tuple[str, str, Encode]]:
    """Every code that is tried: its name, its rate or scale, and what makes it."""
    for sparsity in setting.sparsities:
        k = active_units(sparsity, setting.units)
        for scale in SCALES:
            start = replace(setting, scale=scale)
            made: Encode = untrained_sae(given.train, k, seed, start)
            yield f"untrained {sparsity:.2f}", f"scale {scale:g}", made
        for rate in RATES:
            fast = replace(setting, coding=replace(setting.coding, rate=rate))
            made = train_sae(given.train, k, seed, fast)
            yield f"trained {sparsity:.2f}", f"rate {rate:g}", made


def judge(encode: Encode, given: Vectors, data: Data) -> dict[str, float]:
    """Accuracy by each penalty of the probe, R² by each of the Lasso."""
    one, other = (code_of(encode, x) for x in given)
    other = held_within(one, other)
    train, test = data.train, data.test
    merits = {f"C {c:g}": probe(one, train.y, other, test.y, c) for c in PENALTIES}
    for alpha in ALPHAS:
        found = lasso_importances(one, train.attributes, other, test.attributes, alpha)
        best = found.r2_in.topk(BEST).indices
        merits[f"alpha {alpha:g}"] = float(found.r2_out[best].mean())
    return merits


def tried(dataset: str, setting: Setting, seed: int) -> Iterator[Trial]:
    """Name and merits of every candidate of one seed."""
    data = load(dataset, "quick", seed)
    before = vectors(make_encoder(data, setting, seed), data, setting.layer)
    given = vectors(train_encoder(data, setting, seed), data, setting.layer)
    for name, states in (("dense", given), ("dense, untrained encoder", before)):
        yield name, "", judge(dense(states.train, 0, seed), states, data)
    for name, tuned, encode in candidates(given, setting, seed):
        yield name, tuned, judge(encode, given, data)


def choose(trials: Iterable[Trial]) -> dict[str, str]:
    """The best of each: of a code its probe's penalty, of a kind its rate or scale."""
    rows = [{"name": name, "tuned": tuned} | row for name, tuned, row in trials]
    mean = pd.DataFrame(rows).groupby(["name", "tuned"]).mean()
    accuracy, r2 = mean.filter(like="C "), mean.filter(like="alpha ")
    best = accuracy.max(axis=1).rename("accuracy").reset_index()
    kind = best["name"].str.partition()[0]
    means = best.groupby([kind, "tuned"])["accuracy"].mean()
    found = {one: str(means[one].idxmax()) for one in ("trained", "untrained")}
    for name, tuned in accuracy.index:
        if tuned in ("", found.get(name.split()[0])):
            found[name] = str(accuracy.loc[(name, tuned)].idxmax())
    return found | {"all": str(r2.mean().idxmax())}


def main(corpus: str, seeds: Sequence[int]) -> None:
    """Print every trial as it comes, and what follows from them all."""
    trials = []
    for seed in seeds:
        for trial in tried(corpus, SETTINGS[corpus, "quick"], seed):
            print(seed, *trial, flush=True)
            trials.append(trial)
    print(choose(trials))


if __name__ == "__main__":
    main(sys.argv[1], [*map(int, sys.argv[2:])] or SEEDS)

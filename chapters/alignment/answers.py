"""What the exercises hold a reader's functions to; nothing here raises at a reader."""

import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import normalize

from chapters.alignment.data import Data, load
from chapters.alignment.exact import sides
from chapters.alignment.scores import Meter
from chapters.alignment.systems import RECIPES, Pair, Setting, train
from support.exercises import check, expect
from support.losses.multimodal import alignment_penalty, info_nce

__all__ = ["counterexample", "estimate", "numerator", "penalty", "row_temperature"]

Reader = Callable[..., Any]
_SEED, _WEIGHT = 0, 3.0


def estimate(function: Reader) -> bool:
    """Hold the largest estimate, and that of constant scores, to the loss itself."""

    def wanted(batch: int) -> tuple[float, float]:
        alike = torch.ones(batch, 2, dtype=torch.float64)
        apart = torch.eye(batch, dtype=torch.float64)
        best, worst = info_nce(apart, apart, 1e-3), info_nce(alike, alike, 1.0)
        return math.log(batch) - float(best), math.log(batch) - float(worst)

    return check(
        function,
        against=wanted,
        inputs=lambda rng: (int(rng.integers(2, 300)),),
        what="1, the estimate",
    )


def row_temperature(function: Reader) -> bool:
    """Hold a temperature to the scores of a row that hides a part."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        seen, hidden = rng.normal(size=5), rng.normal(size=5)
        seen[3:], hidden[:3] = 0, 0  # captions live in the first three directions
        return seen, hidden, float(rng.uniform(0.02, 0.5))

    def wanted(seen: np.ndarray, hidden: np.ndarray, temperature: float) -> float:
        whole = seen + hidden
        caption = seen / np.linalg.norm(seen)
        own = caption @ whole / np.linalg.norm(whole) / temperature
        # The score of a row without its hidden part is 1: the cosine with itself.
        return float(1 / own)

    return check(function, against=wanted, inputs=inputs, what="2, the temperature")


def numerator(temperature_of: Reader, weight_of: Reader) -> bool:
    """Hold two temperatures and a weight to each other, in both directions."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        return float(rng.uniform(0.01, 0.5)), float(rng.uniform(0.05, 5))

    def from_weight(temperature: float, weight: float) -> float:
        return temperature / (1 + 2 * weight * temperature)

    first = check(
        temperature_of, against=from_weight, inputs=inputs, what="3, the temperature"
    )

    def pairs(rng: np.random.Generator) -> Sequence[Any]:
        temperature, weight = inputs(rng)
        return temperature, from_weight(temperature, weight)

    def from_pair(temperature: float, other: float) -> float:
        return (temperature - other) / (2 * temperature * other)

    second = check(weight_of, against=from_pair, inputs=pairs, what="3, the weight")
    return first and second


def counterexample(function: Reader) -> bool:
    """Ask of three tables that they be laws, and that the printed bound fail there.

    Nor may the divergence be 0, as in the example that the lesson prints.
    """
    what = "4, the counter-example"
    try:
        tables = tuple(
            torch.as_tensor(np.asarray(table, dtype=float)) for table in function()
        )
    except Exception as error:  # whatever the reader's code raises is an answer
        return expect(False, f"it raised {type(error).__name__}: {error}.", what=what)
    reason = _no_laws(tables)
    if reason:
        return expect(False, reason, what=what)
    # Sums of single-precision tables are 1 up to rounding; sides wants them exact.
    joint, *encoders = tables
    found = sides(joint / joint.sum(), *(law / law.sum(1, True) for law in encoders))
    told = (
        f"I(Z;X) is {found.whole:.3f} nats and the expected divergence "
        f"{found.divergence:.3f}"
    )
    return expect(
        found.divergence >= 0.05 and found.whole > found.divergence + 0.1,
        f"{told}; the first should be larger by 0.1 nats or more, and the second at "
        "least 0.05.",
        what=what,
        tried=told,
    )


def _no_laws(tables: Sequence[Tensor]) -> str:
    """What is wrong with them in words; empty where nothing is."""
    if len(tables) != 3 or any(table.ndim != 2 for table in tables):
        return "wanted three tables of rows and columns."
    joint, encoder, other = tables
    m, n = joint.shape
    if len(encoder) != m or len(other) != n or encoder.shape[1] != other.shape[1]:
        shapes = ", ".join(str(tuple(table.shape)) for table in tables)
        return f"the shapes {shapes} do not fit; wanted (m, n), (m, k), (n, k)."
    if not all(bool(table.isfinite().all()) for table in tables):
        return "some entry is no finite number."
    if min(float(table.min()) for table in tables) < 0:
        return "some probability is below 0."
    sums = [joint.sum().reshape(1), encoder.sum(1), other.sum(1)]
    if any(float((each - 1).abs().max()) > 1e-6 for each in sums):
        return "the joint table, or a row of an encoder, does not sum to 1."
    if float(joint.sum(0).min()) <= 0 or float(joint.sum(1).min()) <= 0:
        return "some state of a modality never happens; leave it out."
    return ""


def penalty(function: Reader) -> bool:
    """Hold a loss to its value, then train with it and ask what it is there for."""

    def inputs(rng: np.random.Generator) -> Sequence[Any]:
        a, b = torch.from_numpy(rng.normal(size=(2, 6, 4)))
        weight = float(rng.uniform(0.5, 3))
        return normalize(a, dim=1), normalize(b, dim=1), 0.1, weight

    def wanted(a: Tensor, b: Tensor, temperature: float, weight: float) -> Tensor:
        return info_nce(a, b, temperature) + weight * alignment_penalty(a, b)

    if not check(function, against=wanted, inputs=inputs, what="5, the loss"):
        return False
    what = "5, what it does"
    try:
        rows = {name: _row(_trained(fixed, function)) for name, fixed in _BOTH.items()}
    except Exception as error:  # a loss may fail on larger batches, too
        return expect(False, f"it raised {type(error).__name__}: {error}.", what=what)
    before = {name: _row(_without(fixed)) for name, fixed in _BOTH.items()}
    leak = rows["fixed"][0] / before["fixed"][0] - 1
    heat = rows["trained"][1] / before["trained"][1]
    told = (
        f"URR changes by {leak:+.0%} at a fixed τ; a trained τ by a factor {heat:.2f}"
    )
    return expect(
        leak < -0.1 and heat < 0.75,
        f"{told}; wanted a fall by 10 % or more, and a factor below 0.75.",
        what=what,
        tried=told,
    )


_BOTH = {"fixed": 0.01, "trained": None}


@cache
def _pairs() -> tuple[Data, Meter]:
    data = load("embedded", "quick", _SEED)
    return data, Meter(data)


def _trained(temperature: float | None, loss: Reader) -> Pair:
    def weighed(a: Tensor, b: Tensor, temperature: Tensor) -> Tensor:
        return loss(a, b, temperature, _WEIGHT)

    setting = Setting(temperature)
    return train(_pairs()[0], RECIPES["quick"], _SEED, setting, weighed)


@cache
def _without(temperature: float | None) -> Pair:
    return train(_pairs()[0], RECIPES["quick"], _SEED, Setting(temperature))


def _row(pair: Pair) -> tuple[float, float]:
    """URR of the nuisances, and the temperature."""
    row = _pairs()[1](pair)
    return row["URR nuisance"], row["τ"]

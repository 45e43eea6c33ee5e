"""The checks of the exercises: right values on fresh inputs, verdicts in words."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from support.data.worlds import World, draw_world
from support.exercises import check, expect
from support.metrics.disentanglement import (
    bottleneck_terms,
    mig,
    minimality_sufficiency,
)
from support.metrics.information import (
    entropy,
    mutual_information,
    pairwise_information,
    table_rows,
)

__all__ = [
    "samples_needed",
    "try_corrected",
    "try_hand",
    "try_strict",
    "try_terms",
    "try_wasteful",
]

Answer = Callable[..., Any]


def try_hand(function: Answer) -> bool:
    """Five numbers of two coins that agree with probability p, in bits."""

    def by_table(p: float) -> tuple[float, ...]:
        table = torch.tensor([[p, 1 - p], [1 - p, p]], dtype=torch.float64) / 2
        c, weights = table_rows(table)
        both = minimality_sufficiency(c, c.double(), bins=2, weights=weights)
        return (
            entropy(c[:, 0], weights=weights),
            mutual_information(c[:, 0], c[:, 1], weights=weights),
            mig(c, c.double(), bins=2, weights=weights),
            *both[:2],
        )

    return check(
        function,
        against=by_table,
        inputs=lambda rng: (float(rng.uniform(0.5, 0.99)),),
        tolerance=1e-3,
        what="1, the five numbers",
    )


def try_terms(function: Answer) -> bool:
    """Six informations of a world, and both identities of them."""

    def world(rng: np.random.Generator, noise: float = 0.0) -> World:
        return draw_world(int(rng.integers(2**31)), noise=noise, injective=False)

    def of_first(one: World) -> tuple[float, ...]:
        *parts, weights = one
        found = bottleneck_terms(*parts, weights=weights)
        return tuple(float(term[0, 0]) for term in found)

    def gaps(one: World) -> tuple[float, float]:
        excess, factors, nuisances, missing, others, lost = function(one)
        return abs(excess - factors - nuisances), abs(missing - others - lost)

    def identities() -> bool:
        rng = np.random.default_rng(1)
        whole = max(max(gaps(world(rng))) for _ in range(20))
        first, second = np.mean([gaps(world(rng, 0.3)) for _ in range(20)], axis=0)
        return expect(
            whole < 1e-9 and first > 1e-3 and second < 1e-9,
            f"the identities miss by ≈ {whole:.1e} (wanted below 1e-9); with a noisy "
            f"x by ≈ {first:.1e} (wanted above 1e-3) and ≈ {second:.1e}",
            what="2, the identities",
        )

    return check(
        function,
        against=of_first,
        inputs=lambda rng: (world(rng),),
        tolerance=1e-9,
        tries=10,
        what="2, the six terms",
    ) and _guarded("2, the identities", identities)


def try_wasteful(function: Answer) -> bool:
    """A code that is perfect by both scores and wasteful by eye."""
    what = "3, perfect by the score"

    def judge() -> bool:
        factors, codes = function(np.random.default_rng(0))
        found = minimality_sufficiency(factors, codes)
        live = int(found.active.sum())
        one, other = factors.unbind(1)
        shared = mutual_information(one, other) / max(entropy(one), entropy(other))
        return expect(
            min(found[:2]) > 0.99 and (live > 2 or (live == 1 and shared > 0.99)),
            f"minimality ≈ {found.minimality:.3f}, sufficiency ≈ "
            f"{found.sufficiency:.3f} (wanted both above 0.99), {live} live components "
            "for 2 factors (wanted more than 2, or 1 that serves two factors in "
            "bijection)",
            what=what,
        )

    return _guarded(what, judge)


def try_strict(function: Answer) -> bool:
    """Both scores with one component for each factor at most."""

    def informations(rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor]:
        c = torch.from_numpy(rng.integers(0, 4, (400, 3)))
        mix = torch.from_numpy(rng.normal(size=(3, 5)))
        noise = torch.from_numpy(rng.normal(size=(400, 5)))
        z = (c.double() @ mix + noise).round().long()
        z = z - z.amin(0)
        z[:, 4] = z[:, 3]  # held twice
        z[:, rng.permutation(5)[: int(rng.integers(0, 6))]] = 0  # collapsed
        found = pairwise_information(c, z)
        order = torch.from_numpy(rng.permutation(5))
        return (
            found.mutual[:, order],
            found.row_entropy,
            found.column_entropy[order],
        )

    return check(
        function,
        against=_strict,
        inputs=informations,
        tries=40,
        tolerance=1e-9,
        what="4, the strict scores",
    )


def try_corrected(function: Answer) -> bool:
    """The correction of Miller and Madow, and the samples that it saves."""

    def judge() -> bool:
        plain, better = samples_needed(mutual_information), samples_needed(function)
        return expect(
            plain >= 3 * better,
            f"plug-in needs {plain} samples, yours {better}; wanted a third or less",
            what="5, samples saved",
        )

    return check(
        function,
        against=lambda a, b: mutual_information(a, b, correction="miller-madow"),
        inputs=_two_columns,
        tolerance=1e-9,
        what="5, the corrected information",
    ) and _guarded("5, samples saved", judge)


def samples_needed(estimate: Answer, seed: int = 0) -> int:
    """Samples until independent variables seem to share less than 0.02 bits."""
    rng = np.random.default_rng(seed)
    for count in (125, 250, 500, 1000, 2000, 4000, 8000):
        errors = [abs(estimate(*_two_columns(rng, count))) for _ in range(40)]
        if np.mean(errors) < 0.02:
            return count
    return 16_000


def _two_columns(
    rng: np.random.Generator, count: int | None = None
) -> tuple[Tensor, Tensor]:
    count = count or int(rng.integers(50, 500))
    six, fifteen = (torch.from_numpy(rng.integers(0, k, count)) for k in (6, 15))
    return six, fifteen


def _strict(
    mutual: Tensor, factor_entropy: Tensor, code_entropy: Tensor
) -> tuple[float, float]:
    alive = code_entropy > 0
    if not bool(alive.any()):
        return 0.0, 0.0
    minimal = mutual[:, alive] / code_entropy[alive]
    sufficient = mutual[:, alive] / factor_entropy[:, None]
    pairs = linear_sum_assignment((minimal * sufficient).numpy(), maximize=True)
    return (
        float(minimal[pairs].sum() / alive.sum()),
        float(sufficient[pairs].sum() / len(mutual)),
    )


def _guarded(what: str, judge: Callable[[], bool]) -> bool:
    """Whatever the reader's code raises or returns is an answer in words."""
    try:
        return judge()
    except Exception as error:
        return expect(False, f"{type(error).__name__}: {error}", what=what)

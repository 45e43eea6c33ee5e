"""Small random worlds in which every probability is known.

A theorem about informations is checked where nothing is estimated: on joint
tables of a few hundred cells, drawn at random.
"""

import math
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["World", "draw_world"]


class World(NamedTuple):
    """A joint table of all variables, one row a cell that can occur.

    ``factors`` (R, n), ``nuisance`` (R,), ``observation`` (R,) and ``codes``
    (R, m) are int64 numbers from 0; ``weights`` (R,) float64 sum to 1.
    """

    factors: Tensor
    nuisance: Tensor
    observation: Tensor
    codes: Tensor
    weights: Tensor


def draw_world(
    seed: int,
    *,
    factors: int = 2,
    codes: int = 2,
    values: int = 3,
    noise: float = 0.0,
    injective: bool = True,
) -> World:
    r"""Draw a world: $(y,\eta)\to x\to z$.

    The joint law of the factors and the nuisance is drawn uniformly from all
    laws (so they depend on each other), as is the law $p(z\mid x)$ of all codes
    together for each $x$.  Every variable has 2 to ``values`` values.

    Args:
        seed: of everything.
        factors: n, at least 1.
        codes: m, at least 1.
        values: the most values a variable has, at least 2.
        noise: how often x is drawn anew, from all observations alike, instead
            of being $g(y,\eta)$; in [0, 1].  Above 0, x is no longer a function
            of factors and nuisance.
        injective: whether g tells all $(y,\eta)$ apart; if not, it maps them at
            random to about half as many observations.

    Returns:
        `World`.  The number of rows is the product of all numbers of values,
        times that of the observations where there is noise.

    Raises:
        ValueError: a number is out of range.

    >>> world = draw_world(0)
    >>> round(float(world.weights.sum()), 6)
    1.0
    """
    for name, given, least in (
        ("factors", factors, 1),
        ("codes", codes, 1),
        ("values", values, 2),
    ):
        if given < least:
            raise ValueError(f"{name}: got {given}; give at least {least}")
    if not 0 <= noise <= 1:
        raise ValueError(f"noise: got {noise}; give a number in [0, 1]")
    source = torch.Generator().manual_seed(seed)

    def sizes(count: int) -> list[int]:
        return torch.randint(2, values + 1, (count,), generator=source).tolist()

    # causes: every combination of the factors and, last, of the nuisance
    causes = _combinations(sizes(factors + 1))
    cause_law = _random_laws(1, len(causes), source)[0]
    if injective:
        seen = torch.randperm(len(causes), generator=source)
    else:
        most = math.ceil(len(causes) / 2)
        seen = torch.randint(most, (len(causes),), generator=source)
    observations = int(seen.max()) + 1
    kept = torch.zeros(len(causes), observations, dtype=torch.float64)
    kept[torch.arange(len(causes)), seen] = 1 - noise
    observation_law = kept + noise / observations
    results = _combinations(sizes(codes))
    result_law = _random_laws(observations, len(results), source)
    table = cause_law[:, None, None] * observation_law[..., None] * result_law
    cause, observation, result = (table > 0).nonzero(as_tuple=True)
    weights = table[cause, observation, result]
    return World(
        causes[cause, :-1],
        causes[cause, -1],
        observation,
        results[result],
        weights / weights.sum(),
    )


def _combinations(sizes: list[int]) -> Tensor:
    """All combinations of values, one a row."""
    return torch.ones(sizes).nonzero()


def _random_laws(count: int, size: int, source: torch.Generator) -> Tensor:
    """Laws over ``size`` values, drawn uniformly from the simplex."""
    # exponential waiting times, divided by their sum
    draws = torch.rand(count, size, dtype=torch.float64, generator=source)
    times = -torch.log1p(-draws).clamp(max=-1e-300)
    return times / times.sum(1, keepdim=True)

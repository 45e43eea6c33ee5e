r"""The parts of an information: what a component says, and of what.

Every function here takes weighted rows of integers, so it is exact on the cells
of a world and an estimate on a sample.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from support.data.dependence import factor_grid
from support.metrics.information import (
    conditional_mutual_information,
    entropy,
    mutual_information,
    table_rows,
)

__all__ = [
    "Terms",
    "World",
    "closed_forms",
    "component_parts",
    "factor_parts",
    "four_terms",
    "random_world",
]


class World(NamedTuple):
    """Every joint event of a small discrete world, with its probability.

    Args:
        c: (G, n) factors.
        nuisance: (G, 1).
        x: (G, 1) observation.
        z: (G, m) representation.
        weights: (G,) probabilities.
    """

    c: Tensor
    nuisance: Tensor
    x: Tensor
    z: Tensor
    weights: Tensor

    def __repr__(self) -> str:
        return f"a world of {len(self.weights)} events"


class Terms(NamedTuple):
    """Both sides of the theorem for one factor and one component, in bits."""

    excess: float
    of_factors: float
    of_nuisances: float
    missing: float
    in_others: float
    lost: float

    @property
    def minimality_gap(self) -> float:
        """Left side minus right side of the first identity."""
        return self.excess - self.of_factors - self.of_nuisances

    @property
    def sufficiency_gap(self) -> float:
        """Left side minus right side of the second identity."""
        return self.missing - self.in_others - self.lost


def random_world(generator: torch.Generator, *, noise: float = 0.0) -> World:
    r"""Draw a world of two factors, a nuisance and two components, all discrete.

    The joint law of factors and nuisance, the observation $x=g(\mathbf c,\eta)$
    (a table, several pairs may share a value) and the encoder
    $p(\mathbf z\mid x)$ are drawn at random.

    Args:
        generator: on the CPU.
        noise: chance that the observation is replaced by a random one, which
            makes it no function of factors and nuisance.

    >>> len(random_world(torch.Generator().manual_seed(0)).weights) > 100
    True
    """
    k, levels, seen, width = (3, 2), 3, 12, 3
    cells = factor_grid((*k, levels))
    joint = torch.rand(len(cells), generator=generator, dtype=torch.float64).square()
    table = torch.randint(seen, (len(cells),), generator=generator)
    observed = torch.nn.functional.one_hot(table, seen).double()
    observed = (1 - noise) * observed + noise / seen
    encoder = torch.rand(seen, width * width, generator=generator, dtype=torch.float64)
    encoder = encoder.pow(4)
    encoder = encoder / encoder.sum(1, keepdim=True)
    law = (joint / joint.sum())[:, None, None] * observed[:, :, None] * encoder
    rows = table_rows(law)
    cell, x, code = rows.values.unbind(1)
    z = torch.stack([code // width, code % width], dim=1)
    return World(cells[cell, :2], cells[cell, 2:], x[:, None], z, rows.weights)


def four_terms(world: World, factor: int = 0, component: int = 0) -> Terms:
    """Both identities of the theorem, every term computed on its own."""
    c, x, w = world.c[:, factor], world.x, world.weights
    z = world.z[:, component]
    others = _without(world.c, factor)
    rest = _without(world.z, component)

    def shared(one: Tensor, other: Tensor, given: Tensor) -> float:
        return conditional_mutual_information(one, other, given, weights=w)

    return Terms(
        excess=shared(z, x, c),
        of_factors=shared(z, others, c),
        of_nuisances=shared(z, world.nuisance, world.c),
        missing=shared(c, x, z),
        in_others=shared(c, rest, z),
        lost=shared(c, x, world.z),
    )


def component_parts(
    factors: Tensor, values: Tensor, weights: Tensor | None = None
) -> Tensor:
    r"""Cut the entropy of each component into factor, other factors, nuisance.

    For component $j$ and the factor $i$ it tells most of: $I(\hat z_j;c_i)$,
    $I(\hat z_j;\tilde{\mathbf c}_i\mid c_i)$, $H(\hat z_j\mid\mathbf c)$; their
    sum is $H(\hat z_j)$, and the first over the sum is the component's minimality.

    Args:
        factors: (N, n) integers from 0.
        values: (N, m) integers from 0, components that are functions of x.
        weights: (N,) probabilities of the rows.

    Returns:
        (m, 3) float64, in bits.

    >>> c = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> component_parts(c, c[:, :1]).round(decimals=6).tolist()
    [[1.0, 0.0, 0.0]]
    """
    parts = []
    for value in values.unbind(1):
        own = [mutual_information(c, value, weights=weights) for c in factors.unbind(1)]
        known = mutual_information(factors, value, weights=weights)
        total = entropy(value, weights=weights)
        parts.append([max(own), known - max(own), total - known])
    return torch.tensor(parts, dtype=torch.float64).clamp(min=0)


def factor_parts(
    factors: Tensor, values: Tensor, weights: Tensor | None = None
) -> Tensor:
    r"""Cut the entropy of each factor into its component, the others, what is lost.

    For factor $i$ and the component $j$ that tells most of it: $I(\hat z_j;c_i)$,
    $I(c_i;\tilde{\mathbf z}_j\mid\hat z_j)$, $H(c_i\mid\hat{\mathbf z})$; their sum
    is $H(c_i)$, and the first over the sum is the factor's sufficiency.

    Args:
        factors: (N, n) integers from 0.
        values: (N, m) integers from 0.
        weights: (N,) probabilities of the rows.

    Returns:
        (n, 3) float64, in bits.

    >>> c = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> factor_parts(c, c[:, :1]).round(decimals=6).tolist()
    [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]
    """
    return component_parts(values, factors, weights)


def closed_forms(
    factors: Tensor, places: Tensor, weights: Tensor | None = None
) -> dict[str, float]:
    r"""What the scores of a perfect encoder must be, from the factors alone.

    $$\mathrm{MIG}=\tfrac1n\sum_i\Big(1-\tfrac{\max_{k\ne i}I_{ik}}{H_i}\Big),\quad
    \mathrm{Mod}=1-\tfrac1n\sum_i\tfrac{\sum_{k\ne i}I_{ik}^2}{(n-1)H_i^2},\quad
    \mathrm{SAP}=1-\tfrac1n\sum_i\max_{k\ne i}\rho_{ik}^2$$
    with $I_{ik}=I(c_i;c_k)$, $H_i=H(c_i)$ and $\rho_{ik}$ the correlation of the
    places of the values.

    Args:
        factors: (N, n) integers from 0.
        places: (N, n) the numbers that the perfect encoder gives.
        weights: (N,) probabilities of the rows.

    Returns:
        ``Min``, ``Suf``, ``MIG``, ``modularity`` and ``SAP``.

    >>> c = torch.tensor([[0, 0], [0, 1], [1, 0], [1, 1]])
    >>> closed_forms(c, c.float())["MIG"]
    1.0
    """
    n = factors.shape[1]
    columns = factors.unbind(1)
    shared = torch.tensor(
        [[mutual_information(a, b, weights=weights) for b in columns] for a in columns]
    )
    h = shared.diagonal()
    shared = (shared - torch.diag(h)) / h[:, None]
    if weights is None:
        weights = torch.ones(len(factors)) / len(factors)
    square = torch.cov(places.double().T, aweights=weights.double())
    spread = square.diagonal().sqrt()
    rho = (square / torch.outer(spread, spread)).square().fill_diagonal_(0)
    return {
        "Min": 1.0,
        "Suf": 1.0,
        "MIG": float((1 - shared.amax(1)).mean()),
        "modularity": float((1 - shared.square().sum(1) / (n - 1)).mean()),
        "SAP": float((1 - rho.amax(1)).mean()),
    }


def _without(columns: Tensor, index: int) -> Tensor:
    return torch.cat([columns[:, :index], columns[:, index + 1 :]], dim=1)

r"""The parts of an information: what a component says, and of what.

Weighted rows of integers are exact on the cells of a world, and an estimate on a
sample.
"""

from collections.abc import Iterable

import torch
from torch import Tensor

from support.data.worlds import draw_world
from support.metrics.disentanglement import bottleneck_terms
from support.metrics.information import (
    entropy,
    mutual_information,
    mutual_information_matrix,
)

__all__ = ["BETAS", "closed_forms", "component_parts", "factor_parts", "identity_gaps"]


BETAS = (1.5, 2.0, 10.0)
"""Prices of what is told, in the cost of the Information Bottleneck, above 1."""


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
        [[mutual_information(a, b, weights=weights) for b in columns] for a in columns],
        dtype=torch.float64,
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


def identity_gaps(seeds: Iterable[int], noise: float) -> tuple[Tensor, Tensor, Tensor]:
    r"""Left minus right side of the chapter's identities, on random worlds.

    The two of the theorem, and the Information Bottleneck's cost
    $I(z_j;x)-\beta I(z_j;c_i)$ minus $(1-\beta)I(x;c_i)+I(z_j;x\mid c_i)+
    (\beta-1)I(c_i;x\mid z_j)$ for each of `BETAS`.

    Args:
        seeds: a world each, a joint law of two factors, a nuisance, an observation
            and two components.
        noise: of the observation; 0 makes it a function of factors and nuisance.

    Returns:
        Three tensors of gaps in bits, the first axis is the world.
    """
    minimal, sufficient, bottleneck = [], [], []
    for seed in seeds:
        factors, nuisance, x, codes, weights = draw_world(
            seed, noise=noise, injective=False
        )
        t = bottleneck_terms(factors, nuisance, x, codes, weights=weights)
        minimal.append(t.excess - t.factors - t.nuisances)
        sufficient.append(t.missing - t.representations - t.explicitness)
        told = mutual_information_matrix(factors, codes, weights=weights)
        kept = mutual_information_matrix(x[:, None], codes, weights=weights)
        most = mutual_information_matrix(factors, x[:, None], weights=weights)
        bottleneck.append(
            torch.stack(
                [
                    kept
                    - beta * told
                    - (1 - beta) * most
                    - t.excess
                    - (beta - 1) * t.missing
                    for beta in BETAS
                ]
            )
        )
    return torch.stack(minimal), torch.stack(sufficient), torch.stack(bottleneck)

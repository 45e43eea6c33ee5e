r"""A world in closed form: three factors, known encoders, every truth computable.

Factors are six equal steps from 0 to 1; the first two depend on each other with
width $\sigma$, the third on nobody.  Each component has a nuisance of its own,
uniform on $(-1,1)$.
"""

import math
from collections.abc import Callable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from support.data.dependence import (
    dependence_weights,
    draw_rows,
    factor_grid,
    spread,
)
from support.metrics.information import table_rows

__all__ = [
    "ENCODERS",
    "SIGMAS",
    "SIZES",
    "Sample",
    "cells",
    "draw",
    "fruit",
    "rotate",
    "sigma_name",
    "soft_encoders",
]

SIZES = (6, 6, 6)
SIGMAS = (math.inf, 0.4, 0.2, 0.1)
Encoder = Callable[[Tensor, Tensor], Tensor]


def sigma_name(sigma: float) -> str:
    """A width as axes and tables write it.

    >>> sigma_name(math.inf), sigma_name(0.1)
    ('∞', '0.1')
    """
    return "∞" if math.isinf(sigma) else f"{sigma:g}"


class Sample(NamedTuple):
    """Factors (N, 3) int64, their places (N, 3) in [0, 1], nuisances (N, 3).

    ``weights`` (N,) are the probabilities of the rows, None where all are alike.
    """

    factors: Tensor
    places: Tensor
    nuisances: Tensor
    weights: Tensor | None = None


def draw(sigma: float, count: int, generator: torch.Generator) -> Sample:
    """Draw factors and nuisances.

    Args:
        sigma: width of the dependence of the first two factors.
        count: number of samples.
        generator: on the CPU.

    Raises:
        ValueError: as `dependence_weights` and `draw_rows`.

    >>> draw(0.1, 5, torch.Generator().manual_seed(0)).factors.shape
    torch.Size([5, 3])
    """
    grid = factor_grid(SIZES)
    weights = dependence_weights(spread(grid, SIZES), [(0, 1)], sigma)
    factors = grid[draw_rows(weights, count, generator)]
    noise = 2 * torch.rand(count, len(SIZES), generator=generator) - 1
    return Sample(factors, spread(factors, SIZES), noise)


def cells(sigma: float, levels: int = 41) -> Sample:
    """The whole world as weighted rows, nuisances on a fine grid.

    All components share the grid's level in a row; since a score looks at one
    component at a time, this is exact for each of them.

    Args:
        sigma: width of the dependence of the first two factors.
        levels: number of values of the nuisance, from -1 to 1.
    """
    grid = factor_grid((*SIZES, levels))
    factors = grid[:, :-1]
    places = spread(factors, SIZES)
    noise = torch.linspace(-1, 1, levels)[grid[:, -1:]].expand(-1, len(SIZES))
    weights = dependence_weights(places, [(0, 1)], sigma)
    return Sample(factors, places, noise, weights)


def fruit() -> tuple[Tensor, Tensor]:
    """The paper's example: what is a banana and what is yellow depend.

    Of bananas .9 are yellow and .1 green; of yellow fruit .5 are bananas and .4
    lemons.  The figure gives these; the last tenth of the yellow (apples) and what
    is not yellow are ours.

    Returns:
        Factors (N, 2), shape (banana, lemon, apple, strawberry) and colour (yellow,
        green, red), and the probabilities of the rows.

    Source: Almudévar and Ortega, TMLR 2026, figure of the abstract.

    >>> factors, weights = fruit()
    >>> banana = factors[:, 0] == 0
    >>> round(float(weights[banana & (factors[:, 1] == 0)] / weights[banana].sum()), 6)
    0.9
    """
    table = [[0.225, 0.025, 0.0], [0.18, 0.02, 0.0], [0.045, 0.1, 0.155], [0, 0, 0.25]]
    return table_rows(torch.tensor(table, dtype=torch.float64))


def rotate(places: Tensor, degrees: float) -> Tensor:
    """Turn the first two components about the centre of the square.

    >>> rotate(torch.tensor([[1.0, 0.5, 0.0]]), 90.0).round(decimals=3)
    tensor([[0.5000, 1.0000, 0.0000]])
    """
    angle = math.radians(degrees)
    turn = torch.eye(places.shape[1])
    turn[0, 0] = turn[1, 1] = math.cos(angle)
    turn[0, 1], turn[1, 0] = -math.sin(angle), math.sin(angle)
    return (places - 0.5) @ turn.to(places).T + 0.5


def _permuted(places: Tensor, noise: Tensor) -> Tensor:
    order = torch.tensor([2, 5, 0, 4, 1, 3]).to(places)
    return order[(5 * places).round().long()] / 5


def _leak(places: Tensor, noise: Tensor) -> Tensor:
    first = 0.6 * places[:, 0] + 0.4 * places[:, 2]
    return torch.stack([first, places[:, 1], places[:, 2]], dim=1)


def _split(places: Tensor, noise: Tensor) -> Tensor:
    value = (5 * places[:, :1]).round()
    digits = torch.cat([(value / 2).floor() / 2, value % 2], dim=1)
    return torch.cat([digits, places[:, 1:]], dim=1)


ENCODERS: dict[str, Encoder] = {
    "perfect": lambda places, noise: places.clone(),
    "values permuted": _permuted,
    "leak of c₃": _leak,
    "nuisance": lambda places, noise: places + 0.5 * noise,
    "rotated 45°": lambda places, noise: rotate(places, 45),
    "split": _split,
    "duplicate": lambda places, noise: torch.cat([places[:, :1], places], dim=1),
    "collapsed": lambda places, noise: torch.cat(
        [places, torch.full_like(places[:, :1], 0.5)], dim=1
    ),
}
"""Name to a function of places (N, 3) and nuisances (N, 3) giving codes (N, m)."""


def soft_encoders(
    count: int, generator: torch.Generator, components: int = len(SIZES)
) -> Sequence[Encoder]:
    r"""Random encoders between perfect and useless.

    $\mathbf z=\mathbf W\mathbf c+b\,\mathbf u$ with
    $\mathbf W=(1-a)\mathbf I+a\mathbf R$, $a\sim U(0,0.7)$, $b\sim U(0,0.5)$ and
    the rows of $\mathbf R$ uniform on the simplex.

    Args:
        count: how many.
        generator: on the CPU.
        components: of $\mathbf c$, exact or found by a trained encoder.

    >>> sample = draw(0.1, 5, torch.Generator().manual_seed(0))
    >>> encoder, = soft_encoders(1, torch.Generator().manual_seed(0))
    >>> encoder(sample.places, sample.nuisances).shape
    torch.Size([5, 3])
    """
    n = components
    a, b = torch.rand(2, count, generator=generator)
    a, b = 0.7 * a[:, None, None], 0.5 * b
    # exponential variables over their sum are uniform on the simplex
    raw = -torch.rand(count, n, n, generator=generator).clamp(min=1e-12).log()
    mix = (1 - a) * torch.eye(n) + a * raw / raw.sum(2, keepdim=True)

    def encoder(index: int) -> Encoder:
        return lambda places, noise: places @ mix[index].T + b[index] * noise

    return [encoder(index) for index in range(count)]

"""Grey sprites: four known factors on sixteen by sixteen pixels.

One bright square, ellipse or triangle on black.  Place and brightness vary a little
beyond the factors, so that there are nuisances, and new samples whenever wanted.
"""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

from support.data.dependence import spread

__all__ = ["GREY_SPRITE_FACTORS", "render_grey_sprites"]

GREY_SPRITE_FACTORS: Mapping[str, int] = MappingProxyType(
    {"shape": 3, "scale": 4, "pos_x": 8, "pos_y": 8}
)
"""Name and number of values of each factor, in the order of the columns."""

_SIDE = 16
_EDGE = 0.35  # pixels over which the edge rises
# The three shapes are scaled so that they cover about the same area.
_SQUARE, _WIDE, _HIGH, _TRIANGLE = 0.9, 1.25, 0.8, 0.82


def render_grey_sprites(
    factors: Tensor, generator: torch.Generator, *, jitter: float = 0.25
) -> Tensor:
    r"""Draw the sprites that given factors describe.

    The centre runs over eight places from pixel 4.5 to 11.5 on each axis, plus
    $U(-j,j)$; the radius over 1.8, 2.4, 3.0 and 3.6 pixels.  A pixel is
    $b/(1+e^{d/0.35})$ with the signed distance $d$ to the edge in pixels and a
    brightness $b\sim U(0.8,1)$.

    Args:
        factors: (n, 4) integers, columns and ranges as in `GREY_SPRITE_FACTORS`.
        generator: of jitter and brightness.
        jitter: half-width of the shift of the centre in pixels.

    Returns:
        (n, 1, 16, 16) float32 in [0, 1].

    Raises:
        ValueError: the shape is wrong or a factor is out of its range.

    >>> factors = torch.tensor([[0, 1, 2, 3]])
    >>> render_grey_sprites(factors, torch.Generator().manual_seed(0)).shape
    torch.Size([1, 1, 16, 16])
    """
    placed = spread(factors, list(GREY_SPRITE_FACTORS.values())).cpu()
    count = len(factors)
    shift = (torch.rand(count, 2, generator=generator) * 2 - 1) * jitter
    brightness = 0.8 + 0.2 * torch.rand(count, 1, 1, generator=generator)
    centre = 4.5 + 7 * placed[:, 2:] + shift
    radius = (1.8 * (1 + placed[:, 1]))[:, None, None]
    pixel = torch.arange(_SIDE) + 0.5
    dx = (pixel - centre[:, :1])[:, None, :]
    dy = (pixel - centre[:, 1:])[:, :, None]
    square = torch.maximum(dx.abs(), dy.abs()) - _SQUARE * radius
    long, short = _WIDE * radius, _HIGH * radius
    ellipse = ((dx / long).square() + (dy / short).square()).sqrt() - 1
    slope = 3**0.5 / 2 * dx.abs() - dy / 2
    triangle = torch.maximum(slope, dy) - _TRIANGLE * radius
    every = torch.stack([square, ellipse * short, triangle])
    distance = every[factors[:, 0].cpu(), torch.arange(count)]
    return (brightness * torch.sigmoid(-distance / _EDGE))[:, None]

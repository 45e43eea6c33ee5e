"""Glyphs: five shapes in any style, so that the true translation of each is known.

The shape is the *domain*; place, size and contrast are the *style*, four numbers in
[0, 1].  Any style can be drawn in any domain, in the same way each time.
"""

from typing import Any

import torch
from torch import Tensor

from support.arrays import classes, real
from support.generators import random_source
from support.scalars import number, whole

__all__ = ["GLYPH_DOMAINS", "GLYPH_STYLE", "draw_glyphs", "glyphs"]

GLYPH_DOMAINS = ("square", "disc", "triangle", "cross", "ring")
GLYPH_STYLE = ("column", "row", "size", "contrast")

_SIDE = 16
_SHARPNESS = 3.0


def glyphs(style: Any, domain: Any) -> Tensor:
    r"""Draw glyphs of given styles and shapes.

    With style $u$ the centre is $8+2(2u_j-1)$ on both axes, in pixels, the radius
    $R=3.2+1.8u_3$, the contrast $k=0.6+0.4u_4$; a pixel is $k/(1+e^{3d})$ with its
    signed distance $d$ to the edge.

    Args:
        style: (n, 4) in [0, 1], columns as in `GLYPH_STYLE`.
        domain: (n,) integers, places in `GLYPH_DOMAINS`; or one for all.

    Returns:
        (n, 1, 16, 16) in [0, 1], in the type of the style, at least float32.

    Raises:
        ValueError: a shape is wrong, a style lies outside [0, 1], a domain is none.

    >>> glyphs([[0.5, 0.5, 1.0, 1.0]], 1).shape
    torch.Size([1, 1, 16, 16])
    """
    given = real("style", style)
    shape = classes("domain", domain, len(GLYPH_DOMAINS), like=given).to(given.device)
    if given.ndim != 2 or given.shape[1] != len(GLYPH_STYLE):
        raise ValueError(f"style: got shape {tuple(given.shape)}; give (n, 4)")
    if shape.ndim > 1 or (shape.ndim == 1 and len(shape) != len(given)):
        raise ValueError(
            f"domain: got shape {tuple(shape.shape)} for {len(given)} styles; give one "
            "domain a style, or one for all"
        )
    if given.numel():
        low, high = (float(end) for end in given.detach().aminmax())
        if low < 0 or high > 1:
            raise ValueError(
                f"style: got values from {low:g} to {high:g}; give numbers in [0, 1]"
            )
    pixel = torch.arange(_SIDE, device=given.device) + 0.5
    centre = 8 + 2 * (2 * given[:, :2] - 1)
    dx = pixel[None, None, :] - centre[:, 0, None, None]
    dy = pixel[None, :, None] - centre[:, 1, None, None]
    radius = (3.2 + 1.8 * given[:, 2])[:, None, None]
    contrast = (0.6 + 0.4 * given[:, 3])[:, None, None]
    every = torch.stack(_distances(dx, dy, radius))
    each = torch.arange(len(given), device=given.device)
    distance = every[shape.expand(len(given)), each]
    return (contrast * torch.sigmoid(-_SHARPNESS * distance))[:, None]


def draw_glyphs(
    n: int, generator: torch.Generator, tied: float = 0.0
) -> tuple[Tensor, Tensor, Tensor]:
    r"""Draw glyphs of random shape and style.

    All four style variables are uniform on [0, 1]; with probability ``tied`` size and
    contrast of a glyph depend on its shape $c$, as $(c+U)/5$.

    Args:
        n: how many, at least 1.
        generator: on the CPU.
        tied: probability in [0, 1]; 0 makes style and domain independent.

    Returns:
        images (n, 1, 16, 16) float32, domain (n,) int64, style (n, 4) float32.

    Raises:
        ValueError: n is no integer of at least 1, ``tied`` no probability, or the
            generator none.

    >>> images, domain, style = draw_glyphs(3, torch.Generator().manual_seed(0))
    >>> torch.equal(glyphs(style, domain), images)
    True
    """
    n, tied = whole("n", n), number("tied", tied, least=0, most=1)
    generator = random_source("generator", generator)
    domain = torch.randint(len(GLYPH_DOMAINS), (n,), generator=generator)
    style = torch.rand(n, len(GLYPH_STYLE), generator=generator)
    of_shape = torch.rand(n, generator=generator) < tied
    bound = (domain[:, None] + style[:, 2:]) / len(GLYPH_DOMAINS)
    style[:, 2:] = torch.where(of_shape[:, None], bound, style[:, 2:])
    return glyphs(style, domain), domain, style


def _distances(dx: Tensor, dy: Tensor, radius: Tensor) -> list[Tensor]:
    """Signed distance to the edge of every shape, negative inside."""
    wide, high = dx.abs(), dy.abs()
    round_ = (dx.square() + dy.square()).sqrt()
    bar = 0.33 * radius
    lying = torch.maximum(wide - radius, high - bar)
    standing = torch.maximum(high - radius, wide - bar)
    sides = 3**0.5 / 2 * wide + dy / 2
    return [
        torch.maximum(wide, high) - 0.9 * radius,
        round_ - radius,
        torch.maximum(sides, -dy) - 0.62 * radius,
        torch.minimum(lying, standing),
        (round_ - 0.8 * radius).abs() - 0.28 * radius,
    ]

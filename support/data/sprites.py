"""Procedural sprites with known factors: small pictures, nothing hidden.

A sprite is a coloured square, disk or diamond on a grey ground, 16 x 16 pixels.
Six factors make it, and all of them are known, so that a chapter can say what
a representation *should* hold and what it should not.
"""

from collections.abc import Mapping
from types import MappingProxyType

import torch
from torch import Tensor

__all__ = ["SPRITE_FACTORS", "mini_sprites", "render_sprites", "sample_factors"]

SPRITE_FACTORS: Mapping[str, int] = MappingProxyType(
    {"shape": 3, "size": 3, "pos_x": 4, "pos_y": 4, "hue": 6, "bg": 4}
)
"""Name and number of values of each factor, in the order of the columns."""

_SIDE = 16
_RADII = (1.8, 2.6, 3.4)
# The square and the diamond are scaled so that all shapes cover the same area.
_SQUARE, _DIAMOND = 1.13, 1.2533
_GREYS = (0.0, 0.2, 0.4, 0.6)
# HSV(k / 6, 1, 1) for k = 0..5: red, yellow, green, cyan, blue, magenta.
_COLOURS = ((1, 0, 0), (1, 1, 0), (0, 1, 0), (0, 1, 1), (0, 0, 1), (1, 0, 1))


def sample_factors(n: int, seed: int) -> Tensor:
    """Draw n rows of independent, uniform factors.

    Args:
        n: how many rows, at least 1.
        seed: of the draw.

    Returns:
        (n, 6) int64, columns as in `SPRITE_FACTORS`.

    Raises:
        ValueError: n is below 1.

    >>> sample_factors(4, seed=0).shape
    torch.Size([4, 6])
    """
    if n < 1:
        raise ValueError(f"n: got {n}; give at least 1 sprite")
    source = torch.Generator().manual_seed(seed)
    columns = [
        torch.randint(size, (n,), generator=source) for size in SPRITE_FACTORS.values()
    ]
    return torch.stack(columns, dim=1)


def render_sprites(
    factors: Tensor, seed: int, *, noise: float = 0.05, jitter: float = 0.5
) -> Tensor:
    r"""Draw the sprites that given factors describe.

    With pixel centres at $k+\frac12$, the centre of a sprite is
    $3.5+3\,\mathrm{pos}+U(-j,j)$ on each axis, its radius $r$ is 1.8, 2.6 or 3.4
    pixels, and its mask $m=\mathrm{clip}(\frac12-\mathrm{dist},0,1)$ with the
    signed distance $1.13\max(|d_x|,|d_y|)-r$ (square),
    $\sqrt{d_x^2+d_y^2}-r$ (disk), $(|d_x|+|d_y|)/1.2533-r$ (diamond).
    A pixel is $m\,\mathrm{colour}+(1-m)\,\mathrm{grey}$ plus Gaussian noise.

    Args:
        factors: (n, 6) integers, columns and ranges as in `SPRITE_FACTORS`.
        seed: of jitter and pixel noise.
        noise: standard deviation of the pixel noise; pixels are not clipped.
        jitter: half-width of the uniform shift of the centre, in pixels.

    Returns:
        (n, 3, 16, 16) float32, nominally in [0, 1].

    Raises:
        ValueError: the shape is wrong or a factor is out of its range.

    >>> render_sprites(sample_factors(2, seed=0), seed=0).shape
    torch.Size([2, 3, 16, 16])
    """
    _validate(factors)
    shape, size, pos_x, pos_y, hue, bg = factors.long().cpu().T
    source = torch.Generator().manual_seed(seed)
    shift = (torch.rand(2, len(factors), generator=source) * 2 - 1) * jitter
    grid = torch.arange(_SIDE) + 0.5
    dx = (grid - (3.5 + 3 * pos_x + shift[0])[:, None]).abs()[:, None, :]
    dy = (grid - (3.5 + 3 * pos_y + shift[1])[:, None]).abs()[:, :, None]
    distance = torch.stack(
        [
            _SQUARE * torch.maximum(dx, dy),
            (dx.square() + dy.square()).sqrt(),
            (dx + dy) / _DIAMOND,
        ]
    )[shape, torch.arange(len(factors))]
    radius = torch.tensor(_RADII)[size][:, None, None]
    mask = (0.5 - (distance - radius)).clamp(0, 1)[:, None]
    colour = torch.tensor(_COLOURS, dtype=torch.float32)[hue][:, :, None, None]
    grey = torch.tensor(_GREYS)[bg][:, None, None, None]
    images = mask * colour + (1 - mask) * grey
    return images + noise * torch.randn(images.shape, generator=source)


def mini_sprites(
    n: int, seed: int, *, noise: float = 0.05, jitter: float = 0.5
) -> tuple[Tensor, Tensor]:
    """Draw n sprites with independent, uniform factors.

    Args:
        n: how many, at least 1.
        seed: the same seed gives the same bytes.
        noise: standard deviation of the pixel noise.
        jitter: half-width of the uniform shift of the centre, in pixels.

    Returns:
        Images (n, 3, 16, 16) float32 and factors (n, 6) int64.

    Raises:
        ValueError: n is below 1.

    >>> images, factors = mini_sprites(2, seed=0)
    >>> images.shape, factors.shape
    (torch.Size([2, 3, 16, 16]), torch.Size([2, 6]))
    """
    factors = sample_factors(n, seed)
    # Another seed, so that pixels do not repeat the draws of the factors.
    return render_sprites(factors, seed + 2**32, noise=noise, jitter=jitter), factors


def _validate(factors: Tensor) -> None:
    width = len(SPRITE_FACTORS)
    if factors.ndim != 2 or factors.shape[1] != width or factors.is_floating_point():
        raise ValueError(
            f"factors: got {factors.dtype} of shape {tuple(factors.shape)}; give "
            f"integers of shape (n, {width}), columns {list(SPRITE_FACTORS)}"
        )
    for column, (name, size) in zip(factors.T, SPRITE_FACTORS.items(), strict=True):
        if len(column) and not 0 <= int(column.min()) <= int(column.max()) < size:
            raise ValueError(
                f"factors: {name} runs from {int(column.min())} to "
                f"{int(column.max())}; its values are 0 to {size - 1}"
            )

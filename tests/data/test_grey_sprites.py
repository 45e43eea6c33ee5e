"""Grey sprites show their four factors."""

import pytest
import torch

from support.data.dependence import factor_grid
from support.data.grey_sprites import GREY_SPRITE_FACTORS, render_grey_sprites

GRID = factor_grid(list(GREY_SPRITE_FACTORS.values()))


def render(factors, seed=0, **options):
    return render_grey_sprites(factors, torch.Generator().manual_seed(seed), **options)


def test_the_full_grid_is_drawn_within_range_and_repeats():
    images = render(GRID)
    assert images.shape == (768, 1, 16, 16)
    assert images.dtype == torch.float32
    assert float(images.min()) >= 0
    assert float(images.max()) <= 1
    assert torch.equal(images, render(GRID))
    assert not torch.equal(images, render(GRID, seed=1))


def test_the_centre_of_the_light_is_where_the_factors_say():
    images = render(GRID, jitter=0.0)[:, 0]
    pixel = torch.arange(16) + 0.5
    light = images.sum((1, 2))
    x = (images.sum(1) * pixel).sum(1) / light
    y = (images.sum(2) * pixel).sum(1) / light
    round_ones = GRID[:, 0] < 2  # a triangle's centre of light is not its middle
    wanted = 4.5 + GRID[:, 2:].float()
    assert float((x - wanted[:, 0])[round_ones].abs().max()) < 0.2
    assert float((y - wanted[:, 1])[round_ones].abs().max()) < 0.2


def test_larger_scales_hold_more_light_and_shapes_differ():
    images = render(torch.tensor([[s, k, 4, 4] for s in range(3) for k in range(4)]))
    light = images.sum((1, 2, 3)).view(3, 4)
    assert bool((light.diff(dim=1) > 0).all())
    images = render(torch.tensor([[0, 2, 4, 4], [1, 2, 4, 4], [2, 2, 4, 4]]))
    square, ellipse, triangle = images
    gaps = [square - ellipse, square - triangle, ellipse - triangle]
    assert min(float(gap.abs().sum()) for gap in gaps) > 3


@pytest.mark.parametrize("bad", [[[0, 0, 0]], [[3, 0, 0, 0]], [[0, -1, 0, 0]]])
def test_bad_factors_are_named(bad):
    with pytest.raises(ValueError, match="factors"):
        render(torch.tensor(bad))

"""The procedural sprites."""

import pytest
import torch
from scipy.stats import chisquare

from support.data.sprites import (
    SPRITE_FACTORS,
    mini_sprites,
    render_sprites,
    sample_factors,
)


def test_same_seed_same_bytes_other_seed_other_bytes():
    first, second = mini_sprites(20, 3), mini_sprites(20, 3)
    assert all(torch.equal(a, b) for a, b in zip(first, second, strict=True))
    assert not torch.equal(first[0], mini_sprites(20, 4)[0])
    assert first[0].dtype == torch.float32
    assert first[1].dtype == torch.int64


def test_factors_are_uniform():
    factors = sample_factors(6000, seed=0)
    for column, size in zip(factors.T, SPRITE_FACTORS.values(), strict=True):
        counts = torch.bincount(column, minlength=size)
        assert len(counts) == size
        assert chisquare(counts.numpy()).pvalue > 1e-4


def test_the_three_shapes_cover_the_same_area():
    factors = torch.zeros(3000, 6, dtype=torch.long)
    factors[:, 0] = torch.arange(3000) % 3
    factors[:, 1:4] = torch.tensor([1, 1, 1])
    red = render_sprites(factors, 0, noise=0.0)[:, 0]  # red on black: the mask
    area = torch.stack(
        [red[factors[:, 0] == shape].sum((1, 2)).mean() for shape in range(3)]
    )
    assert (area / area.mean() - 1).abs().max() < 0.02


def test_factors_show_where_they_should():
    row = torch.tensor([[0, 0, 0, 3, 0, 2]])  # small red square, left, low, grey .4
    image = render_sprites(row, 0, noise=0.0, jitter=0.0)[0]
    assert torch.allclose(image[:, 0, -1], torch.full((3,), 0.4))
    assert image[0, 12, 3] == 1
    assert image[1, 12, 3] == 0
    assert render_sprites(row, 0, noise=0.1)[0, :, 0, -1].std() > 0


@pytest.mark.parametrize(
    ("factors", "words"),
    [
        (torch.zeros(2, 5, dtype=torch.long), "shape"),
        (torch.zeros(2, 6), "integers"),
        (torch.full((2, 6), 5), "shape runs"),
        (torch.full((2, 6), -1), "shape runs"),
    ],
)
def test_bad_factors_are_refused_in_words(factors, words):
    with pytest.raises(ValueError, match=words):
        render_sprites(factors, 0)


def test_no_sprites_are_refused():
    with pytest.raises(ValueError, match="n: got 0"):
        mini_sprites(0, 0)

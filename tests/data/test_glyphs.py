"""Glyphs show their shape and style; tied style tells the shape, free style not."""

import pytest
import torch

from support.data.glyphs import GLYPH_DOMAINS, GLYPH_STYLE, draw_glyphs, glyphs

MIDDLE = torch.full((1, 4), 0.5)


def source(seed=0):
    return torch.Generator().manual_seed(seed)


def test_images_are_in_range_and_repeat():
    images, domain, style = draw_glyphs(500, source())
    assert images.shape == (500, 1, 16, 16)
    assert images.dtype == torch.float32
    assert float(images.min()) >= 0
    assert float(images.max()) <= 1
    assert torch.equal(draw_glyphs(500, source())[0], images)
    assert sorted(domain.unique().tolist()) == list(range(len(GLYPH_DOMAINS)))
    assert style.shape[1] == len(GLYPH_STYLE)


def test_the_shapes_differ_and_look_as_named():
    images = glyphs(MIDDLE.repeat(5, 1), torch.arange(5))[:, 0]
    square, disc, triangle, cross, ring = images
    middle = images[:, 7:9, 7:9].mean((1, 2))
    assert middle[:4].min() > 0.6  # all but the ring cover their middle
    assert middle[4] < 0.3
    assert square[4, 4] > disc[4, 4]  # the corner of a square
    assert cross[4, 4] < 0.1
    assert cross[8, 4] > 0.6
    assert triangle[9].sum() < triangle[7].sum()  # it stands on its point
    mirrored = torch.stack([square, disc, triangle, cross, ring])
    torch.testing.assert_close(mirrored, mirrored.flip(2))


def test_place_size_and_contrast_are_what_the_style_says():
    low, high = MIDDLE.clone(), MIDDLE.clone()
    for place, name in enumerate(GLYPH_STYLE):
        low[0], high[0] = 0.5, 0.5
        low[0, place], high[0, place] = 0.0, 1.0
        small, large = glyphs(low, 1)[0, 0], glyphs(high, 1)[0, 0]
        if name in ("column", "row"):
            step = (0, 4) if name == "column" else (4, 0)
            torch.testing.assert_close(
                small.roll(step, (0, 1)), large, atol=1e-2, rtol=0
            )
        if name == "size":
            assert large.sum() / small.sum() == pytest.approx((5 / 3.2) ** 2, rel=0.05)
        if name == "contrast":
            torch.testing.assert_close(large, small / 0.6)


def test_style_tells_the_shape_only_where_it_is_tied():
    for tied, least, most in ((0.0, 0.0, 0.01), (1.0, 0.9, 1.0)):
        _, domain, style = draw_glyphs(4000, source(), tied)
        assert float(style.min()) >= 0
        assert float(style.max()) <= 1
        shares = [
            float(torch.corrcoef(torch.stack([domain.float(), column]))[0, 1] ** 2)
            for column in style.T
        ]
        assert max(shares[:2]) < 0.01
        assert least <= min(shares[2:]) <= max(shares[2:]) <= most


def test_precision_is_kept_and_gradients_pass(device):
    style = torch.rand(4, 4, dtype=torch.double, device=device, requires_grad=True)
    images = glyphs(style, [0, 1, 2, 3])
    assert images.dtype == torch.double
    assert images.device.type == device
    images.sum().backward()
    assert style.grad.abs().min() > 0
    assert glyphs(style[:0], 0).shape == (0, 1, 16, 16)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: glyphs(MIDDLE[:, :3], 0), r"style: got shape \(1, 3\)"),
        (lambda: glyphs(MIDDLE + 1, 0), "style: got values from 1.5 to 1.5"),
        (lambda: glyphs(MIDDLE * float("nan"), 0), "style: got nan"),
        (lambda: glyphs("round", 0), "style: got str"),
        (lambda: glyphs(MIDDLE, 5), r"domain: got values from 5 to 5.*\[0, 5\)"),
        (lambda: glyphs(MIDDLE, [0, 1]), r"domain: got shape \(2,\) for 1 styles"),
        (lambda: glyphs(MIDDLE, 0.5), "domain: got 0.5"),
        (lambda: draw_glyphs(0, source()), "n: got 0"),
        (lambda: draw_glyphs(2.5, source()), "n: got 2.5"),
        (lambda: draw_glyphs(True, source()), "n: got True"),
        (lambda: draw_glyphs(3, source(), 1.5), "tied: got 1.5"),
        (lambda: draw_glyphs(3, source(), None), "tied: got None"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(call, words):
    with pytest.raises(ValueError, match=words):
        call()

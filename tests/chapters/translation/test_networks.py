"""Coders and decoders fit together, side by side and alone."""

import pytest
import torch

from chapters.translation.networks import CHANNELS, Side, convolutions, perceptrons


@pytest.mark.parametrize("kind", ["perceptrons", "convolutions"])
def test_shapes_fit_and_one_alone_is_the_same(kind):
    torch.manual_seed(0)
    coder, decoder = (
        perceptrons(2, 256, 5, 8, 12)
        if kind == "perceptrons"
        else convolutions(2, 16, 5, 8)
    )
    coder.eval(), decoder.eval()
    x = torch.rand(2, 3, 256 + 5)
    codes = coder(x)
    assert codes.shape == (2, 3, 16)
    torch.testing.assert_close(coder.alone(1)(x[1]), codes[1])
    z = torch.randn(2, 3, 8 + 5)
    assert decoder(z).shape == (2, 3, 256)
    torch.testing.assert_close(decoder.alone(0)(z[0]), decoder(z)[0])


def test_a_label_reaches_a_convolution_and_zeros_are_none():
    torch.manual_seed(0)
    coder, _ = convolutions(1, 16, 5, 8)
    coder.eval()
    x = torch.rand(1, 2, 261)
    x[..., 256:] = 0
    labelled = x.clone()
    labelled[..., 257] = 1
    assert (coder(x) - coder(labelled)).abs().min() > 0


def test_the_paper_s_network_has_its_size():
    coder, decoder = convolutions(1, 32, 0, 1024)
    assert isinstance(coder, Side)
    assert CHANNELS == (16, 32, 64, 128)
    count = sum(p.numel() for side in (coder, decoder) for p in side.parameters())
    assert 3.0e6 < count < 5.0e6

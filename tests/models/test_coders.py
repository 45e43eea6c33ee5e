"""Encoders shared by the chapters."""

import pytest
import torch
from torch import nn

from support.models.coders import mlp, resnet20, small_conv


@pytest.mark.parametrize("norm", [True, False])
def test_mlp_shapes_and_layers(device, norm):
    model = mlp(12, [8, 7], 3, norm=norm).to(device)
    assert model(torch.randn(4, 3, 2, 2, device=device)).shape == (4, 3)
    assert sum(isinstance(layer, nn.BatchNorm1d) for layer in model) == 2 * norm
    assert sum(isinstance(layer, nn.ReLU) for layer in model) == 2


def test_mlp_without_hidden_layers_is_affine():
    model = mlp(3, [], 2).double()
    x = torch.randn(5, 3, dtype=torch.float64)
    assert torch.allclose(model(2 * x) - model(x), model(x) - model(0 * x))


def test_resnet20_parameters_and_shapes(device):
    model = resnet20(3, 64).to(device)
    count = sum(parameter.numel() for parameter in model.parameters())
    assert 0.268e6 < count < 0.278e6
    for side in (16, 32, 64):
        assert model(torch.randn(2, 3, side, side, device=device)).shape == (2, 64)
    convolutions = [m for m in model.modules() if isinstance(m, nn.Conv2d)]
    assert len(convolutions) == 19  # with the final Linear, 20 layers
    assert resnet20(1, None)(torch.zeros(2, 1, 16, 16)).shape == (2, 64)


@pytest.mark.parametrize("build", [lambda: small_conv(3, 5), lambda: resnet20(3, 5)])
def test_every_parameter_gets_a_gradient(build, device):
    model = build().to(device)
    model(torch.randn(4, 3, 16, 16, device=device)).square().sum().backward()
    assert all(
        p.grad is not None and p.grad.abs().sum() > 0 for p in model.parameters()
    )


def test_small_conv_keeps_position():
    model = small_conv(1, 4).eval()
    x = torch.zeros(2, 1, 16, 16)
    x[0, 0, 2, 2] = x[1, 0, 13, 13] = 5.0
    out = model(x)
    assert (out[0] - out[1]).abs().max() > 1e-4


def test_bad_sizes_are_refused():
    with pytest.raises(ValueError, match="widths"):
        mlp(3, [0], 2)
    with pytest.raises(ValueError, match="width"):
        small_conv(3, 2, width=0)
    with pytest.raises(ValueError, match="in_channels"):
        resnet20(0, 2)

"""Segmenters: norms, shapes, receptive field, devices, bad input."""

import pytest
import torch

from support.models.recurrent import BiRecurrent
from support.models.tcn import TCN, GlobalNorm, _DepthwiseConv
from support.training import seeded_init


def test_global_norm_has_mean_0_and_variance_1_for_each_item():
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(4, 6, 50, generator=rng) * 3 + 7
    y = GlobalNorm(6)(x)
    assert y.mean((1, 2)).abs().max().item() < 1e-5
    assert y.var((1, 2), unbiased=False).tolist() == pytest.approx([1] * 4, abs=1e-4)


def test_global_norm_is_its_equation():
    norm = GlobalNorm(3)
    with torch.no_grad():
        norm.gain.copy_(torch.tensor([[1.0], [2.0], [3.0]]))
        norm.shift.copy_(torch.tensor([[0.5], [0.0], [-1.0]]))
    x = torch.randn(2, 3, 9, generator=torch.Generator().manual_seed(1))
    mean = x.mean((1, 2), keepdim=True)
    deviation = x.var((1, 2), unbiased=False, keepdim=True).sqrt()
    expected = norm.gain * (x - mean) / deviation + norm.shift
    assert torch.allclose(norm(x), expected, atol=1e-5)


@pytest.mark.parametrize("make", [TCN, BiRecurrent])
@pytest.mark.parametrize("frames", [1, 2, 33])
def test_one_score_a_class_and_frame(make, frames, device):
    with seeded_init(0, "model"):
        model = make(8, 3).to(device)
    assert model(torch.randn(2, 8, frames, device=device)).shape == (2, 3, frames)


@pytest.mark.parametrize("cell", ["gru", "lstm"])
def test_recurrent_sees_both_directions(cell):
    with seeded_init(0, "model"):
        model = BiRecurrent(4, 2, cell=cell)
    x = torch.zeros(1, 4, 20, requires_grad=True)
    model(x)[0, 0, 10].backward()
    reach = x.grad.abs().sum((0, 1)) > 0
    assert reach.all()


@pytest.mark.parametrize("repeats", [1, 2])
def test_receptive_field_is_what_is_said(repeats):
    with seeded_init(0, "model"):
        model = TCN(2, 1, 4, 4, blocks=3, repeats=repeats)
    for module in model.modules():  # the norm sees all frames; take it out
        if isinstance(module, torch.nn.Sequential):
            for place, child in enumerate(module):
                if isinstance(child, GlobalNorm):
                    module[place] = torch.nn.Identity()
    model.norm = torch.nn.Identity()
    x = torch.randn(1, 2, 101, requires_grad=True)
    model(x)[0, 0, 50].backward()
    reach = (x.grad.abs().sum((0, 1)) > 0).nonzero()[:, 0]
    assert len(reach) == model.receptive_field == 1 + repeats * 14
    assert reach[0].item() == 50 - repeats * 7


def test_the_norm_is_shared_or_not():
    def count(model):
        return sum(p.numel() for p in model.parameters())

    shared, own = TCN(4, 2, share_norm=True), TCN(4, 2, share_norm=False)
    assert count(own) - count(shared) == 4 * 2 * 48


@pytest.mark.parametrize("make", [TCN, BiRecurrent])
def test_devices_agree(make, device):
    with seeded_init(0, "model"):
        model = make(8, 3)
    x = torch.randn(2, 8, 40, generator=torch.Generator().manual_seed(2))
    expected = model.double()(x.double())
    found = model.float().to(device)(x.to(device))
    assert torch.allclose(found.cpu().double(), expected, atol=1e-5)


def test_bad_input_is_named():
    with pytest.raises(ValueError, match="odd kernel"):
        TCN(4, 2, kernel=2)
    with pytest.raises(ValueError, match="sizes"):
        TCN(0, 2)
    with pytest.raises(ValueError, match="cell"):
        BiRecurrent(4, 2, cell="rnn")
    with pytest.raises(ValueError, match="sizes"):
        BiRecurrent(4, 2, layers=0)
    for model in (TCN(4, 2), BiRecurrent(4, 2)):
        with pytest.raises(ValueError, match="x"):
            model(torch.zeros(1, 5, 10))
        with pytest.raises(ValueError, match="T ≥ 1"):
            model(torch.zeros(1, 4, 0))


@pytest.mark.parametrize("dilation", [1, 2, 8])
@pytest.mark.parametrize("frames", [1, 7, 40])
def test_folded_convolution_is_the_dilated_one(dilation, frames):
    with seeded_init(0, "model"):
        ours = _DepthwiseConv(6, 3, dilation).double()
    x = torch.randn(2, 6, frames, dtype=torch.float64, requires_grad=True)
    expected = torch.nn.functional.conv1d(
        x, ours.weight, ours.bias, padding=dilation, dilation=dilation, groups=6
    )
    assert torch.allclose(ours(x), expected, atol=1e-12)
    (one,) = torch.autograd.grad(ours(x).square().sum(), x)
    (other,) = torch.autograd.grad(expected.square().sum(), x)
    assert torch.allclose(one, other, atol=1e-12)

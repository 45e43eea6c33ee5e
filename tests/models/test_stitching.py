"""Stitchers: exact families, identity start, maps of features."""

import pytest
import torch
from torch import nn

from support.models.stitching import FAMILIES, Stitcher
from support.training import seeded_init


def build(*args, seed=0, **options) -> Stitcher:
    with seeded_init(seed, "stitcher"):
        return Stitcher(*args, **options)


def descend(stitcher: Stitcher, x: torch.Tensor, y: torch.Tensor, steps: int) -> float:
    adam = torch.optim.Adam(stitcher.parameters(), 3e-2)
    for _ in range(steps):
        adam.zero_grad()
        loss = (stitcher(x) - y).square().mean()
        loss.backward()
        adam.step()
    return float(loss.detach())


def off(stitcher: Stitcher) -> float:
    weight = stitcher.linear.weight.detach().double()
    weight = weight if weight.shape[0] <= weight.shape[1] else weight.T
    return float((weight @ weight.T - torch.eye(len(weight)).to(weight)).norm())


@pytest.mark.parametrize("family", FAMILIES)
def test_starts_as_the_identity(family, device):
    x = torch.randn(6, 5, device=device)
    assert torch.equal(build(5, 5, family).to(device)(x), x)
    maps = torch.randn(2, 3, 4, 4, device=device)
    stitcher = build(3, 3, family, spatial=(4, 4)).to(device)
    assert torch.equal(stitcher(maps), maps)


@pytest.mark.parametrize("family", ["orthogonal", "scaled"])
@pytest.mark.parametrize(("d_in", "d_out"), [(6, 6), (4, 7), (7, 4)])
def test_stays_orthogonal_in_training(family, d_in, d_out, device):
    x, y = torch.randn(64, d_in).to(device), 5 * torch.randn(64, d_out).to(device)
    stitcher = build(d_in, d_out, family).to(device)
    assert off(stitcher) < 1e-5
    start = float((stitcher(x) - y).detach().square().mean())
    assert descend(stitcher, x, y, 100) < start
    assert off(stitcher) < 1e-5


@pytest.mark.parametrize("family", FAMILIES)
def test_training_finds_a_map_of_its_own_family(family):
    torch.manual_seed(0)
    x, hidden = torch.randn(256, 4), build(4, 4, family, seed=3)
    with torch.no_grad():
        for name, part in hidden.named_parameters():
            if "original" not in name and "base" not in name:
                part.add_(0.3 * torch.randn_like(part))
    turn = torch.linalg.matrix_exp(torch.triu(torch.ones(4, 4), 1) * 0.4)
    if family in ("orthogonal", "scaled"):
        hidden.linear.weight = torch.linalg.qr(turn).Q
        hidden.linear.weight = hidden.linear.weight * hidden.linear.weight.det().sign()
    y = hidden(x).detach()
    assert descend(build(4, 4, family), x, y, 400) < 0.02 * float(y.var())


def test_least_squares_start_is_the_closed_form():
    torch.manual_seed(0)
    x = torch.randn(500, 4)
    turn = torch.linalg.qr(torch.randn(4, 4)).Q
    y = 3 * x @ turn + 7
    found = build(4, 4, "scaled").start_at_least_squares(x, y)
    assert torch.allclose(found(x), y, atol=1e-4)
    y = x @ torch.randn(4, 6) - 2
    found = build(4, 6, "affine").start_at_least_squares(x, y)
    assert float((found(x) - y).detach().square().mean()) < 1e-4
    plain = build(4, 4, "orthogonal", bias=False).start_at_least_squares(x, x @ turn)
    assert torch.allclose(plain(x), x @ turn, atol=1e-4)


def test_least_squares_start_of_feature_maps():
    torch.manual_seed(0)
    maps = torch.randn(20, 3, 8, 8)
    mixing = torch.randn(5, 3)
    target = nn.functional.adaptive_avg_pool2d(maps, 4)
    target = torch.einsum("oc,nchw->nohw", mixing, target) + 1
    stitcher = build(3, 5, "affine", spatial=(4, 4))
    assert stitcher.start_at_least_squares(maps, target)(maps).shape == target.shape
    assert float((stitcher(maps) - target).detach().square().mean()) < 1e-4


def test_is_a_one_by_one_convolution_then_pooling():
    torch.manual_seed(0)
    maps = torch.randn(2, 3, 8, 8)
    stitcher = build(3, 5, "affine", spatial=(4, 2))
    convolution = nn.Conv2d(3, 5, 1)
    with torch.no_grad():
        convolution.weight.copy_(stitcher.linear.weight[:, :, None, None])
        convolution.bias.copy_(stitcher.offset)
    expected = nn.functional.adaptive_avg_pool2d(convolution(maps), (4, 2))
    assert torch.allclose(stitcher(maps), expected, atol=1e-5)
    assert build(3, 5, "mlp", spatial=(16, 16))(maps).shape == (2, 5, 16, 16)


def test_bad_input_is_refused_in_words():
    with pytest.raises(ValueError, match="family: got 'cubic'"):
        Stitcher(2, 2, "cubic")
    with pytest.raises(ValueError, match="d_out: got 0"):
        Stitcher(2, 0, "affine")
    with pytest.raises(ValueError, match="spatial: got"):
        Stitcher(2, 2, "affine", spatial=(0, 3))
    with pytest.raises(ValueError, match=r"z: got shape \(4, 3\)"):
        Stitcher(2, 2, "affine")(torch.zeros(4, 3))
    with pytest.raises(ValueError, match=r"takes \(N, d_in, H, W\)"):
        Stitcher(2, 2, "affine", spatial=(2, 2))(torch.zeros(4, 2))
    with pytest.raises(ValueError, match="do not fit"):
        Stitcher(2, 3, "affine").start_at_least_squares(
            torch.zeros(4, 2), torch.zeros(4, 2)
        )

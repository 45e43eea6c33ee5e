"""Maps that forget: the closed form against training, limits, and the fused head."""

import pytest
import torch
from torch import nn

from support.losses.forgetting import forget_loss, retain_loss
from support.models.forgetting import forget_map, fused_head, solve_forget_map
from support.models.stitching import Stitcher


def draw(seed, *shape):
    source = torch.Generator().manual_seed(seed)
    return torch.randn(*shape, generator=source, dtype=torch.float64)


@pytest.fixture
def features():
    z_r, z_f = draw(0, 60, 5), draw(1, 20, 5) + 2
    return z_r, z_f, torch.cat([z_r, z_f]).mean(0)


def objective(f, features, lam):
    z_r, z_f, mean = features
    return retain_loss(f, z_r) + lam * forget_loss(f, z_f, mean)


def test_the_linear_map_starts_at_the_identity_and_the_deep_one_does_not():
    z = draw(0, 4, 6).float()
    assert torch.equal(forget_map(6)(z), z)
    deep = forget_map(6, (8,))
    assert deep(z).shape == z.shape
    assert not torch.allclose(deep(z), z, atol=0.1)


@pytest.mark.parametrize("lam", [0.1, 1.0, 10.0])
def test_the_closed_form_has_no_slope_left(features, lam):
    f = solve_forget_map(*features, lam)
    loss = objective(f, features, lam)
    slopes = torch.autograd.grad(loss, list(f.parameters()))
    assert max(float(slope.abs().max()) for slope in slopes) < 1e-5
    shifted = solve_forget_map(*features, lam)
    with torch.no_grad():
        shifted.linear.weight.add_(0.01)
    assert float(objective(shifted, features, lam).detach()) > float(loss.detach())


def test_the_limits_of_the_weight(features):
    z_r, z_f, mean = features
    still = solve_forget_map(*features, 0.0)
    torch.testing.assert_close(still(z_r), z_r, rtol=0, atol=1e-6)
    gone = solve_forget_map(*features, 1e7)(z_f)
    assert float((gone - mean).detach().abs().max()) < 1e-3


def test_unused_directions_keep_the_identity():
    z_r, z_f = draw(0, 30, 4), draw(1, 10, 4)
    z_r[:, 3] = z_f[:, 3] = 0
    f = solve_forget_map(z_r, z_f, torch.zeros(4).double(), 1.0)
    assert float(f.linear.weight[3, 3].detach()) == pytest.approx(1)


@pytest.mark.parametrize(
    ("scale", "offset"),
    [(1, 0), (1e-9, 0), (1e-4, 0), (1e4, 0), (1e9, 0), (1e-170, 0), (1e160, 0),
     (1, 100), (1, 1e4), (1, 1e6), (1e-6, 1e-2)],
)  # fmt: skip
def test_neither_scale_nor_offset_moves_the_answer(scale, offset):
    z_r, z_f = draw(0, 200, 8) + 2, draw(1, 60, 8) - 1
    mean = torch.cat([z_r, z_f]).mean(0)
    given = (z * scale + offset for z in (z_r, z_f, mean))
    f = solve_forget_map(*given, 1.0)
    moved, lost = (
        ((f(z * scale + offset) - goal * scale - offset) / scale).detach()
        for z, goal in ((z_r, z_r), (z_f, mean))
    )
    # by least squares in double precision, apart from this module
    weight = torch.cat([torch.full((len(z), 1), len(z)) for z in (z_r, z_f)]) ** -0.5
    all_of = torch.nn.functional.pad(torch.cat([z_r, z_f]), (0, 1), value=1.0)
    goals = torch.cat([z_r, mean.expand_as(z_f)])
    A = torch.linalg.lstsq(weight * all_of, weight * goals).solution
    wanted = (all_of @ A - goals).split([200, 60])
    for found, exact in zip((moved, lost), wanted, strict=True):
        torch.testing.assert_close(found, exact, rtol=0, atol=1e-5)


def test_samples_that_are_all_one_are_moved_by_the_offset_alone():
    one = torch.full((3, 2), 0.1)
    f = solve_forget_map(one, one, torch.ones(2), 1.0)
    assert torch.equal(f.linear.weight, torch.eye(2))
    torch.testing.assert_close(f(one), torch.full((3, 2), 0.55))


def test_a_forgotten_mean_in_the_hull_cannot_leave_it():
    # Half-way between two retained points: an affine map must move one of them.
    z_r = torch.tensor([[-1.0, 0.0], [1.0, 0.0]]).double()
    z_f = torch.tensor([[0.0, 0.0]]).double()
    mean = torch.tensor([0.0, 5.0]).double()
    f = solve_forget_map(z_r, z_f, mean, 1.0)
    moved = (f(z_r) - z_r).detach()
    assert float(moved.norm()) > 1


def test_a_map_before_the_head_is_a_head(features):
    z_f = features[1]
    head = nn.Linear(5, 3).double()
    f = solve_forget_map(*features, 1.0)
    before = [part.clone() for part in head.parameters()]
    fused = fused_head(head, f)
    torch.testing.assert_close(fused(z_f), head(f(z_f)), rtol=0, atol=1e-10)
    assert all(map(torch.equal, before, head.parameters()))
    narrow = fused_head(nn.Linear(5, 3), f)
    assert narrow.weight.dtype == torch.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: forget_map(0), "dim: got 0"),
        (lambda: forget_map(3, (0,)), "hidden: got 0"),
        (lambda: forget_map(2, 64), "hidden: got 64; give a tuple"),
        (lambda: forget_map(2.5), "dim: got 2.5"),
        (
            lambda: solve_forget_map(*[torch.eye(2)] * 2, torch.zeros(2), -1.0),
            "lam: got -1",
        ),
        (
            lambda: solve_forget_map(*[torch.eye(2)] * 2, torch.zeros(2), 1.0, ridge=0),
            "ridge: got 0",
        ),
        (
            lambda: solve_forget_map(torch.eye(2), torch.eye(3), torch.zeros(2), 1.0),
            "give 2 features",
        ),
        (
            lambda: solve_forget_map(torch.eye(2), torch.zeros(2), torch.zeros(2), 1.0),
            "z_r .* z_f",
        ),
        (
            lambda: solve_forget_map(*[torch.eye(2)] * 2, torch.zeros(2), "1"),
            "lam: got '1'",
        ),
        (lambda: fused_head(nn.Linear(3, 2), Stitcher(3, 3, "mlp")), "family 'mlp'"),
        (
            lambda: fused_head(nn.Linear(3, 2), forget_map(3, (4,))),
            "mapping: got Sequential; give an affine Stitcher",
        ),
        (lambda: fused_head(nn.ReLU(), forget_map(3)), "head: got ReLU"),
        (lambda: fused_head(nn.Linear(4, 2), forget_map(3)), "takes 4 features"),
        (lambda: fused_head(nn.Linear(3, 2, bias=False), forget_map(3)), "bias"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()

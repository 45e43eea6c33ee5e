"""InfoNCE and the alignment penalty: known values, peers, gradients, refusals."""

import math

import pytest
import torch
from torch.nn.functional import cross_entropy, normalize

from support.losses.information import gaussian_kl
from support.losses.multimodal import alignment_penalty, info_nce


def sides(count=7, width=4, seed=0):
    draw = torch.Generator().manual_seed(seed)
    both = torch.randn(2, count, width, generator=draw, dtype=torch.float64)
    return normalize(both, dim=2).unbind()


@pytest.mark.parametrize("batch", [2, 9])
def test_equal_scores_give_the_logarithm_of_the_batch(batch):
    alike = torch.ones(batch, 3)
    assert float(info_nce(alike, alike, 0.1)) == pytest.approx(math.log(batch))
    both = info_nce(alike, alike, 0.1, symmetric=True)
    assert float(both) == pytest.approx(math.log(batch))


def test_it_is_the_cross_entropy_of_naming_the_partner():
    a, b = sides()
    scores, own = a @ b.T / 0.07, torch.arange(len(a))
    assert float(info_nce(a, b, 0.07)) == pytest.approx(
        float(cross_entropy(scores, own)), abs=1e-12
    )
    both = (cross_entropy(scores, own) + cross_entropy(scores.T, own)) / 2
    found = info_nce(a, b, 0.07, symmetric=True)
    assert float(found) == pytest.approx(float(both), abs=1e-12)


def test_perfect_partners_cost_nothing_at_a_low_temperature():
    apart = torch.eye(5)
    assert float(info_nce(apart, apart, 1e-2)) < 1e-12


@pytest.mark.parametrize("symmetric", [False, True])
def test_gradients_reach_both_sides_and_the_temperature(symmetric):
    a, b = sides()
    heat = torch.tensor(0.2, dtype=torch.float64, requires_grad=True)

    def loss(a, b, heat):
        return info_nce(a, b, heat, symmetric=symmetric)

    inputs = (a.requires_grad_(), b.requires_grad_(), heat)
    assert torch.autograd.gradcheck(loss, inputs)


def test_what_is_orthogonal_to_the_other_side_is_not_seen():
    a, b = sides(count=3, width=8)
    basis = torch.linalg.qr(b.T).Q
    away = torch.randn(3, 8, dtype=torch.float64, generator=torch.Generator())
    away = away - away @ basis @ basis.T
    assert float(info_nce(a + 5 * away, b, 0.1) - info_nce(a, b, 0.1)) == (
        pytest.approx(0, abs=1e-12)
    )
    assert float(alignment_penalty(a + 5 * away, b)) > float(alignment_penalty(a, b))


def test_the_penalty_is_a_divergence_of_gaussians():
    a, b = sides()
    zero = torch.zeros(1, dtype=torch.float64)
    divergence = gaussian_kl(a, zero, b, zero).mean()
    assert float(alignment_penalty(a, b)) == pytest.approx(2 * float(divergence))


def test_the_penalty_has_its_range_and_its_invariance():
    a, b = sides()
    assert float(alignment_penalty(a, a)) == 0
    assert float(alignment_penalty(a, -a)) == pytest.approx(4)
    turn = torch.linalg.qr(torch.randn(4, 4, dtype=torch.float64)).Q
    assert float(alignment_penalty(a @ turn, b @ turn)) == pytest.approx(
        float(alignment_penalty(a, b))
    )
    assert torch.autograd.gradcheck(alignment_penalty, (a.requires_grad_(), b))


@pytest.mark.parametrize("given", [(3, 2), (2, 3), (3,)])
def test_unequal_shapes_are_told(given):
    with pytest.raises(ValueError, match=r"a, b: got shapes \(3, 3\)"):
        info_nce(torch.zeros(3, 3), torch.zeros(given), 0.1)


def test_one_pair_has_nobody_to_be_told_from():
    one = torch.ones(1, 3)
    with pytest.raises(ValueError, match="B at least 2"):
        info_nce(one, one, 0.1)
    assert float(alignment_penalty(one, one)) == 0


@pytest.mark.parametrize("given", [0.0, -1.0, torch.tensor([0.1]), math.inf])
def test_a_temperature_is_a_number_above_zero(given):
    with pytest.raises(ValueError, match="temperature"):
        info_nce(torch.eye(2), torch.eye(2), given)

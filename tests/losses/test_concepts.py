"""The objective of concept bottleneck models."""

import pytest
import torch
from torch.nn import BCEWithLogitsLoss

from support.losses.concepts import (
    concept_cross_entropy,
    concept_kl,
    concept_objective,
)
from support.losses.information import gaussian_kl


def batch(device: str = "cpu") -> tuple[torch.Tensor, torch.Tensor]:
    source = torch.Generator().manual_seed(0)
    z = torch.randn(6, 4, generator=source, dtype=torch.float64)
    c = (torch.rand(6, 4, generator=source) > 0.5).double()
    return z.to(device), c.to(device)


@pytest.mark.parametrize("var_x", [1.0, 0.3])
def test_is_the_gaussian_divergence_up_to_its_constant(device, var_x):
    z, c = batch(device)
    ratio = torch.tensor(var_x / 2.5, dtype=torch.float64)
    constant = 4 / 2 * (ratio - 1 - ratio.log())
    log_var_x = torch.full_like(z, var_x).log()
    log_var_z = torch.full_like(z, 2.5).log()
    exact = gaussian_kl(z, log_var_x, 6 * c - 3, log_var_z).mean()
    assert torch.allclose(concept_kl(z, c) + constant.to(device), exact)


def test_zero_at_the_prototypes_and_a_fifth_of_the_square_elsewhere():
    _, c = batch()
    assert concept_kl(6 * c - 3, c) == 0
    assert torch.isclose(concept_kl(6 * c - 1, c), torch.tensor(4 * 0.2 * 4.0).double())


def test_gradient_is_the_distance_over_variance_and_batch():
    z, c = batch()
    z.requires_grad_()
    concept_kl(z, c).backward()
    assert torch.allclose(z.grad, (z.detach() - (6 * c - 3)) / 2.5 / 6)
    assert torch.autograd.gradcheck(lambda z: concept_kl(z, c), [z])


def test_cross_entropy_sums_over_concepts():
    z, c = batch()
    weight = torch.tensor([1.0, 2.0, 3.0, 4.0]).double()
    columns = [
        BCEWithLogitsLoss(pos_weight=weight[j])(z[:, j], c[:, j]) for j in range(4)
    ]
    assert torch.allclose(
        concept_cross_entropy(z, c, weight), torch.stack(columns).sum()
    )


def test_objective_adds_its_weighted_parts():
    z, c = batch()
    y = torch.arange(6) % 2
    terms = concept_objective(z[:, :2], z, z, y, c, beta=0.5, gamma=2.0)
    total = terms["task"] + 0.5 * terms["concepts"] + 2 * terms["penalty"]
    assert torch.allclose(terms["loss"], total)
    plain = concept_objective(z[:, :2], z, z, y, c)
    assert "penalty" not in plain
    vanilla = concept_objective(z[:, :2], None, z, y, c)
    assert set(vanilla) == {"loss", "task"}
    assert vanilla["loss"] == vanilla["task"]


@pytest.mark.parametrize(
    ("z", "c", "options", "words"),
    [
        (torch.zeros(2, 2), torch.full((2, 2), 0.5), {}, "c: got 0.5"),
        (torch.zeros(2, 2), torch.zeros(2, 3), {}, "must both be"),
        (torch.zeros(2), torch.zeros(2), {}, "must both be"),
        (torch.zeros(2, 2), torch.zeros(2, 2), {"var_z": 0.0}, "var_z"),
    ],
)
def test_bad_input_is_refused_in_words(z, c, options, words):
    with pytest.raises(ValueError, match=words):
        concept_kl(z, c, **options)


def test_negative_weights_are_refused():
    z, c = batch()
    with pytest.raises(ValueError, match="gamma"):
        concept_objective(z[:, :2], z, z, torch.zeros(6).long(), c, gamma=-1.0)

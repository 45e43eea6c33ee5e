"""Losses of the families: annealing, frozen discriminators, partners that lack."""

import pytest
import torch

from chapters.disentanglement.objectives import AutoencoderObjective
from support.models.vae import VariationalAutoencoder
from support.training import seeded_init


def bars():
    """Pictures of 8 x 8: a bright row and a bright column, all sixteen pairs."""
    images = torch.zeros(16, 1, 8, 8)
    for row in range(4):
        for column in range(4):
            images[4 * row + column, 0, 2 * row] = 1
            images[4 * row + column, 0, :, 2 * column] = 1
    return images


def test_capacity_grows_over_seven_tenths_of_the_steps():
    with seeded_init(0, "test"):
        model = VariationalAutoencoder((1, 8, 8), 2, "small-mlp")
    loss = AutoencoderObjective(
        "annealed", model, dataset_size=16, steps=10, gamma=1.0
    ).train()
    for _ in range(7):
        loss(bars())
    with torch.no_grad():
        terms = loss.eval()(bars())
    gap = abs(float(terms["kl"]) - 25.0)
    assert float(terms["loss"] - terms["reconstruction"]) == pytest.approx(gap)
    assert int(loss.done) == 7


def test_the_discriminator_does_not_train_the_autoencoder():
    """Without weight on the correlation the encoder's gradient is the VAE's own."""
    images, gradients = bars(), {}
    for family in ("factor", "beta"):
        with seeded_init(0, "test"):
            model = VariationalAutoencoder((1, 8, 8), 2, "small-mlp")
        setting = {"gamma": 0.0} if family == "factor" else {"beta": 1.0}
        loss = AutoencoderObjective(
            family, model, dataset_size=16, steps=1, **setting
        ).eval()
        batch = images if family == "factor" else images[:8]
        loss(batch)["loss"].backward()
        gradients[family] = [weight.grad for weight in model.parameters()]
    for one, two in zip(gradients["factor"], gradients["beta"], strict=True):
        torch.testing.assert_close(one, two)


def test_ada_needs_partners():
    model = VariationalAutoencoder((1, 8, 8), 2, "small-mlp")
    loss = AutoencoderObjective("ada", model, dataset_size=16, steps=1)
    with pytest.raises(ValueError, match="partners: got None"):
        loss(bars())

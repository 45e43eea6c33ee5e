"""Every family trains, resumes, and says what does not fit."""

from dataclasses import replace

import pytest
import torch

from chapters.disentanglement.autoencoders import (
    RELEASED,
    SETTINGS,
    encode,
    train_autoencoder,
)
from support.models.vae import VariationalAutoencoder
from support.training import Recipe


def bars():
    """Pictures of 8 x 8: a bright row and a bright column, all sixteen pairs."""
    images = torch.zeros(16, 1, 8, 8)
    for index in range(16):
        images[index, 0, 2 * (index // 4)] = 1
        images[index, 0, :, 2 * (index % 4)] = 1
    return images


def train(family, updates=60, batch_size=16, device="cpu", **options):
    defaults = {"seed": 100, "coder": "small-mlp", "latents": 4}
    recipe = replace(RELEASED, updates=updates, batch_size=batch_size, rate=1e-3)
    return train_autoencoder(
        bars().to(device), recipe, objective=family, **(defaults | options)
    )


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(SETTINGS))
def test_every_family_learns_to_reconstruct(family, device):
    model, history = train(family, device=device)
    error = history["reconstruction"]
    assert error[-1] < 0.8 * error[0]
    codes = encode(model, bars(), batch_size=5)
    assert codes.shape == (16, 4)
    assert torch.isfinite(codes).all()
    assert not model.training


def test_one_seed_gives_one_encoder_and_bytes_equal_floats():
    images = bars()
    first = encode(train("beta")[0], images)
    assert torch.equal(first, encode(train("beta")[0], images))
    assert not torch.equal(first, encode(train("beta", seed=101)[0], images))
    recipe, options = Recipe(epochs=3, batch_size=16), {"coder": "small-mlp"}
    floats, _ = train_autoencoder(images, recipe, seed=100, **options)
    packed = (images * 255).to(torch.uint8)
    integers, _ = train_autoencoder(packed, recipe, seed=100, **options)
    torch.testing.assert_close(encode(floats, images), encode(integers, packed))


@pytest.mark.parametrize("family", ["beta", "factorised_support"])
def test_an_interrupted_training_goes_on_where_it_stopped(
    family, tmp_path, monkeypatch
):
    whole, whole_history = train(family, updates=8)
    forward, calls = VariationalAutoencoder.forward, []

    def dies_in_the_sixth_step(self, *batch):
        calls.append(0)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return forward(self, *batch)

    checkpoint = tmp_path / "training.pt"
    monkeypatch.setattr(VariationalAutoencoder, "forward", dies_in_the_sixth_step)
    with pytest.raises(KeyboardInterrupt):
        train(family, updates=8, checkpoint=checkpoint)
    monkeypatch.undo()
    resumed, history = train(family, updates=8, checkpoint=checkpoint)
    assert history == whole_history
    for one, two in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(one, two)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "info"}, "objective: got 'info'; give one of beta"),
        ({"family": "beta", "gamma": 2.0}, "settings: got gamma; beta has beta"),
        ({"family": "beta", "batch_size": 17}, "batch_size: got 17 for 16 images"),
        ({"family": "beta", "updates": 0}, "updates: got 0"),
    ],
)
def test_bad_settings_are_named(options, message):
    with pytest.raises(ValueError, match=message):
        train(**options)


@pytest.mark.parametrize(
    ("images", "message"),
    [(torch.zeros(4, 8, 8), "images: got shape"), (bars() * 2, "floats run from 0")],
)
def test_bad_pictures_are_named(images, message):
    with pytest.raises(ValueError, match=message):
        train_autoencoder(
            images, Recipe(updates=1, batch_size=2), seed=0, coder="small-mlp"
        )

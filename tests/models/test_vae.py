"""The autoencoders' shapes, draws and messages."""

import pytest
import torch

from support.models.vae import CODERS, VariationalAutoencoder
from support.training import seeded_init


@pytest.mark.parametrize("coder", sorted(CODERS))
def test_every_coder_gives_back_the_shape_it_was_given(coder, device):
    side = 16 if coder == "small-mlp" else 64
    model = VariationalAutoencoder((3, side, side), 5, coder).to(device)
    pictures = torch.rand(2, 3, side, side, device=device)
    output = model(pictures)
    assert output.logits.shape == pictures.shape
    assert output.mean.shape == output.log_variance.shape == (2, 5)
    assert output.sample.device.type == device
    output.logits.sum().backward()
    assert all(weight.grad is not None for weight in model.parameters())


def test_burgess_has_the_released_number_of_weights():
    model = VariationalAutoencoder((1, 64, 64), 10, "burgess")
    convolutions = 32 * 1 * 16 + 32 + 3 * (32 * 32 * 16 + 32)
    dense = 512 * 256 + 256 + 256 * 256 + 256 + 256 * 20 + 20
    count = sum(weight.numel() for weight in model.encoder.parameters())
    assert count == convolutions + dense


def test_it_draws_in_training_and_not_in_evaluation():
    with seeded_init(0, "test"):
        model = VariationalAutoencoder((1, 16, 16), 4, "small-mlp")
    pictures = torch.rand(1, 1, 16, 16)
    model.train()
    assert not torch.equal(model(pictures).sample, model(pictures).sample)
    model.eval()
    output = model(pictures)
    assert torch.equal(output.sample, output.mean)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((1, 16, 16), 4, "vgg"), "coder: got 'vgg'; give one of burgess"),
        (((1, 24, 64), 4, "burgess"), "multiples of 16"),
        (((16, 16), 4, "small-mlp"), r"shape: got \(16, 16\)"),
        (((1, 16, 16), 0, "small-mlp"), "latents: got 0"),
    ],
)
def test_bad_sizes_are_named(arguments, message):
    with pytest.raises(ValueError, match=message):
        VariationalAutoencoder(*arguments)

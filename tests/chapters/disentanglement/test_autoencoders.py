"""Every family trains, resumes, and says what does not fit."""

from dataclasses import replace

import pytest
import torch

from chapters.disentanglement.autoencoders import (
    RELEASED,
    Partners,
    encode,
    train_autoencoder,
)
from chapters.disentanglement.objectives import SETTINGS, AutoencoderObjective
from support.training import Recipe

GRID = torch.cartesian_prod(torch.arange(4), torch.arange(1), torch.arange(4))


def bars():
    """Pictures of 8 x 8: a bright row and a bright column, all sixteen pairs."""
    images = torch.zeros(16, 1, 8, 8)
    for index, (row, _, column) in enumerate(GRID.tolist()):
        images[index, 0, 2 * row] = 1
        images[index, 0, :, 2 * column] = 1
    return images


def train(family, updates=60, batch_size=16, device="cpu", **options):
    defaults = {"seed": 100, "coder": "small-mlp", "latents": 4, "factors": GRID}
    recipe = replace(RELEASED, updates=updates, batch_size=batch_size, rate=1e-3)
    return train_autoencoder(
        bars().to(device), recipe, objective=family, **(defaults | options)
    )


@pytest.mark.slow
@pytest.mark.parametrize("family", sorted(SETTINGS))
def test_every_family_learns_to_reconstruct(family, device):
    weights = {"gamma": 1.0} if family == "annealed" else {}
    model, history = train(family, device=device, **weights)
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


@pytest.mark.parametrize("family", ["factor", "annealed"])
def test_an_interrupted_training_goes_on_where_it_stopped(
    family, tmp_path, monkeypatch
):
    whole, whole_history = train(family, updates=8)
    forward, calls = AutoencoderObjective.forward, []

    def dies_in_the_sixth_step(self, *batch):
        calls.append(0)
        if len(calls) == 6:
            raise KeyboardInterrupt
        return forward(self, *batch)

    checkpoint = tmp_path / "training.pt"
    monkeypatch.setattr(AutoencoderObjective, "forward", dies_in_the_sixth_step)
    with pytest.raises(KeyboardInterrupt):
        train(family, updates=8, checkpoint=checkpoint)
    monkeypatch.undo()
    resumed, history = train(family, updates=8, checkpoint=checkpoint)
    assert history == whole_history
    for one, two in zip(resumed.parameters(), whole.parameters(), strict=True):
        assert torch.equal(one, two)


def test_partners_differ_in_one_factor_and_every_change_occurs():
    grid = torch.cartesian_prod(torch.arange(3), torch.arange(1), torch.arange(4))
    torch.manual_seed(0)
    rows = torch.arange(12).repeat(200)
    partners = Partners(grid).draw(rows)
    assert ((grid[rows] != grid[partners]).sum(1) == 1).all()
    # Each row has two other values of the first factor and three of the last.
    assert len(torch.unique(torch.stack([rows, partners]), dim=1).T) == 12 * 5


def test_partners_are_found_in_a_part_of_a_shuffled_grid():
    order = torch.randperm(16, generator=torch.Generator().manual_seed(0))
    some = GRID[order[:12]]
    partners = Partners(some).draw(torch.arange(12))
    assert ((some != some[partners]).sum(1) == 1).all()


def test_a_picture_without_a_partner_is_counted():
    diagonal = torch.arange(4)[:, None].expand(4, 2)
    with pytest.raises(ValueError, match="4 of 4 pictures have no partner"):
        Partners(diagonal)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"family": "info"}, "objective: got 'info'; give one of beta"),
        ({"family": "beta", "gamma": 2.0}, "settings: got gamma; beta has beta"),
        ({"family": "beta", "batch_size": 17}, "batch_size: got 17 for 16 images"),
        ({"family": "beta", "updates": 0}, "updates: got 0"),
        ({"family": "ada", "factors": None}, "factors: got None"),
        ({"family": "ada", "factors": GRID[:8]}, "got 8 rows for 16 images"),
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

"""Encoder and codes: what is trained learns, what is a control differs by one thing."""

from dataclasses import replace

import pytest
import torch

from chapters.sparse_autoencoders import systems
from support.metrics.sparse_codes import activity, fvu
from tests.chapters.sparse_autoencoders.small import SETTING, clips, states


def test_sparsities_leave_the_units_of_the_paper():
    paper = [systems.active_units(s, 2048) for s in (0.75, 0.8, 0.85, 0.9, 0.95, 0.99)]
    assert paper == [512, 409, 307, 204, 102, 20]
    ours = [systems.active_units(s, 512) for s in (0.75, 0.9, 0.95, 0.99)]
    assert ours == [128, 51, 25, 5]
    assert systems.active_units(0.95, 2000) == 100  # whatever the rounding of 1 - s


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: systems.active_units(0.999, 64), "which leaves none active"),
        (lambda: systems.active_units(1.5, 64), "sparsity: got 1.5"),
        (lambda: systems.active_units(float("nan"), 64), "sparsity: got nan"),
        (lambda: systems.active_units(0.9, 2.5), "units: got 2.5"),
        (lambda: systems.planted(0, dim=31), "dim: got 31"),
        (lambda: systems.planted(0, n=0), "n: got 0"),
        (lambda: systems.planted(-1), "seed: got -1"),
    ],
)
def test_counts_that_do_not_fit_are_refused(call, words):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_variant_is_read_with_the_penalty_of_what_it_varies():
    setting = replace(SETTING, penalties={"dense": 1.0, "dense, untrained": 0.01})
    names = ("dense", "dense, rotated", "dense, untrained", "PCA")
    assert [setting.penalty(name) for name in names] == [1.0, 1.0, 0.01, 0.1]


def test_an_encoder_starts_alike_and_learns():
    first, again = (systems.make_encoder(clips(), SETTING, 0) for _ in range(2))
    pairs = zip(first.parameters(), again.parameters(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    trained = systems.train_encoder(clips(), SETTING, 0)
    assert not torch.equal(trained.head.weight, first.head.weight)


def test_vectors_are_centred_with_one_scale():
    given = states()
    assert given.train.shape == (160, 16)
    assert given.test.shape == (80, 16)
    assert given.train.mean(0).abs().max() < 1e-5
    assert float(given.train.square().mean()) == pytest.approx(1, abs=1e-4)
    assert given.train.std(0).std() > 0.01  # columns keep their own sizes


def test_training_an_autoencoder_lowers_what_is_left():
    start = systems.untrained_sae(states().train, 8, 0, SETTING)
    model = systems.train_sae(states().train, 8, 0, SETTING)
    left = [
        float(fvu(states().test, each(states().test).recon.detach()))
        for each in (start, model)
    ]
    assert left[1] < 0.5 < left[0]
    assert activity(model.encode(states().test)).active <= 8


def test_the_untrained_code_is_the_start_of_the_trained_one():
    nothing = replace(SETTING.coding, updates=None, epochs=0)
    start = systems.train_sae(states().train, 8, 0, replace(SETTING, coding=nothing))
    control = systems.untrained_sae(states().train, 8, 0, SETTING)
    x = states().test
    assert torch.equal(start.encode(x), control.encode(x))
    scaled = systems.untrained_sae(states().train, 8, 0, replace(SETTING, scale=2.0))
    torch.testing.assert_close(scaled.encoder.weight, 2 * control.encoder.weight)


def test_unit_columns_keep_their_length_through_training():
    model = systems.train_sae(
        states().train, 8, 0, SETTING, pre_bias=True, unit_decoder=True
    )
    length = model.decoder.weight.detach().norm(dim=0)
    torch.testing.assert_close(length, torch.ones(SETTING.units))


def test_a_rotation_keeps_distances_and_components_are_ordered():
    x = states().test
    turned = systems.rotated(states().train, 0, 0)(x)
    torch.testing.assert_close(turned @ turned.T, x @ x.T, atol=1e-4, rtol=0)
    assert not torch.allclose(turned, x, atol=0.1)
    assert torch.equal(systems.dense(states().train, 0, 0)(x), x)
    parts = systems.principal(states().train, 3, 0)(states().train)
    assert parts.shape == (160, 3)
    assert parts.var(0).diff().max() < 0
    assert (torch.corrcoef(parts.T) - torch.eye(3)).abs().max() < 1e-3


def test_planted_vectors_are_sums_of_three_orthonormal_atoms():
    x, atoms = systems.planted(0, n=50)
    torch.testing.assert_close(atoms.T @ atoms, torch.eye(32), atol=1e-5, rtol=0)
    weights = x @ atoms
    assert ((weights > 0.4).sum(1) == 3).all()
    torch.testing.assert_close(weights @ atoms.T, x, atol=1e-5, rtol=0)


@pytest.mark.parametrize("dataset", ["embedded", "fsdd"])
def test_the_paper_s_sizes_are_those_of_the_full_profile(dataset):
    full = systems.SETTINGS[dataset, "full"]
    assert (full.width, full.units, len(full.sparsities)) == (768, 2048, 6)
    assert (full.coding.epochs, full.coding.batch_size) == (100, 32)

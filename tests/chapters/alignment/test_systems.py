"""The trainings: what they share, what the penalty and the temperature do."""

from dataclasses import replace

import pytest
import torch

from chapters.alignment.data import load
from chapters.alignment.systems import (
    FIXED,
    MAP,
    PLAIN,
    RECIPES,
    RIVALS,
    SETTINGS,
    SYSTEMS,
    TRAINED,
    WEIGHTS,
    Setting,
    objective,
    systems_for,
    train,
    untrained,
)
from support.losses.multimodal import alignment_penalty, info_nce

SHORT = replace(RECIPES["quick"], epochs=1)


@pytest.fixture(scope="module")
def data():
    return load("embedded", "quick", seed=0)


def test_the_objective_is_two_terms():
    draw = torch.Generator().manual_seed(0)
    a, b = torch.randn(2, 6, 4, generator=draw)
    more = objective(a, b, 0.1, 3.0) - objective(a, b, 0.1, 0.0)
    assert float(more) == pytest.approx(3 * float(alignment_penalty(a, b)), rel=1e-5)
    assert objective(a, b, 0.1, 0.0) == info_nce(a, b, 0.1)


def test_all_begin_with_the_same_weights(data):
    pairs = [untrained(data, SHORT, 0, SETTINGS[name]) for name in FIXED + TRAINED]
    first = list(pairs[0].picture.parameters())
    for pair in pairs[1:]:
        both = zip(first, pair.picture.parameters(), strict=True)
        assert all(torch.equal(one, other) for one, other in both)
    assert not torch.equal(
        first[0], next(untrained(data, SHORT, 1).picture.parameters())
    )


def test_the_seed_repeats_a_training_and_vectors_have_length_one(data):
    one, other = (SYSTEMS[TRAINED[1]](data, SHORT, 0) for _ in range(2))
    x, t = data.pictures.test[:50], data.captions.test[:50]
    a, b = one(x, t)
    assert torch.equal(a, other(x, t)[0])
    assert torch.allclose(a.norm(dim=1), torch.ones(50))
    assert torch.allclose(b.norm(dim=1), torch.ones(50))


def test_a_fixed_temperature_stays_and_a_trained_one_moves(data):
    assert float(SYSTEMS[FIXED[1]](data, SHORT, 0).temperature) == (pytest.approx(0.01))
    moved = SYSTEMS[TRAINED[1]](data, SHORT, 0).temperature
    assert moved.requires_grad
    assert abs(float(moved.detach()) - 0.07) > 1e-3


def test_a_temperature_never_leaves_what_is_allowed(data):
    pair = train(data, SHORT, 0, Setting(), lambda a, b, heat: 100 * heat + a.mean())
    assert float(pair.temperature.detach()) == pytest.approx(0.055, abs=0.002)
    longer = replace(SHORT, rate=0.01)
    pair = train(data, longer, 0, Setting(), lambda a, b, heat: 100 * heat + a.mean())
    assert float(pair.temperature.detach()) == pytest.approx(1e-3)


def test_the_rivals_are_as_many_as_the_weights():
    assert len(RIVALS) == len(WEIGHTS) == len(FIXED) == len(TRAINED)
    named = {name for names in MAP[0].values() for name in names}
    assert named <= set(SETTINGS)


def test_scans_have_no_training_without_nuisances(data):
    assert set(systems_for(data)) == set(SETTINGS)
    scans = replace(data, plain=None)
    assert set(systems_for(scans)) == {*TRAINED, *FIXED, *RIVALS}
    with pytest.raises(ValueError, match="plain pictures cannot be had"):
        SYSTEMS[PLAIN](scans, SHORT, 0)


def test_the_paper_setting_takes_a_few_steps_of_its_residual_network():
    data = load("lpc_sprites", "full", seed=0)
    few = replace(
        data,
        pictures=data.pictures._replace(train=data.pictures.train[:64]),
        facts=data.facts._replace(train=data.facts.train[:64]),
    )
    recipe = replace(RECIPES["full"], epochs=2, batch_size=32)
    pair = train(few, recipe, 0, Setting())
    a, b = pair(few.pictures.train[:8], few.captions.train[:8])
    assert a.shape == b.shape == (8, 64)

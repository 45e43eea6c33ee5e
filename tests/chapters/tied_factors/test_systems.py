"""The systems: known limits, one grid for all, and where zero stands."""

from dataclasses import replace

import pytest
import torch

from chapters.tied_factors.scores import impostor_mean, measures, recovered
from chapters.tied_factors.systems import (
    CHOSEN,
    GRIDS,
    RECIPES,
    SYSTEMS,
    WORLD_SYSTEMS,
    Setting,
    centred,
    move_origin,
    train_ivectors,
    train_linear,
    train_network,
    with_backend,
)
from support.models.frame_statistics import Statistics
from tests.chapters.tied_factors.small import RECIPE, small_speech, small_world


@pytest.fixture(scope="module")
def network():
    return train_network(small_world(), RECIPE, 0, Setting(3, 3, 10.0))


@pytest.fixture(scope="module")
def jfa():
    return train_linear(small_world(), RECIPE, 0, Setting(3, 3, 4.0))


def test_every_system_has_as_many_settings_and_chose_one_of_them():
    assert {len(grid) for grid in GRIDS.values()} == {15}
    assert set(GRIDS) == set(CHOSEN) == set(SYSTEMS)
    for name, grid in GRIDS.items():
        assert len(set(grid)) == 15
        assert CHOSEN[name] in grid, name


def test_a_prior_worth_everything_is_the_background(jfa, network):
    data = small_world()
    for verifier in (jfa, network):
        alone = replace(verifier, strength=None).ratios(data)
        strong = replace(verifier, strength=1e12).ratios(data)
        assert torch.allclose(strong, alone, atol=1e-2)
    means = train_linear(data, RECIPE, 0, Setting(0, 0, 1e12))
    assert means.ratios(data).abs().max() < 1e-6


def test_who_was_enrolled_with_nothing_is_anybody(jfa):
    data = small_world()
    silent = data.trials.model.flatten()
    parts = [getattr(data.statistics, name).clone() for name in "NFS"]
    for part in parts:
        part[silent] = 0
    heard = replace(data, statistics=Statistics(*parts))
    assert jfa.ratios(heard).abs().max() < 1e-6


def test_true_claims_are_told_from_impostors(jfa, network):
    data = small_world()
    for verifier in (jfa, network):
        assert measures(verifier, data)["IC"] < 0.4
        assert impostor_mean(verifier.ratios(data), data) < 0
    assert recovered(network, data)[0] > 0.4
    assert recovered(jfa, data)[0] > 0.4


def test_the_score_is_the_ratio_a_frame(jfa):
    data = small_world()
    frames = data.statistics.N[data.trials.test].sum(1)
    assert torch.allclose(jfa.score(data) * frames, jfa.ratios(data))


def test_what_was_trained_and_what_is_centred_have_the_same_means(network):
    data = small_world()
    state, speaker = data.known[1:]
    before, after = (
        each.model.mean(state, each.y[speaker], each.x)
        for each in (network.before, network)
    )
    assert torch.allclose(before, after)
    assert not torch.allclose(network.before.y, network.y)
    alone = centred(network)
    assert alone.y.mean(0).abs().max() < 1e-9
    assert torch.allclose(alone.model.mean(state, alone.y[speaker], alone.x), before)
    with pytest.raises(ValueError, match="never centred"):
        centred(alone)


def test_a_held_factor_leaves_the_ratio_to_map(network):
    data = small_world()
    held = replace(network, hold=True)
    assert replace(held, strength=None).ratios(data).abs().max() < 1e-2
    assert held.ratios(data).abs().max() > 1


def test_an_origin_that_moves_takes_the_factors_along(network):
    state, speaker = small_world().known[1:]
    moved = move_origin(network, [1.0, -2.0, 0.5])
    before, after = (
        each.model.mean(state, each.y[speaker], each.x) for each in (network, moved)
    )
    assert torch.allclose(before, after)
    with pytest.raises(ValueError, match="shift: got shape"):
        move_origin(network, [1.0])
    with pytest.raises(ValueError, match="shift"):
        move_origin(network, ["far", 0, 0])


@pytest.mark.parametrize("name", list(SYSTEMS))
def test_every_system_judges_speech_above_guessing(name):
    data = small_speech()
    setting = CHOSEN[name]
    if name == "i-vector + PLDA":
        system = train_ivectors(data, RECIPE, 0, Setting(0, 5, None, setting.backend))
    elif name == "tied network + MAP":
        system = train_network(data, RECIPE, 0, Setting(2, 2, setting.strength))
    else:
        system = SYSTEMS[name](data, RECIPE, 0)
    scores = system.score(data)
    assert scores.shape == data.trials.test.shape
    assert torch.isfinite(scores).all()
    assert measures(scores, data)["IC"] < 0.45


def test_a_backend_takes_the_directions_in_which_vectors_differ():
    """EM ends a loading that nothing asks for; its factor is then 0 in every vector."""
    data = small_speech()
    found = train_linear(data, RECIPE, 0, Setting(0, 5, None))
    x = found.x.clone()
    x[:, 3:] = 0
    made = with_backend(replace(found, x=x), data, "own length")
    assert made.backend.between.shape == (3, 3)
    assert torch.isfinite(made.score(data)).all()


def test_systems_of_a_world_have_the_worlds_factors():
    for name, sizes in (("MAP", (0, 0)), ("JFA 3+3", (3, 3)), ("JFA 6+6", (6, 6))):
        made = WORLD_SYSTEMS[name](small_world(), RECIPE, 0)
        assert (made.y.shape[1], made.x.shape[1]) == sizes


def test_the_full_recipe_runs():
    """Thirteen of its epochs, so that all factors have entered; narrower layers."""
    recipe = replace(RECIPES["full"], epochs=13)
    data = replace(small_world(), hidden=96)
    made = train_network(data, recipe, 0, Setting(3, 3))
    assert torch.isfinite(made.y).all()
    assert made.model.bias.shape == (96,)

"""The systems by name; one front-end, pooled in more or fewer states."""

from dataclasses import replace

import pytest
import torch

from chapters.supervectors.systems import RECIPES, SYSTEMS, pool_in_states, pool_shrunk
from support.models.pooling import mean_pool
from support.verification.backend import fit_plda
from support.verification.scoring import error_table, trial_scores
from support.verification.systems import NETWORK, train_network
from tests.verification.small import small_corpus


@pytest.fixture(scope="module")
def mean_system():
    return train_network(small_corpus(), "mean", replace(NETWORK, epochs=3), seed=4)


def test_one_state_is_the_mean(mean_system):
    prepared = small_corpus()
    one = pool_in_states(mean_system, prepared, [1])[1]
    index = prepared.trials.test[:7]
    pooled = mean_pool(one.features[index], prepared.mask[index])
    wanted = (pooled - one.centre) / one.scale
    torch.testing.assert_close(one.embed(prepared, index, 2), wanted)


def test_states_keep_the_phrase(mean_system):
    prepared = small_corpus()
    found = pool_in_states(mean_system, prepared, [1, 6])
    mean, states = (
        error_table(trial_scores(found[Q], prepared), prepared.trials) for Q in (1, 6)
    )
    assert states["TWa"] < mean["TWa"]


def test_systems_have_one_call_and_the_sizes_that_their_names_say():
    prepared = small_corpus()
    quick = replace(RECIPES["quick"], epochs=1)
    sizes = {"raw deviation": 20, "mean 24": 24, "statistics 128": 256, "HMM 24": 240}
    index = prepared.background[:5]
    for name, size in sizes.items():
        system = SYSTEMS[name](prepared, recipe=quick, seed=1, label=name)
        assert system.embed(prepared, index).shape == (5, size)
    assert next(iter(SYSTEMS)) == "raw deviation"
    assert RECIPES["full"].epochs > RECIPES["quick"].epochs


def test_a_shrunk_part_without_frames_is_nought():
    frames, mask = torch.ones(1, 3, 2), torch.ones(1, 3).bool()
    alignment = torch.tensor([[[1.0, 0.0]] * 3])
    pooled = pool_shrunk(frames, alignment, mask)
    assert pooled.tolist() == [[0.75, 0.75, 0, 0]]


def test_plda_scores_claims():
    prepared = small_corpus()
    system = train_network(prepared, recipe=replace(NETWORK, epochs=4), seed=4)
    backend = fit_plda(system, prepared)
    row = error_table(trial_scores(system, prepared, backend=backend), prepared.trials)
    assert row["all"] < 0.4
